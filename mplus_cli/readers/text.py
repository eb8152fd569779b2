"""Plain text and Markdown."""

from __future__ import annotations

import codecs
import re
from pathlib import PurePath

from mplus_cli.errors import NoTextError
from mplus_cli.readers.document import Document, Span

_MARKDOWN_SUFFIXES = {".md", ".markdown", ".mdown", ".mkd", ".mdx"}
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Escape is left out: logs carry colour codes.
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]")
_MAX_CONTROL_SHARE = 0.05
_HINT = "mplus reads plain text, Markdown and PDF: convert it to one of these first."


def read_text(name: str, data: bytes) -> Document:
    """Read text in UTF-8, UTF-16 with a byte order mark, or Windows-1252.

    Line ends become "\\n". Raises NoTextError for anything that is not text.
    """
    refuse_nul(name, data)
    text = _decode(name, data)
    _refuse_binary(name, text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    is_markdown = PurePath(name).suffix.lower() in _MARKDOWN_SUFFIXES
    return Document(name, text, (Span(0, len(text)),), "markdown" if is_markdown else "text")


def refuse_nul(name: str, data: bytes) -> None:
    """Raise NoTextError for bytes that hold NUL, as most that are not text do; quick, for nothing is decoded."""
    if b"\0" in data and not data.startswith(_UTF16_MARKS):
        raise NoTextError(f"{name} is not text: it holds NUL bytes", _HINT)


def _decode(name: str, data: bytes) -> str:
    if data.startswith(_UTF16_MARKS):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError as error:
            raise NoTextError(f"{name} is not text: it begins like UTF-16 and goes on otherwise", _HINT) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _decode_loosely(data)


def _decode_loosely(data: bytes) -> str:
    """Decode as UTF-8 with a few broken bytes where that is likelier, else as Windows-1252 or Latin-1."""
    repaired = data.decode("utf-8-sig", "replace")
    broken = repaired.count("\ufffd")
    beyond_ascii = len(repaired) - len(repaired.encode("ascii", "ignore"))
    if beyond_ascii > 2 * broken:
        return repaired
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _refuse_binary(name: str, text: str) -> None:
    controls = len(_CONTROLS.findall(text))
    if controls > _MAX_CONTROL_SHARE * len(text):
        share = f"{controls / len(text):.0%}"
        raise NoTextError(f"{name} is not text: {share} of its characters are control characters", _HINT)
