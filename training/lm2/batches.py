"""Stories and questions about them as tensors: one batch a step, the same for a seed and a step."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.utils.data import Dataset

from store.errors import MplusError
from training.stories import Asked, Segment, Stories, Story

if TYPE_CHECKING:
    from training.lm2.texts import Texts

SEGMENTS, AFTER_EACH = 48, 3  # of a batch, and questions asked after one
_DENSITIES = 1.0, 1.0, 0.6  # shares of segments with facts
_ALL_FROM = 0.4  # of the steps: from three quarters of this on there are stories of all kinds
_OWN = 2  # questions of the story's own kind after a segment, before others


@dataclass(frozen=True)
class Batch:
    """B stories of n segments each and Q questions; padded at the end, with 0 where no number is
    given.

    ids [B·n,t] of segments; ends [B·n,s] where sentences end, -1 for
    none; facts [B·n,s] 1 for a sentence that tells one, 0 for background, -1 for none; asked [Q,u]
    ids of prompts and answers; places [Q,p] of the tokens whose next one is to be said; targets
    [Q,p] that one, -1 for none; story, segment [Q]: each question is asked after a story's segment.
    """

    stories: int
    ids: Tensor
    ends: Tensor
    facts: Tensor
    asked: Tensor
    places: Tensor
    targets: Tensor
    story: Tensor
    segment: Tensor
    questions: tuple[Asked, ...]

    @property
    def segments(self) -> int:
        """n"""
        return len(self.ids) // self.stories


def batch_of(stories: Sequence[Story], texts: Texts) -> Batch:
    """All that is asked in these stories, which have equally many segments."""
    segments = [segment for story in stories for segment in story.segments]
    ids = [segment.ids for segment in segments]
    ends = [texts.ends(each) for each in ids]
    asked = [
        (number, place, asked)
        for number, story in enumerate(stories)
        for place, segment in enumerate(story.segments)
        for asked in segment.asked
    ]
    prompts = [texts.prompt(each.question) for _, _, each in asked]
    answers = [texts.answer(each.answers[0]) for _, _, each in asked]
    return Batch(
        len(stories),
        _padded(ids),
        _padded(ends, -1),
        _padded([texts.tells(*each) for each in zip(ids, ends, strict=True)], -1),
        _padded([[*prompt, *answer[:-1]] for prompt, answer in zip(prompts, answers, strict=True)]),
        _padded(
            [
                range(len(prompt) - 1, len(prompt) - 1 + len(answer))
                for prompt, answer in zip(prompts, answers, strict=True)
            ]
        ),
        _padded(answers, -1),
        torch.tensor([number for number, _, _ in asked]),
        torch.tensor([place for _, place, _ in asked]),
        tuple(each for _, _, each in asked),
    )


def _padded(rows: Sequence[Sequence[int]], fill: int = 0) -> Tensor:
    out = torch.full((len(rows), max(map(len, rows), default=0)), fill)
    for number, row in enumerate(rows):
        out[number, : len(row)] = torch.tensor(row)
    return out


class Batches(Dataset[Batch]):
    """A batch for each step: stories of one segment first, then of two, then of up to `most`; of a
    quarter of the kinds at first, then of more, in the order in which they are given.
    """

    def __init__(
        self, stories: Stories, texts: Texts, kinds: Sequence[str], steps: int, most: int, seed: int
    ) -> None:
        self._stories, self._texts, self._kinds = stories, texts, list(kinds)
        self._steps, self._most, self._seed = steps, most, seed

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, step: int) -> Batch:
        torch.set_num_threads(1)
        rng = random.Random(f"{self._seed} {step}")
        done = step / self._steps
        most = 1 if done < 0.06 else 2 if done < 0.15 else self._most
        segments = rng.randint(1, most)
        kinds = self._kinds[: math.ceil(len(self._kinds) * (0.25 + done / _ALL_FROM))]
        made = list[Story]()
        while len(made) < max(4, SEGMENTS // segments):
            made += self._story(rng, rng.choice(kinds), segments)
        return batch_of(made, self._texts)

    def _story(self, rng: random.Random, kind: str, segments: int) -> list[Story]:
        try:
            story = self._stories.story(rng, kind, segments, rng.choice(_DENSITIES))
        except MplusError:  # nothing that can be asked fits so few segments
            return []
        chosen = [_some(segment, kind, rng) for segment in story.segments]
        return [Story(kind, tuple(chosen))] if any(each.asked for each in chosen) else []


def _some(segment: Segment, kind: str, rng: random.Random) -> Segment:
    """A segment with some of its questions, most of its story's own kind."""
    own = [asked for asked in segment.asked if asked.kind == kind]
    others = [asked for asked in segment.asked if asked.kind != kind]
    chosen = rng.sample(own, min(_OWN, len(own)))
    chosen += rng.sample(others, min(AFTER_EACH - _OWN, len(others)))
    return Segment(segment.ids, segment.text, tuple(chosen))
