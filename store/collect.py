"""Removing what no generation refers to, and generations that nobody needs any more."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from store.change import Change
from store.disk import OnProgress, file_bytes, remove, size_bytes
from store.errors import FullDiskError, is_full
from store.home import Home
from store.index import Index
from store.records import DocumentRow, Entry

ERASED = "(erased)"  # stands in the log for the name of a document


@dataclass(frozen=True)
class Garbage:
    """What may go: generations and their tags, documents that only they held, files with their
    bytes in all.
    """

    generations: list[int]
    tags: list[str]
    documents: list[DocumentRow]
    files: list[Path]
    bytes: int


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
    needed = {home.segment(key) for key in index.segments_of(stay)} | {
        home.state(each.state) for each in kept
    }
    files = [file for file in (*home.segments(), *home.states()) if file not in needed]
    files += [*home.unfinished(), *home.derived()]
    return Garbage(
        generations=sorted({each.id for each in generations}.difference(ids)),
        tags=[name for name, number in tags.items() if number not in ids],
        documents=[document for document in index.all_documents() if document.id not in stay],
        files=sorted(files),
        bytes=sum(_size(file) for file in files),
    )


def collect(change: Change, found: Garbage, progress: OnProgress) -> None:
    """Remove it: files that no generation refers to now; then from the index, in one transaction,
    what is to go; then the files that no generation refers to any more. It can be killed and called
    again.

    So on a full disk the index gets the room that it needs to change.
    """
    unused = set(garbage(change.home, change.index).files)
    first = [file for file in found.files if file in unused]
    last = [file for file in found.files if file not in unused]
    for number, file in enumerate(first, 1):
        remove(file)
        progress(number, len(found.files))
    if found.generations:
        there = change.index.generations()
        change.index.keep([each.id for each in there if each.id not in found.generations])
    for number, file in enumerate(last, len(first) + 1):
        remove(file)
        progress(number, len(found.files))


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
    collect(change, garbage(change.home, change.index), lambda done, of: None)
    change.commit()


def erase(change: Change, documents: list[DocumentRow], progress: OnProgress) -> Garbage:
    """Remove every trace of documents that the last generation no longer holds.

    Generations that held one of them go, and files that nobody needs then; the index is written
    anew. Other documents with the same text keep theirs.
    """
    found = garbage(change.home, change.index, without={document.id for document in documents})
    collect(change, found, progress)
    change.index.unname(documents, ERASED)
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
