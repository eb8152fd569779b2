"""The SQLite file of an index: a connection for every thread, and which errors mean damage."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from store.errors import (
    LOOK_AFTER_DISK,
    RESTORE,
    DamagedError,
    LockedError,
    MplusError,
    full_disk,
)
from store.index.opening import Opened, open_database

_TRIES, _AGAIN_S = 5, 0.02
_TEXT_INDEX_FAILED = "vtable constructor failed"
# Other codes (busy, read-only, full, cannot open) say nothing about the file.
_DAMAGE = {
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_CONSTRAINT,
}


class Connections:
    """Connections to one file, one for every thread that asks, opened when it first does.

    A connection has one transaction, so threads that shared one would see each other's snapshots.
    Those of threads that have ended are closed when the next thread comes; all are by `close`.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._open: dict[threading.Thread, Opened] | None = {}

    @property
    def own(self) -> sqlite3.Connection:
        """The connection of the thread that asks. Raises `ValueError` after `close`."""
        thread = threading.current_thread()
        with self._lock:
            if self._open is None:
                raise ValueError(f"the index {self._file} is closed")
            if thread not in self._open:
                self._close_ended(self._open)
                # Only its own thread uses it, but another one may close it.
                self._open[thread] = open_database(self._file)
            return self._open[thread].connection

    def execute(self, sql: str, parameters: Mapping[str, Any]) -> sqlite3.Cursor:
        """Ask with the connection of the thread that asks."""
        for _ in range(_TRIES):
            try:
                return self.own.execute(sql, parameters)
            except sqlite3.OperationalError as error:
                # A connection opens the text index when that is first asked; while another process
                # checkpoints this fails at once, whatever the timeout says.
                if _TEXT_INDEX_FAILED not in str(error):
                    raise
                time.sleep(_AGAIN_S)
        return self.own.execute(sql, parameters)

    @staticmethod
    def _close_ended(opened: dict[threading.Thread, Opened]) -> None:
        for thread in [each for each in opened if not each.is_alive()]:
            opened.pop(thread).connection.close()

    def close(self) -> None:
        """Close all, when no thread is in the midst of a question any more."""
        with self._lock:
            for each in (self._open or {}).values():
                each.connection.close()
            self._open = None

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What this thread asks inside is answered from one state of the file, whatever others
        commit, remove or vacuum meanwhile (a read transaction of SQLite's write-ahead log).
        """
        with self.watched():
            connection = self.own
            inside = connection.in_transaction
            if not inside:
                connection.execute("BEGIN")
        try:
            yield
        finally:
            if not inside:
                connection.rollback()  # nothing was changed

    @contextmanager
    def watched(self) -> Iterator[None]:
        """SQLite's errors as those of mplus. A mistake of the program stays what it is."""
        try:
            yield
            self._need_unchanged()
        except UnicodeDecodeError as error:
            raise self._damaged(error) from error
        except sqlite3.ProgrammingError:
            raise
        except sqlite3.DatabaseError as error:
            # What Python's own module finds wrong with the content, such as text that is no UTF-8,
            # has no code.
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
            if code & 0xFF in _DAMAGE:
                self._need_unchanged()
                raise self._damaged(error) from error
            if code & 0xFF == sqlite3.SQLITE_FULL:
                raise full_disk(self._file) from error
            hint = LOOK_AFTER_DISK if code & 0xFF == sqlite3.SQLITE_IOERR else ""
            raise MplusError(f"the index {self._file} can't be used: {error}", hint) from error

    def _need_unchanged(self) -> None:
        """Raise `LockedError` where the file was read as one that nothing changes, and something
        did.
        """
        opened = (self._open or {}).get(threading.current_thread())
        if opened is not None and opened.is_changed():
            raise LockedError(
                f"another process changed the index {self._file} while it was read", "try again"
            )

    def _damaged(self, error: Exception) -> DamagedError:
        return DamagedError(f"the index {self._file} is damaged: {error}", RESTORE)


def last_described(file: Path) -> str | None:
    """What the last generation of an index is made for, as JSON; None before the first."""
    index = Connections(file)
    try:
        with index.watched():
            found = index.execute(
                "SELECT spec FROM generations JOIN specs USING (identity) "
                "ORDER BY generations.id DESC LIMIT 1",
                {},
            )
            row = found.fetchone()
        return str(row[0]) if row else None
    finally:
        index.close()
