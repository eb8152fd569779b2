"""Rows of the index as records: what reading needs to know of the tables; `store.schema` makes
them.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from store.records import ChunkRow, DocumentRow, Generation, SegmentFile
from store.texts import WholeText, described, from_described
from store.typed import made

NEWEST = "m008_words"  # the last migration of `store.schema`
_LEVEL = 9  # of Zstandard: slower ones gain next to nothing
_MAX_BYTES = 1 << 30  # of a text, unpacked: readers make at most 100 million characters
_BLOCK_BYTES = 1 << 22
LISTS = ("added", "changed", "removed")  # columns of generations that hold JSON lists
THERE = "since <= :generation AND (until IS NULL OR until > :generation)"


def document_row(row: dict[str, Any]) -> DocumentRow:
    return made(DocumentRow, row)


def segment_row(row: dict[str, Any]) -> SegmentFile:
    return made(SegmentFile, row)


def chunk_row(row: dict[str, Any], whole: WholeText | None) -> ChunkRow:
    """A chunk from a row, which may hold other columns, too, and its document's whole text."""
    text = whole.passage(row["start"], row["end"]) if whole else ""
    named = {field.name: row[field.name] for field in fields(ChunkRow) if field.name != "text"}
    return made(ChunkRow, named | {"text": text})


def packed(whole: WholeText) -> bytes:
    """A whole text as the table `texts` keeps it: JSON, compressed."""
    import zstandard  # here: a quick command asks for no text

    content = json.dumps(described(whole), ensure_ascii=False, separators=(",", ":"))
    return zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress(content.encode())


def unpacked(content: bytes | None) -> WholeText | None:
    """The whole text that was packed; None where there is none. Raises `KeyError`, `TypeError` and
    `ValueError` where it is something else.
    """
    import zstandard

    if content is None:
        return None
    # What a frame says of its size is not believed: it may be damaged.
    reader = zstandard.ZstdDecompressor(max_window_size=_MAX_BYTES).stream_reader(content)
    found = bytearray()
    try:
        while len(found) <= _MAX_BYTES and (block := reader.read(_BLOCK_BYTES)):
            found += block
    except zstandard.ZstdError as error:
        raise ValueError(f"a text can't be unpacked: {error}") from error
    if len(found) > _MAX_BYTES:
        raise ValueError("a text is too large")
    return from_described(json.loads(found))


def generation_row(row: dict[str, Any]) -> Generation:
    return made(Generation, row | {name: json.loads(row[name]) for name in LISTS})
