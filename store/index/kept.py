"""Rows of the index as records: what reading needs to know of the tables, which
`store.index.schema` makes.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from store.records import ChunkRow, Common, DocumentRow, Generation, SegmentFile
from store.texts import WholeText
from store.typed import made

NEWEST = "m009_small"  # the last migration of `store.index.schema` that reading needs
LISTS = ("added", "changed", "removed")  # columns of generations that hold lists of paths
DIGESTS = ("sha256", "skip_key", "digest", "key", "segment", "state")  # columns of any table
_DIGEST_BYTES = 32
_MAX_LIST_BYTES = 1 << 30
THERE = "since <= :generation AND (until IS NULL OR until > :generation)"


# A column of segments' keys, or of other digests, as records have them.
IN_DIGITS = "iif(typeof({0}) = 'blob', lower(hex({0})), {0})"


def kept_digest(digits: str) -> bytes | str:
    """A digest as the tables keep it: the bytes of its 64 hexadecimal digits. What is no digest
    stays as it is.
    """
    try:
        found = bytes.fromhex(digits)
    except ValueError:
        return digits
    return found if len(found) == _DIGEST_BYTES and found.hex() == digits else digits


def kept(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a record as the tables keep them."""
    return {name: kept_digest(each) if name in DIGESTS else each for name, each in fields.items()}


def told(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its digests in hexadecimal, as records have them."""
    found = dict(row)
    for name in DIGESTS:
        if isinstance(each := found.get(name), bytes):
            found[name] = each.hex()
    return found


def document_row(row: dict[str, Any]) -> DocumentRow:
    return made(DocumentRow, row)


def segment_row(row: dict[str, Any]) -> SegmentFile:
    return made(SegmentFile, row)


def chunk_row(row: dict[str, Any], whole: WholeText | None) -> ChunkRow:
    """A chunk from a row, which may hold other columns, too, and its document's whole text."""
    text = whole.passage(row["start"], row["end"]) if whole else ""
    named = {field.name: row[field.name] for field in fields(ChunkRow) if field.name != "text"}
    return made(ChunkRow, named | {"text": text})


def generation_row(row: dict[str, Any]) -> Generation:
    return made(Generation, row | {name: _list(row[name]) for name in LISTS})


def kept_generation(generation: Generation) -> dict[str, Any]:
    """The columns of a generation."""
    lists = {name: kept_list(getattr(generation, name)) for name in LISTS}
    return kept(asdict(generation)) | lists


def kept_list(paths: Sequence[str]) -> bytes:
    """Paths as generations keep them, for many begin alike."""
    return zlib.compress(json.dumps(paths).encode())


def _list(content: bytes | str) -> Any:
    """What `kept_list` kept; before the migration `m009_small` it was JSON as it is. Raises
    `ValueError`.
    """
    if isinstance(content, str):
        return json.loads(content)
    unpacking = zlib.decompressobj()
    try:
        found = unpacking.decompress(content, _MAX_LIST_BYTES)
    except zlib.error as error:
        raise ValueError(f"a list can't be unpacked: {error}") from error
    if not unpacking.eof or unpacking.unused_data:
        raise ValueError("a list has another length")
    return json.loads(found)


def _insert(table: str, columns: Sequence[str]) -> str:
    """Of a row by the names of its columns."""
    named, values = (", ".join(form % name for name in columns) for form in ('"%s"', ":%s"))
    return f"INSERT INTO {table} ({named}) VALUES ({values})"


# By hand, for a run adds thousands.
ADD_DOCUMENT = _insert("documents", [field.name for field in fields(DocumentRow)])
_CHUNK = [field.name for field in fields(ChunkRow) if field.name != "text"]
ADD_CHUNK = _insert("chunks", ["document", "ordinal", *_CHUNK])
PUT_SEGMENT = _insert("segments", [field.name for field in fields(SegmentFile)]) + (
    " ON CONFLICT (key) DO UPDATE SET sha256 = excluded.sha256, bytes = excluded.bytes, "
    "vectors = excluded.vectors"
)
PUT_INPUT = (
    "INSERT INTO inputs (path, sha256) VALUES (?, ?) "
    "ON CONFLICT (path) DO UPDATE SET sha256 = excluded.sha256"
)
PUT_COMMON = _insert("repositories", [field.name for field in fields(Common)]).replace(
    "INSERT", "INSERT OR REPLACE", 1
)
