"""Commands that need no model, on a memory that is a matrix of slots."""

from pathlib import Path

import pytest

from mplus_cli import Memory
from store.home import Home
from tests.conftest import Run
from tests.store.made import SLOTS, last_state
from tests.store.snapshots import drop, fill


@pytest.fixture
def memory(world: Path) -> Path:
    path = world / "memory"
    fill(path, 1, 2, 3, spec=SLOTS)
    return path


def test_status_and_ls_tell_what_slots_hold(memory: Path, mplus: Run) -> None:
    told = mplus("status", "-M", memory, "--json").json
    assert (told["slots"], told["pool_capacity"], told["vectors"]) == (SLOTS.slots, 0, None)
    assert 0 < told["slots_used"] <= SLOTS.slots
    assert told["state_digest"] == last_state(memory).digest
    text = mplus("status", "-M", memory).out
    assert f"{told['slots_used']} of {SLOTS.slots} are in use" in text
    assert "mplus trim" not in text and "chunks are read" not in text
    rows = mplus("ls", "-M", memory, "--json").json
    assert all(0 <= row["slots"] <= SLOTS.slots for row in rows)
    assert sum(row["slots"] for row in rows) <= SLOTS.slots
    assert "slots" in mplus("ls", "-M", memory).out
    page = memory.parent / "page.html"
    mplus("status", "-M", memory, "--html", page)
    assert f"of {SLOTS.slots} are in use" in page.read_text()


def test_diff_tells_what_came_and_went(memory: Path, mplus: Run) -> None:
    drop(memory, 1)
    found = mplus("diff", "3", "4", "-M", memory, "--json").json
    changes = {row["path"]: row for row in found["documents"]}
    assert changes["1"]["change"] == "removed" and changes["1"]["slots"][1] == 0
    assert found["slots"] == [Memory(memory).diff(3, 4).slots[0], found["slots"][1]]
    assert "slots" in mplus("diff", "3", "4", "-M", memory).out


def test_log_counts_rows(memory: Path, mplus: Run) -> None:
    drop(memory, 1)
    gone, *_, first = mplus("log", "-M", memory, "--json").json
    assert (gone["piece"], gone["vectors_in"], gone["vectors_out"]) == ("row", 0, 7)
    assert (first["piece"], first["vectors_in"]) == ("row", 7)
    told = mplus("log", "-M", memory).out
    assert "0 rows in, 7 out" in told and "vector" not in told


def test_gc_makes_a_lost_state_anew(memory: Path, mplus: Run) -> None:
    file = Home(memory).state(last_state(memory).digest)
    content = file.read_bytes()
    file.unlink()
    ran = mplus("verify", "--replay", "-M", memory)
    assert ran.code == 20 and "mplus gc" in ran.out + ran.err
    assert mplus("gc", "-M", memory).code == 0
    assert file.read_bytes() == content
    assert mplus("verify", "--read-data", "--replay", "-M", memory).code == 0


def test_forgetting_and_going_back_need_no_model(memory: Path, mplus: Run) -> None:
    before = last_state(memory).to_bytes()
    assert mplus("forget", "2", "-M", memory).code == 0
    fill(memory.parent / "other", 1, 3, spec=SLOTS)
    assert last_state(memory).to_bytes() == last_state(memory.parent / "other").to_bytes()
    assert mplus("rollback", "3", "-M", memory).code == 0
    assert last_state(memory).to_bytes() == before


def test_there_is_nothing_to_trim(memory: Path, mplus: Run) -> None:
    ran = mplus("trim", "-M", memory)
    assert ran.code == 1 and "slots" in ran.err
