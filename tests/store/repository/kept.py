"""Repositories as tests push to them, look into them and spoil them: objects in a dictionary."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from store.backends import check_size, damaged, missing, parts_of
from store.errors import MplusError
from store.home import Home
from store.index.packed_texts import compressed, decompressed
from store.index.reader import Index
from store.repository.layout import GENERATIONS, PACKS
from store.repository.packs import parsed_index
from store.repository.pull import Pulled
from store.repository.pull import pull as pull_from
from store.repository.push import Pushed
from store.repository.push import push as push_to
from store.snapshots.manifest import sealed


class Kept:
    """See `store.backends.Backend`. `sent`, `got`: bytes that travelled; before each request
    `watch` is called with what is asked for.
    """

    address = "memory://shared"

    def __init__(self, objects: dict[str, bytes] | None = None) -> None:
        self.objects = {} if objects is None else objects
        self.sent = self.got = 0
        self.watch: Callable[[str, str], object] = lambda what, name: None
        self._lock = threading.Lock()

    def get(self, name: str, most: int, start: int = 0, end: int | None = None) -> bytes:
        parts_of(name)
        with self._lock:
            self.watch("get", name)
            if name not in self.objects:
                raise missing(self.address, name)
            content = self.objects[name]
            stop = len(content) if end is None else end
            check_size(self.address, name, stop - start, most)
            if stop > len(content):
                raise damaged(self.address, name, "it ends too soon")
            self.got += stop - start
            return content[start:stop]

    def create(self, name: str, content: bytes) -> bool:
        parts_of(name)
        with self._lock:
            self.watch("create", name)
            if name in self.objects:
                return False
            self.objects[name] = content
            self.sent += len(content)
            return True

    def names(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        with self._lock:
            self.watch("names", prefix)
            found = [(each, len(self.objects[each])) for each in sorted(self.objects)]
        yield from (each for each in found if each[0].startswith(prefix))

    def delete(self, names: Iterable[str]) -> None:
        for name in names:
            with self._lock:
                self.watch("delete", name)
                self.objects.pop(name, None)


def quiet(done: int, of: int) -> None:
    """No progress is shown."""


def push(memory: Path, kept: Kept, text: bool = True, erases: bool = False) -> Pushed:
    return push_to(memory, kept, 1, text, erases, quiet)


def pull(memory: Path, kept: Kept) -> Pulled:
    return pull_from(memory, kept, 1, quiet)


def agreed(*memories: Path, kept: Kept, rounds: int = 4) -> None:
    """Let all pull and push until nobody has anything new."""
    for _ in range(rounds):
        for memory in memories:
            pull(memory, kept)
            push(memory, kept)


def digest(memory: Path) -> str:
    """The state of a memory."""
    index = Index.open(Home(memory))
    found = index.generation()
    index.close()
    assert found is not None
    return found.state


def paths(memory: Path) -> list[str]:
    """The documents of a memory, in order."""
    index = Index.open(Home(memory))
    found = index.generation()
    held = [each.path for each in index.documents(found.id)] if found else []
    index.close()
    return held


def history(memory: Path) -> list[tuple[int, str, str, str, str]]:
    """Of each generation what all memories say alike."""
    index = Index.open(Home(memory))
    found = [
        (each.id, each.command, each.author, each.created_at, each.state)
        for each in index.generations()
    ]
    index.close()
    return found[::-1]


# Taking apart


def told(kept: Kept, number: int, change_it: Callable[[dict[str, Any]], object]) -> None:
    """Let a generation say something else, and vouch for it."""
    name = f"{GENERATIONS}{number:010}"
    found = json.loads(decompressed(kept.objects[name]))
    change_it(found)
    kept.objects[name] = compressed(sealed(found))


def entries(pack: bytes) -> list[tuple[str, bytes]]:
    """Name and content of each entry of a pack."""
    length = int.from_bytes(pack[-8:], "little")
    found, at = [], 0
    for name, size, _ in parsed_index(pack[-8 - length : -8], len(pack)):
        found.append((name, pack[at : at + size]))
        at += size
    return found


def all_entries(kept: Kept) -> dict[str, bytes]:
    return {
        name: content
        for path, pack in kept.objects.items()
        if path.startswith(PACKS)
        for name, content in entries(pack)
    }


def packed(rows: list[tuple[str, int, str]], content: bytes) -> bytes:
    """A pack whose index says this of its content."""
    told = sealed({"kind": "mplus pack", "entries": [list(row) for row in rows]})
    index = compressed(told)
    return content + index + len(index).to_bytes(8, "little")


def row_of(name: str, content: bytes) -> tuple[str, int, str]:
    return name, len(content), hashlib.sha256(content).hexdigest()


def put_pack(kept: Kept, pack: bytes) -> None:
    """In place of all packs."""
    for name in [each for each in kept.objects if each.startswith(PACKS)]:
        del kept.objects[name]
    kept.objects[PACKS + hashlib.sha256(pack).hexdigest()] = pack


def repacked(kept: Kept, change_it: Callable[[str, bytes], bytes | None]) -> None:
    """All entries in one pack, each with what `change_it` makes of it; None leaves one out."""
    found = {name: change_it(name, content) for name, content in all_entries(kept).items()}
    some = {name: content for name, content in found.items() if content is not None}
    put_pack(kept, packed([row_of(*each) for each in some.items()], b"".join(some.values())))


def refused(memory: Path, kept: Kept) -> MplusError | None:
    """The error of a pull; None where there is none."""
    try:
        pull(memory, kept)
    except MplusError as error:
        return error
    return None
