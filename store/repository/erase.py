"""What a repository has that no generation of a memory has: told, and removed.

The caller has created the repository's newest generation, so that who was about to go on from the
one before comes too late, and nobody relies on what goes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from store.backends import damaged
from store.errors import DamagedError
from store.repository.layout import (
    PACKS,
    Item,
    read_document,
    read_list,
    read_stage,
    stage_name,
    stage_numbers,
)
from store.repository.own import Own
from store.repository.packs import (
    Packs,
    Place,
    cut,
    item_of,
    list_entry,
    name_of_list,
    packs_of,
    segment_of,
)
from store.repository.travel import side_by_side

_MOST_NAMED = 100


@dataclass(frozen=True)
class Held:
    """Documents: how many, and the paths of the first of them."""

    count: int
    paths: tuple[str, ...]


NOTHING = Held(0, ())


def held_in(packs: Packs, own: Own) -> Held:
    """Documents that a repository has and no generation of a memory."""
    known, found = set(own.marks.values()), dict[str, tuple[Item, Place]]()
    for name, place in packs.entries():
        item = item_of(name)
        if item and item.mark not in known:
            found.setdefault(item.mark, (item, place))
    named = list(found.values())[:_MOST_NAMED]
    paths = side_by_side((place.size, partial(_path, packs, item, place)) for item, place in named)
    return Held(len(found), tuple(sorted(path for path in paths if path)))


def _path(packs: Packs, item: Item, place: Place) -> str:
    """The path of a document; empty where it can't be told."""
    with suppress(DamagedError, ValueError, KeyError, TypeError, RecursionError):
        content = packs.backend.get(
            PACKS + place.pack, place.size, place.start, place.start + place.size
        )
        return read_document(item, cut(content, place.start, place))[0].path
    return ""


def has_more(packs: Packs, own: Own) -> bool:
    """Whether a repository has documents or segments that no generation of a memory has."""
    known = set(own.marks.values())
    return any(_is_other(name, known, own) for name, _ in packs.entries())


def _is_other(name: str, marks: set[str], own: Own) -> bool:
    if item := item_of(name):
        return item.mark not in marks
    key = segment_of(name)
    return bool(key) and key not in own.files


def erase(packs: Packs, own: Own) -> None:
    """Remove from a repository the generations with documents that no generation of a memory has;
    and from its packs these documents, and segments and lists that nothing needs then.

    Generations go first, so that nobody finds one without its documents; of each pack the new one
    comes before the old one goes. It can be cut short and called again.
    """
    backend, marks = packs.backend, set(own.marks.values())
    places = packs.find(name for name, _ in packs.entries() if name_of_list(name))
    others, needed = list[str](), set[str]()
    for number in stage_numbers(backend):
        stage = read_stage(backend, number)
        items = (item for name in stage.lists for item in _items(packs, places, name))
        if all(item.mark in marks for item in items):
            needed |= set(stage.lists)
        else:
            others.append(stage_name(number))
    backend.delete(others)
    work = list[tuple[int, partial[None]]]()
    for pack, size in list(packs.sizes.items()):
        entries = list(packs.entries_of(pack))
        kept = [
            (name, place)
            for name, place in entries
            if not _is_other(name, marks, own) and name_of_list(name) in {"", *needed}
        ]
        if len(kept) < len(entries):
            work.append((2 * size, partial(_write_anew, packs, pack, kept)))
    for _ in side_by_side(work):
        pass


def _items(packs: Packs, places: dict[str, Place], name: str) -> Sequence[Item]:
    """The documents of a list."""
    place = places.get(list_entry(name))
    if place is None:
        raise damaged(packs.backend.address, list_entry(name), "no pack has it")
    content = packs.backend.get(
        PACKS + place.pack, place.size, place.start, place.start + place.size
    )
    try:
        return read_list(name, cut(content, place.start, place))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise damaged(packs.backend.address, PACKS + place.pack, str(error)) from error


def _write_anew(packs: Packs, name: str, kept: Sequence[tuple[str, Place]]) -> None:
    """Put a pack with some entries of another one in its place."""
    size, path = packs.sizes[name], PACKS + name
    content = packs.backend.get(path, size, 0, size)
    if hashlib.sha256(content).hexdigest() != name:
        raise damaged(packs.backend.address, path, "it does not match its name")

    def entries() -> Iterator[tuple[str, bytes]]:
        for entry, place in kept:
            yield entry, content[place.start : place.start + place.size]

    for pack in packs_of(entries()):
        packs.put(pack)
    packs.backend.delete([path])
