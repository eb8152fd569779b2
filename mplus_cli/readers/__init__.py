"""Readers turn the bytes of a file into a Document. They never import torch."""

from __future__ import annotations

import stat
from pathlib import Path

from mplus_cli.errors import NoTextError, ReadError, TooLargeError
from mplus_cli.readers.document import Document, Place, Span

__all__ = [
    "MAX_BYTES",
    "READERS_VERSION",
    "Document",
    "Place",
    "Span",
    "load",
    "read_document",
    "refuse_large",
]

READERS_VERSION = 2
"""Goes up whenever the same bytes may give another text."""

MAX_BYTES = 100 * 1024 * 1024


def read_document(name: str, data: bytes) -> Document:
    """Read a file's bytes; what they are is told by the content and, where that may be several
    things, the name.

    Raises ReadError for bytes that cannot be read, NoTextError for those that hold no text at all.
    """
    from mplus_cli.readers.detect import reader_for

    document = reader_for(name, data)(name, data)
    if not document.text.strip():
        raise NoTextError(f"{name} is empty: there is no text in it", "Leave it out.")
    return document


def load(path: Path, max_bytes: int = MAX_BYTES) -> bytes:
    """Return the bytes of a regular file of at most max_bytes.

    Raises ReadError for anything else, and never waits for a pipe or a device.
    """
    try:
        _refuse_unfit(path, max_bytes)
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ReadError(f"{path} does not exist", "Check the path.") from error
    except PermissionError as error:
        raise ReadError(
            f"{path} may not be read: permission denied", f"Check `ls -l {path}`."
        ) from error
    except IsADirectoryError as error:
        raise ReadError(f"{path} is a folder, not a file", "Name the files in it.") from error
    except OSError as error:
        raise ReadError(f"{path} cannot be read: {error.strerror}") from error


def _refuse_unfit(path: Path, max_bytes: int) -> None:
    info = path.stat()
    # Opening a folder says more than its mode: it may be one that must not be listed.
    if not stat.S_ISREG(info.st_mode) and not stat.S_ISDIR(info.st_mode):
        raise ReadError(
            f"{path} is a pipe, a socket or a device, not a file",
            "Send what comes out of it to `mplus inject -`.",
        )
    if stat.S_ISREG(info.st_mode):
        refuse_large(str(path), info.st_size, max_bytes)


def refuse_large(name: str, size_bytes: int | None, max_bytes: int) -> None:
    """Raise TooLargeError for more bytes than are read; None: more than that, nobody counted how
    many.
    """
    if size_bytes is None or size_bytes > max_bytes:
        found = "" if size_bytes is None else f"{_mib(size_bytes)}, "
        raise TooLargeError(
            f"{name} is too large: {found}at most {_mib(max_bytes)} are read",
            "Split it, or raise --max-bytes.",
        )


def _mib(size_bytes: int) -> str:
    size_mib = size_bytes / 1024**2
    return f"{size_mib:,.0f} MiB" if size_mib >= 10 else f"{size_mib:,.3g} MiB"
