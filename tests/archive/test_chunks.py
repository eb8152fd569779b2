"""A memory of whole chunks that mplus wrote before format 4, with files of vectors and states: it
goes on as it is.
"""

import json
import tarfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from mplus_cli import Memory
from mplus_cli.model.prepared import catalog
from store.errors import MplusError
from store.home import Home
from tests.archive.make_chunks import HERE, NAME, QUESTION

EXPECTED = json.loads((HERE / f"{NAME}.json").read_text())


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the model lies, prepared."""
    folder = tmp_path_factory.mktemp("kept")
    with tarfile.open(HERE / f"{NAME}.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    checkpoint = str(folder / "checkpoint")
    catalog.pull(checkpoint, folder / "cache", None, False, lambda done, of: None)
    return folder


@pytest.fixture
def memory(kept: Path, world: Path) -> Iterator[Memory]:
    """As it was kept, in a folder of the test's own."""
    with tarfile.open(HERE / f"{NAME}.tar.xz") as archive:
        members = [each for each in archive if each.name.partition("/")[0] == "memory"]
        archive.extractall(world, members, filter="data")
    model = str(kept / "checkpoint")
    with Memory(world / "memory", model=model, cache=kept / "cache") as opened:
        yield opened


def test_it_is_asked_as_before(memory: Memory) -> None:
    memory.gc()  # brings its index up to date
    assert memory.status().identity == EXPECTED["identity"]
    assert memory.status().state_digest == EXPECTED["state"]
    assert memory.ask(QUESTION, among="gate.txt", max_tokens=4).text == EXPECTED["answer"]
    assert memory.at("three").ask(QUESTION, among="gate.txt", max_tokens=4).text
    assert memory.verify(read_data=True, replay=True).whole


def test_it_is_changed_and_stays_what_it_is(memory: Memory, world: Path) -> None:
    before = Home(world / "memory").spec
    Path("lamp.txt").write_text("The lamp is on the left. " * 6)
    memory.inject("lamp.txt")
    memory.forget("lamp.txt")
    assert memory.status().state_digest == EXPECTED["state"]
    memory.rollback("three")
    names = [Path(each.path).name for each in memory.documents()]
    assert names == ["gate.txt", "pump.txt", "roof.txt"]
    assert memory.verify(read_data=True, replay=True).whole
    after = Home(world / "memory")
    assert after.spec == before and not after.spec.lean and after.current
    memory.gc(keep_last=1)
    assert memory.verify(read_data=True, replay=True).whole
    assert memory.ask(QUESTION, among="gate.txt", max_tokens=4).text == EXPECTED["answer"]


@pytest.mark.parametrize("size", [0, "1GB"])
def test_a_trim_makes_it_lean(memory: Memory, world: Path, size: str | int) -> None:
    assert memory.trim(size).chunks
    assert Home(world / "memory").spec.lean and not any(Home(world / "memory").states())
    assert [(each.command, each.documents, each.tags) for each in memory.generations()] == [
        ("forget", 2, ()),
        ("inject", 3, ("three",)),
        ("inject", 2, ()),
        ("inject", 1, ()),
    ]
    for at in ("last", "three"):
        found = memory.at(at).ask(QUESTION, among="gate.txt", max_tokens=4)
        assert found.text == EXPECTED["answer"]
    assert memory.verify(read_data=True, replay=True).whole
    memory.rollback("three")
    assert [Path(each.path).name for each in memory.documents()][1] == "pump.txt"


def test_its_snapshot_makes_the_same_memory(kept: Path, memory: Memory, world: Path) -> None:
    memory.gc()  # brings its index up to date
    model = str(kept / "checkpoint")
    memory.gc()  # brings its index up to date
    with Memory(world / "other", model=model, cache=kept / "cache") as other:
        other.import_(HERE / f"{NAME}.mplus")
        assert other.generations() == memory.generations()
        assert other.verify(read_data=True, replay=True).whole
        assert other.ask(QUESTION, among="gate.txt", max_tokens=4).text == EXPECTED["answer"]
    assert memory.import_(HERE / f"{NAME}.mplus").generations == 0


def test_the_same_model_makes_lean_ones_today(kept: Path, world: Path) -> None:
    model = str(kept / "checkpoint")
    Path("gate.txt").write_text("The gate code is 4417.")
    with Memory(world / "new", model=model, cache=kept / "cache") as memory:
        memory.inject("gate.txt")
        answer = memory.ask(QUESTION, max_tokens=4)
        assert (answer.text, memory.status().identity) == (EXPECTED["answer"], EXPECTED["identity"])
        assert memory.verify(read_data=True, replay=True).whole
    assert Home(world / "new").spec.lean and not any(Home(world / "new").states())


def test_its_snapshot_comes_into_a_lean_memory_by_way_of_trim(kept: Path, world: Path) -> None:
    model = str(kept / "checkpoint")
    Path("lamp.txt").write_text("The lamp is on the left. " * 6)
    opened = partial(Memory, model=model, cache=kept / "cache")
    with opened(world / "lean") as lean, opened(world / "between") as between:
        lean.inject("lamp.txt")
        with pytest.raises(MplusError, match="not lean") as raised:
            lean.import_(HERE / f"{NAME}.mplus")
        assert "mplus trim" in raised.value.hint
        between.import_(HERE / f"{NAME}.mplus")
        lean.export("lean.snapshot")
        with pytest.raises(MplusError, match="is of a lean memory") as raised:
            between.import_("lean.snapshot")
        assert "mplus trim" in raised.value.hint
        between.trim()
        between.export("between.snapshot")
        lean.import_("between.snapshot")
        names = [Path(each.path).name for each in lean.documents()]
        assert names == ["lamp.txt", "gate.txt", "roof.txt"]
        assert lean.verify(read_data=True, replay=True).whole
        assert lean.ask(QUESTION, among="gate.txt", max_tokens=4).text == EXPECTED["answer"]
