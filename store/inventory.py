"""What a memory holds and remembers, against which new inputs are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from store.disk import file_bytes
from store.home import Home
from store.index import Index
from store.records import DocumentRow, Root
from store.spec import Spec, check_model

_HANDFUL = 5


@dataclass(frozen=True)
class Inventory:
    """The last generation's documents, every input that was read (path -> SHA-256, copies
    included) and every root that was named.

    `broken`: see `broken_documents`; `rolled_back`: contents that left when an earlier generation
    was gone back to.
    """

    generation: int = 0
    documents: Sequence[DocumentRow] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)
    roots: Sequence[Root] = ()
    broken: frozenset[str] = frozenset()
    rolled_back: frozenset[str] = frozenset()

    @property
    def numbers(self) -> set[int]:
        """The ids of the documents."""
        return {document.id for document in self.documents}

    def is_most(self, leaving: int) -> bool:
        """Whether so many documents are too many to leave at once unasked: more than a handful, and
        more than half of all.
        """
        return leaving > _HANDFUL and 2 * leaving > len(self.documents)


def take_inventory(path: Path, model: Spec | None = None) -> Inventory:
    """Look at a memory and change nothing; empty where there is none.

    model: by which it must have been written. Raises `OtherModelError`.
    """
    if not Home.exists(path):
        return Inventory()
    home = Home(path)
    if model is not None:
        check_model(home.spec, model)
    with closing(Index.open(home)) as index, index.snapshot():
        return inventory_of(index, broken_documents(home, index))


def inventory_of(index: Index, broken: frozenset[str] = frozenset()) -> Inventory:
    """The inventory of an opened memory."""
    last = index.generation()
    return Inventory(
        last.id if last else 0,
        index.documents(last.id) if last else [],
        index.inputs(),
        index.roots(),
        broken,
        index.contents_taken_by("rollback"),
    )


def broken_documents(home: Home, index: Index) -> frozenset[str]:
    """Skip keys of documents that have a segment whose file is gone or has another size."""
    wrong = [
        key
        for key, file in index.segment_files().items()
        if file_bytes(home.segment(key)) != file.bytes
    ]
    return frozenset(index.having(wrong)) if wrong else frozenset()
