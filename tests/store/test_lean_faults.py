"""Imports into lean memories that fail at any step, or are killed there: the memory is the old one
or the new one, and the same import does its work then.
"""

import errno
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from store.errors import MplusError
from store.home import Home
from store.index.reader import Index
from tests.faults import Steps, faults, full_disk, in_child, killed
from tests.store.made import LEAN, what_it_says
from tests.store.snapshots import drop, fill, read, write
from tests.store.test_lean_snapshot import broken, spoil
from tests.visits import visited

# What the memory has before; the snapshot is of 1, 2 and 3, without 2 again.
CASES: dict[str, tuple[int, ...]] = {
    "a new memory": (),
    "what goes on": (1, 2),
    "another memory": (4, 2),
    "a damaged memory": (1, 2, 3),
}
EVERY = {full_disk: 7, killed: 14}  # a kill takes a process


def made(memory: Path, documents: tuple[int, ...]) -> None:
    fill(memory, *documents, spec=LEAN)
    if documents == CASES["a damaged memory"]:
        spoil(memory, "ids", 0)
        spoil(memory, "001.codes", -1)


def imported(snapshot: bytes, memory: Path, at: int | None, fault: Callable[[], None]) -> Steps:
    """Import with a fault at a step; the steps that there were."""
    with faults(at, fault) as steps:
        read(snapshot, memory)
    return steps


@pytest.mark.parametrize("fault", [full_disk, killed], ids=["full disk", "killed"])
@pytest.mark.parametrize("name", CASES)
def test_a_fault_at_every_step(tmp_path: Path, name: str, fault: Callable[[], None]) -> None:
    base, out, memory = tmp_path / "base", tmp_path / "out", tmp_path / "memory"
    fill(out, 1, 2, 3, spec=LEAN)
    drop(out, 2)
    snapshot = write(out, vectors=True)
    made(base, CASES[name])

    def fresh() -> None:
        shutil.rmtree(memory, ignore_errors=True)
        if base.exists():
            shutil.copytree(base, memory)

    fresh()
    old = what_it_says(memory) if base.exists() else None
    damaged = len(broken(memory)) if base.exists() else 0
    steps = imported(snapshot, memory, None, fault)
    new = said(memory)
    assert steps.count > 15
    number = list(CASES).index(name)
    for at in visited(steps.count, EVERY[fault], number, steps.around_commits):
        fresh()
        if fault is killed:
            assert in_child(partial(imported, snapshot, memory, at, fault)) in (0, -9), at
        else:
            try:
                imported(snapshot, memory, at, fault)
            except (OSError, MplusError) as error:
                assert getattr(error, "errno", errno.ENOSPC) == errno.ENOSPC
                assert old is not None or not Home.exists(memory), at
        if not Home.exists(memory):
            assert old is None, at
        else:
            assert len(broken(memory)) <= damaged, at
            assert old is None or what_it_says(memory) == old or said(memory) == new, at
        read(snapshot, memory)
        assert said(memory) == new, at
        assert broken(memory) == [], at


def said(memory: Path) -> list[object]:
    """What a memory says, but when it was said."""
    home = Home(memory)
    index = Index.open(home)
    found: list[object] = [home.spec, index.tags(), index.segment_files()]
    for each in index.generations():
        paths = [document.path for document in index.documents(each.id)]
        found.append((each.id, each.command, each.state, paths))
    index.close()
    return found
