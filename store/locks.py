"""The two locks of a memory: one writer at a time, and files that stay while they are read."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from store.errors import LockedError
from store.records import author


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
    try:
        _name_writer(path, command)
        with _readers_kept_out(path, timeout_s) if alone else nullcontext():
            yield
    finally:
        (path / "writer.json").unlink(missing_ok=True)
        lock.release()


@contextmanager
def _readers_kept_out(path: Path, timeout_s: float) -> Iterator[None]:
    from filelock import ReadWriteLock, Timeout

    readers = ReadWriteLock(path / "readers", timeout=timeout_s, is_singleton=False)
    try:
        with readers.write_lock():
            yield
    except Timeout:
        raise LockedError(
            f"another process is reading the memory at {path}", "try again when it has ended"
        ) from None
    finally:
        readers.close()


@contextmanager
def read_lock(path: Path, timeout_s: float) -> Iterator[None]:
    """Keep the files of a memory from going away while they are read; others may read and write
    meanwhile.
    """
    if not os.access(path, os.W_OK):  # then nobody removes anything there, either
        yield
        return
    from filelock import ReadWriteLock, Timeout

    readers = ReadWriteLock(path / "readers", timeout=timeout_s, is_singleton=False)
    try:
        with readers.read_lock():
            yield
    except Timeout:
        raise LockedError(
            f"another process is removing files from the memory at {path}{_writer(path)}",
            "try again when it has ended",
        ) from None
    finally:
        readers.close()


def _name_writer(path: Path, command: str) -> None:
    (path / "writer.json").write_text(
        json.dumps({"command": command, "pid": os.getpid(), "author": author()})
    )


def _writer(path: Path) -> str:
    """Who holds the lock, in words; nothing where that can't be told."""
    try:
        found = json.loads((path / "writer.json").read_text(encoding="utf-8"))
        return f": mplus {found['command']} (process {found['pid']}, {found['author']})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
