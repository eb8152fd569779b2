"""Readers turn the bytes of a file into a `Document`, and nothing else. They never import torch."""

from __future__ import annotations

from mplus_cli.errors import NoTextError, ReadError
from mplus_cli.readers.document import Document, Place, Span

__all__ = ["READERS_VERSION", "Document", "Place", "Span", "read_document"]

READERS_VERSION = 2
"""Goes up whenever the same bytes may give another text."""


def read_document(name: str, data: bytes) -> Document:
    """What some bytes say; their content tells what they are and, in doubt, the name's suffix.

    Raises `ReadError` for what can't be read, `NoTextError` for what holds no text, with the name.
    """
    from mplus_cli.readers.detect import reader_for

    try:
        document = reader_for(name, data)(data)
        if not document.text.strip():
            raise NoTextError("empty: there is no text in it", "leave it out")
    except ReadError as error:
        raise error.of(name) from error
    return document
