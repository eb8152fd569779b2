"""Rows of many segments, one after the other in files that grow by appending.

A folder has a file of records, one of 36 bytes for each segment (its key, and K in 4 bytes), and a
file for each column, with K rows or one for each segment. Rows come to the disk before the records
that count them, so what lies behind the last record was never finished.

One process appends while threads and processes read. What a reader has opened stays what it was:
rows that have a record are never written again, but for those of a segment that is mended.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from io import FileIO
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from store.disk import atomic_write, file_bytes, naming, sync_folder
from store.errors import DamagedError
from store.kinds.journal import Journal
from store.kinds.pool import Ids

_RECORD = np.dtype([("key", "S32"), ("count", "<u4")])
RECORD_BYTES = _RECORD.itemsize
_COPIED_AT_ONCE = 1 << 22  # bytes


class Column(NamedTuple):
    """A file of rows: its name, and the bytes of a row; a row for each token of a segment, or one
    for each segment.
    """

    name: str
    row_bytes: int
    per_segment: bool = False

    def row(self, bounds: Ids, number: int) -> int:
        """The first row of a segment; bounds [n+1]: the first tokens of segments, and how many
        there are.
        """
        return number if self.per_segment else int(bounds[number])

    def cut(self, content: bytes, counts: Sequence[int]) -> list[bytes]:
        """The rows of each of some segments of so many tokens, which follow one another."""
        rows = (1 if self.per_segment else count for count in counts)
        ends = accumulate(self.row_bytes * each for each in rows)
        return [content[start:stop] for start, stop in pairwise([0, *ends])]

    def whole(self, size: int, bounds: Ids) -> int:
        """Segments of which a file of so many bytes has all rows."""
        rows = size // self.row_bytes
        if self.per_segment:
            return min(rows, len(bounds) - 1)
        return int(bounds.searchsorted(rows, side="right")) - 1


@dataclass(frozen=True)
class Packed:
    """What the columns have of one segment of K = `count`; `rows`: the bytes for each column."""

    key: str
    count: int
    rows: Sequence[bytes]


@dataclass(frozen=True)
class Records:
    """Which rows are whose, as the records say it. Never changed: threads share it."""

    content: bytes

    @cached_property
    def _table(self) -> NDArray[np.void]:
        return np.frombuffer(self.content, dtype=_RECORD)

    @cached_property
    def bounds(self) -> Ids:
        """First token of each segment, and at the end the number of all: [n+1]."""
        return np.concatenate([[0], np.cumsum(self._table["count"], dtype=np.int64)])

    def __len__(self) -> int:
        return len(self._table)

    def segment(self, number: int) -> str:
        """The name of a segment; numbers from 0."""
        start = number * _RECORD.itemsize
        return self.content[start : start + 32].hex()

    def numbers(self, segments: Sequence[str]) -> Ids:
        """Where each of some segments stands; -1: nowhere."""
        known, wanted = self._table["key"], _keys(segments)
        # Mostly a journal is as the records are, or begins so; what follows is looked up.
        both = min(len(known), len(wanted))
        other = np.flatnonzero(known[:both] != wanted[:both])
        alike = int(other[0]) if len(other) else both
        found = np.arange(len(wanted), dtype=np.int64)
        found[alike:] = -1
        if alike < len(wanted) and len(known):
            keys, places = self._by_key
            at = places[np.searchsorted(keys, wanted[alike:]).clip(max=len(known) - 1)]
            found[alike:] = np.where(known[at] == wanted[alike:], at, -1)
        return found

    @cached_property
    def _by_key(self) -> tuple[NDArray[np.bytes_], Ids]:
        """All keys, ascending, and where each stands."""
        keys = np.ascontiguousarray(self._table["key"])
        order = np.argsort(keys, kind="stable")
        return keys[order], order

    def grown(self, content: bytes) -> Records:
        """What a file's records are now. Where some came behind these, only they are put in order:
        a long run looks for its segments between one and the next.
        """
        found = Records(content)
        if "_by_key" in vars(self) and content.startswith(self.content):
            (keys, places), new = self._by_key, found._table["key"][len(self) :]
            order = np.argsort(new, kind="stable")
            at = np.searchsorted(keys, new[order], side="right")
            merged = np.insert(keys, at, new[order]), np.insert(places, at, order + len(self))
            vars(found)["_by_key"] = merged
        return found

    @property
    def counts(self) -> Ids:
        """K of each segment [n]."""
        return self._table["count"].astype(np.int64)

    def corrected(self, numbers: Ids, counts: Ids) -> Records:
        """The same where the segments at some places have other K."""
        table = self._table.copy()
        table["count"][numbers] = counts
        return Records(table.tobytes())

    def some(self, numbers: Ids) -> Records:
        """Those at some places alone."""
        return Records(self._table[numbers].tobytes())


def _keys(segments: Sequence[str]) -> NDArray[np.bytes_]:
    if isinstance(segments, Journal):
        return np.ascontiguousarray(segments.keys).view("S32")[:, 0]
    return np.frombuffer(bytes.fromhex("".join(segments)), "S32")


NOTHING = Records(b"")


def record_of(key: str, count: int) -> bytes:
    """The record of a segment of K = `count`."""
    return np.array([(bytes.fromhex(key), count)], _RECORD).tobytes()


class Pack:
    """The files in one folder. `name`: of the file of records."""

    def __init__(self, folder: Path, name: str, columns: Sequence[Column]) -> None:
        self.folder, self.columns = folder, columns
        self.file = folder / name
        # Records, and what the file was like that they were read from.
        self._known: tuple[tuple[int, ...], Records] = ((), NOTHING)
        self._placed: tuple[Records, Sequence[str], Ids] = (NOTHING, (), np.zeros(0, int))

    @contextmanager
    def opened(
        self, journal: Sequence[str], columns: Sequence[int] | None = None
    ) -> Iterator[OpenPack]:
        """The files of some columns, by number (None: of all), and where a journal's segments stand
        in them.
        """
        some = [self.columns[at] for at in (columns or range(len(self.columns)))]
        with ExitStack() as stack:
            records, files = NOTHING, list[FileIO]()
            with suppress(FileNotFoundError):
                kept = stack.enter_context(self.file.open("rb", buffering=0))
                found = [stack.enter_context(self._open(column)) for column in some]
                # Where these records are still those in the folder, nobody has made the files anew
                # since they were opened, and so the columns are of the same ones.
                if os.path.samestat(os.fstat(kept.fileno()), self.file.stat()):
                    records, files = self._read(kept), found
            yield OpenPack(records, some, files, self._numbers(records, journal))

    def _open(self, column: Column) -> FileIO:
        return (self.folder / column.name).open("rb", buffering=0)

    def numbers(self, journal: Sequence[str]) -> Ids:
        """Where a journal's segments stand; -1: nowhere. Found once for all questions to a
        state.
        """
        return self._numbers(self.records(), journal)

    def _numbers(self, records: Records, journal: Sequence[str]) -> Ids:
        if not len(journal):
            return np.zeros(0, np.int64)
        placed = self._placed
        if placed[0] is not records or placed[1] is not journal:
            placed = self._placed = (records, journal, records.numbers(journal))
        return placed[2]

    def records(self) -> Records:
        """The records that are there now."""
        try:
            with self.file.open("rb", buffering=0) as file:
                return self._read(file)
        except FileNotFoundError:
            return NOTHING

    def _read(self, file: FileIO) -> Records:
        """The records of a file: those that are known, where it is as it was."""
        found = os.fstat(file.fileno())
        seen = found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
        before, records = self._known  # both at once: threads share them
        if before != seen:
            content = file.read()
            content = content[: len(content) // _RECORD.itemsize * _RECORD.itemsize]
            if content != records.content:
                records = records.grown(content)
            self._known = seen, records
        return records

    def whole(self, records: Records | None = None) -> int:
        """Records whose rows are all there: fewer than there are, where the disk has lost some.
        records: None: those that are there.
        """
        bounds = (self.records() if records is None else records).bounds
        sizes = ((each, file_bytes(self.folder / each.name) or 0) for each in self.columns)
        return min(column.whole(size, bounds) for column, size in sizes)

    def append(self, segments: Sequence[Packed]) -> None:
        """Add segments, behind the whole ones, and bring them to the disk."""
        if not segments:
            return
        there, whole, new = self.records(), self.whole(), not self.file.exists()
        if whole < len(there):  # the disk has lost rows: first of all nothing may count them
            _write(self.file, whole * _RECORD.itemsize, b"")
        bounds = there.bounds[: whole + 1]
        for at, column in enumerate(self.columns):
            start = column.row(bounds, whole) * column.row_bytes
            rows = b"".join(segment.rows[at] for segment in segments)
            _write(self.folder / column.name, start, rows)
        added = b"".join(record_of(segment.key, segment.count) for segment in segments)
        _write(self.file, whole * _RECORD.itemsize, added)
        if new:
            sync_folder(self.folder)

    def correct(self, segments: Sequence[str], counts: Ids) -> None:
        """Let the records say what K segments have that are there, where the disk has spoilt it:
        else what is appended would come over rows of others.
        """
        records = self.records()
        numbers = records.numbers(segments)
        there = numbers >= 0
        right = records.corrected(numbers[there], counts[there])
        if right.content != records.content:
            _write_over(self.file, 0, right.content)

    def mend(self, segment: Packed) -> None:
        """Write the rows of one that is there over what they are.

        Raises `DamagedError` where records say that it has another K: then rows of others lie
        there.
        """
        [number] = self.records().numbers([segment.key])
        bounds = self.records().bounds
        if self.records().counts[number] != segment.count:
            raise DamagedError(
                f"{self.file} is damaged: it has another K of the segment {segment.key}",
                "mend it with: mplus gc",
            )
        for column, rows in zip(self.columns, segment.rows, strict=True):
            _write_over(
                self.folder / column.name, column.row(bounds, number) * column.row_bytes, rows
            )

    def copy(self, records: Records, numbers: Ids, folder: Path) -> Iterator[int]:
        """Write a pack into a new folder that has the segments at some places, ascending, of
        `records`; its own records last, when all else is on the disk. Gives the bytes of each step.

        Raises `DamagedError` where rows are missing.
        """
        bounds = records.bounds
        with self.opened(()) as opened:
            for at, column in enumerate(self.columns):
                file = folder / column.name
                with naming(file), file.open("wb") as out:
                    for first, last in runs(numbers):
                        start = column.row(bounds, int(numbers[first]))
                        stop = column.row(bounds, int(numbers[last - 1]) + 1)
                        for rows in opened.blocks(at, start, stop):
                            yield out.write(rows)
                    out.flush()
                    os.fsync(out.fileno())
        sync_folder(folder)
        content = records.some(numbers).content
        atomic_write(folder / self.file.name, content)
        yield len(content)


class OpenPack:
    """Files of a pack, open for a while. They are read and not mapped: so that going through
    millions of segments takes no more memory than a block.

    numbers: where each segment of a journal stands among the records [S]; -1: nowhere, or its rows
    are not all there; `whole`: records whose rows are there in all these files.
    """

    def __init__(
        self, records: Records, columns: Sequence[Column], files: Sequence[FileIO], numbers: Ids
    ) -> None:
        self.records, self._columns, self._files = records, columns, files
        sizes = [os.fstat(file.fileno()).st_size for file in files]
        forms = zip(columns[: len(files)], sizes, strict=True)  # without files there are no rows
        self.whole = min((each.whole(size, records.bounds) for each, size in forms), default=0)
        self.numbers = np.where(numbers < self.whole, numbers, -1)

    def number(self, segment: str) -> int:
        """Where a segment stands; -1: nowhere, or its rows are not all there."""
        [number] = self.records.numbers([segment])
        return int(number) if number < self.whole else -1

    def packed(self, number: int) -> Packed:
        """What all these columns have of one segment."""
        count = int(np.diff(self.records.bounds[number : number + 2])[0])
        rows = [self.segment(column, number) for column in range(len(self._columns))]
        return Packed(self.records.segment(number), count, rows)

    def segment(self, column: int, number: int) -> bytes:
        """What a column has of one segment."""
        form, bounds = self._columns[column], self.records.bounds
        return self.rows(column, form.row(bounds, number), form.row(bounds, number + 1))

    def rows(self, column: int, start: int, stop: int) -> bytes:
        """Rows start..stop-1 of a column."""
        content = np.empty((stop - start) * self._columns[column].row_bytes, np.uint8)
        self.read_into(column, start, content)
        return content.tobytes()

    def blocks(self, column: int, start: int, stop: int) -> Iterator[bytes]:
        """The same, some at once."""
        at_once = max(1, _COPIED_AT_ONCE // self._columns[column].row_bytes)
        for first in range(start, stop, at_once):
            yield self.rows(column, first, min(first + at_once, stop))

    def read_into(self, column: int, start: int, content: NDArray[Any]) -> None:
        """Rows of a column from `start` on, as many as `content` has room for.

        Raises `DamagedError` where the file was cut meanwhile.
        """
        file = self._files[column]
        file.seek(start * self._columns[column].row_bytes)
        if file.readinto(content.data) != content.nbytes:
            raise DamagedError(f"{file.name} was cut while it was read", "mend it with: mplus gc")


def runs(numbers: Ids) -> Iterator[tuple[int, int]]:
    """Stretches of places whose segments stand one behind the other; those of -1 by themselves."""
    ends = np.flatnonzero((np.diff(numbers) != 1) | (numbers[:-1] < 0)) + 1
    yield from pairwise([0, *ends.tolist(), len(numbers)] if len(numbers) else [])


def _write(file: Path, start: int, content: bytes) -> None:
    """Put content at a place of a file, in place of all that lies behind it, and bring it to the
    disk.
    """
    with naming(file), file.open("r+b" if file.exists() else "wb") as out:
        out.seek(start)
        out.write(content)
        out.truncate()
        out.flush()
        os.fsync(out.fileno())


def _write_over(file: Path, start: int, content: bytes) -> None:
    with naming(file), file.open("r+b") as out:
        out.seek(start)
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
