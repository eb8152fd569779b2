"""What a story consists of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Write:
    """What is to be kept of a sentence, in its own words: under which of them, and what; copied:
    under which words stands what comes along (empty: nothing does); more: beside what is kept
    there already, not in its place; relation: what it is to the words (plans.RELATIONS).
    """

    key: str
    value: str = ""
    copied: str = ""
    more: bool = False
    relation: str = "at"


@dataclass(frozen=True)
class Sentence:
    """A sentence; ids: tokens of it behind a space, in the base's tokenizer; tells: whether it is a
    fact of its story, and no background; writes: what is to be kept of it, where that is known.
    """

    text: str
    ids: tuple[int, ...]
    tells: bool = False
    writes: tuple[Write, ...] = ()


@dataclass(frozen=True)
class Asked:
    """A question about a story; kind: "qa1" … or a stream's. answers: any counts, the first is
    trained on; key: the words of the question that say what is looked for; beside: what is compared
    with it; relations: what the answer is to these words (plans.RELATIONS), or to what is that.
    """

    kind: str
    question: str
    answers: tuple[str, ...]
    key: str = ""
    beside: str = ""
    relations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Segment:
    """Whole sentences of at most 48 tokens [n], without BOS. asked: all that can be asked of the
    story so far, after it; sentences: of which it consists.
    """

    ids: tuple[int, ...]
    text: str
    asked: tuple[Asked, ...]
    sentences: tuple[Sentence, ...] = ()


@dataclass(frozen=True)
class Story:
    """A story of one kind, segment by segment."""

    kind: str
    segments: tuple[Segment, ...]
