"""Many small things in one object: a pack has entries, one behind the other, and then an index that
names them.

    entries, index, length of the index (8 bytes, the lowest first)

The index is compressed JSON: of each entry its name, its bytes and their SHA-256. Where it begins
follows from the lengths before it. A pack is named by the SHA-256 of all its bytes, never changes,
and nobody names it: who wants an entry lists the packs and looks into their indexes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from store.backends import Backend, damaged
from store.disk import atomic_write
from store.index.packed_texts import compressed, decompressed
from store.repository.layout import PACKS, Item
from store.repository.travel import side_by_side
from store.snapshots.manifest import sealed

PACK_BYTES = 1 << 24
_MOST_ENTRIES = 1 << 14
_LENGTH_BYTES = 8
_TAIL_BYTES = 1 << 17  # mostly holds an index
_MOST_INDEX_BYTES = 1 << 23
_MOST_UNPACKED = 1 << 24
_KIND = "mplus pack"
_PACK = re.compile(r"packs/([0-9a-f]{64})")
_SEGMENT, _LIST, _DOCUMENT = "segment-", "list-", "document-"
_NAME = re.compile(r"(?:segment|list)-[0-9a-f]{64}|document-[0-9a-f]{64}-[0-9a-f]{64}")
_DIGEST = re.compile("[0-9a-f]{64}")


def segment_entry(key: str) -> str:
    return _SEGMENT + key


def list_entry(name: str) -> str:
    return _LIST + name


def document_entry(item: Item) -> str:
    return f"{_DOCUMENT}{item.mark}-{item.digest}"


def item_of(entry: str) -> Item | None:
    """The document that an entry is; None for another one."""
    if not entry.startswith(_DOCUMENT):
        return None
    mark, digest = entry.removeprefix(_DOCUMENT).split("-")
    return Item(digest, mark)


def segment_of(entry: str) -> str:
    """The key of the segment that an entry is; empty for another one."""
    return entry.removeprefix(_SEGMENT) if entry.startswith(_SEGMENT) else ""


def name_of_list(entry: str) -> str:
    """The name of the list that an entry is; empty for another one."""
    return entry.removeprefix(_LIST) if entry.startswith(_LIST) else ""


class Place(NamedTuple):
    """Where an entry lies: bytes start..start+size-1 of a pack, and what these are."""

    pack: str
    start: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Packed:
    """A new pack: its name, its bytes, and what its index says."""

    name: str
    content: bytes
    index: bytes


def packs_of(entries: Iterable[tuple[str, bytes]]) -> Iterator[Packed]:
    """Packs with some entries, each as large as `PACK_BYTES`, or one entry that is larger."""
    some, size = list[tuple[str, bytes]](), 0
    for name, content in entries:
        if some and (size + len(content) > PACK_BYTES or len(some) == _MOST_ENTRIES):
            yield _packed(some)
            some, size = [], 0
        some.append((name, content))
        size += len(content)
    if some:
        yield _packed(some)


def _packed(entries: Sequence[tuple[str, bytes]]) -> Packed:
    rows = [[name, len(each), hashlib.sha256(each).hexdigest()] for name, each in entries]
    index = compressed(sealed({"kind": _KIND, "entries": rows}))
    length = len(index).to_bytes(_LENGTH_BYTES, "little")
    content = b"".join([*(each for _, each in entries), index, length])
    return Packed(hashlib.sha256(content).hexdigest(), content, index)


class Packs:
    """The packs of a repository, as they were when this was made.

    cache: a folder of the memory for the indexes, which never change; what lies there is looked at
    as closely as what comes. Raises `MissingObjectError` where a pack goes away meanwhile.
    """

    def __init__(self, backend: Backend, cache: Path) -> None:
        self.backend, self._cache = backend, cache
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = ((_PACK.fullmatch(name), size) for name, size in backend.names(PACKS))
        self.sizes = {each[1]: size for each, size in found if each}

    def as_now(self) -> Packs:
        """The packs as they are by now."""
        return Packs(self.backend, self._cache)

    def entries(self) -> Iterator[tuple[str, Place]]:
        """Name and place of each entry; there may be several of one name."""
        missing = [name for name in self.sizes if not self._file(name).exists()]
        work = ((_TAIL_BYTES, partial(self._fetch, name)) for name in missing)
        for name, index in zip(missing, side_by_side(work), strict=True):
            self.keep(name, index)
        for name in self.sizes:
            yield from self.entries_of(name)

    def entries_of(self, pack: str) -> Iterator[tuple[str, Place]]:
        """Those of one pack."""
        file, size = self._file(pack), self.sizes[pack]
        try:
            rows = parsed_index(file.read_bytes(), size)
        except (OSError, ValueError):  # not there yet, or spoilt
            index = self._fetch(pack)
            self.keep(pack, index)
            rows = parsed_index(index, size)
        start = 0
        for entry, length, sha256 in rows:
            yield entry, Place(pack, start, length, sha256)
            start += length

    def find(self, names: Iterable[str]) -> dict[str, Place]:
        """Where some entries lie, those that there are."""
        wanted, found = set(names), dict[str, Place]()
        if wanted:
            for name, place in self.entries():
                if name in wanted:
                    found.setdefault(name, place)
        return found

    def put(self, pack: Packed) -> None:
        """Bring a new pack."""
        self.backend.create(PACKS + pack.name, pack.content)
        self.keep(pack.name, pack.index)
        self.sizes[pack.name] = len(pack.content)

    def keep(self, name: str, index: bytes) -> None:
        """Remember the index of a pack."""
        atomic_write(self._file(name), index)

    def _file(self, name: str) -> Path:
        return self._cache / f"{name}.index"

    def _fetch(self, name: str) -> bytes:
        """The index of a pack."""
        size, path = self.sizes[name], PACKS + name
        start = max(0, size - _TAIL_BYTES)
        tail = self.backend.get(path, _TAIL_BYTES, start, size)
        length = int.from_bytes(tail[-_LENGTH_BYTES:], "little")
        end = size - _LENGTH_BYTES
        try:
            if not 0 < length <= min(end, _MOST_INDEX_BYTES):
                raise ValueError(f"an index of {length:,} bytes")
            if end - length >= start:
                index = tail[end - length - start : -_LENGTH_BYTES]
            else:
                index = self.backend.get(path, length, end - length, end)
            parsed_index(index, size)
        except ValueError as error:
            raise damaged(self.backend.address, path, str(error)) from error
        return index


def parsed_index(index: bytes, size: int) -> list[tuple[str, int, str]]:
    """Name, bytes and SHA-256 of each entry of a pack of so many bytes. Raises `ValueError`."""
    content = decompressed(index, _MOST_UNPACKED)
    try:
        found = json.loads(content)
        rows = [(str(name), length, str(sha256)) for name, length, sha256 in found["entries"]]
        if found["kind"] != _KIND or sealed(found) != content:
            raise ValueError("its index does not match its digest")
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"its index is none: {error}") from error
    for name, length, sha256 in rows:
        fits = type(length) is int and length >= 0
        if not (fits and _NAME.fullmatch(name) and _DIGEST.fullmatch(sha256)):
            raise ValueError("its index names what no pack has")
    if sum(row[1] for row in rows) + len(index) + _LENGTH_BYTES != size:
        raise ValueError("its index says another size")
    return rows


def cut(content: bytes, start: int, place: Place) -> bytes:
    """An entry in what was fetched from byte `start` of its pack on. Raises `ValueError` where it
    isn't what the index says.
    """
    at = place.start - start
    found = content[at : at + place.size]
    if hashlib.sha256(found).hexdigest() != place.sha256:
        raise ValueError("an entry does not match its SHA-256")
    return found
