"""What there is to say about a memory at a glance; no model is asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from store.home import Home
from store.index import Index
from store.kinds import kind_of
from store.kinds.holdings import Held, Holdings
from store.records import DocumentRow, Generation
from store.state_files import read_state


@dataclass(frozen=True)
class Overview:
    """`facts` as `status --json` shows them; the last generation, its documents, and of each:

    what it holds (0: the model's own vectors) and the other paths at which the same content was
    read.
    """

    facts: dict[str, Any]
    generation: Generation | None
    documents: list[DocumentRow]
    held: dict[int, Held]
    copies: dict[int, list[str]]
    holdings: Holdings


def look(path: Path) -> Overview:
    """Look at the memory in a folder. Raises `NoMemoryError`, `DamagedError`."""
    home = Home(path)
    index = Index.open(home)
    last = index.generation()
    documents = index.documents(last.id) if last else []
    owners = [document for document, _, _ in index.entries(last.id)] if last else []
    tags, inputs = index.tags(), index.inputs()
    index.close()
    spec = home.spec
    kind = kind_of(spec)
    holdings = kind.holdings(read_state(home, last.state) if last else kind.initial(), owners)
    facts = {
        "memory": str(home.path),
        "model": spec.model,
        "identity": spec.identity,
        "dtype": spec.dtype,
        "quantize": spec.quantize,
        "generation": last.id if last else 0,
        "tags": [tag for tag, number in tags.items() if last and number == last.id],
        "created_at": last.created_at if last else None,
        "state_digest": last.state if last else None,
        "documents": last.documents if last else 0,
        "chunks": last.chunks if last else 0,
        "tokens": last.tokens if last else 0,
        "pool_vectors": last.pool_vectors if last else 0,
        "pool_capacity": spec.pool_vectors,
        "ltm_vectors": last.ltm_vectors if last else 0,
        "ltm_capacity": spec.capacity_vectors,
        "bytes": home.size_bytes(),
    }
    return Overview(
        facts, last, documents, holdings.by_document(), _copies(documents, inputs), holdings
    )


def _copies(documents: list[DocumentRow], inputs: dict[str, str]) -> dict[int, list[str]]:
    paths: dict[str, list[str]] = {}
    for path, sha256 in inputs.items():
        paths.setdefault(sha256, []).append(path)
    return {
        each.id: sorted(path for path in paths.get(each.sha256, ()) if path != each.path)
        for each in documents
    }
