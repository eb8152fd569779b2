"""Answers, their sources, and passages that were found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

Numbers = tuple[int, int]
"""First and last page, line, row …"""

NO_SOURCES = "this model names no sources: where its answers are from was not found often enough"
"""Of the notes of an answer."""
APPROXIMATE = "approximate"
"""The kind of a source that is one of slots; what that means is said in the notes, too."""


@dataclass(frozen=True)
class Source:
    """A chunk that an answer drew on.

    `weight`: its share of all attention that the answer's tokens paid to injected text, over layers
    and heads. `kind`: where most of that attention went, to vectors that retrieval brought
    ("retrieved") or to the pool's ("pool"); "approximate": to slots that the chunk has written into
    (LM2), where it is not traced what was copied from one slot to another. `score`: the best
    retrieval score of its vectors, None where retrieval brought none: a mean of sigmoids, 0 to 1,
    or for whole chunks late interaction's score, which has no upper bound. `place` says in words
    what `unit`, `numbers` and `section` say; `page` and `lines` are the numbers in these units.
    `stale`: what happened to the file since it was read; None where nothing did, or nobody looked.
    `memory`: the name of the one that it is in, where several were asked.
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
    memory: str = ""


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
class Quote:
    """Sentences of a passage, and where it is; what makes no sense alone stands with the heading of
    its list or its table.
    """

    text: str
    path: str
    document: int
    chunk: int
    place: str


@dataclass(frozen=True)
class Alternative:
    """What another passage answers to the same question, and the passage."""

    text: str
    declined: bool
    confidence: float | None
    source: Source


@dataclass(frozen=True)
class AnswerDate:
    """A time as a document has it ("yesterday"; "" where it only tells what was), and what it
    means: in words, and as ISO 8601 has it, a day, month, year or interval ("": too vague).

    base: the date that it counts from, ISO 8601, which stands at `where`: in front of the line, in
    a heading above, in the document's first lines, or in its name.
    """

    said: str
    means: str
    iso: str
    base: str
    where: str


@dataclass(frozen=True)
class Absent:
    """A memory of several that did not take part in an answer, by its name, and why."""

    memory: str
    reason: str


@dataclass(frozen=True)
class Answer:
    """An answer, where it came from and what it cost.

    declined: the answer is that there is none; the source is then the passage that came nearest to
    holding one. cut: its limit of tokens ended the answer; `text` then ends with its last whole
    sentence, where it has one. within: the documents that were asked, None where all were. usage:
    `prompt_tokens`, `memory_vectors` (rows of a layer, or slots, read at once), `answer_tokens`.
    timings_ms: `load`, `read`, `decode`, `sources`.

    literal: whether it stands in the passage that was read, but for how it is written; None where
    that can't be told. quote: the sentences of the passage where it stands. unsupported: sentences
    of a longer answer with names, numbers or most words that no passage has. confidence: the chance
    that it is right, 0 to 1; None where the model has no measured ones. alternatives: what the next
    passages answer, as many as were asked for; disagrees: those that say something else. dates:
    what the times in it mean. searched: what was searched for, where it was not the question alone.
    notes: what else there is to know. doubt: the probability of declining before the first token;
    None of a model that never declines. away: of several memories those that did not take part.
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
    quote: tuple[Quote, ...] = ()
    unsupported: tuple[str, ...] = ()
    confidence: float | None = None
    alternatives: tuple[Alternative, ...] = ()
    disagrees: tuple[Alternative, ...] = ()
    dates: tuple[AnswerDate, ...] = ()
    searched: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    doubt: float | None = None
    away: tuple[Absent, ...] = ()


@dataclass(frozen=True)
class Passage:
    """A chunk as a person sees it: text, document, place.

    `score`: late interaction's, which has no upper bound; None where the text alone was ranked.
    `stale`: as of a `Source`, "changed" or "gone". `text_rank`: its place by text alone among the
    chunks of its memory, from 1; None where it is not among the first. `memory`: as of a `Source`.
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
    stale: str | None = None
    text_rank: int | None = None
    memory: str = ""


class Growing(Protocol):
    """An answer that grows, here or at a server: its pieces, and the whole of it."""

    def __iter__(self) -> Iterator[str]: ...

    @property
    def answer(self) -> Answer: ...
