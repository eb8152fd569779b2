"""Readers turn the bytes of a file into a Document. They never import torch."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from mplus_cli.errors import NoTextError, ReadError
from mplus_cli.readers.document import Document, Place, Span
from mplus_cli.readers.pdf import read_pdf
from mplus_cli.readers.text import read_text, refuse_nul

__all__ = ["MAX_BYTES", "READERS_VERSION", "Document", "Place", "Span", "load", "read_document", "refuse_early"]

READERS_VERSION = 1
"""Goes up whenever the same bytes may give another text."""

MAX_BYTES = 100 * 1024 * 1024

# Not in mid-line: a text that speaks of the mark is no PDF.
_PDF_MARK = re.compile(rb"(?:\A|[\r\n\0]|\xef\xbb\xbf)%PDF-")
_PDF_MARK_WITHIN_BYTES = 1024


def read_document(name: str, data: bytes) -> Document:
    """Read a file's bytes as PDF, Markdown or plain text, told apart by content.

    Raises ReadError for bytes that are none of these, or that hold no text at all.
    """
    document = read_pdf(name, data) if _is_pdf(data) else read_text(name, data)
    if not document.text.strip():
        raise NoTextError(f"{name} is empty: there is no text in it", "Leave it out.")
    return document


def refuse_early(name: str, data: bytes) -> None:
    """Raise NoTextError for most of what `read_document` would refuse, without reading it all."""
    if not _is_pdf(data):
        refuse_nul(name, data)


def _is_pdf(data: bytes) -> bool:
    return _PDF_MARK.search(data[:_PDF_MARK_WITHIN_BYTES]) is not None


def load(path: Path) -> bytes:
    """Return the bytes of a regular file of at most MAX_BYTES.

    Raises ReadError for anything else, and never waits for a pipe or a device.
    """
    try:
        _refuse_unfit(path)
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ReadError(f"{path} does not exist", "Check the path.") from error
    except PermissionError as error:
        raise ReadError(f"{path} may not be read: permission denied", f"Check `ls -l {path}`.") from error
    except IsADirectoryError as error:
        raise ReadError(f"{path} is a folder, not a file", "Name the files in it.") from error
    except OSError as error:
        raise ReadError(f"{path} cannot be read: {error.strerror}") from error


def _refuse_unfit(path: Path) -> None:
    info = path.stat()
    # Opening a folder says more than its mode: it may be one that must not be listed.
    if not stat.S_ISREG(info.st_mode) and not stat.S_ISDIR(info.st_mode):
        raise ReadError(
            f"{path} is a pipe, a socket or a device, not a file",
            "Send what comes out of it to `mplus inject -`.",
        )
    if info.st_size > MAX_BYTES and stat.S_ISREG(info.st_mode):
        size_mib = info.st_size / 1024**2
        raise ReadError(
            f"{path} is too large: {size_mib:,.0f} MiB, at most {MAX_BYTES // 1024**2} MiB are read",
            "Split it.",
        )
