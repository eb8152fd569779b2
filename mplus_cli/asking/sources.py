"""Which chunks an answer drew on: attention and retrieval, from vector ids back to their places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mplus_cli.readers.document import Place
from store.index import Index
from store.records import Located

if TYPE_CHECKING:
    from mplus_cli.model.net.cache import Cache
    from store.kinds.state import State

SOURCES = 5
SNIPPET_CHARACTERS = 160


@dataclass(frozen=True)
class Source:
    """A chunk that the answer drew on.

    `weight`: its share of all attention that the answer's tokens paid to injected text, over layers
    and heads. `kind`: where most of that attention went, to vectors that retrieval brought or to
    the pool's. `score`: the best retrieval score of its vectors, None where retrieval brought none:
    a mean of sigmoids, 0 to 1, or for whole chunks late interaction's score, which has no upper
    bound. `place` says in words what `unit`, `numbers` and `section` say; `page` and `lines` are
    the numbers in these units.
    """

    path: str
    document: int
    chunk: int
    place: str
    unit: str
    numbers: tuple[int, int] | None
    section: str
    page: tuple[int, int] | None
    lines: tuple[int, int] | None
    kind: str
    weight: float
    score: float | None
    retrieved_vectors: int
    snippet: str


@dataclass(frozen=True)
class _Shares:
    """Per segment number [S+1]: attention to retrieved and to pool vectors, vectors retrieved, best
    score.
    """

    retrieved: NDArray[np.float64]
    pool: NDArray[np.float64]
    count: NDArray[np.int64]
    score: NDArray[np.float64]


def find_sources(
    cache: Cache, state: State, index: Index, generation: int, about: str
) -> list[Source]:
    """The chunks with the most attention, best first; `about` (question and answer) chooses their
    snippets.
    """
    shares = _shares(cache, state)
    weights = shares.retrieved + shares.pool
    weights[0] = 0  # the checkpoint's own vectors have no source
    total = weights.sum()
    if total <= 0:
        return []
    numbers = [
        int(number)
        for number in np.argsort(-weights, kind="stable")[:SOURCES]
        if weights[number] > 0
    ]
    located = index.located(generation, numbers)
    words = set(_words(about))
    return [
        _source(located[number], number, shares, float(weights[number] / total), words)
        for number in numbers
    ]


def _shares(cache: Cache, state: State) -> _Shares:
    size = len(state.journal) + 1
    shares = _Shares(np.zeros(size), np.zeros(size), np.zeros(size, dtype=np.int64), np.zeros(size))
    attention = cache.attention.cpu().double().numpy()
    for layer, reading in enumerate(cache.readings):
        numbers = state.locate(reading.ids)[0]
        paid = attention[layer, 1 : 1 + len(numbers)]  # row 0 is the sequence start
        scores = reading.scores.double().numpy()
        pool = np.isnan(scores)
        shares.retrieved[:] += np.bincount(numbers[~pool], paid[~pool], minlength=size)
        shares.pool[:] += np.bincount(numbers[pool], paid[pool], minlength=size)
        shares.count[:] += np.bincount(numbers[~pool], minlength=size)
        np.maximum.at(shares.score, numbers[~pool], scores[~pool])
    return shares


def _source(
    located: Located, number: int, shares: _Shares, weight: float, words: set[str]
) -> Source:
    chunk = located.chunk
    retrieved = int(shares.count[number])
    place = Place(chunk.unit, chunk.first, chunk.last, chunk.section)
    numbers = None if chunk.first is None or chunk.last is None else (chunk.first, chunk.last)
    return Source(
        path=located.path,
        document=located.document,
        chunk=located.ordinal,
        place=place.label(),
        unit=chunk.unit,
        numbers=numbers,
        section=chunk.section,
        page=numbers if chunk.unit == "page" else None,
        lines=numbers if chunk.unit == "line" else None,
        kind="retrieved" if shares.retrieved[number] > shares.pool[number] else "pool",
        weight=round(weight, 4),
        score=round(float(shares.score[number]), 4) if retrieved else None,
        retrieved_vectors=retrieved,
        snippet=snippet(chunk.text, words),
    )


def snippet(text: str, words: set[str]) -> str:
    """The stretch of a chunk, at most 160 characters, that shares the most words with question and
    answer.
    """
    flat = " ".join(text.split())
    starts = [match.start() for match in re.finditer(r"(?<=[.!?:;]) |\A", flat)]
    best = max(
        starts, key=lambda start: len(words & set(_words(flat[start : start + SNIPPET_CHARACTERS])))
    )
    cut = flat[best:].strip()
    if len(cut) > SNIPPET_CHARACTERS:
        cut = cut[:SNIPPET_CHARACTERS].rsplit(" ", 1)[0] + " …"
    return cut


def _words(text: str) -> list[str]:
    return re.findall(r"\w{3,}", text.lower())
