"""The two locks of a memory: one writer at a time, and files that stay while they are read."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from store.errors import LockedError, is_full, unwritable
from store.records import author

_LOOK_AGAIN_S = 0.02  # whether somebody still waits for all readers


@contextmanager
def write_lock(path: Path, timeout_s: float, command: str, alone: bool = False) -> Iterator[None]:
    """Hold the writer's lock of the memory at `path`; `LockedError` when it stays taken for
    `timeout_s`.

    `alone`: wait for those that read, too, and keep new ones out: files will go away. The operating
    system lets go of both locks when a process ends, however it ends, so a lock is never stale.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path / "lock", timeout=timeout_s)
    try:
        lock.acquire()
    except Timeout:
        raise LockedError(
            f"another process is writing to the memory at {path}{_writer(path)}",
            "try again when it has ended",
        ) from None
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        _name_writer(path, command, alone)
        with _readers_kept_out(path, timeout_s) if alone else nullcontext():
            yield
    finally:
        try:
            with suppress(OSError):  # the work is done, and who reads it finds the lock free
                (path / "writer.json").unlink(missing_ok=True)
        finally:
            lock.release()


@contextmanager
def _readers_kept_out(path: Path, timeout_s: float) -> Iterator[None]:
    from filelock import ReadWriteLock, Timeout

    with ExitStack() as stack:
        try:
            readers = ReadWriteLock(path / "readers", is_singleton=False)
            stack.callback(readers.close)
            readers.acquire_write(timeout_s)
        except Timeout:
            raise LockedError(
                f"another process is reading the memory at {path}", "try again when it has ended"
            ) from None
        except OSError as error:
            # Where there is no room for the lock's name, nobody holds it, and `gc` makes room.
            if not is_full(error):
                raise unwritable(path, error) from error
        yield


@contextmanager
def read_lock(path: Path, timeout_s: float) -> Iterator[None]:
    """Keep the files of a memory from going away while they are read; others may read and write
    meanwhile.

    Hold it for one request: a command that removes files waits for all who do. Where no lock can
    be made (a read-only medium, another owner's files) it is read without one.
    """
    if not os.access(path, os.W_OK):  # then nobody removes anything there, either
        yield
        return
    from filelock import ReadWriteLock, Timeout

    end = time.monotonic() + timeout_s
    with ExitStack() as stack:
        try:
            stack.enter_context(_in_turn(path, end))
            readers = ReadWriteLock(path / "readers", is_singleton=False)
            stack.callback(readers.close)
            readers.acquire_read(max(0.0, end - time.monotonic()))
        except Timeout:
            raise LockedError(
                f"another process is removing files from the memory at {path}{_writer(path)}",
                "try again when it has ended",
            ) from None
        except (OSError, sqlite3.Error):
            pass
        yield


# Memory -> how many threads of this process hold its read lock, or are about to.
_inside: Counter[Path] = Counter()
_left = threading.Condition()


@contextmanager
def _in_turn(path: Path, end: float) -> Iterator[None]:
    """Let another process that waits for all readers have its turn.

    The operating system knows one lock a process: while one thread has it, others join without
    being asked to wait, and a busy process would never let go. So once somebody waits, threads no
    longer join those that are inside; the first that comes when all have left queues for all.
    """
    with _left:
        while _inside[path] and _somebody_waits(path) and time.monotonic() < end:
            _left.wait(_LOOK_AGAIN_S)
        _inside[path] += 1
    try:
        yield
    finally:
        with _left:
            _inside[path] -= 1
            _left.notify_all()


def _name_writer(path: Path, command: str, alone: bool) -> None:
    """Say who writes, where there is room for it: on a full disk `gc` has to do without."""
    who = {"command": command, "pid": os.getpid(), "author": author(), "alone": alone}
    with suppress(OSError):
        (path / "writer.json").write_text(json.dumps(who))


def _somebody_waits(path: Path) -> bool:
    """Whether a command wants to be alone, or was killed when it did: then threads only take
    turns.
    """
    return _named(path).get("alone") is True


def _writer(path: Path) -> str:
    """Who holds the lock, in words; nothing where that can't be told."""
    found = _named(path)
    try:
        return f": mplus {found['command']} (process {found['pid']}, {found['author']})"
    except KeyError:
        return ""


def _named(path: Path) -> dict[str, Any]:
    try:
        found = json.loads((path / "writer.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
