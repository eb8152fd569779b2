"""Plain text and source code, kept as they are."""

from __future__ import annotations

from mplus_cli.readers.document import Document, Span
from mplus_cli.readers.encoding import decode


def read_text(data: bytes) -> Document:
    """Text in any usual encoding; places are lines. Raises `NoTextError` for what is not text."""
    return _as_lines(data, "text")


def read_code(data: bytes) -> Document:
    """Source code of any language; it differs from plain text in where it is cut."""
    return _as_lines(data, "code")


def _as_lines(data: bytes, reader: str) -> Document:
    text = decode(data)
    return Document(text, (Span(0, len(text)),), reader)
