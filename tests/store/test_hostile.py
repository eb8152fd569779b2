"""Snapshots that are not what they say, or cut, or changed: refused, and nothing is left."""

import hashlib
import io
import json
import pickle
import shutil
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zstandard
from numpy.typing import NDArray
from safetensors.numpy import load, save

from store.errors import DamagedError, MplusError
from store.home import Home
from store.index.reader import Index
from store.snapshots.manifest import DOCUMENTS, MANIFEST, sealed
from store.spec import Spec
from tests.store.made import SLOTS, SPEC, last_state, what_it_says
from tests.store.snapshots import Files, fill, packed, read, told, unpacked, write


def swapped(files: Files, name: str, new_name: str, content: bytes | None = None) -> bytes:
    """A member under another name, with other content, and a manifest that agrees with it."""
    manifest = json.loads(files[MANIFEST])
    body = files[name] if content is None else content
    for member in manifest["members"]:
        if member["name"] == name:
            member |= {
                "name": new_name,
                "bytes": len(body),
                "sha256": hashlib.sha256(body).hexdigest(),
            }
    rest = [
        (new_name if each == name else each, body if each == name else old)
        for each, old in files.items()
    ]
    return packed([(MANIFEST, sealed(manifest)), *rest[1:]])


def tarred(member: tarfile.TarInfo, files: Files) -> bytes:
    """A special member behind the manifest."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        head = tarfile.TarInfo(MANIFEST)
        head.size = len(files[MANIFEST])
        archive.addfile(head, io.BytesIO(files[MANIFEST]))
        archive.addfile(member)
    return zstandard.ZstdCompressor().compress(out.getvalue())


def link(name: str, kind: bytes) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, "/etc/passwd"
    return made


def huge(name: str) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.size = 7 << 30
    return made


def first(files: Files, room: str) -> str:
    return next(name for name in files if name.startswith(room))


def set_in(*path: Any) -> Callable[[dict[str, Any]], None]:
    def change_it(manifest: dict[str, Any]) -> None:
        *way, last, value = path
        for step in way:
            manifest = manifest[step]
        manifest[last] = value

    return change_it


def without_generations(manifest: dict[str, Any]) -> None:
    manifest["generations"] = []


HOSTILE: dict[str, Callable[[bytes, Files], bytes]] = {
    "nothing": lambda w, f: b"",
    "a pickle": lambda w, f: pickle.dumps({"a": 1}),
    "a plain tar": lambda w, f: zstandard.ZstdDecompressor().stream_reader(w).read(),
    "an empty archive": lambda w, f: packed({}),
    "manifest with another digest": lambda w, f: packed(
        f | {MANIFEST: f[MANIFEST].replace(b"toy", b"toi")}
    ),
    "no manifest": lambda w, f: packed({name: f[name] for name in list(f)[1:]}),
    "manifest is no JSON": lambda w, f: packed(f | {MANIFEST: b"\x80\x04"}),
    "manifest is a list": lambda w, f: packed(f | {MANIFEST: b"[]"}),
    "deeply nested manifest": lambda w, f: packed(f | {MANIFEST: b"[" * 100_000}),
    "another kind": lambda w, f: told(f, set_in("kind", "tea")),
    "unknown version": lambda w, f: told(f, set_in("version", 99)),
    "unknown field in the spec": lambda w, f: told(f, set_in("specs", 0, "code", "x")),
    "a spec of other types": lambda w, f: told(f, set_in("specs", 0, "layers", "3")),
    "a negative size in the spec": lambda w, f: told(f, set_in("specs", 0, "hidden", -4)),
    "another model's name": lambda w, f: told(f, set_in("specs", 0, "identity", "../../evil")),
    "a model that is not described": lambda w, f: told(f, set_in("specs", [])),
    "generation of a model that is not described": lambda w, f: told(
        f, set_in("generations", 0, "identity", "f" * 64)
    ),
    "generations in another order": lambda w, f: told(f, lambda m: m["generations"].reverse()),
    "no generations": lambda w, f: told(f, without_generations),
    "generation of other types": lambda w, f: told(f, set_in("generations", 0, "added", "1")),
    "generation that lies": lambda w, f: told(f, set_in("generations", 0, "tokens", 999)),
    "journal without the document": lambda w, f: told(f, set_in("journal", 0, "document", 77)),
    "a journal that goes on in a later generation": lambda w, f: told(
        f, set_in("journal", 0, "until", 3)
    ),
    "a journal of a later generation": lambda w, f: told(
        f, lambda m: m["journal"].append({"document": 1, "since": 3, "until": None})
    ),
    "a journal that ends before it begins": lambda w, f: told(
        f, lambda m: m["journal"].append({"document": 99, "since": 2, "until": 1})
    ),
    "a tag of a later generation": lambda w, f: told(f, set_in("tags", {"x": 3})),
    "a tag that names nothing": lambda w, f: told(f, set_in("tags", {"x": "y"})),
    "member out of the folder": lambda w, f: swapped(
        f, first(f, "segments"), "../../evil.safetensors"
    ),
    "member with an absolute name": lambda w, f: swapped(
        f, first(f, "states"), "/tmp/evil.safetensors"
    ),
    "member that is a pickle": lambda w, f: swapped(f, first(f, "segments"), "segments/ab/x.pt"),
    "member in another member's place": lambda w, f: packed(
        [*list(f.items())[:2], *reversed(list(f.items())[2:])]
    ),
    "member twice in the manifest": lambda w, f: told(
        f, lambda m: m["members"].append(m["members"][-1])
    ),
    "member twice in the archive": lambda w, f: packed([*f.items(), list(f.items())[-1]]),
    "member that is missing": lambda w, f: packed(dict(list(f.items())[:-1])),
    "member nobody names": lambda w, f: packed(f | {"extra": b"x"}),
    "member with other bytes": lambda w, f: packed(
        f | {first(f, "segments"): bytes(len(f[first(f, "segments")]))}
    ),
    "member that is too long": lambda w, f: packed(f | {DOCUMENTS: f[DOCUMENTS] + b"x"}),
    "huge member, announced": lambda w, f: told(f, set_in("members", -1, "bytes", 7 << 40)),
    "huge documents, announced": lambda w, f: told(f, set_in("members", 0, "bytes", 7 << 50)),
    "negative size": lambda w, f: told(f, set_in("members", -1, "bytes", -1)),
    "huge member, unannounced": lambda w, f: tarred(huge(DOCUMENTS), f),
    "a symbolic link": lambda w, f: tarred(link(DOCUMENTS, tarfile.SYMTYPE), f),
    "a hard link": lambda w, f: tarred(link(DOCUMENTS, tarfile.LNKTYPE), f),
    "a device": lambda w, f: tarred(link(DOCUMENTS, tarfile.CHRTYPE), f),
    "a folder": lambda w, f: tarred(link(DOCUMENTS, tarfile.DIRTYPE), f),
    "segment that is no safetensors": lambda w, f: forged_segment(f, pickle.dumps([1])),
    "segment with a header bomb": lambda w, f: forged_segment(
        f, (1 << 60).to_bytes(8, "little") + b"{}"
    ),
    "segment with other shapes": lambda w, f: forged_segment(f, other_shapes()),
    "state that is no state": lambda w, f: forged_state(f, b"\0" * 64),
    "documents that lie": lambda w, f: swapped(
        f, DOCUMENTS, DOCUMENTS, f[DOCUMENTS].replace(b"chunk 0", b"chunk 9")
    ),
    "documents that are no JSON": lambda w, f: forged(f, b"\x80\n"),
    "documents with other fields": lambda w, f: swapped(
        f, DOCUMENTS, DOCUMENTS, b'{"rows": [], "os": 1}\n'
    ),
    "a span behind the text": lambda w, f: retold(f, set_in("whole", "spans", 0, 1, 10**6)),
    "a span that ends before it begins": lambda w, f: retold(f, set_in("whole", "spans", 1, 1, -2)),
    "a span before the text": lambda w, f: retold(f, set_in("whole", "spans", 0, 0, -1)),
    "a span of other types": lambda w, f: retold(f, set_in("whole", "spans", 0, 2, "page")),
    "a span with another name": lambda w, f: retold(f, set_in("whole", "spans", 0, 4, 9)),
    "a span without a header": lambda w, f: retold(f, lambda line: line["whole"]["spans"][0].pop()),
    "a chunk behind the text": lambda w, f: retold(f, set_in("rows", 0, "end", 10**6)),
    "a text of another type": lambda w, f: retold(f, set_in("whole", "text", [1])),
    "a text that is none": lambda w, f: retold(f, set_in("whole", "text", "\ud800" * 99)),
    "a text with more fields": lambda w, f: retold(f, set_in("whole", "code", "x")),
    "a text that lies": lambda w, f: retold(f, set_in("whole", "unit", "page")),
    "a number too large for SQLite": lambda w, f: retold(f, set_in("rows", 0, "first", 1 << 63)),
    "a bomb of zeros": lambda w, f: zstandard.ZstdCompressor().compress(bytes(64 << 20)),
}


OF_STATES = {"member with an absolute name", "state that is no state"}  # that come along


def put(value: float, *place: int) -> Callable[[NDArray[np.float16]], None]:
    def change_it(rows: NDArray[np.float16]) -> None:
        rows[0, 0][list(place)] = value

    return change_it


ROWS = {
    "a value that is no number": put(np.nan, 2 * SLOTS.tag),
    "an endless value": put(np.inf, 2 * SLOTS.tag),
    "a long key": put(1, 0, 1),
    "another long key": put(-1, SLOTS.tag, SLOTS.tag + 1),
    "a gate too far open": put(1.01, -3),
    "a gate that takes away": put(-0.5, -1),
    "a gate that is no number": put(np.nan, -2),
}


def zeroed(files: Files, name: str) -> Files:
    return files | {name: bytes(len(files[name]))}


def forged(files: Files, documents: bytes) -> bytes:
    return swapped(files, DOCUMENTS, DOCUMENTS, documents)


def retold(files: Files, change_it: Callable[[dict[str, Any]], object]) -> bytes:
    """The snapshot with a first document that says something else, its digest left as it was."""
    first, *rest = files[DOCUMENTS].splitlines(keepends=True)
    line = json.loads(first)
    change_it(line)
    return forged(files, b"".join([json.dumps(line).encode() + b"\n", *rest]))


def other_shapes() -> bytes:
    import torch
    from safetensors.torch import save

    return save({"vectors": torch.zeros(1, 1, 4), "keys": torch.zeros(1, 1, 2)})


def forged_segment(files: Files, content: bytes) -> bytes:
    """A segment with other content, and a manifest that vouches for it."""
    name = first(files, "segments")
    manifest = json.loads(files[MANIFEST])
    digest = hashlib.sha256(content).hexdigest()
    for row in (*manifest["members"], *manifest["segments"]):
        if row.get("name") == name or row.get("key") == Path(name).stem:
            row |= {"bytes": len(content), "sha256": digest}
    return packed(files | {MANIFEST: sealed(manifest), name: content})


def forged_state(files: Files, content: bytes) -> bytes:
    name = first(files, "states")
    digest = hashlib.sha256(content).hexdigest()
    renamed = f"states/{digest}.safetensors"
    manifest = json.loads(files[MANIFEST].replace(Path(name).stem.encode(), digest.encode()))
    for row in manifest["members"]:
        if row["name"] == renamed:
            row["bytes"] = len(content)
    rest = [
        (renamed if each == name else each, content if each == name else old)
        for each, old in files.items()
    ]
    return packed([(MANIFEST, sealed(manifest)), *rest[1:]])


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in ("lock", "readers", "index.db-wal", "index.db-shm")
    }


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return written(tmp_path_factory, SPEC)


@pytest.fixture(scope="module")
def of_slots(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return written(tmp_path_factory, SLOTS)


def written(folders: pytest.TempPathFactory, spec: Spec) -> bytes:
    path = folders.mktemp("snapshot") / "memory"
    fill(path, 1, 2, spec=spec)
    return write(path)


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_snapshots_are_refused_and_leave_nothing(
    kind: str, snapshot: bytes, tmp_path: Path
) -> None:
    refused_everywhere(HOSTILE[kind](snapshot, unpacked(snapshot)), SPEC, tmp_path)


@pytest.mark.parametrize("kind", [each for each in HOSTILE if each not in OF_STATES])
def test_hostile_snapshots_of_slots_are_refused(kind: str, of_slots: bytes, tmp_path: Path) -> None:
    refused_everywhere(HOSTILE[kind](of_slots, unpacked(of_slots)), SLOTS, tmp_path)


@pytest.mark.parametrize("kind", ROWS)
def test_rows_that_no_model_writes_are_refused(kind: str, of_slots: bytes, tmp_path: Path) -> None:
    files = unpacked(of_slots)
    rows = load(files[first(files, "segments")])["vectors"]
    ROWS[kind](rows)
    refused_everywhere(forged_segment(files, save({"vectors": rows})), SLOTS, tmp_path)


def test_slots_come_in_no_snapshot(of_slots: bytes, tmp_path: Path) -> None:
    """They follow from the rows, so what somebody else says of them is not needed."""
    state = last_state(fill_one(tmp_path / "state")).to_bytes()
    files = unpacked(of_slots)
    manifest = json.loads(files[MANIFEST])
    name = f"states/{manifest['generations'][-1]['state']}.safetensors"
    told_of = {"name": name, "bytes": len(state), "sha256": hashlib.sha256(state).hexdigest()}
    bad = told(files | {name: state}, lambda m: m["members"].append(told_of))
    refused_everywhere(bad, SLOTS, tmp_path)


def fill_one(memory: Path) -> Path:
    fill(memory, 1, spec=SLOTS)
    return memory


def refused_everywhere(bad: bytes, spec: Spec, tmp_path: Path) -> None:
    """As a new memory, into one, and into an empty folder; nothing stays."""
    world, there = tmp_path / "world", tmp_path / "world" / "there"
    fill(there, 4, spec=spec)
    before = tree(world)
    for memory in (world / "new", there):
        with pytest.raises(MplusError) as raised:
            read(bad, memory)
        assert raised.value.exit_code in (1, 20, 22)
        assert raised.value.message
    assert tree(world) == before
    assert not (world / "new").exists()
    (world / "empty").mkdir()
    with pytest.raises(MplusError):
        read(bad, world / "empty")
    assert not list((world / "empty").iterdir())


def test_every_truncation_and_flip_of_a_snapshot_is_refused(
    snapshot: bytes, tmp_path: Path
) -> None:
    sizes = range(0, len(snapshot) - 1, 257)
    for size in sizes:
        with pytest.raises(MplusError):
            read(snapshot[:size], tmp_path / "new")
    whole = tmp_path / "whole"
    read(snapshot, whole)
    expected = what_it_says(whole)
    tried = refused = 0
    for place in range(0, len(snapshot), 61):
        bad = bytearray(snapshot)
        bad[place] ^= 1 << (place % 8)
        tried += 1
        try:
            read(bytes(bad), tmp_path / "new")
        except MplusError:
            refused += 1
        else:  # a bit without a meaning
            assert what_it_says(tmp_path / "new") == expected
            shutil.rmtree(tmp_path / "new")
        assert not (tmp_path / "new").exists()
    assert refused > 0.9 * tried  # zstd has bits without a meaning at its frame's ends


def test_of_models_of_no_generation_nothing_is_taken_in(snapshot: bytes, tmp_path: Path) -> None:
    files = unpacked(snapshot)
    more = json.loads(files[MANIFEST])["specs"][0] | {"identity": "f" * 64, "seed": 9}
    read(told(files, lambda m: m["specs"].append(more)), tmp_path / "new")
    with closing(Index.open(Home(tmp_path / "new"))) as index:
        assert list(index.specs()) == [SPEC.identity]


def test_a_memory_whose_sizes_are_not_the_models_is_damaged(
    snapshot: bytes, tmp_path: Path
) -> None:
    read(told(unpacked(snapshot), set_in("specs", 0, "capacity_vectors", 24)), tmp_path / "new")
    with pytest.raises(DamagedError, match="not what that model is"):
        fill(tmp_path / "new", 3)
