"""What each document has in the pool and in the long-term memory, and how long the pool has kept
it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from store.kinds.state import State, longterm_start
from store.spec import Spec

Counts = NDArray[np.int64]
Shares = NDArray[np.float64]


@dataclass(frozen=True)
class Held:
    """Vectors per layer, the mean over the layers."""

    pool: float
    longterm: float


class Holdings:
    """Counts over a state's segments in order of birth; segment 0 is the checkpoint's own.

    `pool`, `longterm` [L,S+1]: vectors of each segment in each layer's pool and long-term memory.
    """

    def __init__(self, spec: Spec, state: State, owners: Sequence[int]) -> None:
        """owners [S]: the documents of the segments."""
        count = len(state.journal) + 1
        self.pool: Counts = np.stack(
            [np.bincount(state.locate(row)[0], minlength=count) for row in state.pool]
        )
        longterm = []
        for layer, row in enumerate(state.pool):
            start = longterm_start(spec, state, layer)
            since = np.diff(np.maximum(state.starts, start))
            longterm.append(
                since - np.bincount(state.locate(row[row >= start])[0], minlength=count)
            )
        self.longterm: Counts = np.stack(longterm)
        self.owners = (0, *owners)
        self._spec, self._state = spec, state

    def by_document(self) -> dict[int, Held]:
        """Document -> what it has, in journal order; 0 stands for the checkpoint's own vectors."""
        pool, longterm = self.pool.mean(axis=0), self.longterm.mean(axis=0)
        held: dict[int, Held] = {}
        for number, document in enumerate(self.owners):
            before = held.get(document, Held(0.0, 0.0))
            held[document] = Held(
                before.pool + float(pool[number]), before.longterm + float(longterm[number])
            )
        return held

    def kept(self) -> Shares:
        """The share of each journal segment's vectors that is still in the pool: [S], oldest
        first.
        """
        shares: Shares = self.pool.mean(axis=0)[1:] / self._state.sizes
        return shares

    def expected(self) -> Shares:
        """The share that random drops leave on average: [S].

        Each later update drops D of P vectors, so it is the product of 1 - D/P; with a full pool
        and equal chunks that is (1 - K/N)^t (arXiv 2502.00592, section 3.1).
        """
        spec = self._spec
        there = spec.pool_vectors if spec.pool_full else 0
        stay = np.ones(len(self._state.sizes) + 1)
        for number, size in enumerate(self._state.sizes.tolist()):
            dropped = max(0, there + size - spec.pool_vectors)
            stay[number] = 1 - dropped / there if dropped else 1.0
            there += size - dropped
        shares: Shares = np.cumprod(stay[:0:-1], dtype=np.float64)[::-1]
        return shares
