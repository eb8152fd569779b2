"""Sources whose files are no longer those that were read."""

import os
from pathlib import Path
from typing import Any

import pytest

from mplus_cli.api import Memory
from mplus_cli.asking import stale
from tests.commands.test_update import GARDEN, KITCHEN, write
from tests.conftest import Run


def staleness(mplus: Run) -> Any:
    sources = mplus("ask", "What is the gate code?", "--json").json["sources"]
    [found] = {each["stale"] for each in sources}
    return found


@pytest.fixture
def file(mplus: Run, world: Path) -> Path:
    write(world / "notes", garden=GARDEN)
    assert mplus("inject", "notes").code == 0
    return world / "notes/garden.txt"


def test_a_source_that_changed_or_is_gone_is_marked(
    mplus: Run, file: Path, toys: dict[str, Path]
) -> None:
    assert staleness(mplus) is None
    file.write_text(GARDEN.replace("4417", "9008"))  # the same size, within the same second
    assert staleness(mplus) == "changed"
    said = mplus("ask", "What is the gate code?").err
    assert "notes/garden.txt" in said
    assert "changed since it was read; run: mplus update" in said
    file.write_text(GARDEN * 2)
    assert staleness(mplus) == "changed"
    file.unlink()
    assert staleness(mplus) == "gone"
    assert "gone since it was read" in mplus("ask", "What is the gate code?").err
    file.mkdir()
    assert staleness(mplus) == "changed"
    file.parent.rename(file.parent.with_name("elsewhere"))
    assert staleness(mplus) == "gone"
    write(file.parent, garden=KITCHEN)
    mplus("update")
    assert staleness(mplus) is None


def test_what_was_merely_touched_is_not(
    mplus: Run, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = file.stat().st_mtime + 1000
    os.utime(file, (later, later))
    assert staleness(mplus) is None
    copy = file.with_name("copy")
    copy.write_text(GARDEN)
    copy.replace(file)
    assert staleness(mplus) is None
    monkeypatch.setattr(stale, "_HASHED_BYTES", 10)  # by its size alone
    file.write_text(GARDEN.replace("4417", "9008"))
    assert staleness(mplus) is None


def test_what_is_no_file_is_not_looked_for(mplus: Run, world: Path) -> None:
    assert mplus("inject", "-", "--name", "notes/garden.md", stdin=GARDEN).code == 0
    assert staleness(mplus) is None


def test_passages_are_marked(
    file: Path, world: Path, toys: dict[str, Path], toy_cache: Path
) -> None:
    with Memory(world.parent / "memory2", model=str(toys["chunks"]), cache=toy_cache) as memory:
        memory.inject(file)
        assert {each.stale for each in memory.search("gate code")} == {None}
        file.write_text(KITCHEN)
        assert {each.stale for each in memory.search("gate code")} == {"changed"}
