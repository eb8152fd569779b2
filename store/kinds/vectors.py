"""The vectors that ids stand for, gathered from the segments: what every way of reading needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from store.kinds.layout import layout_of
from store.kinds.pool import Ids
from store.kinds.state import State
from store.segments import Segments
from store.segments.chunk_keys import ChunkKeys, opened
from store.segments.keys import DerivedKeys, stored_keys
from store.segments.quantized import Rows, joined
from store.spec import Spec


@dataclass(frozen=True)
class Origin:
    """The checkpoint's own vectors, segment 0: per layer [O,d] oldest first, and their keys [O,h];
    on any device.
    """

    vectors: Sequence[Tensor]
    keys: Sequence[Tensor] | None


@dataclass(frozen=True)
class LayerReading:
    """What one layer reads: ids and, NaN for those of the pool, retrieval scores [R+P].

    The first ids are given as hidden states [A,d], the others as keys and values of reading's
    attention [B,2·G·e].
    """

    ids: Ids
    scores: Tensor
    states: Tensor
    kv: Tensor


class Vectors:
    """A state, with the vectors that its ids stand for; for any number of threads.

    Vectors stay in their mapped files; a question gathers the rows it reads. `numbers`: the
    segments (from 1, ascending) that a question may find.
    """

    def __init__(self, spec: Spec, state: State, segments: Segments, origin: Origin) -> None:
        self.spec = spec
        self.state = state
        self.origin = origin
        self._segments = segments
        self._layout = layout_of(spec)
        self.numbers: Ids = np.arange(1, len(state.journal) + 1)

    def layer_reading(self, layer: int, ids: Ids, scores: Tensor) -> LayerReading:
        """What a layer reads: ids and their scores [len(ids)]."""
        return LayerReading(ids, scores, *self._layout.as_read(self.gather(layer, ids)))

    def gather(self, layer: int, ids: Ids) -> Tensor:
        """Vectors of a layer by id: [len(ids),w]."""
        numbers, offsets = self.state.locate(ids)
        # A layer with fewer of the checkpoint's own vectors starts later than the largest one.
        offsets[numbers == 0] -= self.state.first(self.spec, layer)
        dtype = getattr(torch, self.spec.dtype)
        if len(ids) and numbers[0] == numbers[-1] and (np.diff(ids) == 1).all():
            # A chunk as it lies there: nothing to be sought, put in order or copied.
            start = int(offsets[0])
            chunk = self._rows(int(numbers[0]), layer).part(start, start + len(ids))
            return chunk.unpacked(dtype)
        # Segment by segment, so that each is opened once; then back to the order of the ids.
        order = np.argsort(numbers, kind="stable")
        bounds = np.flatnonzero(np.diff(numbers[order])) + 1
        rows = torch.from_numpy(offsets[order])
        # Unpacked one by one: the checkpoint's own are never in 8 bits.
        pieces = [
            self._rows(int(numbers[order[start]]), layer).pick(rows[start:stop]).unpacked(dtype)
            for start, stop in pairwise([0, *bounds.tolist(), len(ids)])
            if start < stop
        ]
        if not pieces:
            return torch.empty(0, self._layout.width, dtype=dtype)
        gathered = joined([Rows(piece, None) for piece in pieces])
        return gathered.pick(torch.from_numpy(np.argsort(order))).numbers

    def _rows(self, number: int, layer: int) -> Rows:
        """What segment `number` of the journal has in a layer; 0: the checkpoint's own."""
        if number == 0:
            return Rows(self.origin.vectors[layer], None)
        return self._segments.vectors(self.state.journal[number - 1]).layer(layer)

    def ready(self, numbers: Sequence[int]) -> None:
        """Have the vectors of some segments (from 1) at hand, which are read now."""
        self._segments.ready([self.state.journal[number - 1] for number in numbers])

    def segment_keys(self, place: int) -> Iterator[Rows]:
        """Keys of the segments in `numbers` at the layer at `place` among those with keys, as
        segments hold them: blocks of [*,h].
        """
        journal = self.state.journal
        keys = self._segments.keys
        assert isinstance(keys, DerivedKeys)  # single vectors are found in no packs
        return stored_keys(keys, place, journal, self.numbers)

    def chunk_keys(self) -> AbstractContextManager[ChunkKeys]:
        """The keys of the segments in `numbers` where whole chunks are found, open for one
        search.
        """
        state = self.state
        return opened(
            self._segments.keys, self.spec.selector, state.journal, state.sizes, self.numbers
        )
