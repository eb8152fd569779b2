"""A memory of slots that mplus wrote in the first days of format 5, and its snapshot."""

import hashlib
import json
import shutil
import tarfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save

from mplus_cli import Memory
from mplus_cli.model.prepared import catalog
from store.home import Home
from tests.archive.make_chunks import HERE, QUESTION, TEXTS
from tests.archive.make_slots import SLOTS, unpack_model, weights
from tests.store.made import last_state

EXPECTED = json.loads((HERE / f"{SLOTS}.json").read_text())


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the model lies, prepared, and the memory as it was."""
    folder = tmp_path_factory.mktemp("kept")
    unpack_model(folder)
    with tarfile.open(HERE / f"{SLOTS}.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    model = str(folder / "checkpoint")
    catalog.pull(model, folder / "cache", None, False, lambda done, of: None)
    return folder


@pytest.fixture
def memory(kept: Path, world: Path) -> Iterator[Memory]:
    """As it was kept, in a folder of the test's own."""
    shutil.copytree(kept / "memory", world / "memory")
    with Memory(world / "memory", model=str(kept / "checkpoint"), cache=kept / "cache") as opened:
        yield opened


def answers_as_before(memory: Memory) -> bool:
    answer = memory.ask(QUESTION, max_tokens=4)
    same = weights(answer) == pytest.approx(EXPECTED["sources"], abs=1e-3)
    return answer.text == EXPECTED["answer"] and same


def holds_what_it_held(path: Path) -> bool:
    """Whether the slots are those that it had, but for the last bits of products."""
    (matrix,) = last_state(path).matrices
    told = [matrix.usage, *matrix.slots]
    expected = [np.fromstring(each, sep=" ") for each in (EXPECTED["usage"], *EXPECTED["slots"])]
    return all(np.allclose(*each, rtol=0, atol=1e-5) for each in zip(told, expected, strict=True))


def test_it_is_asked_as_before(memory: Memory, world: Path) -> None:
    status = memory.status()
    assert (status.identity, status.state_digest) == (EXPECTED["identity"], EXPECTED["state"])
    assert [Path(each.path).name for each in memory.documents()] == EXPECTED["documents"]
    log = [f"{each.command} {each.vectors_in} {each.vectors_out}" for each in memory.generations()]
    assert log == EXPECTED["log"]
    assert holds_what_it_held(world / "memory")
    assert answers_as_before(memory)
    assert memory.at("three").ask(QUESTION, max_tokens=4).text
    assert memory.verify(read_data=True, replay=True).whole


def test_its_states_are_read_though_they_vouch_for_all_that_they_hold(
    memory: Memory, world: Path
) -> None:
    for file in Home(world / "memory").states():
        arrays = load_file(file)
        vouched = arrays.pop("sha256").tobytes()
        assert vouched == hashlib.sha256(save(arrays)).digest()
    shutil.rmtree(world / "memory" / "segments")  # of which they would be made anew
    assert answers_as_before(memory)
    assert holds_what_it_held(world / "memory")


def test_one_of_them_that_is_damaged_is_made_anew(memory: Memory, world: Path) -> None:
    file = Home(world / "memory").state(EXPECTED["state"])
    content = bytearray(file.read_bytes())
    content[-500] ^= 1
    file.write_bytes(content)
    (found,) = memory.verify().findings
    assert found.mend == "mplus gc"
    assert answers_as_before(memory)
    memory.gc()
    assert memory.verify(read_data=True, replay=True).whole


def test_it_is_changed_and_goes_back(memory: Memory, world: Path) -> None:
    Path("lamp.txt").write_text("The lamp is on the left. " * 6)
    memory.inject("lamp.txt")
    assert memory.status().state_digest != EXPECTED["state"]
    memory.forget("lamp.txt", erase=True)
    assert memory.status().state_digest == EXPECTED["state"]
    memory.rollback("three")
    names = [Path(each.path).name for each in memory.documents()]
    assert names == ["gate.txt", "pump.txt", "roof.txt"]
    memory.forget("pump.txt")
    assert memory.status().state_digest == EXPECTED["state"]
    memory.gc(keep_last=1)
    assert memory.verify(read_data=True, replay=True).whole
    assert holds_what_it_held(world / "memory") and answers_as_before(memory)


def test_its_snapshot_makes_the_same_memory(kept: Path, memory: Memory, world: Path) -> None:
    opened = partial(Memory, model=str(kept / "checkpoint"), cache=kept / "cache")
    with opened(world / "other") as other:
        other.import_(HERE / f"{SLOTS}.mplus")
        assert other.generations() == memory.generations()
        assert other.verify(read_data=True, replay=True).whole
        assert holds_what_it_held(world / "other") and answers_as_before(other)
    assert memory.import_(HERE / f"{SLOTS}.mplus").generations == 0


def test_the_same_model_writes_the_same_today(kept: Path, memory: Memory, world: Path) -> None:
    """Rows of today, in a memory of another history, are those of the archive."""
    with Memory(world / "new", model=str(kept / "checkpoint"), cache=kept / "cache") as new:
        for name in EXPECTED["documents"]:
            Path(name).write_text(TEXTS[name])
            new.inject(name)
        assert new.status().state_digest == EXPECTED["state"]
    assert holds_what_it_held(world / "new")
