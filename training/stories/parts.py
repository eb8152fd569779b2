"""What a story consists of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sentence:
    """A sentence; ids: tokens of it behind a space, in the base's tokenizer."""

    text: str
    ids: tuple[int, ...]


@dataclass(frozen=True)
class Asked:
    """A question about a story; kind: "qa1" … or a stream's. answers: any counts, the first is
    trained on.
    """

    kind: str
    question: str
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Segment:
    """Whole sentences of at most 48 tokens [n], without BOS. asked: all that can be asked of the
    story so far, after it.
    """

    ids: tuple[int, ...]
    text: str
    asked: tuple[Asked, ...]


@dataclass(frozen=True)
class Story:
    """A story of one kind, segment by segment."""

    kind: str
    segments: tuple[Segment, ...]
