"""Readers turn the bytes of a file into a `Document`, and nothing else. They never import torch."""

from __future__ import annotations

from dataclasses import replace

from mplus_cli.errors import NoTextError, ReadError
from mplus_cli.readers.document import Document, Place, Span
from mplus_cli.readers.job import Job
from mplus_cli.readers.options import ReaderOptions
from mplus_cli.readers.remarks import counted

__all__ = ["READERS_VERSION", "Document", "Place", "ReaderOptions", "Span", "read_document"]

READERS_VERSION = 3
"""Goes up whenever the same bytes may give another text."""


def read_document(
    name: str, data: bytes, options: ReaderOptions | None = None, charset: str | None = None
) -> Document:
    """What some bytes say; their content tells what they are and, in doubt, the name's suffix.

    `charset` is what stands outside of the bytes about their encoding, such as an HTTP header.
    Raises `ReadError` for what can't be read, `NoTextError` for what holds no text, with the name.
    """
    from mplus_cli.readers.dated import with_dated_headings
    from mplus_cli.readers.titles import called

    job = Job(_read, options or ReaderOptions(), charset)
    try:
        document = _read(name, data, job)
    except ReadError as error:
        raise error.of(name) from error
    document = with_dated_headings(document)
    return replace(document, title=called(name, document), notes=job.notes)


def _read(name: str, data: bytes, job: Job) -> Document:
    from mplus_cli.readers.detect import reader_for

    document = reader_for(name, data)(data, job)
    if not document.text or document.text.isspace():
        if job.pictures:
            raise ReadError(
                f"no text: it holds {counted(job.pictures, 'picture')} and nothing else",
                "have the text of its pictures recognised, or describe them in it",
            )
        raise NoTextError("empty: there is no text in it", "leave it out")
    return document
