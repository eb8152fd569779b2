"""What there is to say about a memory at a glance; no model is asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from mplus_cli.results import Document, Generation, Status
from store import records
from store.holdings import Held, Holdings
from store.home import Home
from store.index import Index
from store.state import initial, read_state


@dataclass(frozen=True)
class Overview:
    """A memory's last generation, its documents, and what each holds of the pool and beyond.

    held: document id -> vectors per layer (0: the model's own). reads_pool: whether questions read
    the pool and the long-term memory vector by vector; else they read whole chunks, and how the
    pool is shared out says nothing about answers.
    """

    status: Status
    documents: tuple[Document, ...]
    held: dict[int, Held]
    holdings: Holdings
    reads_pool: bool


def look(path: Path) -> Overview:
    """Look at the memory in a folder. Raises `NoMemoryError`, `DamagedError`."""
    home = Home(path)
    with closing(Index.open(home)) as index:
        last = index.generation()
        documents = index.documents(last.id) if last else []
        owners = [document for document, _, _ in index.entries(last.id)] if last else []
        tags, inputs = index.tags(), index.inputs()
    spec = home.spec
    state = read_state(home, last.state) if last else initial(spec)
    holdings = Holdings(spec, state, owners)
    held = holdings.by_document()
    return Overview(
        _status(home, last, [tag for tag, number in tags.items() if last and number == last.id]),
        tuple(_documents(documents, held, inputs)),
        held,
        holdings,
        reads_pool=not spec.retrieval_layers,
    )


def _status(home: Home, last: records.Generation | None, tags: Sequence[str]) -> Status:
    spec = home.spec
    return Status(
        memory=str(home.path),
        model=spec.model,
        identity=spec.identity,
        dtype=spec.dtype,
        quantize=spec.quantize,
        generation=last.id if last else 0,
        tags=tuple(tags),
        created_at=last.created_at if last else None,
        state_digest=last.state if last else None,
        documents=last.documents if last else 0,
        chunks=last.chunks if last else 0,
        tokens=last.tokens if last else 0,
        pool_vectors=last.pool_vectors if last else 0,
        pool_capacity=spec.pool_vectors,
        ltm_vectors=last.ltm_vectors if last else 0,
        ltm_capacity=spec.capacity_vectors,
        bytes=home.size_bytes(),
    )


def _documents(
    rows: Iterable[records.DocumentRow], held: dict[int, Held], inputs: dict[str, str]
) -> Iterable[Document]:
    paths: dict[str, list[str]] = {}
    for path, sha256 in inputs.items():
        paths.setdefault(sha256, []).append(path)
    for row in rows:
        yield Document(
            id=row.id,
            path=row.path,
            sha256=row.sha256,
            reader=row.reader,
            bytes=row.bytes,
            chunks=row.chunks,
            tokens=row.tokens,
            added_at=row.added_at,
            copies=tuple(sorted(path for path in paths.get(row.sha256, ()) if path != row.path)),
            pool_vectors=round(held[row.id].pool, 2),
            ltm_vectors=round(held[row.id].longterm, 2),
        )


def generation(row: records.Generation, tags: dict[str, int]) -> Generation:
    """A generation as callers see it; tags: of all generations, by name."""
    lists = {name: tuple(getattr(row, name)) for name in ("added", "changed", "removed")}
    named = tuple(tag for tag, number in tags.items() if number == row.id)
    return Generation(**vars(row) | lists, tags=named)
