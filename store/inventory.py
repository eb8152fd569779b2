"""What a memory holds and remembers, against which new inputs are compared."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from store.home import Home
from store.index.reader import Index
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

    def after(
        self,
        generation: int,
        gone: Collection[int],
        added: Iterable[DocumentRow],
        noted: Mapping[str, str | None],
    ) -> Inventory:
        """The inventory after a commit, by which documents went and came and inputs were noted; so
        that long runs need not read it again each time.
        """
        found = {**self.inputs, **noted}
        return replace(
            self,
            generation=generation,
            documents=[*(each for each in self.documents if each.id not in gone), *added],
            inputs={path: sha256 for path, sha256 in found.items() if sha256 is not None},
        )


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
    """Skip keys of documents that have a segment that is missing."""
    missing = missing_segments(home, index)
    return frozenset(index.having(missing)) if missing else frozenset()


def missing_segments(home: Home, index: Index, writing: bool = False) -> frozenset[str]:
    """Segments of any generation that are in no pack, and whose file is gone or has another
    size. `writing`: what packs say of where segments lie is mended first.
    """
    sizes = index.segment_sizes()
    for spec in index.specs().values():
        if spec.lean and sizes:
            from store.segments.lean import LeanSegments  # here: few commands need numpy

            packed = LeanSegments(home, spec)
            if writing:
                packed.correct(sizes)
            there = packed.there([key for key, _ in sizes])
            sizes = [size for size, is_there in zip(sizes, there, strict=True) if not is_there]
    return frozenset(key for key, size_bytes in sizes if home.segment_bytes(key) != size_bytes)
