"""What a repository has that no generation of a memory has: told, and removed.

The caller has created the repository's newest generation, so that who was about to go on from the
one before comes too late. Who goes on from that one while this goes on may rely on what goes, as a
push that was cut short has left it: it stays, and comes back where it was gone by then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Lock

from store.backends import damaged, missing
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
    document_entry,
    item_of,
    list_entry,
    name_of_list,
    packs_of,
    segment_entry,
    segment_of,
)
from store.repository.travel import side_by_side

_MOST_NAMED = 100
Here = Callable[[str], bytes | None]
_UNREADABLE = DamagedError, ValueError, KeyError, TypeError, RecursionError


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
    with suppress(*_UNREADABLE):
        return read_document(item, _entry(packs, place))[0].path
    return ""


def _entry(packs: Packs, place: Place) -> bytes:
    """The bytes of an entry. Raises `ValueError` where they are others."""
    content = packs.backend.get(
        PACKS + place.pack, place.size, place.start, place.start + place.size
    )
    return cut(content, place.start, place)


def has_more(packs: Packs, own: Own) -> bool:
    """Whether a repository has documents or segments that no generation of a memory has."""
    known = set(own.marks.values())
    return any(_is_other(name, known, own) for name, _ in packs.entries())


def _is_other(name: str, marks: set[str], own: Own) -> bool:
    if item := item_of(name):
        return item.mark not in marks
    key = segment_of(name)
    return bool(key) and key not in own.files


def erase(packs: Packs, own: Own, last: int) -> None:
    """Remove from a repository the generations up to the caller's `last` with documents that no
    generation of a memory has; and from its packs these documents, and segments and lists that
    nothing needs then.

    Generations go first, so that nobody finds one without its documents; of each pack the new one
    comes before the old one goes. It can be cut short and called again.
    """
    backend, marks = packs.backend, set(own.marks.values())
    places = packs.find(name for name, _ in packs.entries() if name_of_list(name))
    others, needed = list[str](), set[str]()
    for number in stage_numbers(backend):
        if number > last:
            break
        stage = read_stage(backend, number)
        items = (item for name in stage.lists for item in _items(packs, places, name))
        if all(item.mark in marks for item in items):
            needed |= set(stage.lists)
        else:
            others.append(stage_name(number))
    backend.delete(others)
    later, work = _Later(packs, marks, last), list[tuple[int, partial[None]]]()
    for pack, size in list(packs.sizes.items()):
        entries = dict(packs.entries_of(pack))
        going = {
            name
            for name in entries
            if _is_other(name, marks, own) or name_of_list(name) not in {"", *needed}
        }
        if going:
            work.append((2 * size, partial(_write_anew, packs, pack, entries, going, later)))
    for _ in side_by_side(work):
        pass


class _Later:
    """Entries that generations need which somebody pushes meanwhile; for several threads."""

    def __init__(self, packs: Packs, marks: set[str], last: int) -> None:
        self._packs, self._marks, self._last = packs, marks, last
        self._found: dict[int, set[str]] = {}
        self._lock = Lock()

    def entries(self, here: Here) -> set[str]:
        """Those of the generations that there are by now. `here`: what is at hand, gone or not."""
        with self._lock:
            for number in stage_numbers(self._packs.backend):
                if number > self._last and number not in self._found:
                    with suppress(*_UNREADABLE):  # who pushes it brings what it lacks
                        self._found[number] = self._needed(number, here)
            return set[str]().union(*self._found.values())

    def _needed(self, number: int, here: Here) -> set[str]:
        packs = self._packs.as_now()
        lists = read_stage(packs.backend, number).lists
        found = set(map(list_entry, lists))
        there = packs.find(found)
        items = [
            item
            for name in lists
            for item in read_list(name, _either(packs, list_entry(name), here, there))
        ]
        new = {document_entry(item): item for item in items if item.mark not in self._marks}
        there = packs.find(new)
        for name, item in new.items():
            chunks = read_document(item, _either(packs, name, here, there))[1]
            found.update([name, *(segment_entry(each.segment) for each in chunks)])
        return found


def _either(packs: Packs, name: str, here: Here, there: Mapping[str, Place]) -> bytes:
    """An entry that is at hand, or else is fetched."""
    found = here(name)
    if found is None and name not in there:
        raise missing(packs.backend.address, name)
    return _entry(packs, there[name]) if found is None else found


def _items(packs: Packs, places: dict[str, Place], name: str) -> Sequence[Item]:
    """The documents of a list."""
    place = places.get(list_entry(name))
    if place is None:
        raise damaged(packs.backend.address, list_entry(name), "no pack has it")
    try:
        return read_list(name, _entry(packs, place))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise damaged(packs.backend.address, PACKS + place.pack, str(error)) from error


def _write_anew(
    packs: Packs, name: str, entries: Mapping[str, Place], going: set[str], later: _Later
) -> None:
    """Put a pack without some entries of another one in its place."""
    size, path = packs.sizes[name], PACKS + name
    content = packs.backend.get(path, size, 0, size)
    if hashlib.sha256(content).hexdigest() != name:
        raise damaged(packs.backend.address, path, "it does not match its name")

    def here(each: str) -> bytes | None:
        return cut(content, 0, entries[each]) if each in entries else None

    def put(some: Iterable[str]) -> None:
        for pack in packs_of((each, cut(content, 0, entries[each])) for each in some):
            packs.put(pack)

    going = going - later.entries(here)
    if going:
        put(each for each in entries if each not in going)
        packs.backend.delete([path])
        back = going & later.entries(here)
        put(each for each in entries if each in back)
