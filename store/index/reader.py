"""Reading the SQLite index: documents, chunks, segments, journal and generations.

The journal keeps for every document the generations in which it is there, so the documents of any
generation are one query.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from typing import TYPE_CHECKING, Self

from store.errors import RESTORE, DamagedError, OlderError
from store.home import Home
from store.index.journal import Journal
from store.index.kept import IN_DIGITS, NEWEST, THERE, chunk_row, kept_digest, segment_row
from store.index.rows import Row
from store.records import (
    ChunkRow,
    Common,
    DocumentRow,
    Entry,
    Generation,
    Root,
    SegmentFile,
)
from store.spec import Spec, parse_spec
from store.texts import WholeText
from store.typed import made

if TYPE_CHECKING:
    from store.index.vocabulary import Vocabulary
    from store.kinds.journal import Entries


class Index(Journal):
    """The index of one memory, for any number of threads; `store.index.writer` changes it.

    Each question is answered from one state of the file. Several belong together inside
    `snapshot`, or while `store.locks.read_lock` keeps the generations that are asked about from
    being removed. Raises `DamagedError` where the file is no such index.
    """

    @classmethod
    def open(cls, home: Home) -> Self:
        """The index of a memory. Raises `OlderError`."""
        index = cls.as_kept(home)
        try:
            index._move = index._moved()[0]
        except BaseException:
            index.close()
            raise
        return index

    @classmethod
    def as_kept(cls, home: Home) -> Self:
        """The same with the paths that digests vouch for, though the memory may have been moved."""
        index = cls._found(home)
        if NEWEST not in index._applied():
            index.close()
            raise OlderError(
                f"{home.index} was made by an older mplus", "bring it up to date with: mplus gc"
            )
        return index

    @classmethod
    def _found(cls, home: Home) -> Self:
        """The index of a memory, of whatever version."""
        if not home.index.exists():
            raise DamagedError(f"the index {home.index} is missing", RESTORE)
        index = cls(home.index)
        try:
            if not index._applied():
                raise DamagedError(f"the index {home.index} is damaged: it is empty", RESTORE)
        except BaseException:
            index.close()
            raise
        return index

    def _applied(self) -> list[str]:
        """The migrations that made the tables what they are."""
        return self._query(
            lambda row: str(row["name"]),
            "SELECT name FROM _sqlite_migrations WHERE migration_set = 'mplus'",
        )

    # What a generation holds

    def generation(self, number: int | None = None) -> Generation | None:
        """A generation by number, or the last one; None before the first commit."""
        where = "WHERE id = :id" if number is not None else "ORDER BY id DESC LIMIT 1"
        return next(
            iter(
                self._query(self._generation, f"SELECT * FROM generations {where}", {"id": number})
            ),
            None,
        )

    def generations(self) -> list[Generation]:
        """All generations, newest first."""
        return self._query(self._generation, "SELECT * FROM generations ORDER BY id DESC")

    def documents(self, generation: int) -> list[DocumentRow]:
        """Documents of a generation in journal order."""
        return self._query(
            self._document,
            "SELECT documents.* FROM journal JOIN documents ON documents.id = journal.document "
            f"WHERE {THERE} ORDER BY journal.id",
            {"generation": generation},
        )

    def holds(self, generation: int, document: int) -> bool:
        """Whether a document is there in a generation."""
        sql = f"SELECT 1 FROM journal WHERE document = :document AND {THERE}"
        return bool(self._tuples(sql, {"document": document, "generation": generation}))

    def entries(self, generation: int) -> Entries:
        """The journal of a generation."""
        from store.kinds.journal import Entries  # here: a quick command asks for none

        sql = (
            "SELECT chunks.document, chunks.segment, chunks.vectors FROM journal "
            "JOIN chunks ON chunks.document = journal.document "
            f"WHERE {THERE} ORDER BY journal.id, chunks.ordinal"
        )
        with self._sensible(), self._connections.watched():
            return Entries.kept(self._connections.execute(sql, {"generation": generation}))

    @property
    def vocabulary(self) -> Vocabulary:
        """The words of all texts."""
        from store.index.vocabulary import Vocabulary

        return Vocabulary(self._rows)

    def segment_file(self, key: str) -> SegmentFile | None:
        """What the index says about a segment's bytes."""
        sql = "SELECT * FROM segments WHERE key = :key"
        return next(iter(self._query(segment_row, sql, {"key": kept_digest(key)})), None)

    def without_text(self, generation: int) -> list[DocumentRow]:
        """Documents of a generation whose texts are not there, in journal order."""
        with self.snapshot():
            there = set(self._query(lambda row: int(row["document"]), "SELECT document FROM texts"))
            return [each for each in self.documents(generation) if each.id not in there]

    def content(self, document: int) -> tuple[list[ChunkRow], WholeText | None]:
        """The chunks of a document, in order, and its whole text."""
        with self.snapshot():
            whole = self.whole_text(document)
            chunks = self._query(
                lambda row: chunk_row(row, whole),
                "SELECT * FROM chunks WHERE document = :id ORDER BY ordinal",
                {"id": document},
            )
        return chunks, whole

    def document(self, number: int) -> DocumentRow:
        """A document by its id. Raises `DamagedError` where there is none."""
        sql = "SELECT * FROM documents WHERE id = :id"
        found = self._query(self._document, sql, {"id": number})
        if not found:
            raise DamagedError(f"the index {self._file} has no document {number}", RESTORE)
        return found[0]

    def vectors(self, documents: Iterable[int]) -> int:
        """Vectors per layer of some documents."""
        sql = (
            "SELECT total(vectors) AS n FROM chunks WHERE document IN (SELECT value FROM "
            "json_each(:ids))"
        )
        return self._query(lambda row: int(row["n"]), sql, {"ids": json.dumps(list(documents))})[0]

    # What the whole memory holds, whatever the generation

    def all_documents(self) -> list[DocumentRow]:
        """Every document of any generation."""
        return self._query(self._document, "SELECT * FROM documents ORDER BY id")

    def journal(self) -> list[Entry]:
        """The journal in order: which documents are there when."""
        return self._query(
            lambda row: made(Entry, row), "SELECT document, since, until FROM journal ORDER BY id"
        )

    def pieces(self) -> dict[int, list[tuple[str, int]]]:
        """Document -> key and K of each of its segments in order, of all documents."""
        sql = "SELECT document, segment, vectors FROM chunks ORDER BY document, ordinal"
        rows = self._tuples(sql, {})
        found: dict[int, list[tuple[str, int]]] = {}
        with self._sensible():
            for document, key, vectors in rows:
                found.setdefault(document, []).append((_digits(key), vectors))
        return found

    def segment_files(self) -> dict[str, SegmentFile]:
        """Key -> what the index says about the bytes of every segment that a document has."""
        files = self._query(
            segment_row,
            "SELECT * FROM segments WHERE key IN (SELECT segment FROM chunks) ORDER BY key",
        )
        return {file.key: file for file in files}

    def segment_sizes(self) -> list[tuple[str, int]]:
        """Key and bytes of every segment, as the index has them."""
        rows = self._tuples("SELECT key, bytes FROM segments", {})  # as they come: there are many
        with self._sensible():
            return [(_digits(key), size) for key, size in rows]

    def segments_of(self, documents: Iterable[int]) -> set[str]:
        """Keys of the segments of some documents."""
        sql = (
            "SELECT DISTINCT segment FROM chunks WHERE document IN (SELECT value FROM "
            "json_each(:ids))"
        )
        rows = self._tuples(sql, {"ids": json.dumps(list(documents))})
        with self._sensible():
            return {_digits(key) for (key,) in rows}

    def owners(self) -> dict[str, str]:
        """Segment -> the path of a document that has it."""
        return dict(
            self._query(
                lambda row: (row["segment"], self._carried(row["path"])),
                "SELECT DISTINCT segment, path FROM chunks "
                "JOIN documents ON documents.id = chunks.document ORDER BY documents.id",
            )
        )

    def contents_taken_by(self, command: str) -> frozenset[str]:
        """SHA-256 of the contents that left last by a command."""
        found = self._query(
            lambda row: (row["sha256"], row["command"]),
            # With max() the other columns are of its row.
            "SELECT sha256, command, max(until) FROM journal "
            "JOIN documents ON documents.id = journal.document "
            "JOIN generations ON generations.id = until GROUP BY sha256",
        )
        return frozenset(content for content, by in found if by == command)

    def having(self, segments: Iterable[str]) -> list[str]:
        """Skip keys of the documents that have one of these segments."""
        sql = (
            "SELECT DISTINCT skip_key FROM documents JOIN chunks ON chunks.document = documents.id "
            f"WHERE {IN_DIGITS.format('segment')} IN (SELECT value FROM json_each(:keys))"
        )
        return self._query(
            lambda row: str(row["skip_key"]), sql, {"keys": json.dumps(list(segments))}
        )

    def check(self) -> list[str]:
        """What SQLite finds wrong with the file, its text index included; it is checked in a
        copy.
        """
        with self._connections.watched(), closing(sqlite3.connect("")) as copy:
            self._connections.own.backup(copy)
            wrong = [row[0] for row in copy.execute("PRAGMA integrity_check") if row[0] != "ok"]
            wrong += [
                f"{row[0]} row {row[1]} names no row of {row[2]}"
                for row in copy.execute("PRAGMA foreign_key_check")
            ]
            tagged = set(self.tags().values()) - {each.id for each in self.generations()}
            wrong += [
                f"a tag names generation {number}, which is not there" for number in sorted(tagged)
            ]
            if not wrong:
                from store.index import text_index

                wrong += text_index.differences(copy)
        return wrong

    def specs(self) -> dict[str, Spec]:
        """Identity -> what a memory of that model is made for, of every model that a generation is
        for.
        """
        return dict(self._query(self._spec, "SELECT identity, spec FROM specs ORDER BY identity"))

    def spec(self, generation: Generation) -> Spec:
        """What a generation is made for. Raises `DamagedError` where that is not there."""
        found = self.specs().get(generation.identity)
        if found is None:
            raise DamagedError(
                f"the index {self._file} is damaged: it does not know the model of generation "
                f"{generation.id}",
                RESTORE,
            )
        return found

    def _spec(self, row: Row) -> tuple[str, Spec]:
        spec, _ = parse_spec(row["spec"].encode(), self._file)
        if spec.identity != row["identity"]:
            raise ValueError("a model's description")
        return spec.identity, spec

    def identities(self) -> dict[str, str]:
        """Segment key -> identity of the model that wrote it, of all segments of any generation."""
        rows = self._query(
            lambda row: (row["segment"], row["identity"]),
            "SELECT DISTINCT segment, identity FROM journal "
            "JOIN chunks ON chunks.document = journal.document "
            "JOIN generations ON generations.id = since",
        )
        return dict(rows)

    def tags(self) -> dict[str, int]:
        """Name -> generation."""
        return dict(
            self._query(
                lambda row: (row["name"], row["generation"]), "SELECT * FROM tags ORDER BY name"
            )
        )

    # What was named and found there, and pushed: of this memory on its machine, not of a generation

    def common(self, repository: str) -> Common | None:
        """What the memory has in common with a repository; None where it knows none of this id."""
        sql = "SELECT * FROM repositories WHERE repository = :id"
        found = self._query(lambda row: made(Common, row), sql, {"id": repository})
        return found[0] if found else None

    def roots(self) -> list[Root]:
        """What users named, in the order of their first naming."""
        return self._query(
            lambda row: Root(self._carried(row["name"]), json.loads(row["options"])),
            "SELECT name, options FROM roots ORDER BY rowid",
        )

    def inputs(self) -> dict[str, str]:
        """Path of every input that was read -> SHA-256 of its content then; copies included."""
        return dict(
            self._query(
                lambda row: (self._carried(row["path"]), row["sha256"]),
                "SELECT path, sha256 FROM inputs",
            )
        )


def _digits(key: bytes | str) -> str:
    """The name of a segment as records have it (`index_rows.told`), where there are many."""
    return key.hex() if isinstance(key, bytes) else key
