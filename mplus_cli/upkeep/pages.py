"""Pages of PDFs as pictures, as long as the files are those that were read."""

from __future__ import annotations

import hashlib
from contextlib import closing
from pathlib import Path

from mplus_cli.errors import ReadError, UnknownError
from mplus_cli.inputs.load import load
from mplus_cli.readers.pdf.drawn import page_picture
from mplus_cli.shown import on_disk
from mplus_cli.upkeep.texts import document_of
from store.home import Home
from store.index.reader import Index


def picture_of(path: Path, document: int, chunk: int) -> bytes:
    """The page of a PDF on which a chunk begins, the chunk framed, as PNG.

    Raises `UnknownError` where there is none: no such document or chunk, no PDF, or its file isn't
    the one that was read any more.
    """
    with closing(Index.open(Home(path))) as index, index.snapshot():
        row = document_of(index, document)
        chunks, _ = index.content(document)
    if not 0 <= chunk < len(chunks) or row.reader != "pdf":
        raise _none()
    found, file = chunks[chunk], Path(on_disk(row.path))
    if found.unit != "page" or found.first is None or not file.is_absolute():
        raise _none()
    try:
        data = load(file)
        if hashlib.sha256(data).hexdigest() != row.sha256:
            raise _none()
        return page_picture(data, found.first, found.text)
    except ReadError as error:
        raise _none() from error


def _none() -> UnknownError:
    return UnknownError("there is no picture of this", "see its text")
