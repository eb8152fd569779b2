"""An SQLite file opened wherever it lies: also where nothing can be written beside it.

A file with a write-ahead log wants two files beside it, the log (-wal) and an index of that (-shm),
even of those who only read. Where these can't be made, there are three other ways:
- the disk is full: the log's index is kept in this process's memory, which then has the file alone;
- the medium is read-only, and no log is left: the file is read as one that nothing changes;
- a log is left of a process that was killed: a private copy is read, in which it is worked in.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from store.disk import file_bytes
from store.errors import RESTORE, DamagedError, not_permitted

BUSY_TIMEOUT_S = 10.0
_LOG = "-wal"
# What SQLite says where it can't make its files. It can be said of damaged ones, too.
_NO_FILES = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
}
_Seen = tuple[int, int, int]


@dataclass(frozen=True)
class Opened:
    """A connection; `seen`: what the file was when it was opened as one that nothing changes."""

    connection: sqlite3.Connection
    file: Path
    seen: _Seen | None = None

    def is_changed(self) -> bool:
        """Whether something changed it all the same, so that what was read may make no sense."""
        return self.seen is not None and self.seen != _look(self.file)


def open_database(file: Path) -> Opened:
    """Open a file, or make one where there is none.

    Raises `DamagedError`, `MplusError` where it may not be read, and SQLite's own errors.
    """
    try:
        return Opened(_connected(file), file)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in _NO_FILES or not file.exists():
            raise
    if file.is_dir():
        raise DamagedError(f"the index {file} is a folder", RESTORE)
    if not os.access(file, os.R_OK):
        raise not_permitted(file)
    seen, log = _look(file), file_bytes(_log_of(file))
    if os.access(file, os.W_OK) and os.access(file.parent, os.W_OK):
        try:
            return Opened(_connected(file, alone=True), file)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in _NO_FILES or log:
                raise
    if log:
        return Opened(_copied(file), file)
    return Opened(_connected(f"{file.absolute().as_uri()}?immutable=1"), file, seen)


def _connected(file: Path | str, alone: bool = False) -> sqlite3.Connection:
    """A connection that has found what it needs; it may be closed by another thread."""
    connection = sqlite3.connect(
        file, timeout=BUSY_TIMEOUT_S, check_same_thread=False, uri=isinstance(file, str)
    )
    try:
        if alone:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _copied(file: Path) -> sqlite3.Connection:
    """A private copy, which SQLite keeps in memory as far as it is small."""
    with _working_copy(file) as copy, closing(_connected(copy, alone=True)) as source:
        private = sqlite3.connect("", check_same_thread=False)
        source.backup(private)
    return private


@contextmanager
def _working_copy(file: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mplus-") as folder:
        copy = Path(folder, file.name)
        for each, to in ((file, copy), (_log_of(file), _log_of(copy))):
            shutil.copyfile(each, to)
        yield copy


def _log_of(file: Path) -> Path:
    return file.with_name(file.name + _LOG)


def _look(file: Path) -> _Seen:
    found = file.stat()
    return found.st_size, found.st_mtime_ns, found.st_ino
