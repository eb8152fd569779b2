"""The write path: file -> Document -> chunks -> segments -> memory. Yields what happens, prints nothing."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mplus_cli.engine import Engine
from mplus_cli.errors import NoTextError, ReadError
from mplus_cli.model.config import MIN_CHUNK_TOKENS
from mplus_cli.readers import READERS_VERSION, load, read_document, refuse_early
from mplus_cli.readers.chunks import CHUNKER_VERSION, Chunk, cut
from mplus_cli.readers.files import Found
from store.change import Change
from store.index import ChunkRow, DocumentRow, Generation, now
from store.segments import Segment, segment_key

if TYPE_CHECKING:
    from torch import Tensor

# A long run commits whole documents this often, so that a crash loses little.
COMMIT_EVERY_S = 10.0


@dataclass(frozen=True)
class Piece:
    """One input: its name in the memory, its bytes on demand, and whether the user named it himself."""

    path: str
    named: bool
    size_bytes: int
    load: Callable[[], bytes]


@dataclass(frozen=True)
class Planned:
    """What there is to do: documents, and bytes in all (the measure of what is left)."""

    documents: int
    bytes: int


@dataclass(frozen=True)
class Started:
    path: str


@dataclass(frozen=True)
class ChunkDone:
    """Tokens written, whether or not the model had to compute them, and the bytes they stand for."""

    tokens: int
    bytes: float


@dataclass(frozen=True)
class DocumentDone:
    path: str
    tokens: int
    chunks: int
    changed: bool


@dataclass(frozen=True)
class Skipped:
    """Left out. `harmless`: it was found in a folder and is empty or binary, so nothing is amiss."""

    path: str
    reason: str
    hint: str
    harmless: bool


@dataclass(frozen=True)
class Unchanged:
    """In the memory already, as the same file (`same_as` is its own path) or as another with the same content."""

    path: str
    same_as: str


@dataclass(frozen=True)
class Committed:
    generation: Generation


Event = Planned | Started | ChunkDone | DocumentDone | Skipped | Unchanged | Committed


def from_file(found: Found) -> Piece:
    path = found.path.absolute()
    # A name that is not UTF-8 is kept readable, and can be stored.
    name = os.fsencode(path).decode("utf-8", "backslashreplace")
    try:
        size = path.stat().st_size
    except OSError:
        size = 0
    return Piece(name, found.named, size, lambda: load(path))


def from_bytes(data: bytes) -> Piece:
    """Text from standard input, named by its content."""
    return Piece(f"stdin-{hashlib.sha256(data).hexdigest()[:12]}", True, len(data), lambda: data)


def inject(
    pieces: Iterable[Piece], engine: Engine, change: Change, stopped: Callable[[], bool] = lambda: False
) -> Iterator[Event]:
    """Read documents into a memory, those that are not there yet; whole documents only.

    `stopped` is asked after every chunk; once true, what is whole is committed and the rest left.
    Raises the storage's and the model's errors; one bad input is an event.
    """
    keys: list[tuple[Piece, str]] = []
    for piece in pieces:
        try:
            data = piece.load()
            refuse_early(piece.path, data)
            keys.append((piece, skip_key(data, engine)))
        except ReadError as error:
            yield _skipped(piece, error)
    known = _staying(change, {piece.path: key for piece, key in keys})
    todo: list[Piece] = []
    for piece, key in keys:
        if key in known:
            _remove_old(piece.path, change, keep=key)
            yield Unchanged(piece.path, known[key])
        else:
            todo.append(piece)
    yield Planned(len(todo), sum(piece.size_bytes for piece in todo))

    committed = time.monotonic()
    for piece in todo:
        yield Started(piece.path)
        yield from _inject_one(piece, engine, change, known, stopped)
        if stopped():
            break
        if time.monotonic() - committed > COMMIT_EVERY_S:
            yield from _commit(change)
            committed = time.monotonic()
    yield from _commit(change)


def _inject_one(
    piece: Piece, engine: Engine, change: Change, known: dict[str, str], stopped: Callable[[], bool]
) -> Iterator[Event]:
    """One document into the change, unless it can't be read or the run is stopped before its end."""
    try:
        data = piece.load()
        key = skip_key(data, engine)
        if key in known:
            _remove_old(piece.path, change, keep=key)
            yield Unchanged(piece.path, known[key])
            return
        document = read_document(piece.path, data)
        chunks = cut(document, engine.tokenizer, engine.config.chunk_tokens, MIN_CHUNK_TOKENS)
    except ReadError as error:
        yield _skipped(piece, error)
        return
    rows: list[ChunkRow] = []
    tokens = sum(len(chunk.ids) for chunk in chunks)
    for row in write(chunks, engine, change):
        rows.append(row)
        yield ChunkDone(row.tokens, piece.size_bytes * row.tokens / tokens)
        if stopped() and len(rows) < len(chunks):
            return
    changed = _remove_old(piece.path, change, keep=key)
    change.add(_row(piece.path, data, key, document.reader, rows), rows)
    known[key] = piece.path
    yield DocumentDone(piece.path, tokens, len(rows), changed)


def _skipped(piece: Piece, error: ReadError) -> Skipped:
    harmless = isinstance(error, NoTextError) and not piece.named
    return Skipped(piece.path, error.message, error.hint, harmless)


def _staying(change: Change, keys: dict[str, str]) -> dict[str, str]:
    """Skip key -> path of the documents that this run does not change; a copy of one of them need not be read."""
    stay = (
        document for document in change.documents if keys.get(document.path, document.skip_key) == document.skip_key
    )
    return {document.skip_key: document.path for document in stay}


def _remove_old(path: str, change: Change, keep: str) -> bool:
    """Take other versions of a file than `keep` (a skip key) out of the memory; false where it holds none."""
    old = [document for document in change.documents if document.path == path and document.skip_key != keep]
    for document in old:
        change.remove(document)
    return bool(old)


def write(chunks: Sequence[Chunk], engine: Engine, change: Change) -> Iterator[ChunkRow]:
    """Write one document's chunks, each after the one before it; what lies on the disk is not computed."""
    spec, tail_matters = change.spec, engine.config.write_context == "tail"
    previous: str | None = None
    for chunk in chunks:
        key = segment_key(spec.identity, previous, chunk.ids)
        if not change.has_segment(key):
            tail = _tail(previous, engine, change) if tail_matters else None
            written = engine.network.write(chunk.ids, tail)
            change.put_segment(key, Segment(written.vectors, written.keys))
        place = chunk.place
        yield ChunkRow(
            segment=key,
            tokens=len(chunk.ids),
            vectors=change.segment_vectors(key),
            start=chunk.start,
            end=chunk.end,
            unit=place.unit,
            first=place.first,
            last=place.last,
            section=place.section,
            text=chunk.text,
        )
        previous = key if tail_matters else None


def skip_key(data: bytes, engine: Engine) -> str:
    """Same key, same vectors: the content, how it is read and cut, and the model."""
    content = hashlib.sha256(data).hexdigest()
    how = f"{READERS_VERSION} {CHUNKER_VERSION} {engine.config.chunk_tokens} {engine.spec.identity}"
    return hashlib.sha256(f"{content} {how}".encode()).hexdigest()


def _tail(previous: str | None, engine: Engine, change: Change) -> Tensor:
    """What a chunk sees of what was written before: [L,T,d]; a document's first sees the checkpoint's pool."""
    if previous is not None:
        return change.segments.open(previous).vectors
    import torch

    return torch.stack([vectors[-engine.config.num_tokens :] for vectors in engine.origin.vectors])


def _commit(change: Change) -> Iterator[Committed]:
    generation = change.commit()
    if generation is not None:
        yield Committed(generation)


def _row(path: str, data: bytes, key: str, reader: str, rows: Sequence[ChunkRow]) -> DocumentRow:
    return DocumentRow(
        path=path,
        sha256=hashlib.sha256(data).hexdigest(),
        skip_key=key,
        reader=reader,
        bytes=len(data),
        tokens=sum(row.tokens for row in rows),
        chunks=len(rows),
        added_at=now(),
    )
