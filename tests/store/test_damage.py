"""Every damaged file is found, and none is read as an empty or another memory."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from store.change import change
from store.errors import MplusError
from store.home import Home
from store.index.schema import seal_generation
from store.index.writer import IndexWriter
from store.kinds.slots import SlotState
from store.state_files import read_state
from tests.store.made import SLOTS, SPEC, add, findings, forget, what_it_says
from tests.visits import visited


@pytest.fixture(scope="module", params=[SPEC, SLOTS], ids=["mplus", "slots"])
def whole(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    path = tmp_path_factory.mktemp("damage") / "memory"
    for document in (1, 2, 3):
        with change(path, "inject", 1, create=request.param) as opened:
            add(opened, document, (6, document))
            opened.commit()
    with change(path, "forget", 1) as opened:
        forget(opened, 2)
        opened.commit()
        opened.index.set_tag("here", 2)
    assert findings(path) == []
    return path


@pytest.fixture
def memory(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "memory"))


KINDS = {
    "memory.json": "memory.json",
    "index.db": "index.db",
    "segment": "segments/*/*",
    "state": "states/*",
}


def files(memory: Path, kind: str) -> list[Path]:
    return sorted(memory.glob(KINDS[kind]))


def flips(size: int, kind: str) -> Iterator[tuple[int, int]]:
    """Places and bits: all of the first and last bytes, and a sample of what lies between."""
    stride = {"index.db": 307, "segment": 13, "state": 13, "memory.json": 1}[kind]
    places = sorted(
        {*range(0, size, stride), *range(min(size, 16)), *range(max(0, size - 4), size)}
    )
    yield from ((place, 1 << (number % 8)) for number, place in enumerate(places))


def is_found(memory: Path) -> bool:
    """Whether verify finds something; what can't even be opened is found, too."""
    try:
        return bool(findings(memory))
    except MplusError:
        return True


def is_misread(memory: Path, original: list[object]) -> bool:
    """Whether a reader is given something else than what was there, and no error."""
    try:
        return what_it_says(memory) != original
    except MplusError:
        return False


@pytest.mark.parametrize("kind", KINDS)
def test_flipped_bits_are_found_or_mean_nothing(
    memory: Path, kind: str, record_property: Callable[[str, object], None]
) -> None:
    if kind == "index.db" and Home(memory).spec.recurrent:
        pytest.skip("the index is the same for all kinds")
    original = what_it_says(memory)
    tried = found = 0
    for number, file in enumerate(files(memory, kind)[:2]):
        content = file.read_bytes()
        some = list(flips(len(content), kind))
        for place, bit in (some[at] for at in visited(len(some), 3, number)):
            file.write_bytes(content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :])
            tried += 1
            if is_found(memory):
                found += 1
            else:
                # Bytes of an SQLite page that no record uses, or white space of JSON: all that it
                # says is the same.
                assert kind == "index.db", (file, place)
                assert what_it_says(memory) == original, place
            for left in memory.glob("index.db-*"):
                left.unlink()
        file.write_bytes(content)
    assert found > 0.9 * tried or kind == "index.db"
    assert tried > 30
    record_property("flips", f"{kind}: {found} of {tried} found, the others without any effect")
    assert findings(memory) == []


@pytest.mark.parametrize("kind", KINDS)
def test_truncated_and_missing_files_are_found_and_never_read(memory: Path, kind: str) -> None:
    original = what_it_says(memory)
    for file in files(memory, kind):
        content = file.read_bytes()
        for size in (0, 1, len(content) // 2, len(content) - 1, None):
            if size is None:
                file.unlink()
            else:
                file.write_bytes(content[:size])
            same = size == len(content) - 1 and kind in (
                "memory.json",
                "index.db",
            )  # where that byte says nothing
            assert is_found(memory) or (same and what_it_says(memory) == original), (file, size)
            assert kind == "segment" or not is_misread(memory, original), (file, size)
            for left in memory.glob("index.db-*"):
                left.unlink()
            file.write_bytes(content)


def test_a_memory_that_lost_its_description_is_not_made_anew(memory: Path) -> None:
    (memory / "memory.json").unlink()
    with pytest.raises(MplusError) as raised, change(memory, "inject", 1, create=SPEC):
        pass
    assert raised.value.exit_code == 20


def test_an_emptied_index_is_not_made_anew(memory: Path) -> None:
    (memory / "index.db").write_bytes(b"")
    with pytest.raises(MplusError) as raised, change(memory, "inject", 1, create=SPEC):
        pass
    assert raised.value.exit_code == 20


def test_a_state_of_another_generation_is_found_by_replay_alone(memory: Path) -> None:
    """Whole files that say the wrong thing of the right journal."""
    with closing(IndexWriter.open(Home(memory))) as index:
        generation, home = index.generation(), Home(memory)
        assert generation is not None
        wrong = another_state(read_state(home, index, generation, home.spec))
        home.state(wrong.digest).write_bytes(wrong.to_bytes())
        index._db.execute(
            "UPDATE generations SET state = ? WHERE id = ?", [wrong.digest, generation.id]
        )
        index._db.conn.commit()
        seal_generation(index._db, index.generation())  # type: ignore[arg-type]
    assert findings(memory, replay=False) == []
    (found,) = findings(memory)
    assert "folding its journal again gives another state" in found.wrong


def another_state(state: Any) -> Any:
    """With the pool of another order, or a slot that holds something else."""
    if isinstance(state, SlotState):
        slots = state.matrices[0].slots.copy()
        slots[0, 0] += 1e-4
        return replace(state, matrices=(replace(state.matrices[0], slots=slots),))
    pool = state.pool.copy()
    free = np.setdiff1d(np.arange(state.born), pool[0])
    pool[0] = np.sort(np.append(pool[0][1:], free[:1]))
    return replace(state, pool=pool)
