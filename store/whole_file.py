"""Files that a user has named: there when they are whole, and nothing stays of one that is not."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from store.disk import naming

PRIVATE, AS_USUAL = 0o600, 0o666  # who may read it: the owner alone, or whom the umask lets
_UNFINISHED = ".mplus-unfinished-"
_NAME_BYTES = 4


def is_stream(path: Path) -> bool:
    """Whether what is there is a pipe or a device, in whose place no file may come."""
    return path.exists() and not path.is_file() and not path.is_dir()


@contextmanager
def whole_file(file: Path, mode: int) -> Iterator[IO[bytes]]:
    """A file that takes its name when it is whole, and is on the disk then; a stream as it is.

    It lies beside its place until then, locked by this process. What processes that are no more
    have left there goes first.
    """
    if is_stream(file):
        with file.open("wb") as stream:
            yield stream
        return
    target = Path(os.path.realpath(file))  # a link stays one
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(file))
    _remove_left(target.parent)
    with naming(file):
        unfinished, out = _unfinished(target.parent, mode)
    try:
        with naming(file), out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        with naming(file):
            unfinished.replace(target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _unfinished(folder: Path, mode: int) -> tuple[Path, IO[bytes]]:
    while True:
        path = folder / f"{_UNFINISHED}{secrets.token_hex(_NAME_BYTES)}"
        try:
            out = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb")
        except OSError as error:
            error.filename = str(folder)  # nobody has named the other one
            raise
        with suppress(OSError):  # no locks on this file system: then nobody takes it for left
            _lock(out.fileno(), wait=True)
        if path.exists():  # else another process was quicker with its lock, and took it for left
            return path, out
        out.close()


def _remove_left(folder: Path) -> None:
    """Remove what lies in a folder unfinished and unlocked: the system unlocks what a process had
    when it ends, however it ends.
    """
    with suppress(OSError):
        for path in folder.glob(f"{_UNFINISHED}*"):
            with suppress(OSError):
                descriptor = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
                try:
                    _lock(descriptor, wait=False)
                    path.unlink()
                finally:
                    os.close(descriptor)


def _lock(descriptor: int, wait: bool) -> None:
    """Lock an open file. Raises `OSError` where another process has, or nothing can be locked."""
    try:
        import fcntl
    except ImportError as error:  # Windows, which removes no open file
        raise OSError from error
    fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
