"""Answers, their sources, and passages that were found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Numbers = tuple[int, int]
"""First and last page, line, row …"""


@dataclass(frozen=True)
class Source:
    """A chunk that an answer drew on.

    `weight`: its share of all attention that the answer's tokens paid to injected text, over layers
    and heads. `kind`: where most of that attention went, to vectors that retrieval brought or to
    the pool's. `score`: the best retrieval score of its vectors, None where retrieval brought none:
    a mean of sigmoids, 0 to 1, or for whole chunks late interaction's score, which has no upper
    bound. `place` says in words what `unit`, `numbers` and `section` say; `page` and `lines` are
    the numbers in these units. `stale`: what happened to the file since it was read; None where
    nothing did, or nobody looked.
    """

    path: str
    document: int
    chunk: int
    place: str
    unit: str
    numbers: Numbers | None
    section: str
    page: Numbers | None
    lines: Numbers | None
    kind: str
    weight: float
    score: float | None
    retrieved_vectors: int
    snippet: str
    stale: str | None = None


@dataclass(frozen=True)
class Within:
    """How many documents were asked, of how many that the generation has."""

    documents: int
    of: int


@dataclass(frozen=True)
class Prompt:
    """What a plain run of the model would be given for the same answer.

    text: with the passage that was read in its place. ids: of all of it; None where the passage's
    are not known. A memory that is read vector by vector has no text: then only what stands behind
    it is here.
    """

    text: str
    ids: tuple[int, ...] | None


@dataclass(frozen=True)
class Alternative:
    """What another passage answers to the same question, and the passage."""

    text: str
    declined: bool
    confidence: float | None
    source: Source


@dataclass(frozen=True)
class Answer:
    """An answer, where it came from and what it cost.

    declined: the answer is that there is none; the source is then the passage that came nearest to
    holding one. cut: its limit of tokens ended the answer; `text` then ends with its last whole
    sentence, where it has one. within: the documents that were asked, None where all were. usage:
    `prompt_tokens`, `memory_vectors` (rows of a layer read at once), `answer_tokens`. timings_ms:
    `load`, `read`, `decode`, `sources`.

    literal: whether it stands in the passage that was read, but for how it is written; None where
    that can't be told. confidence: the chance that it is right, 0 to 1; None where the model has no
    measured ones. alternatives: what the next passages answer, as many as were asked for;
    disagrees: those that say something else. dates: words of the answer, and the dates that they
    mean. notes: what else there is to know.
    """

    text: str
    declined: bool
    cut: bool
    sources: tuple[Source, ...]
    generation: int
    within: Within | None
    usage: Mapping[str, int]
    timings_ms: Mapping[str, float]
    prompt: Prompt | None = None
    literal: bool | None = None
    confidence: float | None = None
    alternatives: tuple[Alternative, ...] = ()
    disagrees: tuple[Alternative, ...] = ()
    dates: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Passage:
    """A chunk as a person sees it: text, document, place.

    `score`: late interaction's, which has no upper bound; None where the text alone was ranked.
    """

    path: str
    document: int
    chunk: int
    place: str
    unit: str
    numbers: Numbers | None
    section: str
    text: str
    score: float | None
