"""What each document has in the pool and in the long-term memory, and how long the pool has kept
it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from store.errors import RESTORE, DamagedError
from store.kinds.pool import Ids
from store.kinds.state import State, count_faded, draws_of, longterm_start
from store.spec import Spec

Counts = NDArray[np.int64]
Shares = NDArray[np.float64]


@dataclass(frozen=True)
class Held:
    """Vectors per layer, the mean over the layers; in an LM2 memory slots instead."""

    pool: float
    longterm: float
    slots: float = 0.0


@dataclass(frozen=True)
class Faded:
    """Documents and chunks of which neither the pool nor the long-term memory has a vector."""

    documents: int
    chunks: int

    def since(self, before: Faded) -> Faded:
        """What has faded meanwhile."""
        documents, chunks = self.documents - before.documents, self.chunks - before.chunks
        return Faded(max(0, documents), max(0, chunks))


class Holdings:
    """Counts over a state's documents in order of birth; the first, 0, is the checkpoint's own.

    `documents` [D+1] their numbers; `pool`, `longterm` [L,D+1]: the vectors of each in each layer's
    pool and long-term memory; slots: that are in use, of which there are none.
    """

    slots = 0

    def __init__(self, spec: Spec, state: State, documents: Sequence[tuple[int, int]]) -> None:
        """documents: their numbers, each with the chunks that it has, in the journal's order.

        Raises `DamagedError` where the journal is another.
        """
        self._spec, self._state = spec, state
        self.documents = (0, *(number for number, _ in documents))
        chunks = np.array([1, *(count for _, count in documents)], dtype=np.int64)
        if chunks.sum() != len(state.starts) - 1:
            raise DamagedError("the index is damaged: a journal is not its documents'", RESTORE)
        # The ids of each, which follow one another: [D+2].
        bounds = state.starts[np.concatenate([[0], np.cumsum(chunks)])]
        self.pool: Counts = np.stack([_within(row, bounds) for row in state.pool])
        longterm = []
        for layer, row in enumerate(state.pool):
            start = longterm_start(spec, state, layer)
            there = np.diff(np.maximum(bounds, start))
            longterm.append(there - _within(row[row >= start], bounds))
        self.longterm: Counts = np.stack(longterm)

    def by_document(self) -> dict[int, Held]:
        """Document -> what it has, in journal order; 0 stands for the checkpoint's own vectors."""
        pool, longterm = (each.mean(axis=0).tolist() for each in (self.pool, self.longterm))
        return dict(zip(self.documents, map(Held, pool, longterm), strict=True))

    def faded(self) -> Faded:
        """What of the documents no question reads."""
        held = (self.pool + self.longterm).sum(axis=0)[1:]
        return Faded(int((held == 0).sum()), count_faded(self._spec, self._state))

    def kept(self) -> Shares:
        """The share of each journal segment's vectors that is still in the pool: [S], oldest
        first.
        """
        pool = self._state.pool
        there = _within(np.sort(pool, axis=None), self._state.starts)
        shares: Shares = there[1:] / len(pool) / self._state.sizes
        return shares

    def expected(self) -> Shares:
        """The share that random drops from a pool leave on average: [S].

        Each later update drops D of P vectors, so it is the product of 1 - D/P; with a full pool
        and equal chunks that is (1 - K/N)^t (arXiv 2502.00592, section 3.1).
        """
        spec, sizes = self._spec, self._state.sizes
        there = draws_of(spec).rows(spec.pool_vectors if spec.pool_full else 0, sizes)
        dropped = there[:-1] + sizes - there[1:]
        stay = np.append(1 - dropped / np.maximum(there[:-1], 1), 1.0)
        shares: Shares = np.cumprod(stay[:0:-1], dtype=np.float64)[::-1]
        return shares


def _within(ids: Ids, bounds: Ids) -> Counts:
    """How many of the ids, ascending, lie from each bound to the next one: [len(bounds)-1]."""
    found: Counts = np.diff(np.searchsorted(ids, bounds))
    return found
