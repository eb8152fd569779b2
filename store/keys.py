"""All keys of a memory, one after the other in a file for each layer that has keys: what a question
searches.

Derived from the segments, in `cache/keys/`: `segments`, a record of 36 bytes for each (its key, and
K in 4 bytes), and for the layer at place f the files `F.rows` [M,h] and, of 8-bit keys, `F.scales`
[M]. They grow by appending. A record comes to the disk after the rows that it counts, so what lies
behind the last record was never finished.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from filelock import FileLock
from torch import Tensor

from store.home import Home
from store.longterm import ROWS_AT_ONCE
from store.quantized import Rows, joined
from store.segments import Segments

_RECORD = np.dtype([("key", "V32"), ("count", "<u4")])
_SEGMENTS_AT_ONCE = 256  # read, before they are written


class PackedKeys:
    """The packed keys of one memory, as far as they go; segments that are not there are read from
    their own files.
    """

    def __init__(self, home: Home, segments: Segments) -> None:
        self._home, self._segments = home, segments
        self._columns = [
            _Column(home, place)
            for place in range(home.spec.key_layers if home.spec.selector else 0)
        ]
        self._look()

    def _look(self) -> None:
        records = _records(self._home.packed_keys)
        stops = np.cumsum(records["count"], dtype=np.int64)
        whole = int(
            np.searchsorted(
                stops, min((column.rows() for column in self._columns), default=0), side="right"
            )
        )
        names = (bytes(key).hex() for key in records["key"][:whole])
        bounds = [0, *stops[:whole].tolist()]
        self._place = dict(zip(names, pairwise(bounds), strict=True))
        self._rows = bounds[-1]

    def layer(self, place: int, journal: Sequence[str]) -> Iterator[Rows]:
        """Keys of a journal's segments at the layer at `place` among those with keys: blocks of
        [*,h].
        """
        for run in self._runs(journal):
            if isinstance(run, str):
                yield self._own(run).layer(place)
            else:
                for start in range(*run, ROWS_AT_ONCE):
                    yield self._columns[place].read(start, min(start + ROWS_AT_ONCE, run[1]))

    def _own(self, segment: str) -> Rows:
        keys = self._segments.open(segment).keys
        assert keys is not None
        return keys

    def _runs(self, journal: Sequence[str]) -> Iterator[tuple[int, int] | str]:
        """Stretches of packed rows, and keys of segments that are not packed, in the journal's
        order.
        """
        start = stop = 0
        for key in journal:
            found = self._place.get(key)
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

    def grow(self, journal: Sequence[str]) -> None:
        """Append what a journal has more, unless another process is at it or nothing can be written
        here.

        Segments are read from their own files all the same, so a full disk keeps no question from
        its answer.
        """
        if not self._columns or all(key in self._place for key in journal):
            return
        folder = self._home.packed_keys
        with suppress(OSError):  # a lock that is taken, too
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileLock(folder / "lock", timeout=0):
                self._look()
                missing = list(dict.fromkeys(key for key in journal if key not in self._place))
                for start in range(0, len(missing), _SEGMENTS_AT_ONCE):
                    self._append(missing[start : start + _SEGMENTS_AT_ONCE])

    def _append(self, segments: Sequence[str]) -> None:
        keys = [self._own(key) for key in segments]
        for place, column in enumerate(self._columns):
            column.write(self._rows, joined([each.layer(place) for each in keys]))
        counts = [each.numbers.shape[1] for each in keys]
        named = [
            (np.void(bytes.fromhex(key)), count)
            for key, count in zip(segments, counts, strict=True)
        ]
        records = np.array(named, dtype=_RECORD)
        _write(
            self._home.packed_keys / "segments",
            len(self._place) * _RECORD.itemsize,
            records.tobytes(),
        )
        self._look()

    def wrong(self) -> list[str]:
        """Segments whose packed keys are not those of their own files."""
        return [key for key in self._place if not self._same(key)]

    def _same(self, segment: str) -> bool:
        own, place = self._own(segment), self._place[segment]
        return all(
            _bytes(found) == _bytes(expected)
            for number, column in enumerate(self._columns)
            for found, expected in zip(column.read(*place), own.layer(number), strict=True)
            if found is not None and expected is not None
        )


class _Column:
    """The files of one layer."""

    def __init__(self, home: Home, place: int) -> None:
        spec, folder = home.spec, home.packed_keys
        self._files = [(folder / f"{place:03}.rows", spec.selector, getattr(torch, spec.dtype))]
        if spec.kv_width:
            self._files[0] = (folder / f"{place:03}.rows", spec.selector, torch.int8)
            self._files.append((folder / f"{place:03}.scales", 1, torch.float16))

    def rows(self) -> int:
        """Rows that are there in all files."""
        return min(_size(file) // int(width * kind.itemsize) for file, width, kind in self._files)

    def read(self, start: int, stop: int) -> Rows:
        """Rows start..stop-1, read and not mapped: so that searching millions takes no more memory
        than a block.
        """
        found: list[Tensor] = []
        for file, width, kind in self._files:
            size = width * kind.itemsize
            content = np.fromfile(file, np.uint8, (stop - start) * size, offset=start * size)
            found.append(torch.from_numpy(content).view(kind).view(-1, width))
        return Rows(found[0], found[1] if len(found) > 1 else None)

    def write(self, start: int, rows: Rows) -> None:
        parts = [part for part in rows if part is not None]
        for (file, width, kind), part in zip(self._files, parts, strict=True):
            _write(file, start * width * kind.itemsize, _bytes(part))


def _records(folder: Path) -> np.ndarray:
    try:
        content = (folder / "segments").read_bytes()
    except FileNotFoundError:
        content = b""
    return np.frombuffer(
        content[: len(content) // _RECORD.itemsize * _RECORD.itemsize], dtype=_RECORD
    )


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


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
