"""Snapshots of lean memories that are not what they say: refused, and nothing is left."""

import hashlib
import json
import random
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from store.errors import MplusError
from store.home import Home
from store.segments.lean import LeanSegments
from store.snapshots.manifest import (
    DOCUMENTS,
    MANIFEST,
    Manifest,
    packed_name,
    sealed,
    vectors_name,
)
from tests.store.made import LEAN, what_it_says
from tests.store.snapshots import Files, fill, packed, read, told, unpacked, write
from tests.store.test_hostile import set_in, swapped, tree

COLUMNS = {"ids": LEAN.id_bytes, "000.codes": 1, "001.codes": 1}  # bytes of a row
OTHER = "f" * 64


@dataclass(frozen=True)
class Own:
    """A segment as its members have it."""

    key: bytes
    count: int
    rows: dict[str, bytes]

    def told(self) -> dict[str, Any]:
        """What a manifest says of it."""
        content = b"".join(self.rows.values())
        return {
            "key": self.key.hex(),
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
            "vectors": self.count,
        }


def name_of(file: str, identity: str = LEAN.identity) -> str:
    return packed_name(identity, file)


def segments(files: Files) -> list[Own]:
    found, start = [], 0
    for key, count in struct.iter_unpack("<32sI", files[name_of("records")]):
        rows = {
            name: files[name_of(name)][start * width : (start + count) * width]
            for name, width in COLUMNS.items()
        }
        found.append(Own(key, count, rows))
        start += count
    return found


def members_of(some: list[Own]) -> Files:
    records = b"".join(struct.pack("<32sI", each.key, each.count) for each in some)
    columns = {name_of(name): b"".join(each.rows[name] for each in some) for name in COLUMNS}
    return {name_of("records"): records} | columns


def forged(files: Files, changed: Files, told: Iterable[Own] = ()) -> bytes:
    """Members with other content, in a manifest that vouches for them, and for some segments."""
    manifest = json.loads(files[MANIFEST])
    for member in manifest["members"]:
        if member["name"] in changed:
            content = changed[member["name"]]
            member |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    said = {row["key"]: row for row in manifest["segments"]} | {
        each.key.hex(): each.told() for each in told
    }
    manifest["segments"] = list(said.values())
    return packed(files | changed | {MANIFEST: sealed(manifest)})


def with_segments(files: Files, change_it: Callable[[list[Own]], list[Own]]) -> bytes:
    return forged(files, members_of(change_it(segments(files))))


def counted(files: Files, count: int) -> bytes:
    """A first segment of so many tokens, as its record says."""
    return with_segments(files, lambda own: [replace(own[0], count=count), *own[1:]])


def cut(files: Files, name: str, by: int) -> bytes:
    content = files[name_of(name)]
    return forged(files, {name_of(name): content[:-by] if by > 0 else content + bytes(-by)})


def other_rows(files: Files, name: str) -> Own:
    """A first segment with other rows in a column."""
    own = segments(files)[0]
    row = own.rows[name]
    return replace(own, rows=own.rows | {name: bytes([row[0] ^ 1]) + row[1:]})


def with_first(files: Files, own: Own, told: bool) -> bytes:
    """`told`: whether the manifest says what it is."""
    changed = members_of([own, *segments(files)[1:]])
    return forged(files, changed, [own] if told else [])


def renamed(files: Files, old: str, new: str) -> bytes:
    return swapped(files, name_of(old), new)


def resealed(files: Files, change_it: Callable[[dict[str, Any]], object]) -> Files:
    """Files with another manifest, in which generations have the digests that follow."""
    said = json.loads(files[MANIFEST])
    change_it(said)
    lines = (json.loads(line) for line in files[DOCUMENTS].splitlines())
    digests = {line["id"]: line["digest"] for line in lines}
    manifest = Manifest.from_bytes(sealed(said)).resealed(digests)
    return files | {MANIFEST: manifest.to_bytes()}


def by_another(files: Files) -> bytes:
    """All as if another model had written it."""

    def change_it(manifest: dict[str, Any]) -> None:
        for row in (*manifest["specs"], *manifest["generations"]):
            row["identity"] = OTHER
        for member in manifest["members"]:
            member["name"] = member["name"].replace(LEAN.identity, OTHER)

    changed = resealed(files, change_it)
    return packed({name.replace(LEAN.identity, OTHER): each for name, each in changed.items()})


def by_two(files: Files, other: str) -> bytes:
    """The first generation as another model's, of which the documents are the next one's, too."""

    def change_it(manifest: dict[str, Any]) -> None:
        manifest["specs"].append(manifest["specs"][0] | {"identity": other})
        manifest["generations"][0]["identity"] = other

    return packed(resealed(files, change_it))


def without(files: Files, name: str) -> bytes:
    def change_it(manifest: dict[str, Any]) -> None:
        manifest["members"] = [each for each in manifest["members"] if each["name"] != name]

    return told({each: content for each, content in files.items() if each != name}, change_it)


def huge(files: Files, name: str, vectors: int) -> bytes:
    """A member of many bytes, announced; `vectors`: what the segments are said to have."""

    def change_it(manifest: dict[str, Any]) -> None:
        for member in manifest["members"]:
            if member["name"] == name:
                member["bytes"] = 7 << 50
        for each in manifest["segments"]:
            each["vectors"] = max(each["vectors"], vectors)

    return told(files, change_it)


HOSTILE: dict[str, tuple[str, Callable[[Files], bytes]]] = {
    "a segment of 2**32-1 tokens": ("another size", lambda f: counted(f, 2**32 - 1)),
    "segments of 2**32-1 tokens": (
        "another size",
        lambda f: with_segments(f, lambda own: [replace(each, count=2**32 - 1) for each in own]),
    ),
    "a segment of no token": ("another size", lambda f: counted(f, 0)),
    "a segment that is longer": ("another size", lambda f: counted(f, 7)),
    "a segment of more than T tokens": (
        "not what its manifest says",
        lambda f: told(f, set_in("specs", 0, "num_tokens", 5)),
    ),
    "a segment twice": ("not in order", lambda f: with_segments(f, lambda own: own[:1] * 2)),
    "all segments twice": ("can't be", lambda f: with_segments(f, lambda own: own * 2)),
    "another order": ("not in order", lambda f: with_segments(f, lambda own: own[::-1])),
    "another segment": (
        "of none of its generations",
        lambda f: with_segments(f, lambda own: [replace(own[0], key=bytes(32)), *own[1:]]),
    ),
    "another segment's name": (
        "not what its manifest says",
        lambda f: with_segments(f, lambda own: [replace(own[0], key=own[1].key), *own[2:]]),
    ),
    "no segments": ("lacks segments", lambda f: with_segments(f, lambda own: [])),
    "a segment too few": ("lacks segments", lambda f: with_segments(f, lambda own: own[1:])),
    "no records": ("another size", lambda f: forged(f, {name_of("records"): b""})),
    "half a record": ("another size", lambda f: cut(f, "records", 1)),
    "a record and a half": ("can't be", lambda f: cut(f, "records", -18)),
    "ids too short": ("another size", lambda f: cut(f, "ids", 1)),
    "ids too long": ("can't be", lambda f: cut(f, "ids", -1)),
    "codes too short": ("another size", lambda f: cut(f, "001.codes", 1)),
    "codes too long": ("can't be", lambda f: cut(f, "001.codes", -9)),
    "a column that is missing": ("lacks columns", lambda f: without(f, name_of("001.codes"))),
    "records that are missing": ("lacks columns", lambda f: without(f, name_of("records"))),
    "other ids": (
        "not what its manifest says",
        lambda f: with_first(f, other_rows(f, "ids"), told=False),
    ),
    "other ids, vouched for": (
        "not of its ids",
        lambda f: with_first(f, other_rows(f, "ids"), told=True),
    ),
    "other codes": (
        "not what its manifest says",
        lambda f: with_first(f, other_rows(f, "001.codes"), told=False),
    ),
    "a column that no model has": (
        "no snapshot holds",
        lambda f: renamed(f, "001.codes", name_of("002.codes")),
    ),
    "means": ("no snapshot holds", lambda f: renamed(f, "001.codes", name_of("001.means"))),
    "a column out of the folder": (
        "no snapshot holds",
        lambda f: renamed(f, "ids", f"packs/{LEAN.identity}/../ids"),
    ),
    "packs out of the folder": (
        "no snapshot holds",
        lambda f: renamed(f, "ids", "packs/../../evil/ids"),
    ),
    "packs of another model": (
        "no snapshot holds",
        lambda f: renamed(f, "ids", name_of("ids", OTHER)),
    ),
    "huge packs": ("can't be", lambda f: huge(f, name_of("ids"), 0)),
    "huge packs of huge segments": ("free at", lambda f: huge(f, name_of("ids"), 1 << 60)),
    "two models": ("two models have written", lambda f: by_two(f, OTHER)),
    "two models that begin alike": (
        "the name of another one",
        lambda f: by_two(f, LEAN.identity[:16] + "f" * 48),
    ),
    "ids of five bytes": ("fields", lambda f: told(f, set_in("specs", 0, "id_bytes", 5))),
    "ids of huge width": ("fields", lambda f: told(f, set_in("specs", 0, "id_bytes", 1 << 60))),
    "ids of two bytes": ("can't be", lambda f: told(f, set_in("specs", 0, "id_bytes", 2))),
    "a huge selector": ("another size", lambda f: told(f, set_in("specs", 0, "selector", 1 << 60))),
    "no layers": ("fields", lambda f: told(f, set_in("specs", 0, "layers", 0))),
    "no selector": ("fields", lambda f: told(f, set_in("specs", 0, "selector", 0))),
    "no layers with keys": (
        "fields",
        lambda f: told(f, set_in("specs", 0, "retrieval_layers", [])),
    ),
    "a pool": ("fields", lambda f: told(f, set_in("specs", 0, "pool_vectors", 10))),
    "another model's segments": ("not of its ids", by_another),
    "a segment with a name that is none": (
        "no digest",
        lambda f: told(f, set_in("segments", 0, "key", "../x")),
    ),
    "a segment more": (
        "that no document",
        lambda f: told(f, lambda m: m["segments"].append(m["segments"][0] | {"key": "0" * 64})),
    ),
    "a state that is none": (
        "is not the state",
        lambda f: packed(resealed(f, set_in("generations", 0, "state", OTHER))),
    ),
    "a state out of the folder": (
        "no digest",
        lambda f: told(f, set_in("generations", 0, "state", "../../x")),
    ),
    "vectors of no segment": (
        "no snapshot holds",
        lambda f: swapped(f, vectors_of(f), vectors_name("0" * 64)),
    ),
    "vectors out of the folder": (
        "no snapshot holds",
        lambda f: swapped(f, vectors_of(f), "vectors/../../x.safetensors"),
    ),
    "vectors that are too large": (
        "can't be",
        lambda f: forged(f, {vectors_of(f): bytes(1 << 20)}),
    ),
    "vectors with other bytes": (
        "SHA-256",
        lambda f: packed(f | {vectors_of(f): bytes(len(f[vectors_of(f)]))}),
    ),
    "a file of a segment": (
        "no snapshot holds",
        lambda f: swapped(f, vectors_of(f), vectors_of(f).replace("vectors", "segments")),
    ),
}


def vectors_of(files: Files) -> str:
    return next(name for name in files if name.startswith("vectors/"))


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("snapshot") / "memory"
    fill(path, 1, 2, spec=LEAN)
    return write(path, vectors=True)


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_snapshots_are_refused_and_leave_nothing(
    kind: str, snapshot: bytes, tmp_path: Path
) -> None:
    why, make = HOSTILE[kind]
    bad, there, new = make(unpacked(snapshot)), tmp_path / "there", tmp_path / "new"
    fill(there, 4, spec=LEAN)
    before = tree(tmp_path)
    with pytest.raises(MplusError, match=why) as raised:
        read(bad, new)
    assert raised.value.exit_code in (1, 20)
    with pytest.raises(MplusError):
        read(bad, there)
    assert tree(tmp_path) == before
    assert not new.exists()


def test_damaged_vectors_are_left_out(snapshot: bytes, tmp_path: Path) -> None:
    files = unpacked(snapshot)
    name = vectors_of(files)
    last = max(Path(each).stem for each in files if each.startswith("vectors/"))
    others = next(each for each in reversed(files))  # whole, but those of another segment
    for number, content in enumerate((b"", b"\x80", files[name][:-1] + b"!", files[others])):
        memory = tmp_path / str(number)
        read(forged(files, {name: content}), memory)
        cache = LeanSegments(Home(memory), LEAN).cache
        assert Path(name).stem not in set(cache.keys())
        assert last in set(cache.keys())


def test_random_changes_are_refused_or_mean_nothing(snapshot: bytes, tmp_path: Path) -> None:
    """Of the members' bytes, with a manifest that vouches for each member."""
    files, chance = unpacked(snapshot), random.Random(1)
    names = [name for name in files if name.startswith("packs/")]
    read(snapshot, tmp_path / "whole")
    expected = what_it_says(tmp_path / "whole")
    for number in range(60):
        name = chance.choice(names)
        content = bytearray(files[name])
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(content))
            match chance.randrange(3):
                case 0:
                    content[at] = chance.randrange(256)
                case 1:
                    del content[at:]
                    content += bytes(chance.randrange(9))
                case _:
                    content[at:at] = chance.randbytes(chance.randrange(40))
            content = content or bytearray(1)
        memory = tmp_path / str(number)
        try:
            read(forged(files, {name: bytes(content)}), memory)
        except MplusError:
            assert not memory.exists()
        else:
            assert bytes(content) == files[name]
            assert what_it_says(memory) == expected
