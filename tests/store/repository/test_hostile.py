"""Repositories that are not what they say: refused, and nothing is left."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from store.errors import MplusError
from store.index.packed_texts import compressed, decompressed
from store.repository import layout, packs
from store.repository.layout import GENERATIONS, PACKS
from store.snapshots.manifest import sealed
from store.spec import Spec
from tests.store.made import LEAN, SLOTS, SPEC, what_it_says
from tests.store.repository.kept import (
    Kept,
    all_entries,
    packed,
    pull,
    push,
    put_pack,
    refused,
    repacked,
    row_of,
    told,
)
from tests.store.snapshots import fill
from tests.store.test_hostile import set_in
from tests.visits import visited

SPECS = {"lean": LEAN, "files": SPEC, "slots": SLOTS}
Spoil = Callable[[Kept], object]


def spoilt(kept: Kept, prefix: str, at: int) -> None:
    """One byte of an object is another one."""
    name = sorted(each for each in kept.objects if each.startswith(prefix))[0]
    content = bytearray(kept.objects[name])
    content[at] ^= 1
    kept.objects[name] = bytes(content)


def cut(kept: Kept, prefix: str, size: int) -> None:
    name = sorted(each for each in kept.objects if each.startswith(prefix))[0]
    kept.objects[name] = kept.objects[name][:size]


def indexed(change_it: Callable[[list[tuple[str, int, str]]], object]) -> Spoil:
    """A pack whose index says something else."""

    def spoil(kept: Kept) -> None:
        found = all_entries(kept)
        rows = [row_of(*each) for each in found.items()]
        change_it(rows)
        put_pack(kept, packed(rows, b"".join(found.values())))

    return spoil


def swapped(rows: list[tuple[str, int, str]]) -> None:
    """The names of the first two segments."""
    first, second = [at for at, row in enumerate(rows) if row[0].startswith("segment")][:2]
    names = rows[first][0], rows[second][0]
    rows[first] = (names[1], *rows[first][1:])
    rows[second] = (names[0], *rows[second][1:])


def renamed(old: str, new: str) -> Spoil:
    """The first entry that begins so has another name."""

    def change_it(rows: list[tuple[str, int, str]]) -> None:
        at = next(at for at, row in enumerate(rows) if row[0].startswith(old))
        rows[at] = (new, *rows[at][1:])

    return indexed(change_it)


def resized(by: int) -> Spoil:
    """The first entry has so many bytes more, and the next one fewer."""

    def change_it(rows: list[tuple[str, int, str]]) -> None:
        (name, size, sha256), (other, more, last) = rows[:2]
        rows[:2] = [(name, size + by, sha256), (other, more - by, last)]

    return indexed(change_it)


def huge(rows: list[tuple[str, int, str]]) -> None:
    rows[0] = (rows[0][0], 7 << 50, rows[0][2])


def endless(rows: list[tuple[str, int, str]]) -> None:
    rows[0] = (rows[0][0], float("inf"), rows[0][2])  # type: ignore[assignment]


def negative(rows: list[tuple[str, int, str]]) -> None:
    (name, size, sha256), (other, more, last) = rows[:2]
    rows[:2] = [(name, size + more + 5, sha256), (other, -5, last)]


def entries(kind: str, change_it: Callable[[bytes], bytes | None]) -> Spoil:
    """What every entry of a kind holds."""
    return lambda kept: repacked(
        kept, lambda name, content: change_it(content) if name.startswith(kind) else content
    )


def documents(change_it: Callable[[dict[str, Any]], object]) -> Spoil:
    def spoil(content: bytes) -> bytes:
        found = json.loads(decompressed(content))
        change_it(found)
        return compressed(json.dumps(found).encode() + b"\n")

    return entries("document", spoil)


def bomb(size: int) -> bytes:
    return compressed(bytes(size))


def put(kept: Kept, name: str, content: bytes) -> None:
    kept.objects[name] = content


LAST = f"{GENERATIONS}0000000003"
HOSTILE: dict[str, Spoil] = {
    "another kind": lambda k: put(k, "mplus.json", sealed({"kind": "tea", "format": 1, "id": "a"})),
    "about is no JSON": lambda k: put(k, "mplus.json", b"\x80\x04"),
    "about is a list": lambda k: put(k, "mplus.json", b"[]"),
    "about is nested": lambda k: put(k, "mplus.json", b"[" * 60_000),
    "about is large": lambda k: put(k, "mplus.json", bytes(1 << 20)),
    "another format": lambda k: put(
        k, "mplus.json", sealed({"kind": "mplus repository", "format": 2, "id": "0" * 32})
    ),
    "an id that climbs": lambda k: put(
        k, "mplus.json", sealed({"kind": "mplus repository", "format": 1, "id": "../" * 4})
    ),
    "a wrong byte in a generation": lambda k: spoilt(k, GENERATIONS, -9),
    "a generation that is cut": lambda k: cut(k, GENERATIONS, 50),
    "an empty generation": lambda k: cut(k, GENERATIONS, 0),
    "a generation that is a bomb": lambda k: put(k, LAST, bomb(1 << 27)),
    "a generation that is a list": lambda k: put(k, LAST, compressed(b"[]")),
    "a generation that is nested": lambda k: put(k, LAST, compressed(b"[" * 100_000)),
    "a generation that is another one": lambda k: put(
        k, LAST, k.objects[f"{GENERATIONS}0000000002"]
    ),
    "a generation of another number": lambda k: told(k, 3, set_in("number", 4)),
    "a generation with more fields": lambda k: told(k, 3, set_in("more", 4)),
    "a parent that is another": lambda k: told(k, 3, set_in("parent", [2, "f" * 64])),
    "a parent before the one before": lambda k: told(k, 3, set_in("parent", [1, "f" * 64])),
    "a parent that comes": lambda k: told(k, 3, set_in("parent", [7, "f" * 64])),
    "no parent": lambda k: told(k, 3, set_in("parent", None)),
    "a parent beyond all numbers": lambda k: told(k, 3, set_in("parent", [float("inf"), "f"])),
    "a number that is a fraction": lambda k: told(k, 3, set_in("number", 3.0)),
    "a parent that is none": lambda k: told(k, 3, set_in("parent", [2])),
    "a row that lies": lambda k: told(k, 3, set_in("row", "tokens", 999)),
    "a row of other types": lambda k: told(k, 3, set_in("row", "added", "1")),
    "a huge number": lambda k: told(k, 3, set_in("row", "id", (1 << 63) - 1)),
    "a model that is another": lambda k: told(k, 3, set_in("spec", "identity", "f" * 64)),
    "a model's name that climbs": lambda k: told(k, 3, set_in("spec", "identity", "../../evil")),
    "a spec with more fields": lambda k: told(k, 3, set_in("spec", "code", "x")),
    "a list that is none": lambda k: told(k, 3, set_in("lists", 0, "../evil")),
    "a list that is missing": lambda k: told(k, 3, set_in("lists", 0, "f" * 64)),
    "no lists": lambda k: told(k, 3, set_in("lists", [])),
    "a list twice": lambda k: told(k, 3, lambda m: m["lists"].append(m["lists"][0])),
    "lists of another generation": lambda k: told(
        k, 3, lambda m: m["lists"].__setitem__(0, "0" * 64)
    ),
    "no packs": lambda k: [k.objects.pop(each) for each in list(k.objects) if PACKS in each],
    "an empty pack": lambda k: cut(k, PACKS, 0),
    "a pack that is cut": lambda k: cut(k, PACKS, 100),
    "a pack without its last byte": lambda k: cut(k, PACKS, -1),
    "a pack whose index is long": lambda k: spoilt(k, PACKS, -1),
    "an index that is a bomb": lambda k: put_pack(
        k, bomb(1 << 27) + (1 << 14).to_bytes(8, "little")
    ),
    "an entry's length that lies": resized(3),
    "an entry's length that lies the other way": resized(-3),
    "an entry of huge length": indexed(huge),
    "an entry of endless length": indexed(endless),
    "an entry of negative length": indexed(negative),
    "segments under each other's names": indexed(swapped),
    "a segment under no name": renamed("segment", "../../evil"),
    "a segment under another name": renamed("segment", "segment-" + "f" * 64),
    "a document under another name": renamed("document", f"document-{'e' * 64}-{'f' * 64}"),
    "a list under another name": renamed("list", "list-" + "f" * 64),
    "no segments": entries("segment", lambda content: None),
    "no documents": entries("document", lambda content: None),
    "no lists in packs": entries("list", lambda content: None),
    "segments that are empty": entries("segment", lambda content: b""),
    "segments that are cut": entries("segment", lambda content: content[:-1]),
    "segments with other ids": entries("segment", lambda content: b"\x07" + content[1:]),
    "segments that are long": entries("segment", lambda content: content * 100),
    "documents that are no text": entries("document", lambda content: b"\x80\x04"),
    "documents that are others": documents(set_in("path", "another")),
    "documents with another digest": documents(set_in("digest", "f" * 64)),
    "documents without chunks": documents(set_in("rows", [])),
    "documents with other segments": documents(set_in("rows", 0, "segment", "f" * 64)),
    "documents with segments that climb": documents(set_in("rows", 0, "segment", "../../evil")),
    "documents with more fields": documents(set_in("code", "x")),
    "documents of half a surrogate pair": documents(set_in("path", "\ud800")),
    "lists that are large": entries("list", lambda content: bytes(2 << 20)),
    "lists that are others": entries("list", lambda content: compressed(b"[]")),
    "lists of what is no digest": entries("list", lambda content: compressed(b'[["a","b"]]')),
}


@pytest.fixture(autouse=True)
def limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """So low that a test's bomb is beyond them."""
    monkeypatch.setattr(layout, "_MOST_UNPACKED", 1 << 24)
    monkeypatch.setattr(layout, "MOST_DOCUMENT_BYTES", 1 << 24)
    monkeypatch.setattr(packs, "_MOST_UNPACKED", 1 << 24)


@dataclass(frozen=True)
class Made:
    """A memory that was pushed, and where to."""

    memory: Path
    objects: dict[str, bytes]
    spec: Spec


@pytest.fixture(scope="module", params=list(SPECS))
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    memory, kept, spec = tmp_path_factory.mktemp("hostile") / "memory", Kept(), SPECS[request.param]
    fill(memory, 1, 2, 3, spec=spec)
    push(memory, kept)
    return Made(memory, kept.objects, spec)


@pytest.fixture
def kept(made: Made) -> Kept:
    return Kept(dict(made.objects))


@pytest.fixture(scope="module")
def another(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A memory that was never pushed."""
    memory = tmp_path_factory.mktemp("hostile") / "another"
    fill(memory, 7, 2, spec=made.spec)
    return memory


def tree(path: Path) -> list[str]:
    return sorted(str(each) for each in path.rglob("*"))


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_and_nothing_is_left(kept: Kept, tmp_path: Path, name: str) -> None:
    before = dict(kept.objects)
    HOSTILE[name](kept)
    if kept.objects == before:
        pytest.skip("of this kind there is nothing to spoil")
    there = tree(tmp_path)
    error = refused(tmp_path / "new", kept)
    assert error is not None
    assert error.exit_code in (1, 20, 22)
    assert error.hint
    assert tree(tmp_path) == there


@pytest.mark.parametrize("name", [list(HOSTILE)[at] for at in visited(len(HOSTILE), 6)])
def test_a_memory_stays_what_it_was(kept: Kept, another: Path, tmp_path: Path, name: str) -> None:
    said = what_it_says(another)
    other = Path(shutil.copytree(another, tmp_path / "other"))
    before = dict(kept.objects)
    HOSTILE[name](kept)
    if kept.objects != before and (error := refused(other, kept)):
        assert isinstance(error, MplusError)
        assert what_it_says(other) == said
        assert not list(other.glob("import-*"))


def test_a_document_that_is_a_bomb(kept: Kept, tmp_path: Path) -> None:
    entries("document", lambda content: bomb(1 << 25))(kept)
    error = refused(tmp_path / "new", kept)
    assert error is not None
    assert "too large" in error.message


def test_two_histories_do_not_mix(made: Made, kept: Kept, tmp_path: Path) -> None:
    """Another repository's generation, with packs that have all it needs."""
    other, memory = Kept(), tmp_path / "another"
    fill(memory, 1, 4, 5, spec=made.spec)
    push(memory, other)
    kept.objects |= {
        name: content for name, content in other.objects.items() if name.startswith(PACKS)
    }
    kept.objects[LAST] = other.objects[LAST]
    error = refused(tmp_path / "new", kept)
    assert error is not None
    assert "goes on from another one" in error.message
    assert not (tmp_path / "new").exists()


def test_what_was_refused_comes_when_it_is_whole(kept: Kept, tmp_path: Path) -> None:
    whole = dict(kept.objects)
    entries("segment", lambda content: b"\x07" + content[1:])(kept)
    assert refused(tmp_path / "new", kept)
    kept.objects = whole
    assert pull(tmp_path / "new", kept).generations == 3


def test_spoilt_indexes_in_the_cache_are_fetched_again(
    made: Made, kept: Kept, tmp_path: Path
) -> None:
    memory = shutil.copytree(made.memory, tmp_path / "memory")
    for file in memory.glob("cache/repository-*/*.index"):
        file.write_bytes(b"spoilt")
    assert push(memory, kept).documents == 0
    shutil.rmtree(memory / "cache")
    assert push(memory, kept).documents == 0


def test_a_list_that_is_named_again_and_again_is_read_once(kept: Kept, tmp_path: Path) -> None:
    told(kept, 3, lambda found: found.update(lists=found["lists"] * 100_000))
    error = refused(tmp_path / "new", kept)
    assert error is not None
    assert "it names a list twice" in error.message


def test_spoilt_parts_in_the_cache_are_fetched_again(kept: Kept, tmp_path: Path) -> None:
    """A pull that was cut short has left them."""
    new, asked = tmp_path / "new", 0

    def watch(what: str, name: str) -> None:
        nonlocal asked
        asked += what == "get" and name.startswith(PACKS)
        if asked == 3:
            raise KeyboardInterrupt

    kept.watch = watch
    with pytest.raises(KeyboardInterrupt):
        pull(new, kept)
    kept.watch = lambda what, name: None
    parts = list(new.glob("cache/repository-*/*.part"))
    assert parts
    for part in parts:
        part.write_bytes(bytes(part.stat().st_size))
    assert pull(new, kept).generations == 3
