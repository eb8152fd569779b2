"""At every step of every command that changes a memory of slots: it fails, or the process is
killed; the memory is the old one or the new one, whole, and the same command does its work then.
"""

import errno
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from store.backends.folder import Folder
from store.change import change
from store.collect import collect, garbage
from store.errors import MplusError
from store.home import Home
from store.repository.pull import pull
from store.repository.push import push
from store.state_files import mend_states
from tests.faults import faults, full_disk, in_child, killed
from tests.store.lean import erased
from tests.store.made import SLOTS, findings, last_state
from tests.store.snapshots import drop, fill, read, write
from tests.store.test_lean_faults import said
from tests.visits import visited


def quiet(done: int, of: int) -> None:
    """No progress is shown."""


def gc(memory: Path, keep_last: int | None) -> None:
    with change(memory, "gc", 1, alone=True) as opened:
        collect(opened, garbage(opened.home, opened.index, keep_last), quiet)
        mend_states(opened.home, opened.index)


def roll_back(memory: Path) -> None:
    with change(memory, "rollback", 1) as opened:
        goal = opened.index.generation(1)
        assert goal is not None
        opened.roll_back(goal)
        opened.commit()


@dataclass(frozen=True)
class There:
    """What comes from elsewhere: of documents 1, 2 and 3, without 2 again."""

    snapshot: bytes
    shared: Folder

    def take(self, memory: Path) -> None:
        read(self.snapshot, memory)

    def pull(self, memory: Path) -> None:
        pull(memory, self.shared, 1, quiet)


Work = Callable[[There, Path], object]
# What the memory has before, and what is done; one that drops generations may have dropped some.
CASES: dict[str, tuple[tuple[int, ...], Work]] = {
    "inject into a new memory": ((), lambda there, memory: fill(memory, 1, spec=SLOTS)),
    "inject": ((1, 2), lambda there, memory: fill(memory, 3, spec=SLOTS)),
    "forget": ((1, 2, 3), lambda there, memory: drop(memory, 1)),
    "forget and erase": ((1, 2, 3), lambda there, memory: erased(memory, 2)),
    "rollback": ((1, 2, 3), lambda there, memory: roll_back(memory)),
    "gc": ((1, 2, 3), lambda there, memory: gc(memory, 1)),
    "gc of lost states": ((1, 2, 3), lambda there, memory: gc(memory, None)),
    "import as a new memory": ((), There.take),
    "import what goes on": ((1, 2), There.take),
    "import and merge": ((4, 2), There.take),
    "pull as a new memory": ((), There.pull),
    "pull what follows": ((1, 2), There.pull),
    "pull and merge": ((4, 2), There.pull),
}
DROPS = {"forget and erase", "gc"}
EVERY = {full_disk: 23, killed: 46}  # a kill takes a process


@pytest.fixture
def there(tmp_path: Path) -> There:
    out, shared = tmp_path / "out", Folder(tmp_path / "shared")
    fill(out, 1, 2, 3, spec=SLOTS)
    drop(out, 2)
    push(out, shared, 1, True, False, quiet)
    return There(write(out), shared)


def with_fault(work: Work, there: There, memory: Path, at: int, fault: Callable[[], None]) -> None:
    with faults(at, fault):
        work(there, memory)


@pytest.mark.parametrize("fault", [full_disk, killed], ids=["full disk", "killed"])
@pytest.mark.parametrize("name", CASES)
def test_a_fault_at_every_step(
    tmp_path: Path, there: There, name: str, fault: Callable[[], None]
) -> None:
    documents, work = CASES[name]
    base, memory = tmp_path / "base", tmp_path / "memory"
    fill(base, *documents, spec=SLOTS)
    if name == "gc of lost states":
        for file in base.glob("states/*"):
            file.unlink()

    def fresh() -> None:
        shutil.rmtree(memory, ignore_errors=True)
        if documents:
            shutil.copytree(base, memory)

    fresh()
    old, lost = (said(memory), len(findings(memory))) if documents else (None, 0)
    with faults(None, fault) as steps:
        work(there, memory)
    new, state = said(memory), last_state(memory).to_bytes()
    assert findings(memory) == []
    number = list(CASES).index(name)
    for at in visited(steps.count, EVERY[fault], number, steps.around_commits):
        fresh()
        if fault is killed:
            assert in_child(partial(with_fault, work, there, memory, at, fault)) in (0, -9), at
        else:
            try:
                with_fault(work, there, memory, at, fault)
            except (OSError, MplusError) as error:
                assert getattr(error, "errno", errno.ENOSPC) == errno.ENOSPC, at
        if Home.exists(memory):
            assert len(findings(memory)) <= lost, at
            assert name in DROPS or not documents or said(memory) in (old, new), at
        else:
            assert not documents, at
        if name.startswith("gc") or not Home.exists(memory) or said(memory) != new:
            work(there, memory)
        assert said(memory)[3] == new[3], at  # the last generation
        assert last_state(memory).to_bytes() == state, at
        assert findings(memory) == [], at
