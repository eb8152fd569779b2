"""Plain text and source code, kept as they are."""

from __future__ import annotations

from mplus_cli.readers.document import Document, Span
from mplus_cli.readers.encoding import decode


def read_text(name: str, data: bytes) -> Document:
    """Read text in any usual encoding; places are lines. Raises NoTextError for anything that is
    not text.
    """
    return _lines(name, data, "text")


def read_code(name: str, data: bytes) -> Document:
    """Read source code of any language; it differs from plain text in where it is cut."""
    return _lines(name, data, "code")


def _lines(name: str, data: bytes, reader: str) -> Document:
    text = decode(name, data)
    return Document(name, text, (Span(0, len(text)),), reader)
