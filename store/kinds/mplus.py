"""The M+ way to find and read (arXiv 2502.00592, section 3.2): every layer for itself, the pool and
the single vectors of long-term memory that answer the question best.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from store.kinds.pool import Ids
from store.kinds.state import State, longterm_mask
from store.kinds.vectors import LayerReading, Origin, Vectors
from store.segments import Segments
from store.segments.quantized import Rows, even
from store.spec import Spec


class Memory(Vectors):
    """A memory as a question sees it, layer by layer.

    Set `pool_kv` to what stands for the pool of each layer, [P,2·G·e], where that is known; before
    threads share the memory.
    """

    def __init__(self, spec: Spec, state: State, segments: Segments, origin: Origin) -> None:
        super().__init__(spec, state, segments, origin)
        self.pool_kv: Sequence[Tensor] | None = None

    def read(self, layer: int, queries: Tensor | None) -> LayerReading:
        """Retrieve with queries [m,h] (None: no retriever), oldest first, then the pool."""
        found, scores = self._retrieve(layer, queries)
        rows = self._pool_rows(layer)
        pool = self.state.pool[layer][rows]
        ids = np.concatenate([found, pool])
        scores = torch.cat([scores, torch.full((len(pool),), torch.nan)])
        if self.pool_kv is not None:
            return LayerReading(ids, scores, self.gather(layer, found), self.pool_kv[layer][rows])
        return self.layer_reading(layer, ids, scores)

    def _retrieve(self, layer: int, queries: Tensor | None) -> tuple[Ids, Tensor]:
        mask = longterm_mask(self.spec, self.state, layer)
        if queries is None or not self.spec.retrieved_vectors or not mask.any():
            return np.zeros(0, dtype=np.int64), torch.zeros(0)
        ids = self._ids(layer)
        scores = score(self.keys(layer), queries).cpu()
        scores[~torch.from_numpy(mask[ids])] = float("-inf")
        rows = best(scores, self.spec.retrieved_vectors)
        return ids[rows.numpy()], scores[rows]

    def keys(self, layer: int) -> Iterator[Rows]:
        """Keys of a layer's ids, in order of birth, in blocks of [*,h]: the checkpoint's own, and
        those of the segments in `numbers`.
        """
        if self.origin.keys is not None:
            yield Rows(self.origin.keys[layer], None)
        yield from self.segment_keys(layer)

    def _ids(self, layer: int) -> Ids:
        """The ids whose keys `keys` gives."""
        return np.arange(self.state.first(self.spec, layer), self.state.born)

    def _pool_rows(self, layer: int) -> slice | Ids:
        """Which rows of a layer's pool are read."""
        return slice(None)

    def among(self, numbers: Sequence[int]) -> Memory:
        """What a question sees that is put to some segments alone: numbers (from 1, ascending).

        The same state, and the checkpoint's own vectors, but of the others none is found or read.
        """
        return _Part(self, np.asarray(numbers, dtype=np.int64))


class _Part(Memory):
    """Some segments of a memory. See `Memory.among`."""

    def __init__(self, whole: Memory, numbers: Ids) -> None:
        super().__init__(whole.spec, whole.state, whole._segments, whole.origin)
        self.pool_kv, self.numbers = whole.pool_kv, numbers

    @cached_property
    def _readable(self) -> NDArray[np.bool_]:
        """Whether each id may be read: [born]."""
        segments = np.zeros(len(self.state.journal) + 1, dtype=bool)
        segments[0] = segments[self.numbers] = True
        return np.repeat(segments, np.diff(self.state.starts))

    def _ids(self, layer: int) -> Ids:
        ids = super()._ids(layer)
        return ids[self._readable[ids]]

    def _pool_rows(self, layer: int) -> Ids:
        return np.flatnonzero(self._readable[self.state.pool[layer]])


def score(keys: Iterable[Rows], queries: Tensor) -> Tensor:
    """Score of every vector: the mean over the question's tokens of sigmoid(query · key); no
    1/sqrt(h).

    keys: blocks of [*,h], queries [m,h] -> [M], float32, M the sum of the blocks' rows. The sigmoid
    bounds what one token can say for a vector, so that many tokens must want it.
    """
    found = [block.products(queries).sigmoid_().mean(dim=0) for block in even(keys)]
    return torch.cat(found) if found else torch.zeros(0)


def best(scores: Tensor, count: int) -> Tensor:
    """Positions of the `count` best scores (all that are not -inf, if fewer), in order of birth,
    oldest first.
    """
    available = int(torch.isfinite(scores).sum())
    return torch.topk(scores, min(count, available)).indices.sort().values
