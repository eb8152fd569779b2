"""Snapshots: out and in again bit for bit, merged, in parts."""

from pathlib import Path

import pytest
import zstandard

from store.change import change
from store.errors import MplusError
from store.home import Home
from store.spec import Spec
from tests.store.made import SLOTS, SPEC, add, findings, last_state, what_it_says
from tests.store.snapshots import drop, fill, read, write


@pytest.fixture(params=[SPEC, SLOTS], ids=["mplus", "slots"])
def spec(request: pytest.FixtureRequest) -> Spec:
    found: Spec = request.param
    return found


@pytest.fixture
def memory(tmp_path: Path, spec: Spec) -> Path:
    fill(tmp_path / "memory", 1, 2, 3, spec=spec)
    drop(tmp_path / "memory", 2)
    with change(tmp_path / "memory", "tag", 1) as opened:
        opened.index.set_tag("both", 2)
    return tmp_path / "memory"


def paths(memory: Path) -> list[str]:
    home = Home(memory)
    with change(memory, "look", 1) as opened:
        assert opened.home.spec == home.spec
        return [document.path for document in opened.documents]


def test_out_and_in_and_out_again_is_the_same(memory: Path, tmp_path: Path) -> None:
    snapshot = write(memory)
    done = read(snapshot, tmp_path / "other")
    assert (done.generation, done.generations, done.documents) == (4, 4, ["1", "3"])
    assert done.versions == 3
    assert what_it_says(tmp_path / "other") == what_it_says(memory)
    assert findings(tmp_path / "other") == []
    assert write(tmp_path / "other") == snapshot


def test_a_second_import_changes_nothing(memory: Path, tmp_path: Path) -> None:
    read(write(memory), tmp_path / "other")
    before = what_it_says(tmp_path / "other")
    done = read(write(memory), tmp_path / "other")
    assert (done.generations, done.documents, done.mended) == (0, [], 0)
    assert what_it_says(tmp_path / "other") == before


def test_what_is_new_since_a_generation(memory: Path, tmp_path: Path, spec: Spec) -> None:
    whole = write(memory)
    read(whole, tmp_path / "other")
    fill(memory, 5, spec=spec)
    part = write(memory, since=4)
    assert len(part) < len(write(memory)) * 0.8
    done = read(part, tmp_path / "other")
    assert (done.generation, done.generations, done.documents) == (5, 1, ["5"])
    assert write(tmp_path / "other") == write(memory)


def test_a_part_without_the_rest_is_refused(memory: Path, tmp_path: Path) -> None:
    with pytest.raises(MplusError, match="only what is new since generation 4"):
        read(write(memory, since=4), tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_documents_of_another_memory_are_appended(memory: Path, tmp_path: Path, spec: Spec) -> None:
    other, plain = tmp_path / "other", tmp_path / "plain"
    fill(other, 4, 3, spec=spec)
    done = read(write(memory), other)
    assert (done.generations, done.documents, done.unchanged) == (0, ["1"], 1)
    assert paths(other) == ["4", "3", "1"]
    fill(plain, 4, 3, 1, spec=spec)
    assert last_state(other).to_bytes() == last_state(plain).to_bytes()
    assert findings(other) == []


def test_an_import_mends_damaged_and_missing_segments(memory: Path, spec: Spec) -> None:
    snapshot, before = write(memory), what_it_says(memory)
    damaged, missing, *_ = sorted(memory.glob("segments/*/*"))
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"!")
    missing.unlink()
    assert len(findings(memory)) == 2
    assert read(snapshot, memory).mended == 2
    assert (findings(memory), what_it_says(memory)) == ([], before)
    # It went on by itself: now it is another history, and its files are mended all the same.
    fill(memory, 6, spec=spec)
    damaged.write_bytes(b"")
    assert read(snapshot, memory).mended == 1
    assert findings(memory) == []


def test_without_text_no_passage_leaves_the_house(memory: Path, tmp_path: Path) -> None:
    snapshot = write(memory, text=False)
    content = zstandard.ZstdDecompressor().stream_reader(snapshot).read()
    assert b"document 1 chunk 0" not in content
    assert b"document 1 chunk 0" in zstandard.ZstdDecompressor().stream_reader(write(memory)).read()
    read(snapshot, tmp_path / "other")
    assert findings(tmp_path / "other") == []
    assert last_state(tmp_path / "other").to_bytes() == last_state(memory).to_bytes()
    assert write(tmp_path / "other", text=False) == snapshot


def test_another_models_snapshot_is_refused_by_name(memory: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    other = tmp_path / "other"
    with change(
        other, "inject", 1, create=replace(SPEC, model="another", identity="1" * 64)
    ) as opened:
        add(opened, 1, (3,))
        opened.commit()
    before = what_it_says(other)
    with pytest.raises(MplusError, match="another") as raised:
        read(write(memory), other)
    assert raised.value.exit_code == 21
    assert what_it_says(other) == before


def test_an_export_of_a_damaged_memory_says_which_file(memory: Path) -> None:
    file = sorted(memory.glob("segments/*/*"))[0]
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    with pytest.raises(MplusError, match=file.name) as raised:
        write(memory)
    assert raised.value.exit_code == 20
