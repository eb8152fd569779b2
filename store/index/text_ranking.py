"""Chunks ranked by a question's words: BM25, with bounded work however many chunks have them.

BM25 takes some 2 µs for each chunk that has one of the words, and most chunks of a large memory
have some. But what tells chunks apart are a question's rare words. So FTS5 ranks the chunks that
have these; somewhat commoner words add to that what they are worth in a chunk that has them once
and is as long as others, which takes a tenth of the time; and the commonest are left out. In a
memory of some thousand chunks all words are rare.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from store.index.numbering import Ids, Numbering

RARE_ROWS = 2_000  # chunks that FTS5 ranks
ROWS = 40_000  # chunks that have the words looked for, each counted for each of its words
_FOUND = (
    "FROM chunks_fts WHERE chunks_fts MATCH :words AND chunks_fts.rowid BETWEEN :first AND :last"
)
_COUNT = f"SELECT count(*) FROM (SELECT 1 {_FOUND} LIMIT :most)"
# As one text: a tuple for each takes four times as long, and with so many Python looks for garbage.
_ROWS = f"SELECT group_concat(rowid) FROM (SELECT rowid {_FOUND} LIMIT :most)"
_BM25 = f"SELECT rowid, rank {_FOUND}"
_LEAST = 1e-6  # what a word is worth that most chunks have, as in FTS5

Ask = Callable[[str, dict[str, Any]], list[tuple[Any, ...]]]


def ranked(
    ask: Ask, words: Sequence[str], numbering: Numbering, among: Ids | None, limit: int
) -> list[int]:
    """Numbers of the chunks that fit some words best, best first.

    among: rows of the chunks that may be found, ascending (None: all of the generation). How rare a
    word is, all chunks tell that lie between these in the index.
    """
    may = numbering.ascending if among is None else among
    if not len(may):
        return []
    search = _Search(ask, int(may[0]), int(may[-1]))
    rows, scores = search.scores(words)
    found, at = np.unique(rows, return_inverse=True)
    sums = np.bincount(at, weights=scores, minlength=len(found))
    numbers = numbering.numbers(found)
    there = numbers > 0 if among is None else np.isin(found, among)
    numbers, sums = numbers[there], sums[there]
    best = np.lexsort((numbers, -sums))[:limit]
    return [int(number) for number in numbers[best]]


class _Search:
    """The words of the chunks from one row of the index to another."""

    def __init__(self, ask: Ask, first: int, last: int) -> None:
        self._ask, self._first, self._last = ask, first, last

    def scores(self, words: Sequence[str]) -> tuple[Ids, np.ndarray]:
        """Rows, and what words are worth there; a row may stand there several times."""
        counts = {word: int(self._of(_COUNT, [word])[0][0]) for word in words}
        rarest = sorted((word for word in words if counts[word]), key=counts.__getitem__)
        sums = np.cumsum([counts[word] for word in rarest])
        used = rarest[: np.searchsorted(sums, ROWS, side="right")]
        rare = used[: np.searchsorted(sums, RARE_ROWS, side="right")] or used[:1]
        found = self._of(_BM25, rare) if rare else []
        rows = [np.array([row for row, _ in found], dtype=np.int64)]
        scores = [np.array([-rank for _, rank in found])]
        # Where all words are common, the first chunks that have them are better than none.
        for word in used[len(rare) :] if used else rarest:
            [(having,)] = self._of(_ROWS, [word])
            rows.append(np.fromstring(having, dtype=np.int64, sep=","))
            scores.append(np.full(len(rows[-1]), self._worth(counts[word])))
        return np.concatenate(rows), np.concatenate(scores)

    def _worth(self, count: int) -> float:
        """BM25's inverse document frequency of a word that so many chunks have."""
        size = self._last - self._first + 1
        return max(math.log((size - count + 0.5) / (count + 0.5)), _LEAST)

    def _of(self, sql: str, words: Sequence[str]) -> list[tuple[Any, ...]]:
        wanted = " OR ".join(f'"{word}"' for word in words)
        bounds = {"first": self._first, "last": self._last, "most": ROWS + 1}
        return self._ask(sql, {"words": wanted, **bounds})
