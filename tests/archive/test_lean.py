"""A lean memory that the first mplus with format 4 made, and its snapshots."""

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mplus_cli import Memory
from store.home import Home
from tests.archive.make_chunks import HERE, QUESTION
from tests.archive.make_lean import LEAN
from tests.archive.test_chunks import kept

EXPECTED = json.loads((HERE / f"{LEAN}.json").read_text())
__all__ = ["kept"]  # a fixture


@pytest.fixture
def memory(kept: Path, world: Path) -> Iterator[Memory]:
    """As it was kept, in a folder of the test's own."""
    with tarfile.open(HERE / f"{LEAN}.tar.xz") as archive:
        archive.extractall(world, filter="data")
    with Memory(world / "memory", model=str(kept / "checkpoint"), cache=kept / "cache") as opened:
        yield opened


def test_it_is_asked_without_vectors_and_changed(memory: Memory, world: Path) -> None:
    assert Home(world / "memory").spec.lean and memory.verify(read_data=True).whole
    status = memory.status()
    assert (status.identity, status.state_digest) == (EXPECTED["identity"], EXPECTED["state"])
    assert memory.ask(QUESTION, among="gate.txt", max_tokens=4).text == EXPECTED["answer"]
    assert memory.at("three").ask(QUESTION, among="gate.txt", max_tokens=4).text
    Path("lamp.txt").write_text("The lamp is on the left. " * 6)
    memory.inject("lamp.txt")
    memory.forget("lamp.txt", erase=True)
    assert memory.status().state_digest == EXPECTED["state"]
    assert memory.verify(read_data=True, replay=True).whole
    assert memory.ask(QUESTION, among="gate.txt", max_tokens=4).text == EXPECTED["answer"]


@pytest.mark.parametrize("name", [LEAN, f"{LEAN}-vectors"])
def test_its_snapshots_make_the_same_memory(
    kept: Path, memory: Memory, world: Path, name: str
) -> None:
    model = str(kept / "checkpoint")
    with Memory(world / "other", model=model, cache=kept / "cache") as other:
        other.import_(HERE / f"{name}.mplus")
        assert other.generations() == memory.generations()
        assert other.verify(read_data=True, replay=True).whole
        assert other.ask(QUESTION, among="gate.txt", max_tokens=4).text == EXPECTED["answer"]
    assert memory.import_(HERE / f"{name}.mplus").generations == 0
