"""Whole chunks found at once, for all layers: by their keys at a few layers, joined with a ranking
of their texts (docs/design.md, section 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from store.kinds.pool import Ids
from store.kinds.state import longterm_start
from store.kinds.vectors import LayerReading, Vectors
from store.quantized import Rows, even

_LEAST_MISSING = 1e-3  # below, cosines of keys in 8 bits are no different from 1
RANK_OFFSET = 60  # of reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009)


class FoundChunk:
    """A memory of which a question reads one whole chunk, and no other vector."""

    def __init__(self, memory: Vectors, number: int, score: float) -> None:
        """number: of the segment in the journal, from 1."""
        self._memory, self.number, self.score = memory, number, score

    def read(self, layer: int, queries: Tensor | None) -> LayerReading:
        """The chunk's vectors that the pool or the long-term memory still holds."""
        memory, state = self._memory, self._memory.state
        oldest = longterm_start(memory.spec, state, layer)
        ids = np.arange(*state.starts[self.number : self.number + 2])
        if ids[0] < oldest:
            ids = ids[(ids >= oldest) | np.isin(ids, state.pool[layer])]
        return memory.layer_reading(layer, ids, torch.full((len(ids),), self.score))


def find_chunks(
    memory: Vectors, queries: Tensor, by_text: Sequence[int], count: int
) -> list[FoundChunk]:
    """The `count` best chunks for a question, best first; only their keys are read that may be
    found.

    queries: [F,m,h] at the retrieval layers; by_text: numbers of segments that may be found, ranked
    by their text, best first (none, where a memory has no text).
    """
    numbers = memory.numbers
    if not len(numbers):
        return []
    places = range(queries.shape[0])
    sizes = memory.state.sizes[numbers - 1]
    found = [
        weighed(late_interaction(memory.segment_keys(place), sizes, queries[place]))
        for place in places
    ]
    scores = torch.stack(found).mean(dim=0).cpu().double().numpy()
    fused = _reciprocal_ranks(np.argsort(-scores, kind="stable"), len(numbers))
    fused += _reciprocal_ranks(np.searchsorted(numbers, by_text), len(numbers))
    order = np.argsort(-fused, kind="stable")[:count]
    return [FoundChunk(memory, int(numbers[at]), float(scores[at])) for at in order]


def _reciprocal_ranks(ranked: Ids, size: int) -> np.ndarray:
    """1 / (60 + rank) of each of `size` segments, 0 for those that are not ranked.

    Scores of keys and of texts have no common measure; ranks have. 60 makes the first ranks of one
    list weigh little more than the next ones, so that a chunk high in both lists wins.
    """
    out = np.zeros(size)
    out[ranked] = 1 / (RANK_OFFSET + np.arange(1, len(ranked) + 1))
    return out


def late_interaction(keys: Iterable[Rows], sizes: Ids, queries: Tensor) -> Tensor:
    """The best cosine of each of the question's tokens with one of each chunk's keys (ColBERT,
    arXiv 2004.12832, section 3.3).

    keys: blocks of [*,h], of length one, all keys of S chunks in their order, sizes [S] the keys of
    each, queries [m,h] -> [m,S], float32. Each token of the question looks for the one place in the
    chunk that answers it best; a single vector for the whole chunk would blur its places.
    """
    queries = F.normalize(queries.float(), dim=-1)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    best = torch.full((len(queries), len(sizes)), -torch.inf, device=queries.device)
    at = 0
    for block in even(keys):
        stop = at + len(block.numbers)
        first, last = np.searchsorted(starts, [at, stop - 1], side="right") - 1
        bounds = np.clip(starts[first : last + 2], at, stop) - at
        found = _maxima(block.products(queries), bounds)
        there = best[:, first : last + 1]
        torch.maximum(there, found, out=there)  # a chunk may lie in two blocks
        at = stop
    return best


def weighed(best: Tensor) -> Tensor:
    """Scores [S] of chunks by the best cosines [m,S] of the question's tokens: their mean, each
    token weighed by how rare it is here.

    A token counts as much as its best cosine with an average chunk falls short of 1. So what every
    chunk has (articles, question words, punctuation) counts little, as in a search by text, and no
    model need have learned it.
    """
    missing = (1 - best.mean(dim=1)).clamp(min=_LEAST_MISSING)
    return missing / missing.sum() @ best


def _maxima(products: Tensor, bounds: Ids) -> Tensor:
    """The largest of each stretch of columns: products [m,*], bounds [S+1] -> [m,S]."""
    if products.device.type == "cpu":  # some 20 times quicker than PyTorch's
        return torch.from_numpy(np.maximum.reduceat(products.numpy(), bounds[:-1], axis=1))
    lengths = torch.from_numpy(np.diff(bounds)).to(products.device)
    return torch.segment_reduce(products.T.contiguous(), "max", lengths=lengths).T
