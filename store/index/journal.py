"""What stands where in a generation's journal: the chunks by number, and by their words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

from store.index.kept import THERE, chunk_row
from store.index.packed_texts import unpacked
from store.index.rows import Row, Rows
from store.records import LOCATED_BEFORE, LOCATED_BEGINNING, Located
from store.texts import WholeText

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from store.index.numbering import Numbering, Numberings, Placing

_ORDER = (
    "SELECT chunks.id FROM journal JOIN chunks ON chunks.document = journal.document "
    f"WHERE {THERE} ORDER BY journal.id, chunks.ordinal"
)

_DOCUMENTS = (
    "SELECT documents.id, documents.chunks FROM journal "
    f"JOIN documents ON documents.id = journal.document WHERE {THERE} ORDER BY journal.id"
)
# What tells one order from another. A rebuilding leaves chunks' numbers and changes documents'.
_OF_CHUNKS, _OF_DOCUMENTS = "digest", "digest, (SELECT max(id) FROM generations)"
T = TypeVar("T")


class Journal(Rows):
    """The chunks of each generation, by their places in its journal.

    Set `numberings` to what other objects for the same memory know, before it is asked: a numbering
    takes the time of all chunks, a placing that of all documents, and what is asked of them does
    not.
    """

    numberings: Numberings | None = None

    def numbering(self, generation: int) -> Numbering:
        """Which chunk stands where in a generation's journal."""
        from store.index.numbering import Numbering

        return self._kept(
            generation,
            _OF_CHUNKS,
            lambda: Numbering(row for (row,) in self._tuples(_ORDER, {"generation": generation})),
        )

    def _placing(self, generation: int) -> Placing:
        """Which document stands where in a generation's journal."""
        from store.index.numbering import Placing

        with self._sensible():
            return self._kept(
                generation,
                _OF_DOCUMENTS,
                lambda: Placing(self._tuples(_DOCUMENTS, {"generation": generation})),
            )

    def _kept(self, generation: int, marks: str, make: Callable[[], T]) -> T:
        """What is known of a generation's order, made where it is not. marks: see `_OF_CHUNKS`."""
        from store.index.numbering import Numberings

        if self.numberings is None:
            self.numberings = Numberings()
        with self.snapshot():
            found = self._tuples(
                f"SELECT {marks} FROM generations WHERE id = :id", {"id": generation}
            )
            file = self._file.stat()
            return self.numberings.kept((marks, file.st_dev, file.st_ino, generation, *found), make)

    def located(self, generation: int, numbers: Sequence[int]) -> dict[int, Located]:
        """The chunks that stand at these places (from 1) of a generation's journal."""
        with self.snapshot():
            there = self._placing(generation).places(numbers)
            rows = self._rows(
                "SELECT documents.path, sha256, bytes, added_at, chunks.* FROM json_each(:places) "
                "JOIN chunks ON chunks.document = json_extract(value, '$[0]') "
                "AND ordinal = json_extract(value, '$[1]') "
                "JOIN documents ON documents.id = chunks.document",
                {"places": json.dumps(list(there))},
            )
            wholes = {number: self.whole_text(number) for number in {r["document"] for r in rows}}
        with self._sensible():
            return {
                there[row["document"], row["ordinal"]]: self._located(row, wholes[row["document"]])
                for row in rows
            }

    def _located(self, row: Row, whole: WholeText | None) -> Located:
        text, start = whole.text if whole else "", row["start"]
        return Located(
            document=row["document"],
            path=self._carried(row["path"]),
            sha256=row["sha256"],
            bytes=row["bytes"],
            read_at=row["added_at"],
            ordinal=row["ordinal"],
            chunk=chunk_row(row, whole),
            title=whole.title if whole else "",
            before=text[max(0, start - LOCATED_BEFORE) : start],
            beginning=text[:LOCATED_BEGINNING],
        )

    def numbers(self, generation: int, documents: Iterable[int]) -> list[int]:
        """Places (from 1) in a generation's journal of the chunks of some documents."""
        with self.snapshot():
            found = self.numbering(generation).numbers(self._chunks_of(documents))
        return sorted(int(number) for number in found if number)

    def placed(self, generation: int, chunks: Sequence[tuple[int, int]]) -> list[int]:
        """Where chunks, each by its document and its number there, stand in a generation's journal
        (from 1); 0 for one that is not there.
        """
        sql = (
            "SELECT chunks.document, ordinal, chunks.id FROM json_each(:chunks) JOIN chunks "
            "ON chunks.document = json_extract(value, '$[0]') "
            "AND ordinal = json_extract(value, '$[1]')"
        )
        import numpy as np

        with self.snapshot():
            rows = self._tuples(sql, {"chunks": json.dumps(list(chunks))})
            there = {(document, ordinal): row for document, ordinal, row in rows}
            found = np.array([there.get(chunk, 0) for chunk in chunks], dtype=np.int64)
            return [int(at) for at in self.numbering(generation).numbers(found)]

    def ranked_by_text(
        self,
        generation: int,
        question: str,
        documents: Iterable[int] | None = None,
        limit: int = 100,
    ) -> list[int]:
        """Places (from 1) in a generation's journal of the chunks whose text, section or document's
        name fits best (BM25), best first; of some documents alone, if they are given.
        """
        from store.index.text_ranking import ranked
        from store.index.words import asked, telling

        words = telling(asked(question))
        if not words:
            return []
        with self.snapshot():
            among = None if documents is None else self._chunks_of(documents)
            return ranked(self._tuples, words, self.numbering(generation), among, limit)

    def _chunks_of(self, documents: Iterable[int]) -> NDArray[np.int64]:
        """Rows of the chunks of some documents, ascending."""
        import numpy as np

        sql = "SELECT id FROM chunks WHERE document IN (SELECT value FROM json_each(:ids))"
        rows = self._tuples(sql, {"ids": json.dumps(list(documents))})
        return np.sort(np.array([row for (row,) in rows], dtype=np.int64))

    def whole_text(self, document: int) -> WholeText | None:
        """All of a document's text; None where it came in a snapshot without text."""
        return next(
            iter(
                self._query(
                    lambda row: unpacked(row["content"]),
                    "SELECT content FROM texts WHERE document = :id",
                    {"id": document},
                )
            ),
            None,
        )
