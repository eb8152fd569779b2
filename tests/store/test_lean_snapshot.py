"""Snapshots of lean memories: packs out and in again, merged, in parts, and with vectors."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.change import change
from store.errors import MplusError, OtherModelError
from store.home import Home
from store.segments.lean import LeanSegments
from store.snapshots.manifest import packed_name
from tests.archive.make import HERE
from tests.store.made import EIGHT, LEAN, findings, last_state, what_it_says
from tests.store.snapshots import drop, fill, read, unpacked, write


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    fill(tmp_path / "memory", 1, 2, 3, spec=LEAN)
    drop(tmp_path / "memory", 2)
    with change(tmp_path / "memory", "tag", 1) as opened:
        opened.index.set_tag("both", 2)
    return tmp_path / "memory"


def lean(memory: Path) -> LeanSegments:
    return LeanSegments(Home(memory), LEAN)


def keys(memory: Path) -> list[str]:
    with change(memory, "look", 1) as opened:
        return list(opened.index.segment_files())


def broken(memory: Path) -> list[str]:
    """Segments that do not lie in packs as the index says; `verify` finds as much."""
    with change(memory, "look", 1) as opened:
        files = opened.index.segment_files()
    return [key for key in files if lean(memory).find(key, files[key]) != files[key]]


def paths(memory: Path) -> list[str]:
    with change(memory, "look", 1) as opened:
        return [document.path for document in opened.documents]


def spoil(memory: Path, name: str, at: int) -> None:
    [file] = memory.glob(f"packs/*/*/{name}")
    content = bytearray(file.read_bytes())
    content[at] ^= 1
    file.write_bytes(content)


def test_out_and_in_and_out_again_is_the_same(memory: Path, tmp_path: Path) -> None:
    snapshot, other = write(memory), tmp_path / "other"
    assert [name for name in unpacked(snapshot) if "/" in name] == [
        packed_name(LEAN.identity, name) for name in ("records", "ids", "000.codes", "001.codes")
    ]
    done = read(snapshot, other)
    assert (done.generation, done.generations, done.documents) == (4, 4, ["1", "3"])
    assert what_it_says(other) == what_it_says(memory)
    assert findings(other) == []
    assert [lean(other).packed(key) for key in keys(memory)] == [
        lean(memory).packed(key) for key in keys(memory)
    ]
    assert write(other) == snapshot
    assert read(snapshot, other).mended == 0


def test_the_order_of_packs_does_not_tell(memory: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    read(write(memory), other)
    pack, here = lean(memory).pack, lean(other).pack
    assert pack.records().content != here.records().content
    assert write(memory) == write(other)


def test_what_is_new_since_a_generation(memory: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    read(write(memory), other)
    fill(memory, 5, spec=LEAN)
    part = write(memory, since=4)
    records = packed_name(LEAN.identity, "records")
    assert len(unpacked(part)[records]) == 4 * 36  # of document 2, too: generation 4 has it not
    with pytest.raises(MplusError, match="only what is new since generation 4"):
        read(part, tmp_path / "third")
    assert not (tmp_path / "third").exists()
    done = read(part, other)
    assert (done.generation, done.generations, done.documents) == (5, 1, ["5"])
    assert write(other) == write(memory)


def test_of_a_model_of_which_nothing_is_new_there_are_no_packs(tmp_path: Path) -> None:
    fill(tmp_path / "memory", 1, 2, spec=LEAN)
    read(write(tmp_path / "memory"), tmp_path / "other")
    part = write(tmp_path / "memory", since=2)
    assert not [name for name in unpacked(part) if "/" in name]
    assert read(part, tmp_path / "other").generations == 0
    with pytest.raises(MplusError, match="only what is new since generation 2"):
        read(part, tmp_path / "new")


def test_documents_of_another_memory_are_appended(memory: Path, tmp_path: Path) -> None:
    other, plain = tmp_path / "other", tmp_path / "plain"
    fill(other, 4, 3, spec=LEAN)
    done = read(write(memory), other)
    assert (done.generations, done.documents, done.unchanged) == (0, ["1"], 1)
    assert paths(other) == ["4", "3", "1"]
    fill(plain, 4, 3, 1, spec=LEAN)
    assert last_state(other).to_bytes() == last_state(plain).to_bytes()
    assert broken(other) == []


def test_an_import_mends_damaged_and_missing_segments(memory: Path) -> None:
    snapshot, before = write(memory), what_it_says(memory)
    spoil(memory, "ids", 0)
    spoil(memory, "001.codes", -1)
    spoil(memory, "000.means", 2 * LEAN.selector)  # of the third segment
    assert len(broken(memory)) == 3
    assert read(snapshot, memory).mended == 3
    assert findings(memory) == []
    assert (broken(memory), what_it_says(memory)) == ([], before)
    # It went on by itself: now it is another history, and its segments are mended all the same.
    fill(memory, 6, spec=LEAN)
    for file in memory.glob("packs/*/*/000.*"):
        file.write_bytes(file.read_bytes()[:1])
    assert read(snapshot, memory).mended == 6
    assert len(broken(memory)) == 2  # of what the snapshot does not have
    for file in memory.glob("packs/*/*/*"):
        file.unlink()
    assert read(snapshot, memory).mended == 6


@pytest.mark.parametrize("bit", [1, 4])
def test_a_wrong_record_costs_no_other_segment(tmp_path: Path, bit: int) -> None:
    """Where the snapshot has the one alone that is said to have more or fewer tokens."""
    fill(tmp_path / "memory", 1, spec=LEAN)
    snapshot = write(tmp_path / "memory")
    fill(tmp_path / "memory", 2, 3, spec=LEAN)
    [file] = tmp_path.glob("memory/packs/*/*/records")
    content = bytearray(file.read_bytes())
    content[32] ^= bit  # K of the first one: 6
    file.write_bytes(content)
    assert findings(tmp_path / "memory")
    read(snapshot, tmp_path / "memory")
    assert findings(tmp_path / "memory") == []


def test_an_export_of_a_damaged_memory_names_the_segment(memory: Path) -> None:
    spoil(memory, "000.codes", 0)
    [key] = broken(memory)
    with pytest.raises(MplusError, match=key) as raised:
        write(memory)
    assert raised.value.exit_code == 20
    next(memory.glob("packs/*/*/records")).unlink()
    with pytest.raises(MplusError, match=f"segment {min(keys(memory))}"):
        write(memory)


def test_vectors_go_along_where_that_is_wished(memory: Path, tmp_path: Path) -> None:
    there = keys(memory)
    lean(memory).cache.whole_file(there[0]).unlink()  # type: ignore[union-attr]
    next(memory.glob(f"cache/vectors-*/*/{there[1]}*")).write_bytes(b"spoilt")
    snapshot = write(memory, vectors=True)
    names = [name for name in unpacked(snapshot) if name.startswith("vectors/")]
    assert [Path(name).stem for name in names] == there[2:]
    read(snapshot, tmp_path / "other")
    cache = lean(tmp_path / "other").cache
    assert sorted(cache.keys()) == there[2:]
    for key in there[2:]:
        assert cache.get(key).numbers.equal(lean(memory).cache.get(key).numbers)  # type: ignore[union-attr]
    assert what_it_says(tmp_path / "other") == what_it_says(memory)
    assert write(tmp_path / "other") == write(memory)


def test_vectors_come_as_far_as_the_budget_goes(memory: Path, tmp_path: Path) -> None:
    snapshot = write(memory, vectors=True)
    size_bytes = lean(memory).cache.size_bytes()
    for budget_bytes in (0, size_bytes // 2, size_bytes):
        other = tmp_path / str(budget_bytes)
        read(snapshot, other, budget_bytes)
        kept = lean(other).cache.size_bytes()
        assert kept <= budget_bytes
        assert kept > budget_bytes // 2 or not budget_bytes
    # Those that are there stay: what comes takes what is left.
    fill(tmp_path / "full", 7, spec=LEAN)
    before = set(lean(tmp_path / "full").cache.keys())
    read(snapshot, tmp_path / "full", lean(tmp_path / "full").cache.size_bytes())
    assert set(lean(tmp_path / "full").cache.keys()) == before


def test_a_snapshot_of_before_makes_a_memory_as_it_was(tmp_path: Path) -> None:
    snapshot = (HERE / "chunks-format-3.mplus").read_bytes()
    read(snapshot, tmp_path / "new")
    assert not Home(tmp_path / "new").spec.lean
    assert findings(tmp_path / "new") == []


@pytest.fixture
def other_forms(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """A lean memory, and one of the same model that is not."""
    fill(tmp_path / "lean", 1, spec=LEAN)
    fill(tmp_path / "older", 1, spec=EIGHT)
    yield tmp_path / "lean", tmp_path / "older"


def test_forms_do_not_mix(other_forms: tuple[Path, Path]) -> None:
    new, older = other_forms
    before = [what_it_says(each) for each in other_forms]
    with pytest.raises(OtherModelError, match="is of a memory that is not lean") as raised:
        read(write(older), new)
    assert "mplus trim" in raised.value.hint
    with pytest.raises(OtherModelError, match="is of a lean memory") as raised:
        read(write(new), older)
    assert "mplus trim" in raised.value.hint
    assert [what_it_says(each) for each in other_forms] == before
