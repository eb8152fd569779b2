"""What there is to say about a memory at a glance; no model is asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mplus_cli.budget import BudgetRule
from mplus_cli.results.contents import DerivedVectors, Document, Status
from mplus_cli.upkeep.generations import unless_collected
from store import records
from store.home import Home
from store.index.reader import Index
from store.kinds import Holdings, State, kind_of
from store.kinds.holdings import Held
from store.kinds.holdings import Holdings as PoolHoldings
from store.segments.vector_cache import vector_cache_of
from store.spec import Spec
from store.state_files import read_state


@dataclass(frozen=True)
class Overview:
    """A memory's last generation, its documents, and what each holds of the pool and beyond.

    held: document id -> vectors per layer (0: the model's own). holdings: where these are shown,
    that is where questions read the pool (`reads_pool`).
    """

    status: Status
    documents: tuple[Document, ...]
    held: dict[int, Held]
    holdings: PoolHoldings | None

    @property
    def reads_pool(self) -> bool:
        """See `store.kinds.Kind`."""
        return self.holdings is not None


def overview_of(path: Path, rule: BudgetRule) -> Overview:
    """Look at the memory in a folder; `rule`: what its derived vectors may take.

    Raises `NoMemoryError`, `DamagedError`.
    """
    home = Home(path)
    with closing(Index.open(home)) as index:
        last, spec, state, rows, tags, inputs = unless_collected(lambda: _read(home, index))
    kind = kind_of(spec)
    holdings = kind.holdings(state, [(row.id, row.chunks) for row in rows])
    held = holdings.by_document()
    return Overview(
        _status(
            home,
            spec,
            last,
            [tag for tag, number in tags.items() if last and number == last.id],
            holdings,
            _vectors(home, spec, state, rule) if spec.lean else None,
        ),
        tuple(_documents(rows, held, inputs)),
        held,
        holdings if kind.reads_pool else None,
    )


def _read(home: Home, index: Index) -> tuple[Any, ...]:
    """All that is asked of the index, from one state of it, and the state that it names."""
    with index.snapshot():
        last = index.generation()
        spec = index.spec(last) if last else home.spec
        rows = index.documents(last.id) if last else []
        tags, inputs = index.tags(), index.inputs()
        state = read_state(home, index, last, spec) if last else kind_of(spec).initial()
    return last, spec, state, rows, tags, inputs


def _status(
    home: Home,
    spec: Spec,
    last: records.Generation | None,
    tags: Sequence[str],
    holdings: Holdings,
    vectors: DerivedVectors | None,
) -> Status:
    faded = holdings.faded()
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
        ltm_capacity=None if spec.unlimited else spec.capacity_vectors,
        faded_documents=faded.documents,
        faded_chunks=faded.chunks,
        bytes=home.size_bytes(),
        vectors=vectors,
        slots_used=holdings.slots,
        slots=spec.slots,
    )


def _vectors(home: Home, spec: Spec, state: State, rule: BudgetRule) -> DerivedVectors:
    cache, budget = vector_cache_of(home, spec), rule.budget(home, spec)
    there = set(cache.keys())
    chunks = sum(key in there for key in state.journal) if there else 0
    return DerivedVectors(cache.size_bytes(), chunks, budget.bytes, budget.why)


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
            slots=round(held[row.id].slots, 2),
        )
