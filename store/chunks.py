"""Whole chunks found at once, for all layers: by their keys at a few layers, joined with a ranking of their texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from store import longterm
from store.memory import Memory, Reading
from store.pool import Ids
from store.state import longterm_start

RANK_OFFSET = 60  # of reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009)


class FoundChunks:
    """A memory of which a question reads some whole chunks, the best one last, and no other vector."""

    def __init__(self, memory: Memory, scores: dict[int, float]) -> None:
        """scores: segment number in the journal (from 1) -> score, in the order of reading."""
        self._memory = memory
        self._scores = scores

    def read(self, layer: int, queries: Tensor | None) -> Reading:
        """The vectors of the chunks found."""
        memory, state = self._memory, self._memory.state
        pool, oldest = state.pool[layer], longterm_start(memory.spec, state, layer)
        chunks = [self._there(number, pool, oldest) for number in self._scores]
        scores = [np.full(len(ids), score) for ids, score in zip(chunks, self._scores.values(), strict=True)]
        # An empty array, for a memory of which nothing was found.
        ids = np.concatenate([np.zeros(0, dtype=np.int64), *chunks])
        return memory.reading(layer, ids, torch.from_numpy(np.concatenate([np.zeros(0), *scores])).float())

    def _there(self, number: int, pool: Ids, oldest: int) -> Ids:
        """Ids of a segment that the pool or the long-term memory holds."""
        ids = np.arange(*self._memory.state.starts[number : number + 2])
        return ids if ids[0] >= oldest else ids[(ids >= oldest) | np.isin(ids, pool)]


def find_chunks(memory: Memory, queries: Tensor, by_text: Sequence[int]) -> FoundChunks:
    """The K0/T best chunks for a question.

    queries: [F,m,h] at the retrieval layers; by_text: segment numbers ranked by their text, best first (none, where a
    memory has no text).
    """
    journal = memory.state.journal
    if not journal:
        return FoundChunks(memory, {})
    places = range(queries.shape[0])
    sizes = memory.state.sizes
    found = [longterm.late_interaction(memory.segment_keys(place), sizes, queries[place]) for place in places]
    scores = torch.stack(found).mean(dim=0).cpu().double().numpy()
    joined = _reciprocal_ranks(list(np.argsort(-scores, kind="stable") + 1), len(journal))
    joined += _reciprocal_ranks(by_text, len(journal))
    count = memory.spec.retrieved_vectors // memory.spec.num_tokens
    best = np.argsort(-joined, kind="stable")[:count] + 1
    return FoundChunks(memory, {int(number): float(scores[number - 1]) for number in best[::-1]})


def _reciprocal_ranks(numbers: Sequence[int], size: int) -> np.ndarray:
    """1 / (60 + rank) of each segment, 0 for those that are not ranked."""
    out = np.zeros(size)
    for rank, number in enumerate(numbers, 1):
        out[number - 1] = 1 / (RANK_OFFSET + rank)
    return out
