"""Vectors that are written again where a question reads a chunk that has none."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from mplus_cli import Memory
from mplus_cli.kinds import passes
from store.home import Home
from store.segments.lean import LeanSegments
from store.segments.quantized import Rows
from store.segments.vector_cache import VectorCache
from tests.faults import faults, full_disk
from tests.media import mounted

QUESTION = "What is the gate code?"
TEXTS = {"gate.txt": "Gate: 4417.", "pump.txt": "Pump: 450 W.", "roof.txt": "Roof: May."}
Open = Callable[..., Memory]


@pytest.fixture
def opened(world: Path, toys: dict[str, Path], toy_cache: Path) -> Open:
    def open_(vectors: str | int = "all", path: Path = world / "m") -> Memory:
        return Memory(path, model=str(toys["chunks"]), cache=toy_cache, vectors=vectors)

    return open_


@pytest.fixture
def memory(world: Path, opened: Open) -> Iterator[Memory]:
    for name, text in TEXTS.items():
        (world / name).write_text(text)
    with opened() as memory:
        memory.inject(*(world / name for name in TEXTS))
        yield memory


@pytest.fixture
def passes_of(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many chunks each pass through the model writes."""
    counts: list[int] = []
    write = passes.write_alone

    def counted(network: object, chunks: list[list[int]], as_kv: bool) -> object:
        counts.append(len(chunks))
        return write(network, chunks, as_kv)  # type: ignore[arg-type]

    monkeypatch.setattr(passes, "write_alone", counted)
    return counts


def vectors_bytes(memory: Memory) -> int:
    found = memory.status().vectors
    assert found is not None
    return found.bytes


def contents(memory: Path) -> dict[Path, bytes]:
    """All files but those in the cache and SQLite's own."""
    files = (each for each in memory.rglob("*") if each.is_file() and "cache" not in each.parts)
    return {file: file.read_bytes() for file in files if "index.db-" not in file.name}


def test_an_answer_is_the_same_without_vectors(memory: Memory, passes_of: list[int]) -> None:
    before, bytes_before = memory.ask(QUESTION, top=3), vectors_bytes(memory)
    state, files = memory.status().state_digest, contents(memory.path)
    assert not passes_of
    memory.trim()
    memory.close()
    again = memory.ask(QUESTION, top=3)
    assert (again.text, again.sources) == (before.text, before.sources)
    assert passes_of and sum(passes_of) <= memory.status().chunks
    assert vectors_bytes(memory) == bytes_before
    assert memory.status().state_digest == state
    assert contents(memory.path) == files
    memory.ask(QUESTION, top=3)
    assert sum(passes_of) <= memory.status().chunks


def test_the_first_passage_waits_for_no_other_and_these_are_written_together(
    memory: Memory, passes_of: list[int]
) -> None:
    memory.trim()
    memory.close()
    memory.ask(QUESTION, top=3)
    assert passes_of == [1, 2]


def test_what_is_written_again_is_what_was_there(memory: Memory) -> None:
    """Others in the batch change the last bits of what is computed: a step of 8 bits at most."""
    home = Home(memory.path)
    files = LeanSegments(home, home.spec).cache
    before = {key: files.get(key) for key in files.keys()}  # noqa: SIM118 - it is no mapping
    memory.trim()
    memory.close()
    memory.ask(QUESTION, top=3)
    now = LeanSegments(home, home.spec).cache
    assert len(before) == 3
    for key, rows in before.items():
        again = now.get(key)
        assert rows is not None and rows.scales is not None
        assert again is not None and again.scales is not None
        assert (again.numbers.int() - rows.numbers.int()).abs().max() <= 1
        torch.testing.assert_close(again.scales, rows.scales, rtol=2e-3, atol=0)


def test_the_budget_is_kept(memory: Memory, opened: Open, world: Path) -> None:
    one = vectors_bytes(memory) // 2
    memory.trim()
    with opened(one) as small:
        small.ask(QUESTION, top=3)
        assert 0 < vectors_bytes(small) <= one
        (world / "new.txt").write_text("The well is twelve metres deep. " * 4)
        small.inject(world / "new.txt")
        assert 0 < vectors_bytes(small) <= one


def test_none_are_kept_where_none_are_wanted(memory: Memory, opened: Open, world: Path) -> None:
    before = memory.ask(QUESTION).text
    with opened("none") as bare:
        assert bare.ask(QUESTION).text == before
        (world / "new.txt").write_text("The well is twelve metres deep.")
        bare.inject(world / "new.txt")
        assert vectors_bytes(bare) == 0
        after = bare.ask(QUESTION).text
        assert vectors_bytes(bare) == 0
    assert memory.ask(QUESTION).text == after


def test_a_damaged_file_is_written_again(memory: Memory) -> None:
    before = memory.ask(QUESTION, top=3).text
    for file in (memory.path / "cache").rglob("*.safetensors"):
        file.write_bytes(file.read_bytes()[:-1])
    memory.close()
    assert memory.ask(QUESTION, top=3).text == before
    assert memory.status().vectors.chunks == 3  # type: ignore[union-attr]


@pytest.mark.parametrize("at", range(6))
def test_a_full_disk_keeps_no_question_from_its_answer(
    at: int, memory: Memory, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, put = memory.ask(QUESTION, top=3, max_tokens=3).text, VectorCache.put

    def failing(cache: VectorCache, key: str, rows: Rows) -> bool:
        with faults(at, full_disk):
            return put(cache, key, rows)

    monkeypatch.setattr(VectorCache, "put", failing)
    memory.trim()
    with opened() as fresh:
        assert fresh.ask(QUESTION, top=3, max_tokens=3).text == before
    assert not list((memory.path / "cache").rglob(".new-*"))


def test_questions_go_on_while_vectors_are_removed(memory: Memory, opened: Open) -> None:
    before, trimming = memory.ask(QUESTION, top=3, max_tokens=3).text, threading.Event()

    def trim() -> None:
        with opened() as other:
            while not trimming.is_set():
                other.trim()

    beside = threading.Thread(target=trim)
    beside.start()
    try:
        for _ in range(10):
            with opened() as fresh:
                assert fresh.ask(QUESTION, top=3, max_tokens=3).text == before
    finally:
        trimming.set()
        beside.join()


def test_a_memory_on_a_read_only_medium_answers_without_vectors(
    memory: Memory, opened: Open, world: Path
) -> None:
    before = memory.ask(QUESTION, top=3).text
    memory.trim()
    memory.close()
    medium = world / "medium"
    medium.mkdir()
    with mounted(medium, "--bind", str(memory.path)) as permitted:
        if not permitted:
            pytest.skip("no mounts here")
        with mounted(medium, "-o", "remount,bind,ro"), opened(path=medium) as there:
            assert there.ask(QUESTION, top=3).text == before
            assert vectors_bytes(there) == 0
