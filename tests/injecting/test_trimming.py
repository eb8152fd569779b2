"""Room made by `mplus trim`: a memory that an older mplus made becomes lean."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from mplus_cli import Memory
from mplus_cli.chunking import chunks
from store.errors import MplusError
from store.home import Home
from tests.faults import Steps, faults, full_disk, in_child, killed
from tests.visits import visited

TEXTS = {
    "gate.txt": "The gate code is 4417.",
    "pump.txt": "The pump draws 450 watts. " * 20,
    "roof.txt": "The roof was mended in May. " * 20,
}


def opened(world: Path, toys: dict[str, Path], toy_cache: Path, name: str = "m") -> Memory:
    return Memory(world / name, model=str(toys["chunks"]), cache=toy_cache, lock_timeout_s=1)


@pytest.fixture
def old(
    world: Path, toys: dict[str, Path], toy_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A memory whose vectors are part of it, with a history."""
    with monkeypatch.context() as patch:
        patch.setattr("mplus_cli.engine._lean", lambda config: {})
        with opened(world, toys, toy_cache) as memory:
            for name, text in TEXTS.items():
                (world / name).write_text(text)
                memory.inject(world / name)
            memory.tag("three")
            (world / "roof.txt").write_text(TEXTS["roof.txt"] + "The roof leaks again.")
            memory.update()
            memory.forget(world / "pump.txt")
    assert not Home(world / "m").spec.lean
    return world / "m"


def is_whole(memory: Path) -> bool:
    with Memory(memory) as looked:
        return looked.verify(read_data=True, replay=True).whole


def contents(memory: Path) -> dict[str, bytes]:
    """The files of a memory but its locks, SQLite's own and the cache."""
    return {
        str(file): file.read_bytes()
        for file in memory.rglob("*")
        if file.is_file()
        and file.suffix
        and not {"cache"} & set(file.parts)
        and file.name not in ("index.db-wal", "index.db-shm")
    }


def said(memory: Memory) -> list[object]:
    """What a memory answers and says of its documents and history."""
    generations = [
        (each.id, each.command, each.added, each.changed, each.removed, each.tags)
        for each in memory.generations()
    ]
    asked = [memory.at(at).ask("What is the gate code?", max_tokens=4) for at in ("last", "three")]
    return [
        generations,
        [(each.id, each.path, each.sha256, each.chunks) for each in memory.documents()],
        [(each.text, each.sources[0].path) for each in asked],
        [each.path for each in memory.search("roof pump")],
    ]


def test_trim_makes_an_older_memory_lean(
    old: Path, world: Path, toys: dict[str, Path], toy_cache: Path
) -> None:
    with opened(world, toys, toy_cache) as memory:
        before, bytes_before = said(memory), memory.status().bytes
        done = memory.trim()
        assert Home(old).spec.lean
        assert done.chunks > 4 and done.files >= done.chunks and done.left_bytes == 0
        assert memory.status().bytes < bytes_before
        assert not list((old / "segments").rglob("*.safetensors"))
        assert not list((old / "states").iterdir())
        assert said(memory) == before
        assert is_whole(old)
        memory.rollback("three")
        (world / "new.txt").write_text("The well is 12 metres deep.")
        assert memory.inject(world / "new.txt").added
        again = memory.trim()
        assert (again.chunks, again.left_bytes) == (0, 0)
        assert is_whole(old)


def test_it_is_what_a_lean_memory_would_be(
    old: Path, world: Path, toys: dict[str, Path], toy_cache: Path
) -> None:
    with opened(world, toys, toy_cache) as memory:
        memory.trim()
        with opened(world, toys, toy_cache, "new") as new:
            new.inject(*(each.path for each in memory.documents()))
            assert new.status().state_digest == memory.status().state_digest


def test_vectors_of_the_last_chunks_are_kept(
    old: Path, world: Path, toys: dict[str, Path], toy_cache: Path
) -> None:
    with opened(world, toys, toy_cache) as memory:
        done = memory.trim("1GB")
        kept = memory.status().vectors
        assert kept is not None
        assert (kept.chunks, kept.bytes) == (memory.status().chunks, done.left_bytes)
        assert memory.trim(0).bytes == kept.bytes
        assert memory.trim(0).files == 0


def test_what_was_cut_otherwise_is_named_and_nothing_changes(
    old: Path, world: Path, toys: dict[str, Path], toy_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "_BOUNDARIES", chunks._BOUNDARIES[-1:])
    monkeypatch.setattr("mplus_cli.injecting.plan.CHUNKER_VERSION", 0)
    before = contents(old)
    with opened(world, toys, toy_cache) as memory:
        with pytest.raises(MplusError) as raised:
            memory.trim()
        assert "roof.txt" in raised.value.message
        assert "mplus update" in raised.value.hint and "mplus tag -d" in raised.value.hint
        assert contents(old) == before
        memory.update()
        with pytest.raises(MplusError) as raised:
            memory.trim()
        assert "mplus update" not in raised.value.hint
        memory.untag("three")
        memory.gc(keep_last=1)
        memory.trim()
        assert Home(old).spec.lean


def test_vectors_that_are_the_memory_stay(
    world: Path, toys: dict[str, Path], toy_cache: Path
) -> None:
    (world / "a.txt").write_text(TEXTS["pump.txt"])
    with Memory(world / "m", model=str(toys["mplus"]), cache=toy_cache) as memory:
        memory.inject(world / "a.txt")
        with pytest.raises(MplusError, match="can't be made again"):
            memory.trim()
        assert memory.status().vectors is None


def test_an_empty_memory(
    world: Path, toys: dict[str, Path], toy_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch, opened(world, toys, toy_cache) as memory:
        patch.setattr("mplus_cli.engine._lean", lambda config: {})
        (world / "a.txt").write_text(TEXTS["gate.txt"])
        memory.inject(world / "a.txt")
        memory.forget(world / "a.txt", erase=True)
    with opened(world, toys, toy_cache) as memory:
        memory.trim()
        assert memory.inject(world / "a.txt").added
        assert is_whole(world / "m")


@pytest.mark.parametrize("fault", [full_disk, killed])
def test_a_fault_at_every_step(
    fault: Callable[[], None],
    world: Path,
    toys: dict[str, Path],
    toy_cache: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever happens the memory is as it was or lean, and the next call ends it."""
    with monkeypatch.context() as patch, opened(world, toys, toy_cache) as memory:
        patch.setattr("mplus_cli.engine._lean", lambda config: {})
        (world / "a.txt").write_text("The pump draws 450 watts. " * 3)
        memory.inject(world / "a.txt")
        before = memory.ask("How much does the pump draw?", max_tokens=3).text
    shutil.copytree(world / "m", world / "first")
    steps = trimmed(opened(world, toys, toy_cache, "first"), None, fault)
    for at in visited(steps.count, 7, beside=steps.around_commits):
        copy = world / f"m{at}"
        shutil.copytree(world / "m", copy)
        with opened(world, toys, toy_cache, copy.name) as memory:
            if fault is killed:
                assert in_child(partial(trimmed, memory, at, fault)) < 0
            else:
                with suppress(MplusError, OSError):  # what is no part of the work may fail
                    trimmed(memory, at, fault)
            assert is_whole(copy)
            assert memory.ask("How much does the pump draw?", max_tokens=3).text == before
            memory.trim()
        assert Home(copy).spec.lean and is_whole(copy)
        assert not list((copy / "segments").rglob("*.safetensors"))
        shutil.rmtree(copy)


def trimmed(memory: Memory, at: int | None, fault: Callable[[], None]) -> Steps:
    """Trim it, with a fault at one step; the steps that there were."""
    with memory, faults(at, fault) as steps:
        memory.trim()
    return steps
