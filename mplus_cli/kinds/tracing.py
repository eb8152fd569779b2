"""What an answer drew on: from what a reading paid attention to back to the journal's segments."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from mplus_cli.results.answers import APPROXIMATE

if TYPE_CHECKING:
    from torch import Tensor

    from mplus_cli.model.net.cache import Cache
    from store.kinds.cell import Matrix
    from store.kinds.state import State

MOST_TRACED = 16  # segments with slots that the prompt has read, those most drawn on
LEAST_TRACED = 0.005  # share of what was drawn; less would be shown as 0%


@dataclass(frozen=True)
class Drawn:
    """How much an answer drew on a segment: its number in the journal, from 1, and its share of
    what was drawn on any; kind, score, vectors: see `results.answers.Source`.
    """

    number: int
    weight: float
    kind: str
    score: float | None = None
    vectors: int = 0


class Trace(Protocol):
    """What a reading has read of a memory."""

    def segments(self) -> list[int]:
        """Numbers of the segments that it may draw on, ascending."""
        ...

    def drawn(self) -> list[Drawn]:
        """Those that it drew on so far, most first; none where it paid none any attention."""
        ...


class Untraced:
    """See `Trace`: nothing was read, or nothing is known of it."""

    def segments(self) -> list[int]:
        return []

    def drawn(self) -> list[Drawn]:
        return []


UNTRACED = Untraced()


class VectorTrace:
    """See `Trace`: by the attention that the answer's tokens paid to vectors."""

    def __init__(self, cache: Cache, state: State) -> None:
        self._cache, self._state = cache, state

    def segments(self) -> list[int]:
        read = [self._state.locate(reading.ids)[0] for reading in self._cache.readings]
        return [int(number) for number in np.unique(np.concatenate(read)) if number]

    def drawn(self) -> list[Drawn]:
        size = len(self._state.journal) + 1
        # Per segment: attention to retrieved and to pool vectors, count, best score.
        retrieved, pooled, best = np.zeros(size), np.zeros(size), np.zeros(size)
        count = np.zeros(size, dtype=np.int64)
        attention = self._cache.attention.cpu().double().numpy()
        for layer, reading in enumerate(self._cache.readings):
            numbers = self._state.locate(reading.ids)[0]
            stop = self._cache.memory_rows[layer]  # the prefix is in front of them
            paid = attention[layer, stop - len(numbers) : stop]
            scores = reading.scores.double().numpy()
            pool = np.isnan(scores)
            retrieved += np.bincount(numbers[~pool], paid[~pool], minlength=size)
            pooled += np.bincount(numbers[pool], paid[pool], minlength=size)
            count += np.bincount(numbers[~pool], minlength=size)
            np.maximum.at(best, numbers[~pool], scores[~pool])
        return [
            Drawn(
                number,
                weight,
                "retrieved" if retrieved[number] > pooled[number] else "pool",
                float(best[number]) if count[number] else None,
                int(count[number]),
            )
            for number, weight in _ranked(retrieved + pooled)
        ]


class SlotTrace:
    """See `Trace`: by what the answer's tokens read of each slot, and whose content that is.

    Approximate: what was copied from one slot to another counts for who copied it.
    """

    def __init__(self, weights: Tensor, matrix: Matrix) -> None:
        """weights [N]: what was read of each slot, which goes on to grow."""
        self._weights, self._matrix = weights, matrix
        # Of a long journal few have a share: the numbers of these [R], and where they stand.
        self._numbers, self._at = np.unique(matrix.sources, return_inverse=True)
        # Their texts are looked up before there is an answer, which takes a while for many.
        order = (number for number, _ in self._ranked() if number)
        self._among = frozenset(islice(order, MOST_TRACED))

    def segments(self) -> list[int]:
        return sorted(self._among)

    def drawn(self) -> list[Drawn]:
        return [
            Drawn(number, share, APPROXIMATE)
            for number, share in self._ranked()
            if share >= LEAST_TRACED and number in self._among
        ]

    def _ranked(self) -> list[tuple[int, float]]:
        """Numbers of segments and their shares of what was read of any, most first."""
        read = self._weights.cpu().double().numpy()[:, None] * self._matrix.shares
        sums = np.bincount(self._at.ravel(), read.ravel(), minlength=len(self._numbers))
        sums[self._numbers == 0] = 0
        shares = sums / (sums.sum() or 1.0)
        order = np.argsort(-shares, kind="stable")
        return list(zip(self._numbers[order].tolist(), shares[order].tolist(), strict=True))


def _ranked(weights: NDArray[np.float64]) -> list[tuple[int, float]]:
    """Numbers of segments and their shares, most first. weights [S+1], the first of what is no
    document's.
    """
    weights[0] = 0
    total = weights.sum() or 1.0
    order = np.argsort(-weights, kind="stable")
    shares = ((int(number), float(weights[number] / total)) for number in order)
    return [(number, share) for number, share in shares if share > 0]
