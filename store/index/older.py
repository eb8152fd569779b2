"""What formats 1 and 2 had instead of whole texts: each chunk had a text of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from store.records import ChunkRow, DocumentRow, digest_of, document_fields
from store.texts import TextSpan, WholeText
from store.typed import made

# White space that no token has lies between chunks. Who claims more of it than this, and more than
# there is text, made it up.
_MAX_BLANKS = 1 << 16


def chunk_row(row: dict[str, Any]) -> ChunkRow:
    """A chunk from a row that has its text, and may hold other columns, too."""
    return made(ChunkRow, {field.name: row[field.name] for field in fields(ChunkRow)})


def document_digest(document: DocumentRow, chunks: Iterable[ChunkRow]) -> str:
    """What vouched for a document: SHA-256 over it and its chunks, their texts included."""
    return digest_of([document_fields(document), *map(asdict, chunks)])


def assembled(chunks: Sequence[ChunkRow]) -> tuple[Sequence[ChunkRow], WholeText | None]:
    """A document's text, put together from its chunks' texts, with a span for each; None where they
    have none. And the chunks with their places in it.

    Every text stands at its place, and blanks between them. Where the places are not those of one
    text, the texts stand one after the other.
    """
    if not any(chunk.text for chunk in chunks):
        return chunks, None
    text = _in_place(chunks)
    if text is None:
        text, chunks = _in_turn(chunks)
    spans = (
        TextSpan(chunk.start, chunk.end, chunk.first, chunk.last, chunk.section, False, "")
        for chunk in chunks
    )
    return chunks, WholeText(text, tuple(spans), chunks[0].unit)


def _in_place(chunks: Sequence[ChunkRow]) -> str | None:
    """The text in which all these have their places. Neighbours may share a character's tokens."""
    parts, end, before = [], 0, ""
    characters = sum(len(chunk.text) for chunk in chunks)
    for chunk in chunks:
        shared = max(end - chunk.start, 0)
        if (
            len(chunk.text) != chunk.end - chunk.start
            or chunk.end > characters + max(characters, _MAX_BLANKS)
            or shared > min(len(before), len(chunk.text))
            or not before.endswith(chunk.text[:shared])
        ):
            return None
        parts += [" " * (chunk.start - end), chunk.text[shared:]]
        end, before = chunk.end, chunk.text
    return "".join(parts)


def _in_turn(chunks: Sequence[ChunkRow]) -> tuple[str, Sequence[ChunkRow]]:
    placed, start = [], 0
    for chunk in chunks:
        end = start + len(chunk.text)
        placed.append(replace(chunk, start=start, end=end))
        start = end + 1
    return "\n".join(chunk.text for chunk in chunks), placed
