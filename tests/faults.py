"""Faults at every step: file operations and statements of the index fail, or the process is killed
there.
"""

import errno
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from store.index.writer import IndexWriter

_MAKE_TABLES = IndexWriter.create  # not the copies that other tests take
_BOUNDARIES = ("BEGIN", "COMMIT", "VACUUM", "PRAGMA WAL_CHECKPOINT")
_CHANGING = (*_BOUNDARIES, "INSERT", "UPDATE", "DELETE")


class Steps:
    """Counts steps; `at` the given one (from 0) it does what `fault` does. commits: the steps that
    end transactions.
    """

    def __init__(self, at: int | None, fault: Callable[[], None]) -> None:
        self.count, self._at, self._fault = 0, at, fault
        self.commits = list[int]()

    @property
    def around_commits(self) -> list[int]:
        """The last three commits, and what comes after each: before these a new memory has those of
        its tables, one like the other.
        """
        return [step for commit in self.commits[-3:] for step in (commit, commit + 1)]

    def step(self, statement: str = "") -> None:
        if statement.startswith("COMMIT"):
            self.commits.append(self.count)
        self.count += 1
        if self._at is not None and self.count == self._at + 1:
            self._fault()


def full_disk() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a file")


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def faults(at: int | None, fault: Callable[[], None]) -> Iterator[Steps]:
    """Every write, fsync, rename, removal, folder and changing statement in this process is a step.

    To be killed between two statements of a transaction is to be killed before its end, so then
    only ends count.
    """
    counted = _BOUNDARIES if fault is killed else _CHANGING
    steps = Steps(at, fault)

    def stepping(function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **named: Any) -> Any:
            steps.step()
            return function(*arguments, **named)

        return wrapped

    class Connection(sqlite3.Connection):
        def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
            statement = sql.strip().upper()
            if statement.startswith(counted):
                try:
                    steps.step(statement)
                except OSError as error:
                    full = sqlite3.OperationalError("database or disk is full")
                    full.sqlite_errorcode = sqlite3.SQLITE_FULL
                    raise full from error
            return super().execute(
                sql.replace("synchronous = FULL", "synchronous = OFF"), *parameters
            )

    connect = sqlite3.connect

    def connected(file: Any, *arguments: Any, **named: Any) -> sqlite3.Connection:
        if str(file).endswith("index.db"):
            named["factory"] = Connection
        opened: sqlite3.Connection = connect(file, *arguments, **named)
        return opened

    with (
        patch.object(os, "fsync", stepping(os.fsync)),
        patch.object(Path, "replace", stepping(Path.replace)),
        patch.object(Path, "unlink", stepping(Path.unlink)),
        patch.object(Path, "mkdir", stepping(Path.mkdir)),
        patch.object(shutil, "rmtree", stepping(shutil.rmtree)),
        patch.object(tempfile, "mkstemp", stepping(tempfile.mkstemp)),
        patch.object(tempfile, "mkdtemp", stepping(tempfile.mkdtemp)),
        patch.object(sqlite3, "connect", connected),
        patch.object(IndexWriter, "create", _MAKE_TABLES),
    ):
        yield steps


def in_child(work: Callable[[], object]) -> int:
    """Do it in a child process; its exit status, negative for a signal."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if not child:
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
