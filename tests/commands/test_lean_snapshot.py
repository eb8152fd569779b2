"""`mplus export` and `import` of a lean memory, whose vectors need not go along."""

from pathlib import Path

import pytest

from mplus_cli import Memory
from tests.conftest import Run

ASKED = ("ask", "What is the gate code?", "--in", "gate.txt", "-n", "4", "--json")


@pytest.fixture
def lean(mplus: Run, world: Path, toys: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("MPLUS_MODEL", str(toys["chunks"]))
    (world / "gate.txt").write_text("The gate code is 4417. " * 9)
    (world / "pump.txt").write_text("The pump draws 450 watts. " * 9)
    for name in ("gate.txt", "pump.txt"):
        assert mplus("inject", name).code == 0
    return mplus


def vectors(memory: Path) -> list[str]:
    return sorted(file.name for file in memory.glob("cache/vectors-*/*/*.safetensors"))


@pytest.mark.parametrize("options", [(), ("--vectors",), ("--no-text",)], ids=str)
def test_the_imported_memory_answers_the_same(
    lean: Run, world: Path, options: tuple[str, ...]
) -> None:
    other, here = world / "other", world.parent / "memory"
    answer = lean(*ASKED).json["answer"]
    assert lean("export", "m.snapshot", *options).code == 0
    ran = lean("import", "m.snapshot", "-M", other)
    assert ran.code == 0, ran.err
    assert vectors(other) == (vectors(here) if "--vectors" in options else [])
    assert lean("verify", "--read-data", "--replay", "-M", other).code == 0
    assert lean(*ASKED, "-M", other).json["answer"] == answer


def test_without_room_for_vectors_none_come(
    lean: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lean("export", "m.snapshot", "--vectors")
    monkeypatch.setenv("MPLUS_VECTORS", "none")
    assert lean("import", "m.snapshot", "-M", world / "other").code == 0
    assert vectors(world / "other") == []


def test_in_python(lean: Run, world: Path) -> None:
    here = Memory(world.parent / "memory")
    bare = here.export(world / "bare.snapshot")
    assert here.export(world / "full.snapshot", vectors=True).members > bare.members
    other = Memory(world / "other")
    assert other.import_(world / "full.snapshot").generations == 2
    assert vectors(world / "other") == vectors(world.parent / "memory") != []
    assert other.export(world / "again.snapshot").digest == bare.digest


def test_a_damaged_segment_is_named(lean: Run, world: Path) -> None:
    [file] = world.parent.glob("memory/packs/*/*/ids")
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    ran = lean("export", "m.snapshot", "--json")
    assert (ran.code, ran.error["code"]) == (20, "damaged")
    assert "the segment " in ran.error["message"]
    assert not (world / "m.snapshot").exists()


def test_ids_that_the_model_does_not_know_are_damage(
    lean: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A snapshot may have any ids: the store knows no vocabulary."""
    assert lean("trim").code == 0
    monkeypatch.setattr("store.segments.lean.as_ids", lambda content, id_bytes: [60_000] * 20)
    ran = lean(*ASKED)
    assert (ran.code, ran.error["code"]) == (20, "damaged")
