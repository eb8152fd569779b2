"""Removing what no generation refers to, and generations that nobody needs any more."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from store.change import Change
from store.disk import OnProgress, file_bytes, remove_each, size_bytes
from store.errors import FullDiskError, is_full
from store.home import Home
from store.index.reader import Index
from store.records import DocumentRow, Entry, Generation

if TYPE_CHECKING:
    from store.segments.repack import Repack
    from store.spec import Spec

ERASED = "(erased)"  # stands in the log for the name of a document


@dataclass(frozen=True)
class Garbage:
    """What may go: generations and their tags, documents that only they held; files and folders,
    and segments in packs, with the bytes of all.

    first: the files that no generation needs now, so that they can go before the index changes.
    """

    generations: list[int]
    tags: list[str]
    documents: list[DocumentRow]
    files: list[Path]
    packs: list[Repack]
    bytes: int
    first: frozenset[Path]

    @property
    def work_bytes(self) -> int:
        """What is removed and written."""
        freed = sum(each.freed_bytes for each in self.packs)
        return self.bytes - freed + sum(each.kept_bytes for each in self.packs)

    @property
    def segments(self) -> int:
        """How many in packs."""
        return sum(each.gone for each in self.packs)


def garbage(
    home: Home, index: Index, keep_last: int | None = None, without: Collection[int] = ()
) -> Garbage:
    """Find what no generation needs.

    keep_last: so many of the last generations stay, and those with a tag; None: all. `without`:
    generations that hold one of these documents go, whatever they are called.
    """
    generations, journal, tags = index.generations(), index.journal(), index.tags()
    wanted = {each.id for each in generations[:keep_last]} | set(tags.values())
    gone = [entry for entry in journal if entry.document in without]
    kept = [
        each
        for each in generations
        if each.id in wanted and not any(entry.there(each.id) for entry in gone)
    ]
    ids = sorted(each.id for each in kept)
    stay = {entry.document for entry in journal if _needed(entry, ids)}
    now = _Needed.by(home, index, generations, None)
    needed = now if len(ids) == len(generations) else _Needed.by(home, index, kept, stay)
    files = sorted(needed.others())
    # What the disk has lost of a pack is mended first, unless a document must not stay in it.
    packs = [each for each in needed.repacks() if without or not each.lost]
    return Garbage(
        generations=sorted({each.id for each in generations}.difference(ids)),
        tags=[name for name, number in tags.items() if number not in ids],
        documents=[document for document in index.all_documents() if document.id not in stay],
        files=files,
        packs=packs,
        bytes=sum(map(_size, files)) + sum(each.freed_bytes for each in packs),
        first=frozenset(file for file in files if not now.has(file)),
    )


@dataclass(frozen=True)
class _Needed:
    """What some generations need. sizes: key -> bytes of the segments in packs, for each model that
    has some (`specs`); files: of segments and states.
    """

    home: Home
    specs: Mapping[str, Spec]
    sizes: Mapping[str, dict[str, int]]
    files: frozenset[Path]

    @staticmethod
    def by(
        home: Home, index: Index, generations: list[Generation], documents: Collection[int] | None
    ) -> _Needed:
        """documents: those that the generations hold; None: all."""
        used, known = {each.identity for each in generations}, index.specs()
        specs = {key: spec for key, spec in known.items() if key in used and spec.lean}
        sizes: dict[str, dict[str, int]] = {identity: {} for identity in specs}
        files = {home.state(each.state) for each in generations}
        # Mostly one model wrote all: then it need not be asked for each of millions.
        only, written_by = next(iter(known), ""), index.identities() if len(known) > 1 else {}
        keys = None if documents is None else index.segments_of(documents)
        for key, size in index.segment_sizes():
            if keys is not None and key not in keys:
                continue
            packed = sizes.get(written_by.get(key, only))
            if packed is None:
                files.add(home.segment(key))
            else:
                packed[key] = size
        return _Needed(home, specs, sizes, frozenset(files))

    def others(self) -> Iterator[Path]:
        """Files and folders that are there and not needed."""
        home = self.home
        yield from (file for file in (*home.segments(), *home.states()) if file not in self.files)
        yield from home.unfinished()
        vectors = {home.derived_vectors(identity): identity for identity in self.specs}
        yield from (each for each in home.derived() if each not in vectors)
        for identity in vectors.values():
            yield from self._other_vectors(identity)
        if any(home.packed()):
            from store.segments.lean import newest
            from store.segments.repack import leftover

            folders = map(home.packs, self.specs)
            yield from leftover(home, {folder: newest(folder) for folder in folders})

    def _other_vectors(self, identity: str) -> Iterator[Path]:
        """Those of segments that are not needed, and those that are damaged."""
        from store.segments.lean import LeanSegments

        cache = LeanSegments(self.home, self.specs[identity]).cache
        for file, _ in cache.files():
            if file.stem not in self.sizes[identity] or not cache.is_whole(file):
                yield file

    def has(self, file: Path) -> bool:
        """Whether a file that is not needed by fewer generations is needed by these."""
        folder, vectors = file.parent.parent, self.home.derived_vectors
        return (
            file in self.files
            or any(file in (self.home.packs(each), vectors(each)) for each in self.specs)
            or any(
                file.stem in keys and folder == vectors(identity)
                for identity, keys in self.sizes.items()
            )
        )

    def repacks(self) -> Iterator[Repack]:
        """The packs that are to be written anew."""
        for identity, spec in self.specs.items():
            from store.segments.repack import repack_of

            found = repack_of(self.home, spec, self.sizes[identity])
            if found is not None:
                yield found


def collect(change: Change, found: Garbage, progress: OnProgress) -> None:
    """Remove it: files that no generation refers to now; then from the index, in one transaction,
    what is to go; then the files that no generation refers to any more, and at last what packs have
    too much. It can be killed and called again. Told in bytes.

    So on a full disk the index gets the room that it needs to change, and packs what they need to
    be written anew; where that is not enough, the vectors that would stay in the cache go, too.
    """
    sizes, total, done = {file: _size(file) for file in found.files}, found.work_bytes, 0

    def add(size: int) -> None:
        nonlocal done
        done += size
        progress(done, total)

    for file in remove_each([file for file in found.files if file in found.first]):
        add(sizes[file])
    if found.generations:
        there = change.index.generations()
        kept = [each.id for each in there if each.id not in found.generations]
        _in_little_room(change.home, lambda: change.index.keep(kept))
    for file in remove_each([file for file in found.files if file not in found.first]):
        add(sizes[file])
    for pack in found.packs:
        _in_little_room(change.home, partial(_write_anew, pack, add))


def _write_anew(pack: Repack, add: Callable[[int], None]) -> None:
    for written in pack.carry_out():
        add(written)


def _in_little_room(home: Home, work: Callable[[], object]) -> None:
    """Do it; where the disk is full, once more with the room that all of the cache gives back."""
    try:
        work()
    except (FullDiskError, OSError) as error:
        if isinstance(error, OSError) and not is_full(error):
            raise
        for _ in remove_each(home.derived()):
            pass
        work()


def commit_in_little_room(change: Change) -> None:
    """Make the next generation of a change to which nothing new was added; where the disk is full,
    with the room that leftovers and the cache give back.
    """
    before = change.index.generation()
    try:
        change.commit()
        return
    except (FullDiskError, OSError) as error:
        if isinstance(error, OSError) and not is_full(error):
            raise
        if change.index.generation() != before:  # it is there; what comes behind it failed
            raise
    found = garbage(change.home, change.index)
    # Packs take room to be written anew.
    collect(change, replace(found, packs=[]), lambda done, of: None)
    _in_little_room(change.home, change.commit)


def erase(change: Change, documents: list[DocumentRow], progress: OnProgress) -> Garbage:
    """Remove every trace of documents that the last generation no longer holds.

    Generations that held one of them go, and files that nobody needs then; the index is written
    anew. Other documents with the same text keep theirs.
    """
    found = garbage(change.home, change.index, without={document.id for document in documents})
    change.index.unname(documents, ERASED)
    collect(change, found, progress)
    change.index.compact()
    return found


def _needed(entry: Entry, kept: list[int]) -> bool:
    """Whether one of the generations (ascending) has the entry: the first one since it entered, if
    any.
    """
    first = kept[bisect_left(kept, entry.since) :][:1]
    return bool(first) and entry.there(first[0])


def _size(path: Path) -> int:
    return size_bytes(path) if path.is_dir() else file_bytes(path) or 0
