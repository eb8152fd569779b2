"""Chunks -> segments: the model writes what the disk has not, many chunks together where none sees
another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from mplus_cli.engine import Engine
from mplus_cli.injecting.chunks import Chunk
from mplus_cli.injecting.pace import Pace
from store.change import Change
from store.records import ChunkRow
from store.segments import Segment, segment_key

if TYPE_CHECKING:
    from torch import Tensor

# Chunks that see nothing of each other are written together, up to so many tokens, and rows of
# attention.
ROWS_AT_ONCE, MOST_PADDED = 1024, 2048

Keyed = tuple[Chunk, str, str | None]
"""A chunk with the key of its segment, and of the segment that it is written after."""


def keyed(chunks: Sequence[Chunk], engine: Engine) -> Iterator[Keyed]:
    previous: str | None = None
    for chunk in chunks:
        key = segment_key(engine.spec.identity, previous, chunk.ids)
        yield chunk, key, previous
        previous = key if engine.config.write_context == "tail" else None


def write_together(
    documents: Iterable[Sequence[Chunk]], engine: Engine, change: Change, pace: Pace
) -> None:
    """Compute what several small documents lack; it lies on the disk when each is written."""
    chunks = [each for document in documents for each in keyed(document, engine)]
    for batch in _batches(sorted(chunks, key=lambda each: len(each[0].ids))):
        _write_alone(batch, engine, change, pace)


def write(
    chunks: Sequence[Chunk], engine: Engine, change: Change, pace: Pace
) -> Iterator[ChunkRow]:
    """Write one document's chunks; what lies on the disk is not computed."""
    if engine.config.write_context == "none":
        for batch in _batches(keyed(chunks, engine)):
            _write_alone(batch, engine, change, pace)
            yield from (_row(chunk, key, change) for chunk, key, _ in batch)
        return
    last: Tensor | None = None
    for chunk, key, previous in keyed(chunks, engine):
        if change.has_segment(key):
            last = None
        else:
            last = _compute(
                {key: chunk.ids}, _tail(previous, last, engine, change), engine, change, pace
            )
        yield _row(chunk, key, change)


def _batches(keyed: Iterable[Keyed]) -> Iterator[list[Keyed]]:
    """Chunks that are written together: so many tokens, of lengths that are not too unlike each
    other.
    """
    batch: list[Keyed] = []
    tokens = longest = 0
    for one in keyed:
        size = len(one[0].ids)
        tokens, longest = tokens + size, max(longest, size)
        if batch and (tokens > ROWS_AT_ONCE or (len(batch) + 1) * longest > MOST_PADDED):
            yield batch
            batch, tokens, longest = [], size, size
        batch.append(one)
    if batch:
        yield batch


def _write_alone(batch: Iterable[Keyed], engine: Engine, change: Change, pace: Pace) -> None:
    """Compute what is missing of chunks that see nothing of each other."""
    missing = {key: chunk.ids for chunk, key, _ in batch if not change.has_segment(key)}
    if missing:
        _compute(missing, None, engine, change, pace)


def _compute(
    missing: Mapping[str, Sequence[int]],
    tail: Tensor | None,
    engine: Engine,
    change: Change,
    pace: Pace,
) -> Tensor:
    """Let the model write chunks, by their segments' keys; gives the vectors of the last."""
    network, ids = engine.network, list(missing.values())  # loading it is no writing
    with pace.measured(sum(map(len, ids))):
        if tail is None:
            written = network.write_alone(ids, change.spec.kv_width > 0)
        else:
            written = [network.write_after(ids[0], tail)]
        vectors = [each.vectors.cpu() for each in written]  # waits for a GPU
    for key, rows, each in zip(missing, vectors, written, strict=True):
        change.put_segment(key, Segment(rows, each.keys))
    return written[-1].vectors


def _row(chunk: Chunk, key: str, change: Change) -> ChunkRow:
    place = chunk.place
    return ChunkRow(
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


def _tail(previous: str | None, last: Tensor | None, engine: Engine, change: Change) -> Tensor:
    """What a chunk sees of what was written before: [L,T,d]; a document's first sees the
    checkpoint's pool.

    last: the vectors of the segment `previous`, where they were written just now.
    """
    if last is not None:
        return last
    if previous is not None:
        return change.segments.open(previous).vectors.numbers
    import torch

    return torch.stack([vectors[-engine.config.num_tokens :] for vectors in engine.origin.vectors])
