"""What a memory has, as repositories tell it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from store.index.reader import Index
from store.records import DocumentRow, Generation
from store.repository.layout import mark_of


class Own:
    """The generations of a memory, and all its documents by number and by mark, as the index has
    them when this is made.
    """

    def __init__(self, index: Index) -> None:
        self.generations: list[Generation] = index.generations()[::-1]
        self.journal = index.journal()
        self.documents: dict[int, DocumentRow] = {each.id: each for each in index.all_documents()}
        self.pieces = index.pieces()
        self.files = index.segment_files()
        self.specs = index.specs()

    @property
    def last(self) -> Generation | None:
        return self.generations[-1] if self.generations else None

    def held(self, generation: Generation | None) -> list[int]:
        """The documents of a generation, in journal order."""
        if generation is None:
            return []
        return [entry.document for entry in self.journal if entry.there(generation.id)]

    @cached_property
    def marks(self) -> dict[int, str]:
        """The mark of each document."""
        return {
            number: mark_of(row, self.pieces.get(number, ()))
            for number, row in self.documents.items()
        }

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The document of each mark; of several that of the last generation."""
        found = {mark: number for number, mark in self.marks.items()}
        return found | {self.marks[number]: number for number in self.held(self.last)}

    def vectors(self, documents: Sequence[int]) -> int:
        """Vectors per layer of some documents."""
        return sum(vectors for each in documents for _, vectors in self.pieces.get(each, ()))
