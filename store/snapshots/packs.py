"""Lean segments in a snapshot: those of each model in packs of their own, sorted by name, and no
more of them than must be kept.

So equal memories have equal members, whatever the order in their packs: `packs/<identity>/records`,
then `ids` and the codes of each layer, in the order in which the index has their SHA-256. The means
of keys follow from codes, and are made again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

from store.disk import file_bytes
from store.errors import DamagedError
from store.records import SegmentFile
from store.segments import segment_key
from store.segments.lean import RECORDS, LeanSegments, as_ids, file_of
from store.segments.packs import Column, OpenPack, Pack, Packed, record_of
from store.snapshots.archive import Pieces, Stream
from store.snapshots.manifest import Member, packed_name

_AT_ONCE_BYTES = 1 << 25  # of segments that are taken into a memory together

Source = tuple[Member, Callable[[], AbstractContextManager[Stream]]]
"""A member, and what gives its content once."""


def columns_kept(segments: LeanSegments) -> list[Column]:
    """The columns that go along."""
    return [segments.columns[at] for at in _places(segments)]


def _places(segments: LeanSegments) -> list[int]:
    """Where these are among all: ids, then the codes of each layer."""
    *keys, ids = range(len(segments.columns))
    return [ids, *(at for at in keys if not segments.columns[at].per_segment)]


def packed_sources(
    segments: LeanSegments, files: Sequence[SegmentFile], opened: OpenPack
) -> Iterator[Source]:
    """The members with some segments of one model: what they are is known before any is written.

    files: what the index says of them, sorted by their keys; opened: the packs, with these as the
    journal. Raises `DamagedError` for one that is not what the index says of it.
    """
    places, numbers = _places(segments), opened.numbers.tolist()
    digests = [hashlib.sha256() for _ in places]
    for number, file in zip(numbers, files, strict=True):
        packed = opened.packed(number) if number >= 0 else None
        if packed is None or file_of(packed) != file:
            raise DamagedError(
                f"the segment {file.key} in {segments.folder} is missing or damaged",
                "see what mends it: mplus verify",
            )
        for digest, at in zip(digests, places, strict=True):
            digest.update(packed.rows[at])
    identity, rows = segments.spec.identity, sum(file.vectors for file in files)
    records = b"".join(record_of(file.key, file.vectors) for file in files)
    name, sha256 = packed_name(identity, RECORDS), hashlib.sha256(records).hexdigest()
    yield Member(name, len(records), sha256), _once(iter([records]))
    for at, digest in zip(places, digests, strict=True):
        column = segments.columns[at]
        name, size = packed_name(identity, column.name), rows * column.row_bytes
        yield Member(name, size, digest.hexdigest()), _once(_rows(opened, at, numbers))


def _rows(opened: OpenPack, column: int, numbers: Sequence[int]) -> Iterator[bytes]:
    return (opened.segment(column, number) for number in numbers)


def _once(pieces: Iterator[bytes]) -> Callable[[], AbstractContextManager[Stream]]:
    return lambda: nullcontext(Pieces(pieces))


class ComingPacks:
    """The lean segments of one model that came with a snapshot: in a folder, each member with the
    SHA-256 that the manifest has, and nothing else known of them. There may be none.
    """

    def __init__(self, folder: Path, into: LeanSegments) -> None:
        """into: the memory's own segments of that model."""
        self._into = into
        self._pack = Pack(folder, RECORDS, columns_kept(into))

    def check(self, files: Mapping[str, SegmentFile]) -> int:
        """How many there are.

        Raises `DamagedError` unless they are some of those that the manifest names for this model,
        each once, and what it says of them.
        """
        records, spec = self._pack.records(), self._into.spec
        rows = int(records.bounds[-1])
        for column in self._pack.columns:
            if (file_bytes(self._pack.folder / column.name) or 0) != rows * column.row_bytes:
                raise DamagedError(f"{column.name} has another size than its records say")
        before = ""
        with self._pack.opened(()) as opened:
            for number in range(len(records)):
                key = records.segment(number)
                if not before < key:
                    raise DamagedError(f"its segments are not in order at {key}")
                if key not in files:
                    raise DamagedError(f"it has {key}, which is of none of its generations")
                packed, before = opened.packed(number), key
                if packed.count > spec.num_tokens or _file_of(packed) != files[key]:
                    raise DamagedError(f"the segment {key} is not what its manifest says")
                if segment_key(spec.identity, None, as_ids(packed.rows[0], spec.id_bytes)) != key:
                    raise DamagedError(f"the segment {key} is not of its ids")
        return len(records)

    def take(
        self, keys: Sequence[str], files: Mapping[str, SegmentFile], own: Mapping[str, SegmentFile]
    ) -> tuple[list[SegmentFile], int] | None:
        """Bring those into the memory that it lacks or has damaged; None, and nothing happens,
        where one of them has not come.

        files: what the manifest says of them; `own`: what the memory's index says of its segments.
        Gives what lies there then, and how many were damaged or gone.
        """
        there, wanted, mended = list[SegmentFile](), list[int](), 0
        with self._into.pack.opened(keys) as here, self._pack.opened(keys) as coming:
            places = zip(here.numbers.tolist(), coming.numbers.tolist(), strict=True)
            for key, (at, number) in zip(keys, places, strict=True):
                found = here.packed(at) if at >= 0 else None
                file = self._whole_one(found, own.get(key), files[key]) if found else None
                if file is None:
                    if number < 0:
                        return None
                    wanted.append(number)
                    mended += key in own
                there.append(file or files[key])
            self._append(coming, wanted)
        return there, mended

    def _whole_one(self, found: Packed, *known: SegmentFile | None) -> SegmentFile | None:
        """What is known of a segment of the memory's own that is whole."""
        some = (each for each in known if each and not self._into.wrong_with(found, each))
        return next(some, None)

    def _append(self, coming: OpenPack, numbers: Sequence[int]) -> None:
        some, size = list[Packed](), 0
        for number in numbers:
            some.append(self._whole(coming.packed(number)))
            size += sum(map(len, some[-1].rows))
            if size >= _AT_ONCE_BYTES:
                self._into.append(some)
                some, size = [], 0
        self._into.append(some)

    def _whole(self, packed: Packed) -> Packed:
        """A segment with all its columns."""
        ids, *codes = packed.rows
        rows = [row for each in codes for row in (each, self._into.form.means(each))]
        return replace(packed, rows=[*rows, ids])


def _file_of(packed: Packed) -> SegmentFile:
    """See `file_of`; of the columns that are kept."""
    content = b"".join(packed.rows)
    digest = hashlib.sha256(content).hexdigest()
    return SegmentFile(packed.key, digest, len(content), packed.count)
