"""All keys of a memory, one after the other in a file for each layer that has keys: what a question
searches.

Derived from the segments, in a folder of the cache for each model that wrote some: `segments`, a
record of 36 bytes for each (its key, and K in 4 bytes), and for the layer at place f the files
`F.rows` [M,h] and, of 8-bit keys, `F.scales` [M]. They grow by appending. A record comes to the
disk after the rows that it counts, so what lies behind the last record was never finished.

Threads and processes may search while another one appends, and the cache may be removed and made
anew between two searches. So every search opens the files and reads the records that lie there
then; what it opened stays what it was, for rows that have a record are never written again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from filelock import FileLock
from torch import Tensor

from store.disk import file_bytes
from store.errors import DamagedError
from store.kinds.layout import KeyFile, Layout
from store.quantized import ROWS_AT_ONCE, Rows, joined

_RECORD = np.dtype([("key", "V32"), ("count", "<u4")])
_SEGMENTS_AT_ONCE = 256  # read, before they are written


@dataclass(frozen=True)
class _Records:
    """Which rows are whose, as the records say it. Never changed: threads share it."""

    content: bytes
    places: Mapping[str, tuple[int, int]]  # segment -> its first row and the one behind its last
    rows: int  # of all

    @staticmethod
    def of(content: bytes) -> _Records:
        records = np.frombuffer(content, dtype=_RECORD)
        names = (bytes(key).hex() for key in records["key"])
        bounds = [0, *np.cumsum(records["count"], dtype=np.int64).tolist()]
        return _Records(content, dict(zip(names, pairwise(bounds), strict=True)), bounds[-1])


class PackedKeys:
    """The packed keys of one model's segments, as far as they go; those of segments that are not
    there are read from their own files (`own`).
    """

    def __init__(self, folder: Path, layout: Layout, own: Callable[[str], Rows]) -> None:
        self._folder, self._own = folder, own
        self._file = self._folder / "segments"
        self._columns = [
            _Column(self._folder, place, layout.key_files)
            for place in range(layout.key_layers if layout.selector else 0)
        ]
        self._records = _Records.of(b"")

    def layer(self, place: int, journal: Sequence[str]) -> Iterator[Rows]:
        """Keys of a journal's segments at the layer at `place` among those with keys: blocks of
        [*,h].
        """
        with self._opened(self._columns[place]) as (records, column):
            for run in _runs(records, column.rows, journal):
                if isinstance(run, str):
                    yield self._own(run).layer(place)
                else:
                    for start in range(*run, ROWS_AT_ONCE):
                        yield column.read(start, min(start + ROWS_AT_ONCE, run[1]))

    @contextmanager
    def _opened(self, column: _Column) -> Iterator[tuple[_Records, _OpenColumn]]:
        """A column, and the records that belong to it; none where there is no whole cache."""
        with ExitStack() as stack:
            found = _Records.of(b""), _OpenColumn([], [])
            with suppress(FileNotFoundError):
                records = stack.enter_context(self._file.open("rb"))
                opened = column.open(stack)
                # Where these records are still those in the folder, nobody has made the cache anew
                # since they were opened, and so the column is of the same cache.
                if os.path.samestat(os.fstat(records.fileno()), self._file.stat()):
                    found = self._read(records), opened
            yield found

    def _read(self, file: BinaryIO) -> _Records:
        """The records of a file: those that are known, where it says the same."""
        content = file.read()
        content = content[: len(content) // _RECORD.itemsize * _RECORD.itemsize]
        records = self._records
        if records.content != content:
            records = self._records = _Records.of(content)
        return records

    def _now(self) -> _Records:
        """The records that are there."""
        try:
            with self._file.open("rb") as file:
                return self._read(file)
        except FileNotFoundError:
            return _Records.of(b"")

    def grow(self, journal: Sequence[str]) -> None:
        """Append what a journal has more, unless another process or thread is at it or nothing can
        be written here.

        Segments are read from their own files all the same, so a full disk keeps no question from
        its answer.
        """
        if not self._columns or not self._missing(journal):
            return
        with suppress(OSError):  # a lock that is taken, too
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileLock(self._folder / "lock", timeout=0):
                if self._is_cut():
                    self._begin_anew()
                missing, there = self._missing(journal), self._now()
                rows, records = there.rows, len(there.content)
                for start in range(0, len(missing), _SEGMENTS_AT_ONCE):
                    block = missing[start : start + _SEGMENTS_AT_ONCE]
                    rows += self._append(rows, records, block)
                    records += len(block) * _RECORD.itemsize

    def _missing(self, journal: Sequence[str]) -> list[str]:
        if self._is_cut():
            return list(journal)
        places = self._now().places
        return list(dict.fromkeys(key for key in journal if key not in places))

    def _is_cut(self) -> bool:
        """Whether there are fewer rows than records say: the disk has lost some."""
        return self._now().rows > min(column.rows() for column in self._columns)

    def _begin_anew(self) -> None:
        """Remove the files, records first: who has them open reads on in what they were."""
        self._file.unlink(missing_ok=True)
        for column in self._columns:
            column.remove()

    def _append(self, rows: int, records: int, segments: Sequence[str]) -> int:
        """Add segments behind so many rows and bytes of records; gives how many rows they have."""
        keys = [self._own(key) for key in segments]
        for place, column in enumerate(self._columns):
            column.write(rows, joined([each.layer(place) for each in keys]))
        counts = [each.numbers.shape[1] for each in keys]
        named = [
            (np.void(bytes.fromhex(key)), count)
            for key, count in zip(segments, counts, strict=True)
        ]
        _write(self._file, records, np.array(named, dtype=_RECORD).tobytes())
        return sum(counts)

    def wrong(self) -> list[str]:
        """Segments whose packed keys are not those of their own files."""
        if not self._columns:
            return []
        with ExitStack() as stack:
            opened = [stack.enter_context(self._opened(each)) for each in self._columns]
            return [key for key in self._now().places if not self._is_right(key, opened)]

    def _is_right(self, segment: str, opened: list[tuple[_Records, _OpenColumn]]) -> bool:
        own = self._own(segment)
        return all(
            _same(column.read(*place), own.layer(number))
            for number, (records, column) in enumerate(opened)
            if (place := records.places.get(segment)) and place[1] <= column.rows
        )


class _Column:
    """The files of one layer."""

    def __init__(self, folder: Path, place: int, files: Sequence[KeyFile]) -> None:
        self._forms = files
        self._files = [folder / f"{place:03}.{each.suffix}" for each in files]

    def rows(self) -> int:
        """Rows that are there in all files."""
        sizes = zip(self._files, self._forms, strict=True)
        return min((file_bytes(file) or 0) // _row_bytes(form) for file, form in sizes)

    def open(self, stack: ExitStack) -> _OpenColumn:
        """Raises `FileNotFoundError` where one is missing."""
        files = [stack.enter_context(file.open("rb")) for file in self._files]
        return _OpenColumn(files, self._forms)

    def write(self, start: int, rows: Rows) -> None:
        parts = [part for part in rows if part is not None]
        for file, form, part in zip(self._files, self._forms, parts, strict=True):
            _write(file, start * _row_bytes(form), _bytes(part))

    def remove(self) -> None:
        for file in self._files:
            file.unlink(missing_ok=True)


class _OpenColumn:
    """The files of one layer, opened for one search."""

    def __init__(self, files: Sequence[BinaryIO], forms: Sequence[KeyFile]) -> None:
        self._parts = list(zip(files, forms, strict=True))
        sizes = (os.fstat(file.fileno()).st_size // _row_bytes(form) for file, form in self._parts)
        self.rows = min(sizes, default=0)  # that are there in all files

    def read(self, start: int, stop: int) -> Rows:
        """Rows start..stop-1, read and not mapped: so that searching millions takes no more memory
        than a block.
        """
        found = [_read_rows(*part, start, stop) for part in self._parts]
        return Rows(found[0], found[1] if len(found) > 1 else None)


def _read_rows(file: BinaryIO, form: KeyFile, start: int, stop: int) -> Tensor:
    """Rows of one file: [stop-start,width]."""
    content = np.empty((stop - start) * _row_bytes(form), np.uint8)
    file.seek(start * _row_bytes(form))
    if file.readinto(content) != len(content):  # type: ignore[attr-defined]
        raise DamagedError(f"{file.name} was cut while it was read", "mend it with: mplus gc")
    return torch.from_numpy(content).view(getattr(torch, form.dtype)).view(-1, form.width)


def _row_bytes(form: KeyFile) -> int:
    return form.width * int(getattr(torch, form.dtype).itemsize)


def _runs(records: _Records, rows: int, journal: Sequence[str]) -> Iterator[tuple[int, int] | str]:
    """Stretches of packed rows, as far as there are `rows`, and keys of segments that are not
    packed, in the journal's order.
    """
    start = stop = 0
    for key in journal:
        found = records.places.get(key)
        if found is not None and found[1] > rows:
            found = None
        if found is not None and found[0] == stop:
            stop = found[1]
            continue
        if stop > start:
            yield start, stop
        start, stop = found or (0, 0)
        if found is None:
            yield key
    if stop > start:
        yield start, stop


def _same(packed: Rows, own: Rows) -> bool:
    pairs = zip(packed, own, strict=True)
    return all(_bytes(a) == _bytes(b) for a, b in pairs if a is not None and b is not None)


def _bytes(tensor: Tensor) -> bytes:
    return tensor.contiguous().view(torch.uint8).numpy().tobytes()


def _write(file: Path, start: int, content: bytes) -> None:
    """Put content at a place of a file, over what lies behind it, and bring it to the disk."""
    with file.open("r+b" if file.exists() else "wb") as out:
        out.seek(start)
        out.write(content)
        out.truncate()
        out.flush()
        os.fsync(out.fileno())
