"""A memory as a question sees it: the pool and what is retrieved from long-term memory, layer by
layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from store import longterm
from store.pool import Ids
from store.quantized import Rows, joined
from store.segments import Segments
from store.spec import Spec
from store.state import State, longterm_mask


@dataclass(frozen=True)
class Origin:
    """The checkpoint's own vectors, segment 0: per layer [O,d] oldest first, and their keys [O,h];
    on any device.
    """

    vectors: Sequence[Tensor]
    keys: Sequence[Tensor] | None


@dataclass(frozen=True)
class Reading:
    """What one layer reads: ids and, NaN for those of the pool, retrieval scores [R+P].

    The first ids are given as hidden states [A,d], the others as keys and values of reading's
    attention [B,2·G·e].
    """

    ids: Ids
    scores: Tensor
    states: Tensor
    kv: Tensor


class Memory:
    """A state, with the vectors that its ids stand for.

    Vectors stay in their mapped files; a question gathers the rows it reads.
    """

    def __init__(self, spec: Spec, state: State, segments: Segments, origin: Origin) -> None:
        """Set `pool_kv` to what stands for the pool of each layer, [P,2·G·e], where that is
        known.
        """
        self.spec = spec
        self.state = state
        self._segments = segments
        self.origin = origin
        self.pool_kv: Sequence[Tensor] | None = None

    def read(self, layer: int, queries: Tensor | None) -> Reading:
        """Retrieve with queries [m,h] (None: no retriever), oldest first, then the pool."""
        found, scores = self._retrieve(layer, queries)
        pool = self.state.pool[layer]
        ids, scores = (
            np.concatenate([found, pool]),
            torch.cat([scores, torch.full((len(pool),), torch.nan)]),
        )
        if self.pool_kv is not None:
            return Reading(ids, scores, self.gather(layer, found), self.pool_kv[layer])
        return self.reading(layer, ids, scores)

    def reading(self, layer: int, ids: Ids, scores: Tensor) -> Reading:
        """What a layer reads: ids and their scores [len(ids)]."""
        vectors = self.gather(layer, ids)
        nothing = vectors[:0]
        return Reading(
            ids, scores, *((nothing, vectors) if self.spec.kv_width else (vectors, nothing))
        )

    def gather(self, layer: int, ids: Ids) -> Tensor:
        """Vectors of a layer by id: [len(ids),w]."""
        numbers, offsets = self.state.locate(ids)
        # A layer with fewer of the checkpoint's own vectors starts later than the largest one.
        offsets[numbers == 0] -= self.state.origin - self.spec.origin_vectors[layer]
        order = np.argsort(numbers, kind="stable")
        bounds = np.flatnonzero(np.diff(numbers[order])) + 1
        rows = torch.from_numpy(offsets[order])
        pieces = [
            self._vectors(int(numbers[order[start]]), layer).pick(rows[start:stop])
            for start, stop in pairwise([0, *bounds.tolist(), len(ids)])
            if start < stop
        ]
        dtype = getattr(torch, self.spec.dtype)
        if not pieces:
            return torch.empty(0, self.spec.kv_width or self.spec.hidden, dtype=dtype)
        return joined(pieces).pick(torch.from_numpy(np.argsort(order))).unpacked(dtype)

    def _retrieve(self, layer: int, queries: Tensor | None) -> tuple[Ids, Tensor]:
        mask = longterm_mask(self.spec, self.state, layer)
        if queries is None or not self.spec.retrieved_vectors or not mask.any():
            return np.zeros(0, dtype=np.int64), torch.zeros(0)
        start = self.state.origin - self.spec.origin_vectors[layer]
        scores = longterm.score(self.keys(layer), queries).cpu()
        scores[~torch.from_numpy(mask[start:])] = float("-inf")
        rows = longterm.best(scores, self.spec.retrieved_vectors)
        return rows.numpy() + start, scores[rows]

    def keys(self, layer: int) -> Iterator[Rows]:
        """Keys of all ids of a layer, in order of birth, in blocks of [*,h]."""
        if self.origin.keys is not None:
            yield Rows(self.origin.keys[layer], None)
        yield from self.segment_keys(layer)

    def segment_keys(self, place: int) -> Iterator[Rows]:
        """Keys of the journal's segments at the layer at `place` among those with keys: blocks of
        [*,h].
        """
        return self._segments.packed.layer(place, self.state.journal)

    def _vectors(self, number: int, layer: int) -> Rows:
        if number == 0:
            return Rows(self.origin.vectors[layer], None)
        return self._segments.open(self.state.journal[number - 1]).vectors.layer(layer)
