"""All keys of a memory, one after the other: what a question searches.

Where segments are files of their own, what is joined here is derived from them, in a folder of the
cache for each model that wrote some (`store.segments.packs` says how it lies there). Threads and
processes may search while another one appends, and the cache may be removed and made anew between
two searches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from filelock import FileLock
from numpy.typing import NDArray
from torch import Tensor

from store.errors import DamagedError
from store.kinds.pool import Ids
from store.segments.key_forms import AsStored, KeyForm, columns_of
from store.segments.packs import OpenPack, Pack, Packed, runs
from store.segments.quantized import ROWS_AT_ONCE, Rows, joined

_SEGMENTS_AT_ONCE = 256  # read, before they are written
_LOCK = "lock"


class Keys(Protocol):
    """The packed keys of one model's segments."""

    def opened(self, journal: Sequence[str]) -> AbstractContextManager[OpenPack]:
        """The columns of all layers, and where a journal's segments stand in them."""
        ...

    def readable(self, places: Ids) -> NDArray[np.bool_]:
        """Of which segments keys can be read, by where they stand in the columns (-1: nowhere)."""
        ...

    def own(self, segment: str, place: int) -> list[Tensor]:
        """What belongs into each column of the layer at a place, of a segment that is not
        packed.
        """
        ...

    def grow(self, journal: Sequence[str]) -> None:
        """Append what a journal has more, where that can be and is to be done."""
        ...


class DerivedKeys:
    """See `Keys`: as far as they are joined; those of other segments are made of their own files'
    (`own`).
    """

    def __init__(
        self, folder: Path, form: KeyForm, layers: int, own: Callable[[str], Rows]
    ) -> None:
        self.form, self._layers = form, layers
        self._own = own
        self._pack = Pack(folder, form.records, columns_of(form, layers))

    def readable(self, places: Ids) -> NDArray[np.bool_]:
        return np.ones(len(places), dtype=bool)  # all have files of their own

    def own(self, segment: str, place: int) -> list[Tensor]:
        keys = self.own_rows(segment, place)
        return self.form.pack(keys, [len(keys.numbers)])

    def own_rows(self, segment: str, place: int) -> Rows:
        """The keys [K,h] of a segment at the layer at a place, from its own file."""
        return self._own(segment).layer(place)

    def opened(
        self, journal: Sequence[str], place: int | None = None
    ) -> AbstractContextManager[OpenPack]:
        """place: of the layer whose columns are opened alone (None: of all layers)."""
        count = len(self.form.columns)
        some = None if place is None else range(place * count, (place + 1) * count)
        return self._pack.opened(journal, some)

    def grow(self, journal: Sequence[str]) -> None:
        """Append what a journal has more, unless another process or thread is at it or nothing can
        be written here.

        Segments are read from their own files all the same, so a full disk keeps no question from
        its answer.
        """
        if not self._layers:
            return
        pack = self._pack
        # A lock that is taken, too; and a damaged segment, which keeps only those from their answer
        # who read it.
        with suppress(OSError, DamagedError):
            if not self._missing(journal):
                return
            pack.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileLock(pack.folder / _LOCK, timeout=0):
                if self._is_cut() or not pack.file.exists():
                    self._begin_anew()
                missing = self._missing(journal)
                for start in range(0, len(missing), _SEGMENTS_AT_ONCE):
                    some = missing[start : start + _SEGMENTS_AT_ONCE]
                    pack.append([self._packed(key) for key in some])

    def _packed(self, segment: str) -> Packed:
        [packed] = packed_keys(self.form, [segment], [self._own(segment)])
        return packed

    def _missing(self, journal: Sequence[str]) -> list[str]:
        if self._is_cut():
            return list(dict.fromkeys(journal))
        found = self._pack.numbers(journal)
        return list(dict.fromkeys(journal[at] for at in np.flatnonzero(found < 0).tolist()))

    def _is_cut(self) -> bool:
        """Whether there are fewer rows than records say: the disk has lost some."""
        return self._pack.whole() < len(self._pack.records())

    def _begin_anew(self) -> None:
        """Remove the files, records first, and those of another form: who has them open reads on in
        what they were.
        """
        self._pack.file.unlink(missing_ok=True)
        for file in self._pack.folder.iterdir():
            if file.name != _LOCK:
                file.unlink()

    def wrong(self) -> list[str]:
        """Segments whose packed keys are not those of their own files."""
        if not self._layers:
            return []
        with self.opened(()) as keys:
            packed = (keys.packed(number) for number in range(keys.whole))
            return [each.key for each in packed if not self._is_right(each)]

    def _is_right(self, packed: Packed) -> bool:
        try:
            return self._packed(packed.key) == packed
        except DamagedError:  # no segment of this memory; those that are get looked at themselves
            return False


def packed_keys(form: KeyForm, segments: Sequence[str], keys: Sequence[Rows]) -> list[Packed]:
    """The keys [F,K,h] of segments as columns have them: the same bytes for each, whatever stands
    beside it.
    """
    together, counts = joined(keys, 1), [each.numbers.shape[1] for each in keys]
    columns = []
    for place in range(len(together.numbers)):
        parts = form.pack(together.layer(place), counts)
        for column, part in zip(form.columns, parts, strict=True):
            columns.append(column.cut(bytes_of(part), counts))
    rows = map(list, zip(*columns, strict=True))
    return [Packed(*each) for each in zip(segments, counts, rows, strict=True)]


def stored_keys(
    packed: DerivedKeys, place: int, journal: Sequence[str], numbers: Ids
) -> Iterator[Rows]:
    """Keys as segments hold them (`AsStored`), of some of a journal's segments (numbers, from 1),
    at the layer at `place` among those with keys: blocks of [*,h].
    """
    form = packed.form
    assert isinstance(form, AsStored)
    with packed.opened(journal, place) as keys:
        at, bounds = keys.numbers[numbers - 1], keys.records.bounds
        for first, last in runs(at):
            if at[first] < 0:
                yield packed.own_rows(journal[numbers[first] - 1], place)
                continue
            stop = int(bounds[at[last - 1] + 1])
            for start in range(int(bounds[at[first]]), stop, ROWS_AT_ONCE):
                end = min(start + ROWS_AT_ONCE, stop)
                yield form.rows([keys.rows(each, start, end) for each in range(len(form.columns))])


def bytes_of(tensor: Tensor) -> bytes:
    """The numbers of a tensor as they lie in memory."""
    return tensor.contiguous().view(torch.uint8).numpy().tobytes()
