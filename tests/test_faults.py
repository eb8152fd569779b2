"""At every step of every command that changes a memory: it fails, or the process is killed; nothing
is lost.

Afterwards the memory is the old or the new generation, `verify --read-data --replay` finds nothing,
and all generations that were committed are there. After every third visit it is tried, too, that
the same command does its work then, and that `gc` leaves nothing of what was cut short.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from mplus_cli.injecting import ingest
from store.errors import NoMemoryError
from store.home import Home
from store.index.reader import Index
from tests.conftest import Ran, Run
from tests.faults import faults, full_disk, in_child, killed
from tests.store.made import findings
from tests.visits import visited

Command = Callable[[Run, Path], tuple[str | Path, ...]]


@dataclass(frozen=True)
class Case:
    """A command, the commands that make the memory that it changes, and whether it drops
    generations. `then`: what the one that snapshots are of has more; model: which toy writes.
    """

    command: tuple[str, ...]
    before: tuple[tuple[str, ...], ...]
    drops: bool = False
    least_steps: int = 4
    then: tuple[tuple[str, ...], ...] = ()
    model: str = "input"


FULL = (("inject", "a.txt"), ("inject", "b.txt"), ("forget", "a.txt"), ("tag", "two", "2"))
REBUILD = ("rebuild", "--yes", "-m", "other-model")
CASES = {
    "inject into a new memory": Case(("inject", "a.txt", "b.txt"), (), least_steps=20),
    "inject into a memory": Case(("inject", "c.txt", "b2.txt"), FULL),
    "forget": Case(("forget", "b.txt"), FULL),
    "forget and erase": Case(("forget", "a.txt", "b.txt", "--erase"), FULL, drops=True),
    "rollback": Case(("rollback", "1"), FULL),
    "gc": Case(("gc", "--keep-last", "1"), FULL, drops=True),
    "import as a new memory": Case(("import", "snapshot"), ()),
    "import what goes on": Case(("import", "snapshot"), FULL[:2]),
    "import and merge": Case(("import", "snapshot"), (("inject", "c.txt"),)),
    "rebuild": Case(REBUILD, FULL, least_steps=15),
    "rollback to another model": Case(("rollback", "2"), (*FULL, REBUILD), least_steps=8),
    "gc of another model": Case(("gc", "--keep-last", "1"), (*FULL, REBUILD), drops=True),
    "import what goes on with another model": Case(
        ("import", "snapshot"), FULL[:2], least_steps=8, then=(REBUILD,)
    ),
    "lean: import and merge": Case(("import", "snapshot"), (("inject", "c.txt"),), model="chunks"),
    "pull as a new memory": Case(("pull", "shared"), ()),
    "pull what follows": Case(("pull", "shared"), FULL[:2]),
    "pull and merge": Case(("pull", "shared"), (("inject", "c.txt"),)),
    "pull what another model wrote": Case(("pull", "shared"), FULL[:2], then=(REBUILD,)),
    "lean: pull as a new memory": Case(("pull", "shared"), (), model="chunks"),
    "lean: pull and merge": Case(("pull", "shared"), (("inject", "c.txt"),), model="chunks"),
    "lean: inject": Case(("inject", "c.txt", "b2.txt"), FULL, model="chunks"),
    "lean: forget and erase": Case(
        ("forget", "a.txt", "b.txt", "--erase"), FULL, drops=True, least_steps=12, model="chunks"
    ),
    "lean: erase one of two": Case(
        ("forget", "a.txt", "--erase"), FULL[:2], drops=True, least_steps=20, model="chunks"
    ),
    "lean: gc": Case(
        ("gc", "--keep-last", "1"), FULL[:3], drops=True, least_steps=12, model="chunks"
    ),
    "lean: gc of a model that is left": Case(
        ("gc", "--keep-last", "1"), (*FULL, REBUILD), drops=True, model="chunks"
    ),
}


def generations(memory: Path) -> dict[int, str]:
    """Number -> digest over all that a generation says, but when and by whom it was said; nothing
    for no memory.
    """
    try:
        home = Home(memory)
    except NoMemoryError:
        return {}
    index = Index.open(home)
    found = {
        each.id: (
            f"{each.state} {each.documents} {each.tokens} "
            f"{[d.sha256 for d in index.documents(each.id)]}"
        )
        for each in index.generations()
    }
    index.close()
    return found


def last(found: dict[int, str]) -> str | None:
    return found[max(found)] if found else None


@pytest.fixture
def prepare(
    mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch, toys: dict[str, Path]
) -> Callable[[Case], Path]:
    """A memory as a case needs it, and a snapshot beside it."""
    monkeypatch.setattr(ingest, "COMMIT_EVERY_S", -1.0)  # a commit after every document
    for name in ("a", "b", "c"):
        (world / f"{name}.txt").write_text(
            f"The text of {name} says that its number is {ord(name)}. " * 3
        )
    (world / "other-model").symlink_to(toys["other"])
    (world / "b2.txt").write_text((world / "b.txt").read_text())

    def make(case: Case) -> Path:
        monkeypatch.setenv("MPLUS_MODEL", str(toys[case.model]))
        out, base = world / ".out", world / ".base"
        for number, arguments in enumerate(FULL, 1):
            assert mplus(*arguments, "-M", out).code == 0
            if FULL[:number] == case.before:
                shutil.copytree(out, base)
        for arguments in case.then:
            assert mplus(*arguments, "-M", out).code == 0
        if "snapshot" in case.command:
            assert mplus("export", "snapshot", "-M", out).code == 0
        if "shared" in case.command:
            if base.exists():  # so that what follows does
                assert mplus("push", "shared", "-M", base).code == 0
            assert mplus("push", "shared", "-M", out).code in (0, 12)
        for arguments in case.before if not base.exists() else ():
            assert mplus(*arguments, "-M", base).code == 0
        return base

    return make


def go_on(mplus: Run, case: Case, memory: Path, at: int, expected: object) -> None:
    """The same command after a fault gives what it would have given, and gc leaves no remains."""
    ran = mplus(*case.command, "-M", memory)
    if ran.code != 0:  # it had done its work: there is nothing left to forget
        assert case.command[0] == "forget", (at, ran.err)
    assert last(generations(memory)) == expected, at
    assert findings(memory) == [], at
    assert mplus("gc", "-M", memory).code == 0
    remains = [path for path in memory.rglob("*") if path.name.startswith((".new-", "import-"))]
    assert not remains, at


EVERY = {full_disk: 7, killed: 14}  # a kill takes a process


@pytest.mark.parametrize("fault", [full_disk, killed], ids=["full disk", "killed"])
@pytest.mark.parametrize("name", CASES)
def test_a_fault_at_every_step(
    mplus: Run,
    world: Path,
    prepare: Callable[[Case], Path],
    name: str,
    fault: Callable[[], None],
    record_property: Callable[[str, object], None],
) -> None:
    case = CASES[name]
    base = prepare(case)
    memory = world / ".memory"

    def fresh() -> None:
        shutil.rmtree(memory, ignore_errors=True)
        if base.exists():
            shutil.copytree(base, memory)

    fresh()
    old = generations(memory)
    with faults(None, fault) as steps:
        assert mplus(*case.command, "-M", memory).code == 0
    new, total = generations(memory), steps.count
    assert new != old
    assert total >= case.least_steps
    every, number = EVERY[fault], list(CASES).index(name)
    at_steps = visited(total, every, number, steps.around_commits)
    for visit, at in enumerate(at_steps):
        fresh()
        if fault is killed:
            status = in_child(partial(run_with, mplus, case, memory, at, killed))
            assert status == -9, (at, status)
        else:
            ran = run_with(mplus, case, memory, at, full_disk)
            assert ran.code in (0, 1), (at, ran.err)  # 0: what failed was needed no more
            assert ran.code == 0 or "space" in ran.err or "full" in ran.err, (at, ran.err)
            assert "Traceback" not in ran.err
        between = generations(memory)
        assert last(between) in (
            None,
            last(old),
            *(said for number, said in new.items() if number not in old),
        ), at
        for number, said in old.items():
            assert case.drops or between[number] == said, at
        if memory.exists() and Home.exists(memory):
            assert findings(memory) == [], at
        if visit % 3 == 0:
            go_on(mplus, case, memory, at, last(new))
    record_property("steps", f"{name}: {len(at_steps)} of {total} steps visited")


def run_with(mplus: Run, case: Case, memory: Path, at: int, fault: Callable[[], None]) -> Ran:
    with faults(at, fault):
        return mplus(*case.command, "-M", memory)
