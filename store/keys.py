"""All keys of a memory, one after the other in files for each layer that has keys: what a question
searches.

Derived from the segments, in a folder of the cache for each model that wrote some: a file of
records, one of 36 bytes for each segment (its key, and K in 4 bytes), and for each layer the files
that a form of keys names, with K rows or one for each segment. They grow by appending. A record
comes to the disk after the rows that it counts, so what lies behind the last record was never
finished.

Threads and processes may search while another one appends, and the cache may be removed and made
anew between two searches. So every search opens the files and looks at the records that lie there
then; what it opened stays what it was, for rows that have a record are never written again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from io import FileIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from filelock import FileLock
from numpy.typing import NDArray
from torch import Tensor

from store.disk import file_bytes
from store.errors import DamagedError
from store.key_forms import KeyForm, as_rows
from store.kinds.layout import KeyFile
from store.kinds.pool import Ids
from store.quantized import ROWS_AT_ONCE, Rows

_RECORD = np.dtype([("key", "S32"), ("count", "<u4")])
_SEGMENTS_AT_ONCE = 256  # read, before they are written
_LOCK = "lock"


@dataclass(frozen=True)
class Records:
    """Which rows are whose, as the records say it. Never changed: threads share it."""

    content: bytes

    @cached_property
    def _table(self) -> NDArray[np.void]:
        return np.frombuffer(self.content, dtype=_RECORD)

    @cached_property
    def bounds(self) -> Ids:
        """First row of each segment, and at the end the number of all: [n+1]."""
        return np.concatenate([[0], np.cumsum(self._table["count"], dtype=np.int64)])

    def segment(self, number: int) -> str:
        """The name of a segment; numbers from 0."""
        start = number * _RECORD.itemsize
        return self.content[start : start + 32].hex()

    def numbers(self, segments: Sequence[str]) -> Ids:
        """Where each of some segments stands; -1: nowhere."""
        known, wanted = self._table["key"], np.frombuffer(bytes.fromhex("".join(segments)), "S32")
        # Mostly a journal is as the records are, or begins so; what follows is looked up.
        both = min(len(known), len(wanted))
        other = np.flatnonzero(known[:both] != wanted[:both])
        alike = int(other[0]) if len(other) else both
        found = np.arange(len(wanted), dtype=np.int64)
        found[alike:] = -1
        if alike < len(wanted) and len(known):
            at = self._order[np.searchsorted(self._sorted, wanted[alike:]).clip(max=len(known) - 1)]
            found[alike:] = np.where(known[at] == wanted[alike:], at, -1)
        return found

    @cached_property
    def _order(self) -> Ids:
        return np.argsort(self._table["key"], kind="stable")

    @cached_property
    def _sorted(self) -> NDArray[np.bytes_]:
        return np.ascontiguousarray(self._table["key"][self._order])


class PackedKeys:
    """The packed keys of one model's segments, as far as they go; those of segments that are not
    there are made of their own files' (`own`).
    """

    def __init__(
        self, folder: Path, form: KeyForm, layers: int, own: Callable[[str], Rows]
    ) -> None:
        self.form = form
        self._folder, self._own = folder, own
        self._file = folder / form.records
        self._columns = [_Column(folder, place, form.files) for place in range(layers)]
        nothing = Records(b"")
        # Records, and what the file was like that they were read from.
        self._known: tuple[tuple[int, ...], Records] = ((), nothing)
        self._placed: tuple[Records, Sequence[str], Ids] = (nothing, (), np.zeros(0, int))

    def own(self, segment: str, place: int) -> list[Tensor]:
        """What of a segment's own file belongs into each of a layer's files."""
        return self.form.pack(self._own(segment).layer(place))

    @contextmanager
    def opened(self, journal: Sequence[str], *places: int) -> Iterator[OpenKeys]:
        """The files of the layers at some places among those with keys (none: of all), and where a
        journal's segments stand in them.
        """
        columns = [self._columns[place] for place in places] if places else self._columns
        with ExitStack() as stack:
            found = Records(b""), [_OpenColumn([], []) for _ in columns]
            with suppress(FileNotFoundError):
                records = stack.enter_context(self._file.open("rb", buffering=0))
                opened = [column.open(stack) for column in columns]
                # Where these records are still those in the folder, nobody has made the cache anew
                # since they were opened, and so the columns are of the same cache.
                if os.path.samestat(os.fstat(records.fileno()), self._file.stat()):
                    found = self._read(records), opened
            yield OpenKeys(*found, self._numbers(found[0], journal))

    def _numbers(self, records: Records, journal: Sequence[str]) -> Ids:
        """Where a journal's segments stand: found once for all questions to a state."""
        placed = self._placed
        if placed[0] is not records or placed[1] is not journal:
            placed = self._placed = (records, journal, records.numbers(journal))
        return placed[2]

    def _read(self, file: FileIO) -> Records:
        """The records of a file: those that are known, where it is as it was."""
        found = os.fstat(file.fileno())
        seen = found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
        before, records = self._known  # both at once: threads share them
        if before != seen:
            content = file.read()
            content = content[: len(content) // _RECORD.itemsize * _RECORD.itemsize]
            if content != records.content:
                records = Records(content)
            self._known = seen, records
        return records

    def _now(self) -> Records:
        """The records that are there."""
        try:
            with self._file.open("rb", buffering=0) as file:
                return self._read(file)
        except FileNotFoundError:
            return Records(b"")

    def grow(self, journal: Sequence[str]) -> None:
        """Append what a journal has more, unless another process or thread is at it or nothing can
        be written here.

        Segments are read from their own files all the same, so a full disk keeps no question from
        its answer.
        """
        if not self._columns:
            return
        # A lock that is taken, too; and a damaged segment, which keeps only those from their answer
        # who read it.
        with suppress(OSError, DamagedError):
            if not self._missing(journal):
                return
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileLock(self._folder / _LOCK, timeout=0):
                if self._is_cut() or not self._file.exists():
                    self._begin_anew()
                missing, there = self._missing(journal), self._now().bounds
                before = len(there) - 1, int(there[-1])
                for start in range(0, len(missing), _SEGMENTS_AT_ONCE):
                    before = self._append(*before, missing[start : start + _SEGMENTS_AT_ONCE])

    def _missing(self, journal: Sequence[str]) -> list[str]:
        if self._is_cut():
            return list(dict.fromkeys(journal))
        found = self._numbers(self._now(), journal)
        return list(dict.fromkeys(journal[at] for at in np.flatnonzero(found < 0).tolist()))

    def _is_cut(self) -> bool:
        """Whether there are fewer rows than records say: the disk has lost some."""
        bounds = self._now().bounds
        return any(column.whole(bounds) < len(bounds) - 1 for column in self._columns)

    def _begin_anew(self) -> None:
        """Remove the files, records first, and those of another form: who has them open reads on in
        what they were.
        """
        self._file.unlink(missing_ok=True)
        for file in self._folder.iterdir():
            if file.name != _LOCK:
                file.unlink()

    def _append(self, records: int, rows: int, segments: Sequence[str]) -> tuple[int, int]:
        """Add segments behind so many records and rows; gives how many there are then."""
        keys = [self._own(key) for key in segments]
        for place, column in enumerate(self._columns):
            parts = [self.form.pack(each.layer(place)) for each in keys]
            column.write(records, rows, [torch.cat(each) for each in zip(*parts, strict=True)])
        named = np.empty(len(segments), _RECORD)
        named["key"] = [bytes.fromhex(key) for key in segments]
        named["count"] = [each.numbers.shape[1] for each in keys]
        _write(self._file, records * _RECORD.itemsize, named.tobytes())
        return records + len(segments), rows + int(named["count"].sum())

    def wrong(self) -> list[str]:
        """Segments whose packed keys are not those of their own files."""
        if not self._columns:
            return []
        with self.opened(()) as keys:
            named = ((number, keys.records.segment(number)) for number in range(keys.whole))
            return [name for number, name in named if not self._is_right(name, number, keys)]

    def _is_right(self, segment: str, number: int, keys: OpenKeys) -> bool:
        try:
            own = self._own(segment)
        except DamagedError:  # no segment of this memory; those that are get looked at themselves
            return False
        return all(
            _bytes(ours) == _bytes(theirs)
            for place, column in enumerate(keys.columns)
            for ours, theirs in zip(
                column.segment(keys.records.bounds, number),
                self.form.pack(own.layer(place)),
                strict=True,
            )
        )


class OpenKeys:
    """Files of packed keys, open for one search. numbers: where each segment of a journal stands
    among the records [S]; -1: nowhere, or its rows are not all there.
    """

    def __init__(self, records: Records, columns: Sequence[_OpenColumn], numbers: Ids) -> None:
        self.records, self.columns = records, columns
        self.whole = min((each.whole(records.bounds) for each in columns), default=0)
        """Records whose rows are there in all these files."""
        self.numbers = np.where(numbers < self.whole, numbers, -1)


class _Column:
    """The files of one layer."""

    def __init__(self, folder: Path, place: int, files: Sequence[KeyFile]) -> None:
        self._forms = files
        self._files = [folder / f"{place:03}.{each.suffix}" for each in files]

    def whole(self, bounds: Ids) -> int:
        """Segments of which all files have all rows."""
        sizes = zip(self._forms, self._files, strict=True)
        return min(form.whole(file_bytes(file) or 0, bounds) for form, file in sizes)

    def open(self, stack: ExitStack) -> _OpenColumn:
        """Raises `FileNotFoundError` where one is missing."""
        files = [stack.enter_context(file.open("rb", buffering=0)) for file in self._files]
        return _OpenColumn(self._forms, files)

    def write(self, segments: int, rows: int, parts: Sequence[Tensor]) -> None:
        """Put rows behind those of so many segments, which have so many vectors."""
        for form, file, part in zip(self._forms, self._files, parts, strict=True):
            before = segments if form.per_segment else rows
            _write(file, before * form.row_bytes, _bytes(part))


class _OpenColumn:
    """The files of one layer, opened for one search. They are read and not mapped: so that
    searching millions takes no more memory than a block.
    """

    def __init__(self, forms: Sequence[KeyFile], files: Sequence[FileIO]) -> None:
        self._forms, self._files = forms, files

    def whole(self, bounds: Ids) -> int:
        """Segments of which all files have all rows."""
        sizes = zip(self._forms, self._files, strict=True)
        found = (form.whole(os.fstat(file.fileno()).st_size, bounds) for form, file in sizes)
        return min(found, default=0)

    def segment(self, bounds: Ids, number: int) -> list[Tensor]:
        """What each file has of one segment."""
        places = ((form.row(bounds, number), form.row(bounds, number + 1)) for form in self._forms)
        return [self._read(at, *place) for at, place in enumerate(places)]

    def rows(self, start: int, stop: int) -> list[Tensor]:
        """What each file has of vectors start..stop-1: [stop-start,width]."""
        return [self._read(at, start, stop) for at in range(len(self._forms))]

    def _read(self, file: int, start: int, stop: int) -> Tensor:
        form = self._forms[file]
        content = np.empty((stop - start) * form.row_bytes, np.uint8)
        self.read_into(file, start, content)
        return torch.from_numpy(content).view(getattr(torch, form.dtype)).view(-1, form.width)

    def read_into(self, file: int, start: int, content: NDArray[Any]) -> None:
        """Rows of a file from `start` on, as many as `content` has room for."""
        opened = self._files[file]
        opened.seek(start * self._forms[file].row_bytes)
        if opened.readinto(content.data) != content.nbytes:
            raise DamagedError(f"{opened.name} was cut while it was read", "mend it with: mplus gc")


def stored_keys(
    packed: PackedKeys, place: int, journal: Sequence[str], numbers: Ids
) -> Iterator[Rows]:
    """Keys as segments hold them (`AsStored`), of some of a journal's segments (numbers, from 1),
    at the layer at `place` among those with keys: blocks of [*,h].
    """
    with packed.opened(journal, place) as keys:
        at, bounds, [column] = keys.numbers[numbers - 1], keys.records.bounds, keys.columns
        for first, last in runs(at):
            if at[first] < 0:
                yield as_rows(packed.own(journal[numbers[first] - 1], place))
                continue
            stop = int(bounds[at[last - 1] + 1])
            for start in range(int(bounds[at[first]]), stop, ROWS_AT_ONCE):
                yield as_rows(column.rows(start, min(start + ROWS_AT_ONCE, stop)))


def runs(numbers: Ids) -> Iterator[tuple[int, int]]:
    """Stretches of places whose segments stand one behind the other; those of -1 by themselves."""
    ends = np.flatnonzero((np.diff(numbers) != 1) | (numbers[:-1] < 0)) + 1
    yield from pairwise([0, *ends.tolist(), len(numbers)] if len(numbers) else [])


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
