"""Documents, cut into chunks, on their way to the disk: what `ingest` and `rebuild` share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from mplus_cli.chunking.chunks import Chunk
from mplus_cli.engine import Engine
from mplus_cli.injecting.events import ChunkDone, Committed, Skipped, Started
from mplus_cli.injecting.pace import Pace
from mplus_cli.kinds.writing import ROWS_AT_ONCE, rows_at_once
from store.change import Change
from store.records import ChunkRow, DocumentRow
from store.segments import Segments
from store.texts import WholeText

# Documents that are read and tokenized while the model works on the one before.
AHEAD_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class Prepared:
    """A document cut into chunks, its row but for what writing adds, and what of it was lost.

    `size_bytes`: the measure of the work that it is.
    """

    row: DocumentRow
    chunks: list[Chunk]
    whole: WholeText
    notes: tuple[str, ...]
    size_bytes: int


One = TypeVar("One", bound=Prepared | Skipped)


def groups(line: Iterable[One], engine: Engine) -> Iterator[list[One]]:
    """Consecutive documents that together fill a batch; they go beyond it where a single one does:
    what little is left over would take a pass of its own.
    """
    group: list[One] = []
    tokens = 0
    for one in line:
        if group and _is_batch(tokens + _tokens(one) - 1, engine):
            yield group
            group, tokens = [], 0
        group.append(one)
        tokens += _tokens(one)
        if _is_batch(tokens, engine):  # at once: the next one may be long in coming
            yield group
            group, tokens = [], 0
    if group:
        yield group


def _is_batch(tokens: int, engine: Engine) -> bool:
    # In this order: a run without anything to write does not ask for the device.
    return tokens >= ROWS_AT_ONCE and tokens >= rows_at_once(engine)


def _tokens(one: Prepared | Skipped) -> int:
    return one.row.tokens if isinstance(one, Prepared) else 0


def to_compute(
    chunks: Sequence[Chunk], engine: Engine, segments: Segments | None, there: set[str]
) -> int:
    """Tokens of the chunks whose segments are not on the disk; `there`: keys that are, or will
    be.
    """
    tokens = 0
    keys = engine.kind.writer.names([chunk.ids for chunk in chunks])
    lie_there = [False] * len(keys) if segments is None else segments.there(keys)
    for chunk, key, lies_there in zip(chunks, keys, lie_there, strict=True):
        if key not in there and not lies_there:
            tokens += len(chunk.ids)
        there.add(key)
    return tokens


class Writing:
    """The model's work for one change to a memory."""

    def __init__(self, engine: Engine, change: Change) -> None:
        self.pace = Pace(change.home, change.spec.identity, engine.pace)
        self._engine, self._change = engine, change
        self._read_tokens = self._begun_tokens = 0  # each counted by one thread alone
        engine.limit(change.home, change.segments)

    def read(self, one: One) -> One:
        """A document that was read and waits to be written: counted by the thread that reads."""
        self._read_tokens += _tokens(one)
        return one

    def begin(self, group: Iterable[Prepared | Skipped]) -> None:
        """Let documents wait no longer, and say how much waits behind them."""
        self._begun_tokens += sum(map(_tokens, group))
        self._change.expect(self._read_tokens - self._begun_tokens)

    def write_small(self, documents: Iterable[Prepared]) -> None:
        """Compute what documents smaller than a batch lack, together; it lies on the disk when they
        are written.
        """
        small = [
            chunk.ids for one in documents if one.row.tokens < ROWS_AT_ONCE for chunk in one.chunks
        ]
        self._engine.kind.writer.write_small(small, self._change, self._measured)

    def write(self, prepared: Prepared, rows: list[ChunkRow]) -> Iterator[Started | ChunkDone]:
        """Bring a document's chunks to the disk, and their rows into the list."""
        yield Started(prepared.row.path, prepared.row.tokens)
        ids = [chunk.ids for chunk in prepared.chunks]
        keys = self._engine.kind.writer.write(ids, self._change, self._measured)
        self.pace.kept(len(ids))
        share = prepared.size_bytes / prepared.row.tokens
        for chunk, key in zip(prepared.chunks, keys, strict=True):
            rows.append(_row(chunk, key, self._change.segment_vectors(key)))
            yield ChunkDone(len(chunk.ids), share * len(chunk.ids))

    @contextmanager
    def _measured(self, tokens: int) -> Iterator[None]:
        """The model's work on some tokens: a turn at it, and its time."""
        with self._engine.turn.long(), self.pace.measured(tokens):
            yield

    def commit(self) -> Iterator[Committed]:
        """Make the next generation, if there is anything in it."""
        generation = self._change.commit()
        if generation is not None:
            if generation.vectors_in:
                self._change.pack_keys()
            yield Committed(generation)


def _row(chunk: Chunk, key: str, vectors: int) -> ChunkRow:
    place = chunk.place
    return ChunkRow(
        segment=key,
        tokens=len(chunk.ids),
        vectors=vectors,
        start=chunk.start,
        end=chunk.end,
        unit=place.unit,
        first=place.first,
        last=place.last,
        section=place.section,
        text=chunk.text,
    )
