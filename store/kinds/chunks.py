"""Whole chunks found at once, for all layers: by their keys at a few layers, joined with a ranking
of their texts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from store import longterm
from store.memory import Memory, Reading
from store.state import longterm_start

RANK_OFFSET = 60  # of reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009)


class FoundChunk:
    """A memory of which a question reads one whole chunk, and no other vector."""

    def __init__(self, memory: Memory, number: int, score: float) -> None:
        """number: of the segment in the journal, from 1."""
        self._memory, self.number, self.score = memory, number, score

    def read(self, layer: int, queries: Tensor | None) -> Reading:
        """The chunk's vectors that the pool or the long-term memory still holds."""
        memory, state = self._memory, self._memory.state
        oldest = longterm_start(memory.spec, state, layer)
        ids = np.arange(*state.starts[self.number : self.number + 2])
        if ids[0] < oldest:
            ids = ids[(ids >= oldest) | np.isin(ids, state.pool[layer])]
        return memory.reading(layer, ids, torch.full((len(ids),), self.score))


def find_chunks(
    memory: Memory, queries: Tensor, by_text: Sequence[int], count: int
) -> list[FoundChunk]:
    """The `count` best chunks for a question, best first.

    queries: [F,m,h] at the retrieval layers; by_text: segment numbers ranked by their text, best
    first (none, where a memory has no text).
    """
    journal = memory.state.journal
    if not journal:
        return []
    places = range(queries.shape[0])
    sizes = memory.state.sizes
    found = [
        longterm.late_interaction(memory.segment_keys(place), sizes, queries[place])
        for place in places
    ]
    scores = torch.stack(found).mean(dim=0).cpu().double().numpy()
    joined = _reciprocal_ranks(list(np.argsort(-scores, kind="stable") + 1), len(journal))
    joined += _reciprocal_ranks(by_text, len(journal))
    best = np.argsort(-joined, kind="stable")[:count] + 1
    return [FoundChunk(memory, int(number), float(scores[number - 1])) for number in best]


def _reciprocal_ranks(numbers: Sequence[int], size: int) -> np.ndarray:
    """1 / (60 + rank) of each segment, 0 for those that are not ranked."""
    out = np.zeros(size)
    for rank, number in enumerate(numbers, 1):
        out[number - 1] = 1 / (RANK_OFFSET + rank)
    return out
