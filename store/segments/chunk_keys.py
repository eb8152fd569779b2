"""The keys of whole chunks, open for one search: means of all, and all keys of some."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from store.kinds.pool import Ids
from store.segments.byte_products import ByteQuery
from store.segments.key_forms import CODES, COLUMNS, MEANS
from store.segments.keys import Keys
from store.segments.packs import OpenPack, runs
from store.segments.two_bits import levels, width

MEANS_AT_ONCE = 16384  # 2 MiB, with keys of 128 numbers
KEYS_AT_ONCE = 8192  # these, unpacked, stay in the processor's cache


@contextmanager
def opened(
    packed: Keys, selector: int, journal: Sequence[str], sizes: Ids, numbers: Ids
) -> Iterator[ChunkKeys]:
    """See `ChunkKeys`."""
    with packed.opened(journal) as keys:
        yield ChunkKeys(packed, keys, selector, journal, sizes, numbers)


class ChunkKeys:
    """The keys of the S chunks that a question may find, by their places from 0 on. Chunks that are
    not packed are read from their own files, with the same result; those that the disk has lost are
    not found: `numbers` [S] are the others. Raises `DamagedError` where all are lost.

    selector: h; journal: names of all segments, sizes: their vectors; numbers: those that may be
    found (from 1).
    """

    def __init__(
        self,
        packed: Keys,
        keys: OpenPack,
        selector: int,
        journal: Sequence[str],
        sizes: Ids,
        numbers: Ids,
    ) -> None:
        self._packed, self._keys, self._selector = packed, keys, selector
        at = keys.numbers[numbers - 1]
        there = packed.readable(at)
        if len(numbers) and not there.any():
            packed.own(journal[int(numbers[0]) - 1], 0)
        if not there.all():
            numbers, at = numbers[there], at[there]
        self.numbers, self._at = numbers, at
        self._journal, self._sizes = journal, sizes

    def __len__(self) -> int:
        return len(self._at)

    def near(self, queries: Tensor) -> Tensor:
        """How near each chunk's mean keys are to queries [F,h], one a layer: [S], in no unit. It
        takes the memory of a block, however many chunks there are.
        """
        whole, asked = self._keys.whole, [ByteQuery(query) for query in queries]
        found = torch.zeros(whole + 1)  # at -1: of what is not packed
        content = np.empty((MEANS_AT_ONCE, queries.shape[1]), np.int8)
        for layer, query in enumerate(asked):
            for start in range(0, whole, MEANS_AT_ONCE):
                block = content[: whole - start]
                self._keys.read_into(layer * COLUMNS + MEANS, start, block)
                found[start : start + len(block)] += query.products(torch.from_numpy(block))
        out = found[torch.from_numpy(self._at)]
        for place in np.flatnonzero(self._at < 0):
            for layer, query in enumerate(asked):
                out[place] += query.products(self._own(int(place), layer)[MEANS])[0]
        return out

    def blocks(self, layer: int, places: Ids) -> Iterator[tuple[Tensor, Ids]]:
        """Keys [*,h] of chunks at the layer at a place among those with keys, some chunks at once,
        with how many each of these has.
        """
        sizes = self._sizes[self.numbers[places] - 1]
        new = np.flatnonzero(np.diff(np.cumsum(sizes) // KEYS_AT_ONCE)) + 1
        for some, theirs in zip(np.split(places, new), np.split(sizes, new), strict=True):
            yield self._levels(layer, some, theirs), theirs

    def _levels(self, layer: int, places: Ids, sizes: Ids) -> Tensor:
        keys, at, bounds = self._keys, self._at[places], self._keys.records.bounds
        starts = np.concatenate([[0], np.cumsum(sizes)])
        bits = np.empty((starts[-1], width(self._selector)), np.uint8)
        for first, last in runs(at):
            rows = bits[starts[first] : starts[last]]
            if at[first] < 0:
                rows[:] = self._own(int(places[first]), layer)[CODES].numpy()
            else:
                keys.read_into(layer * COLUMNS + CODES, int(bounds[at[first]]), rows)
        return levels(torch.from_numpy(bits), self._selector)

    def _own(self, place: int, layer: int) -> list[Tensor]:
        return self._packed.own(self._journal[self.numbers[place] - 1], layer)
