"""A memory that can't be written is read all the same; what would change it says why it can't."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from store.errors import LockedError
from store.home import Home
from store.index.connections import Connections
from store.index.reader import Index
from tests.conftest import Ran, Run
from tests.lines import in_one_process
from tests.media import as_anybody, mounted, unprotect, write_protect

READING = [
    ("ls",),
    ("status",),
    ("log",),
    ("diff", "1", "2"),
    ("verify", "--read-data", "--replay"),
    ("ask", "What is the number?", "-n", "2"),
    ("inject", "c.txt", "--dry-run"),
    ("gc", "--keep-last", "1", "--dry-run"),
    ("forget", "a.txt", "--dry-run"),
    ("forget", "a.txt", "--erase", "--dry-run"),
]
CHANGING = [
    ("inject", "c.txt"),
    ("update",),
    ("forget", "a.txt"),
    ("rollback", "1"),
    ("tag", "first", "1"),
    ("gc",),
    ("import", "snapshot"),
    ("push", "shared"),
    ("pull", "shared"),
]


@pytest.fixture
def memory(mplus: Run, world: Path) -> Iterator[Path]:
    """Two generations, and a snapshot of them."""
    for name in "abc":
        (world / f"{name}.txt").write_text(f"The text of {name} has the number {ord(name)}. " * 3)
    folder = world / "m"
    for name in "ab":
        assert mplus("inject", f"{name}.txt", "-M", folder).code == 0
    assert mplus("export", "snapshot", "-M", folder).code == 0
    assert mplus("push", "shared", "-M", folder).code == 0
    yield folder
    unprotect(folder)


def as_user(lines: Sequence[Sequence[str]]) -> list[Ran]:
    """Commands, one after the other, in a process for which permissions hold."""
    before = as_anybody()
    if before is None:
        pytest.skip("root may write everywhere, and setpriv is not here")
    found = in_one_process(lines, before)
    return [Ran(each.code, each.out.decode(), each.err.decode()) for each in found]


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def leave_log(memory: Path) -> None:
    """What a process that was killed leaves: a generation's tag that stands in the log alone."""
    held = sqlite3.connect(memory / "index.db", isolation_level=None)
    held.execute("INSERT INTO tags (name, generation) VALUES ('killed', 2)")
    killed = memory.with_name("killed")
    shutil.copytree(memory, killed, ignore=shutil.ignore_patterns("*-shm"))
    held.close()
    shutil.rmtree(memory)
    killed.rename(memory)
    assert (memory / "index.db-wal").stat().st_size


@pytest.mark.parametrize("log", [False, True], ids=["closed", "with a log"])
def test_permissions(memory: Path, log: bool) -> None:
    if log:
        leave_log(memory)
    write_protect(memory)
    before, told = contents(memory), ("-M", str(memory))
    lines = [*READING, *CHANGING]
    ran_all = as_user([(*line, *told) for line in lines])
    for line, ran in zip(lines, ran_all, strict=True):
        if line in READING:
            assert ran.code == 0, (line, ran.err)
            continue
        assert ran.code == 1, (line, ran.err)
        assert f"error: the memory at {memory} can't be written: permission denied" in ran.err, line
        assert "hint: reading and asking work" in ran.err
    assert contents(memory) == before
    assert ("killed" in ran_all[lines.index(("status",))].out) == log


def test_a_mount(mplus: Run, memory: Path) -> None:
    medium = memory.with_name("medium")
    medium.mkdir()
    before = contents(memory)
    with mounted(medium, "--bind", str(memory)) as permitted:
        if not permitted:
            pytest.skip("no mounts here")
        with mounted(medium, "-o", "remount,bind,ro"):
            for line in [*READING, ("status", "--html", "page.html"), ("export", "another")]:
                ran = mplus(*line, "-M", medium)
                assert ran.code == 0, (line, ran.err)
            ran = mplus("gc", "-M", medium)
            assert ran.code == 1
            assert "can't be written: read-only file system" in ran.err
    assert contents(memory) == before


def test_what_may_not_be_read(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLUS_MEMORY", str(memory))
    (memory / "memory.json").chmod(0)
    (ran,) = as_user([("ls",)])
    assert ran.code == 1
    assert "memory.json can't be read: permission denied" in ran.err
    memory.chmod(0)
    (ran,) = as_user([("ask", "why?")])
    assert ran.code == 1
    assert f"{memory} can't be read: permission denied" in ran.err


def test_a_file_that_is_a_folder(mplus: Run, memory: Path) -> None:
    (memory / "index.db").unlink()
    (memory / "index.db").mkdir()
    ran = mplus("ls", "-M", memory)
    assert (ran.code, "index.db is a folder" in ran.err) == (20, True)
    (memory / "memory.json").unlink()
    (memory / "memory.json").mkdir()
    ran = mplus("ls", "-M", memory)
    assert (ran.code, "memory.json is a folder" in ran.err) == (20, True)


def test_what_changes_all_the_same(
    memory: Path, monkeypatch: pytest.MonkeyPatch, refuse_logs: Callable[[], None]
) -> None:
    """Another machine writes to what is read-only here: no answer is made of both states."""
    refuse_logs()
    index = Index.open(Home(memory))
    assert len(index.generations()) == 2
    monkeypatch.undo()
    other = Connections(memory / "index.db")
    other.own.execute("DELETE FROM tags")
    other.own.execute("INSERT INTO tags (name, generation) VALUES ('new', 1)")
    other.own.commit()
    other.close()
    with pytest.raises(LockedError, match="another process changed the index"):
        index.generations()
    index.close()


@pytest.fixture
def refuse_logs(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let SQLite find no place for its log, as on a read-only medium."""
    connect = sqlite3.connect

    def refused(file: object, **named: object) -> sqlite3.Connection:
        if named.get("uri"):
            return connect(file, **named)  # type: ignore[call-overload,no-any-return]
        error = sqlite3.OperationalError("unable to open database file")
        error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
        raise error

    return lambda: monkeypatch.setattr(sqlite3, "connect", refused)
