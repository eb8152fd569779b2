"""What documents say, as a memory keeps it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from mplus_cli.errors import UnknownError
from mplus_cli.readers.document import Place
from mplus_cli.results.contents import DocumentText, TextChunk
from store.home import Home
from store.index.reader import Index


def text_of(path: Path, document: int) -> DocumentText:
    """What a document of the newest generation says, by its id.

    Raises `UnknownError`, `NoMemoryError`, `DamagedError`.
    """
    with closing(Index.open(Home(path))) as index, index.snapshot():
        last = index.generation()
        if last is None or not index.holds(last.id, document):
            raise UnknownError(
                f"there is no document {document} in the memory", "see what is there with: mplus ls"
            )
        row, (chunks, whole) = index.document(document), index.content(document)
    places = [Place(each.unit, each.first, each.last, each.section) for each in chunks]
    return DocumentText(
        document=document,
        path=row.path,
        text=whole.text if whole else "",
        chunks=tuple(
            TextChunk(ordinal, chunk.start, chunk.end, place.label())
            for ordinal, (chunk, place) in enumerate(zip(chunks, places, strict=True))
        ),
    )
