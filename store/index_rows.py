"""Rows of the index as records: what reading needs to know of the tables; `store.schema` makes
them.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from store.records import ChunkRow, DocumentRow, Generation, SegmentFile
from store.typed import made

NEWEST = "m006_specs"  # the last migration of `store.schema`
LISTS = ("added", "changed", "removed")  # columns of generations that hold JSON lists
THERE = "since <= :generation AND (until IS NULL OR until > :generation)"


def document_row(row: dict[str, Any]) -> DocumentRow:
    return made(DocumentRow, row)


def segment_row(row: dict[str, Any]) -> SegmentFile:
    return made(SegmentFile, row)


def chunk_row(row: dict[str, Any]) -> ChunkRow:
    """A chunk from a row that may hold other columns, too."""
    return made(ChunkRow, {field.name: row[field.name] for field in fields(ChunkRow)})


def generation_row(row: dict[str, Any]) -> Generation:
    return made(Generation, row | {name: json.loads(row[name]) for name in LISTS})
