"""Plain text, and source code, which is kept as it is."""

from __future__ import annotations

from mplus_cli.readers.document import Document, Span
from mplus_cli.readers.job import Job
from mplus_cli.readers.letters.characters import tidy
from mplus_cli.readers.letters.encoding import declared_in, decode


def read_text(data: bytes, job: Job) -> Document:
    """Text in any usual encoding; places are lines. Raises `NoTextError` for what is not text."""
    return _as_lines(tidy(decode(data, job.charset or declared_in(data), job)), "text")


def read_code(data: bytes, job: Job) -> Document:
    """Source code of any language; it differs from plain text in where it is cut."""
    return _as_lines(decode(data, job.charset or declared_in(data), job), "code")


def _as_lines(text: str, reader: str) -> Document:
    return Document(text, (Span(0, len(text)),), reader)
