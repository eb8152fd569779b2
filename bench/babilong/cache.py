"""What is computed of a segment alone is computed once, where segments come again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

import torch

from training.stories import Segment, Story

T = TypeVar("T")
Ids = tuple[int, ...]
_TOGETHER = 64  # segments


class Cache(Generic[T]):
    """By the ids of segments: kept of the background, for a story's facts hardly come again."""

    def __init__(
        self, background: Iterable[Segment], compute: Callable[[Sequence[Ids]], Iterable[T]]
    ) -> None:
        """compute: gives a value for each of some segments, without gradients."""
        self._background = {segment.ids for segment in background}
        self._compute, self._kept = compute, dict[Ids, T]()

    @torch.no_grad()
    def of(self, stories: Sequence[Story]) -> dict[Ids, T]:
        """Of all segments of some stories, and others."""
        needed = {segment.ids for story in stories for segment in story.segments}
        new = sorted(needed - self._kept.keys(), key=lambda ids: (len(ids), ids))
        found = dict[Ids, T]()
        for start in range(0, len(new), _TOGETHER):
            part = new[start : start + _TOGETHER]
            found |= dict(zip(part, self._compute(part), strict=True))
        self._kept |= {ids: each for ids, each in found.items() if ids in self._background}
        return self._kept | found

    def clear(self) -> None:
        self._kept.clear()
