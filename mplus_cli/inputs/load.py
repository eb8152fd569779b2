"""Files from the disk: whole, within a limit, and never waiting for what is no file."""

from __future__ import annotations

import stat
from pathlib import Path

from mplus_cli.errors import ReadError, TooLargeError, reason_of
from mplus_cli.shown import readable

MAX_BYTES = 100 * 1024 * 1024


def load(path: Path, max_bytes: int = MAX_BYTES) -> bytes:
    """The bytes of a regular file of at most `max_bytes`.

    Raises `ReadError` for anything else, and never waits for a pipe or a device.
    """
    try:
        _refuse_unfit(path, max_bytes)
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ReadError("does not exist", "check the path") from error
    except PermissionError as error:
        raise ReadError("permission denied", f"check `ls -l {readable(str(path))}`") from error
    except IsADirectoryError as error:
        raise ReadError("a folder, not a file", "name the files in it") from error
    except OSError as error:
        raise ReadError(f"can't be read: {reason_of(error)}", "check the path") from error


def refuse_large(size_bytes: int | None, max_bytes: int) -> None:
    """Raise `TooLargeError` for more bytes than are read; None: more, nobody counted how many."""
    if size_bytes is None or size_bytes > max_bytes:
        found = "" if size_bytes is None else f"{_mib(size_bytes)}, "
        raise TooLargeError(
            f"too large: {found}at most {_mib(max_bytes)} are read",
            "split it, or raise --max-bytes",
        )


def _refuse_unfit(path: Path, max_bytes: int) -> None:
    info = path.stat()
    if stat.S_ISREG(info.st_mode):
        refuse_large(info.st_size, max_bytes)
    # Opening a folder says more than its mode: it may be one that must not be listed.
    elif not stat.S_ISDIR(info.st_mode):
        raise ReadError(
            "a pipe, a socket or a device, not a file",
            "send what comes out of it to `mplus inject -`",
        )


def _mib(size_bytes: int) -> str:
    size_mib = size_bytes / 1024**2
    if size_mib < 0.01:
        return f"{size_bytes:,} bytes"
    return f"{size_mib:,.0f} MiB" if size_mib >= 10 else f"{size_mib:,.3g} MiB"
