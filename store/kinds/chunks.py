"""Whole chunks found at once, for all layers: by their keys at a few layers, joined with a ranking
of their texts (docs/design.md, section 3).

In two steps: candidates, by text and by one mean key a chunk and layer; then all keys of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from store.kinds.joining import joined
from store.kinds.pool import Ids
from store.kinds.state import longterm_start
from store.kinds.vectors import LayerReading, Vectors
from store.segments.chunk_keys import ChunkKeys
from store.segments.two_bits import rotated

CANDIDATES = 128  # chunks of which all keys are compared
BY_TEXT = 64  # of these, at most: the first by text
SAMPLE = 32  # chunks that tell how common a token of a question is
_LEAST_MISSING = 1e-3  # below, cosines of keys in few bits are no different from 1


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
    """The `count` best chunks for a question, best first.

    queries: [F,m,h] at the retrieval layers; by_text: numbers of segments that may be found, ranked
    by their text, best first (none, where a memory has no text).
    """
    numbers = memory.numbers
    if not len(numbers):
        return []
    queries = rotated(F.normalize(queries.float(), dim=-1).cpu())
    with memory.chunk_keys() as keys:
        numbers, text = keys.numbers, np.asarray(by_text, dtype=np.int64)
        at = np.searchsorted(numbers, text).clip(max=len(numbers) - 1)
        ranked = at[numbers[at] == text][:BY_TEXT]  # the others' keys are lost
        weights = [_weights(keys, layer, each) for layer, each in enumerate(queries)]
        near = keys.near(torch.stack([w @ each for w, each in zip(weights, queries, strict=True)]))
        near[torch.from_numpy(ranked)] = torch.inf
        chosen = near.topk(min(CANDIDATES, len(near))).indices.sort().values.numpy()
        found = [
            weight @ late_interaction(keys.blocks(layer, chosen), queries[layer])
            for layer, weight in enumerate(weights)
        ]
    scores = torch.stack(found).mean(dim=0).double().numpy()
    text_ranks = np.zeros(len(chosen), dtype=np.int64)
    text_ranks[np.searchsorted(chosen, ranked)] = np.arange(1, len(ranked) + 1)
    order = np.argsort(-joined(scores, text_ranks), kind="stable")[:count]
    return [FoundChunk(memory, int(numbers[chosen[at]]), float(scores[at])) for at in order]


def _weights(keys: ChunkKeys, layer: int, queries: Tensor) -> Tensor:
    """How much each token of a question counts here: [m], as chunks in even steps tell it, the same
    ones each time.
    """
    count = min(SAMPLE, len(keys))
    some = np.arange(count) * len(keys) // count
    return weights_of(late_interaction(keys.blocks(layer, some), queries))


def weights_of(best: Tensor) -> Tensor:
    """How much each of a question's tokens counts, by its best cosines [m,S] with chunks: [m], 1 in
    all.

    A token counts as much as its best cosine with an average chunk falls short of 1. So what every
    chunk has (articles, question words, punctuation) counts little, as in a search by text, and no
    model need have learned it.
    """
    missing = (1 - best.mean(dim=1)).clamp(min=_LEAST_MISSING)
    return missing / missing.sum()


def late_interaction(blocks: Iterable[tuple[Tensor, Ids]], queries: Tensor) -> Tensor:
    """The best cosine of each of the question's tokens with one of each chunk's keys (ColBERT,
    arXiv 2004.12832, section 3.3).

    blocks: keys [*,h] of some chunks, one after the other, and how many each has; S chunks in all;
    queries [m,h] of length one -> [m,S], float32. Each token of the question looks for the one
    place in the chunk that answers it best; a single vector for the whole chunk would blur its
    places.
    """
    queries = queries.bfloat16()  # levels of 2 bits deserve no finer ones, and it is much quicker
    found = []
    for keys, sizes in blocks:
        products = (queries @ keys.bfloat16().T).float().numpy()
        starts = np.cumsum(sizes) - sizes
        found.append(torch.from_numpy(np.maximum.reduceat(products, starts, axis=1)))
    return torch.cat(found, 1)
