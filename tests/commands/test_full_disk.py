"""A full disk: what only reads works, `gc` makes room, and what fails says why and changes
nothing.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run
from tests.media import mounted
from tests.store.made import findings

READING = [
    ("ls",),
    ("status",),
    ("log",),
    ("diff", "1", "2"),
    ("verify", "--read-data"),
    ("gc", "-n"),
    ("ask", "What is the number?", "-n", "2"),
]
SIZE_BYTES = 4_000_000


@pytest.fixture
def disk(world: Path) -> Iterator[Path]:
    """A small disk."""
    folder = world / "disk"
    folder.mkdir()
    with mounted(folder, "-t", "tmpfs", "-o", f"size={SIZE_BYTES},nr_inodes=60", "none") as done:
        if not done:
            pytest.skip("no mounts here")
        yield folder


def fill(disk: Path) -> Path:
    """A file that leaves no byte."""
    file = disk / "fill"
    with file.open("wb", buffering=0) as out:
        for block in (65536, 4096, 1):
            try:
                while out.write(bytes(block)):
                    pass
            except OSError:
                continue
    return file


def make(mplus: Run, world: Path, memory: Path) -> None:
    for name in "abc":
        (world / f"{name}.txt").write_text(f"The text of {name} has the number {ord(name)}. " * 3)
    for name in "ab":
        assert mplus("inject", f"{name}.txt", "-M", memory).code == 0


def test_a_full_disk(mplus: Run, world: Path, disk: Path) -> None:
    memory = disk / "memory"
    make(mplus, world, memory)
    (memory / "cache" / "keys-of-another-model").write_bytes(bytes(500_000))
    filler = fill(disk)
    for line in READING:
        ran = mplus(*line, "-M", memory)
        assert ran.code == 0, (line, ran.err)
    ran = mplus("inject", "c.txt", "-M", memory)
    assert ran.code == 1
    assert f"no space is left on the disk at {disk}" in ran.err
    assert "hint: make room there" in ran.err
    assert "not kept: c.txt" in ran.err or "c.txt" not in ran.err
    page = ("status", "--html", f"{disk}/page.html")
    for line in [("tag", "first", "1"), ("export", f"{disk}/snapshot"), page]:
        ran = mplus(*line, "-M", memory)
        assert ran.code == 1, (line, ran.err)
        assert f"no space is left on the disk at {disk}" in ran.err, (line, ran.err)
    assert {path.name for path in disk.iterdir()} == {"memory", "fill"}
    assert len(mplus("ls", "--json", "-M", memory).json) == 2
    ran = mplus("gc", "--keep-last", "1", "-M", memory)
    assert ran.code == 0, ran.err
    assert mplus("forget", "a.txt", "-M", memory).code == 0
    filler.unlink()
    assert findings(memory) == []
    assert mplus("inject", "c.txt", "-M", memory).code == 0
    assert findings(memory) == []


def test_what_nothing_needs_makes_room_to_forget(mplus: Run, world: Path, disk: Path) -> None:
    memory = disk / "memory"
    make(mplus, world, memory)
    for line in [("forget", "a.txt"), ("rollback", "2")]:
        (memory / "cache" / "keys-of-another-model").write_bytes(bytes(500_000))
        filler = fill(disk)
        ran = mplus(*line, "-M", memory)
        assert ran.code == 0, (line, ran.err)
        filler.unlink()
        assert findings(memory) == []
    assert len(mplus("ls", "--json", "-M", memory).json) == 2
    assert mplus("ask", "What is the number?", "-n", "2", "-M", memory).code == 0


def test_no_names_for_files(mplus: Run, world: Path, disk: Path) -> None:
    memory = disk / "memory"
    make(mplus, world, memory)
    names = []
    try:
        for number in range(1000):
            names.append(disk / f"name{number}")
            names[-1].touch()
    except OSError:
        names.pop()
    for line in READING:
        ran = mplus(*line, "-M", memory)
        assert ran.code == 0, (line, ran.err)
    ran = mplus("inject", "c.txt", "-M", memory)
    assert ran.code == 1
    assert f"the disk at {disk}, which can hold no more files" in ran.err
    assert mplus("gc", "-M", memory).code == 0
    for name in names:
        name.unlink()
    assert mplus("inject", "c.txt", "-M", memory).code == 0
    assert findings(memory) == []


def test_no_room_for_the_log(mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What SQLite says there on a disk without a byte, wherever the tests run."""
    memory, connect = world / "memory", sqlite3.connect
    make(mplus, world, memory)

    class Cramped(sqlite3.Connection):
        alone = False

        def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
            self.alone = self.alone or "locking_mode" in sql
            if not self.alone:
                error = sqlite3.OperationalError("disk I/O error")
                error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
                raise error
            return super().execute(sql, *parameters)

    def cramped(file: Any, *given: Any, **named: Any) -> sqlite3.Connection:
        if str(file).endswith("index.db"):
            named["factory"] = Cramped
        opened: sqlite3.Connection = connect(file, *given, **named)
        return opened

    monkeypatch.setattr(sqlite3, "connect", cramped)
    for line in [*READING, ("tag", "first", "1"), ("forget", "a.txt"), ("gc", "--keep-last", "1")]:
        ran = mplus(*line, "-M", memory)
        assert ran.code == 0, (line, ran.err)
    monkeypatch.undo()
    assert findings(memory) == []


def test_where_gc_finds_no_room_trim_makes_it(
    mplus: Run, world: Path, disk: Path, toys: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MPLUS_MODEL", str(toys["chunks"]))
    memory = disk / "memory"
    make(mplus, world, memory)
    [vectors] = memory.glob("cache/vectors-*")
    (vectors / "00").mkdir(exist_ok=True)
    (vectors / "00" / ".new-file").write_bytes(bytes(500_000))  # never finished
    fill(disk)
    ran = mplus("gc", "-M", memory)
    assert ran.code == 0 or "with: mplus trim;" in ran.err
    assert mplus("trim", "-M", memory).code == 0
    assert mplus("gc", "-M", memory).code == 0
    assert findings(memory) == []
