"""The SQLite index: documents, chunks, segments, journal and generations.

The journal keeps for every document the generations in which it is there, so the documents of any
generation are one query, and a commit is one transaction that also adds the generation's row.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from store.errors import RESTORE, DamagedError, MplusError
from store.home import Home
from store.records import ChunkRow, DocumentRow, Entry, Generation, Located, Root, document_digest
from store.rows import LISTS, NEWEST, THERE, chunk_row, document_row, generation_row, segment_row
from store.segments import SegmentFile
from store.typed import made

if TYPE_CHECKING:
    from sqlite_utils import Database
    from sqlite_utils.db import Table

T = TypeVar("T")
Row = dict[str, Any]
BUSY_TIMEOUT_S = 10.0
# Other codes (busy, read-only, full, cannot open) say nothing about the file.
_DAMAGE = {
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_CONSTRAINT,
}


class Index:
    """The index of one memory. Raises `DamagedError` where the file is no such index."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._connection = sqlite3.connect(file, timeout=BUSY_TIMEOUT_S)

    @cached_property
    def _db(self) -> Database:
        """For changes. Reading does without: the library and what it imports take longer to start
        than a query.
        """
        from sqlite_utils import Database

        return Database(self._connection, execute_plugins=False)

    @staticmethod
    def create(file: Path) -> None:
        """Make the index of a new memory."""
        index = Index(file)
        with index._watched():
            index._db.enable_wal()
        index._migrate()
        index.close()

    @staticmethod
    def open(home: Home, write: bool = False) -> Index:
        """The index of a memory; to write, it is brought up to date first."""
        if not home.index.exists():
            raise DamagedError(f"the index {home.index} is missing", RESTORE)
        index = Index(home.index)
        applied = index._query(
            lambda row: str(row["name"]),
            "SELECT name FROM _sqlite_migrations WHERE migration_set = 'mplus'",
        )
        if not applied:
            raise DamagedError(f"the index {home.index} is damaged: it is empty", RESTORE)
        if write:
            index._migrate()
        elif NEWEST not in applied:
            raise MplusError(
                f"{home.index} was made by an older mplus", "bring it up to date with: mplus gc"
            )
        return index

    def _migrate(self) -> None:
        from store.schema import migrations

        with self._watched():
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA secure_delete = ON")
            migrations.apply(self._db)

    def close(self) -> None:
        self._connection.close()

    # What a generation holds

    def generation(self, number: int | None = None) -> Generation | None:
        """A generation by number, or the last one; None before the first commit."""
        where = "WHERE id = :id" if number is not None else "ORDER BY id DESC LIMIT 1"
        return next(
            iter(self._query(generation_row, f"SELECT * FROM generations {where}", {"id": number})),
            None,
        )

    def generations(self) -> list[Generation]:
        """All generations, newest first."""
        return self._query(generation_row, "SELECT * FROM generations ORDER BY id DESC")

    def documents(self, generation: int) -> list[DocumentRow]:
        """Documents of a generation in journal order."""
        return self._query(
            document_row,
            "SELECT documents.* FROM journal JOIN documents ON documents.id = journal.document "
            f"WHERE {THERE} ORDER BY journal.id",
            {"generation": generation},
        )

    def entries(self, generation: int) -> list[tuple[int, str, int]]:
        """The journal of a generation: (document, segment key, vectors) in the order in which they
        entered.
        """
        return self._query(
            lambda row: (row["document"], row["segment"], row["vectors"]),
            "SELECT chunks.document, chunks.segment, chunks.vectors FROM journal "
            "JOIN chunks ON chunks.document = journal.document "
            f"WHERE {THERE} ORDER BY journal.id, chunks.ordinal",
            {"generation": generation},
        )

    def located(self, generation: int, numbers: Sequence[int]) -> dict[int, Located]:
        """The chunks that stand at these places (from 1) of a generation's journal."""
        rows = self._query(
            lambda row: (row["number"], _located(row)),
            "SELECT * FROM (SELECT row_number() OVER (ORDER BY journal.id, "
            "chunks.ordinal) AS number, "
            "documents.path AS path, chunks.* FROM journal "
            "JOIN chunks ON chunks.document = journal.document "
            "JOIN documents ON documents.id = journal.document "
            f"WHERE {THERE}) WHERE number IN (SELECT value FROM json_each(:numbers))",
            {"generation": generation, "numbers": json.dumps(list(numbers))},
        )
        return dict(rows)

    def ranked_by_text(self, generation: int, question: str, limit: int = 50) -> list[int]:
        """Places (from 1) in a generation's journal of the chunks whose text fits best (BM25), best
        first.
        """
        words = re.findall(r"\w+", question)
        if not words:
            return []
        return self._query(
            lambda row: int(row["number"]),
            "SELECT number FROM (SELECT row_number() OVER (ORDER BY journal.id, "
            "chunks.ordinal) AS number, chunks.id "
            f"FROM journal JOIN chunks ON chunks.document = journal.document WHERE "
            f"{THERE}) AS there "
            "JOIN chunks_fts ON chunks_fts.rowid = there.id "
            "WHERE chunks_fts MATCH :words ORDER BY chunks_fts.rank, number LIMIT :limit",
            {
                "generation": generation,
                "words": " OR ".join(f'"{word}"' for word in words),
                "limit": limit,
            },
        )

    def segment_file(self, key: str) -> SegmentFile | None:
        """What the index says about a segment's bytes."""
        return next(
            iter(self._query(segment_row, "SELECT * FROM segments WHERE key = :key", {"key": key})),
            None,
        )

    def chunks(self, document: int) -> list[ChunkRow]:
        """The chunks of a document, in order."""
        return self._query(
            chunk_row,
            "SELECT * FROM chunks WHERE document = :id ORDER BY ordinal",
            {"id": document},
        )

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
        return self._query(document_row, "SELECT * FROM documents ORDER BY id")

    def journal(self) -> list[Entry]:
        """The journal in order: which documents are there when."""
        return self._query(
            lambda row: made(Entry, row), "SELECT document, since, until FROM journal ORDER BY id"
        )

    def segment_files(self) -> dict[str, SegmentFile]:
        """Key -> what the index says about the bytes of every segment that a document has."""
        files = self._query(
            segment_row,
            "SELECT * FROM segments WHERE key IN (SELECT segment FROM chunks) ORDER BY key",
        )
        return {file.key: file for file in files}

    def segments_of(self, documents: Iterable[int]) -> set[str]:
        """Keys of the segments of some documents."""
        sql = (
            "SELECT DISTINCT segment FROM chunks WHERE document IN (SELECT value FROM "
            "json_each(:ids))"
        )
        return set(
            self._query(lambda row: str(row["segment"]), sql, {"ids": json.dumps(list(documents))})
        )

    def having(self, segments: Iterable[str]) -> list[str]:
        """Skip keys of the documents that have one of these segments."""
        sql = (
            "SELECT DISTINCT skip_key FROM documents JOIN chunks ON chunks.document = documents.id "
            "WHERE segment IN (SELECT value FROM json_each(:keys))"
        )
        return self._query(
            lambda row: str(row["skip_key"]), sql, {"keys": json.dumps(list(segments))}
        )

    def check(self) -> list[str]:
        """What SQLite finds wrong with the file, its text index included; it is checked in a
        copy.
        """
        with self._watched(), closing(sqlite3.connect("")) as copy:
            self._connection.backup(copy)
            wrong = [row[0] for row in copy.execute("PRAGMA integrity_check") if row[0] != "ok"]
            wrong += [
                f"{row[0]} row {row[1]} names no row of {row[2]}"
                for row in copy.execute("PRAGMA foreign_key_check")
            ]
            tagged = set(self.tags().values()) - {
                generation.id for generation in self.generations()
            }
            wrong += [
                f"a tag names generation {number}, which is not there" for number in sorted(tagged)
            ]
            if not wrong:
                copy.execute(
                    "INSERT INTO chunks_fts (chunks_fts, rank) VALUES ('integrity-check', 1)"
                )
        return wrong

    def tags(self) -> dict[str, int]:
        """Name -> generation."""
        return dict(
            self._query(
                lambda row: (row["name"], row["generation"]), "SELECT * FROM tags ORDER BY name"
            )
        )

    def set_tag(self, name: str, generation: int | None) -> None:
        """Name a generation; None takes the name away."""
        with self._changing():
            if generation is None:
                self._table("tags").delete(name)
            else:
                self._table("tags").upsert({"name": name, "generation": generation}, pk="name")

    # What was named, and what was found there: of this machine's disk, not of a generation

    def roots(self) -> list[Root]:
        """What users named, in the order of their first naming."""
        return self._query(
            lambda row: Root(row["name"], json.loads(row["options"])),
            "SELECT name, options FROM roots ORDER BY rowid",
        )

    def inputs(self) -> dict[str, str]:
        """Path of every input that was read -> SHA-256 of its content then; copies included."""
        return dict(
            self._query(lambda row: (row["path"], row["sha256"]), "SELECT path, sha256 FROM inputs")
        )

    def note_roots(self, roots: Iterable[Root], dropped: Iterable[str] = ()) -> None:
        """Remember roots and drop others, by name."""
        with self._changing():
            rows = (
                {"name": root.name, "options": json.dumps(root.options, sort_keys=True)}
                for root in roots
            )
            self._table("roots").upsert_all(rows, pk="name")
            self._drop("roots", "name", dropped)

    def note_inputs(self, inputs: Mapping[str, str | None]) -> None:
        """Remember what was read; an input without a digest is dropped."""
        with self._changing():
            found = (
                {"path": path, "sha256": sha256}
                for path, sha256 in inputs.items()
                if sha256 is not None
            )
            self._table("inputs").upsert_all(found, pk="path")
            self._drop(
                "inputs", "path", (path for path, sha256 in inputs.items() if sha256 is None)
            )

    def _drop(self, table: str, column: str, values: Iterable[str]) -> None:
        for value in values:
            self._db.execute(f"DELETE FROM {table} WHERE {column} = ?", [value])

    # The ways to change it, each one transaction

    def commit(
        self,
        generation: Generation,
        added: Iterable[tuple[DocumentRow, Sequence[ChunkRow]]],
        removed: Iterable[int],
        returned: Iterable[int],
        segments: Iterable[SegmentFile],
        inputs: Mapping[str, str | None],
    ) -> None:
        """Add a generation: documents leave, known ones come back (at the end of the journal), new
        ones come.
        """
        from store.schema import seal_generation

        with self._changing():
            self._insert_generations([generation])
            self.put_segments(segments)
            for document in removed:
                self._db.execute(
                    "UPDATE journal SET until = ? WHERE document = ? AND until IS NULL",
                    [generation.id, document],
                )
            for document in returned:
                self._enter(generation.id, document)
            for document_row, chunks in added:
                self._enter(generation.id, self._add_document(document_row, chunks))
            self.note_inputs(inputs)
            seal_generation(self._db, generation)

    def put_history(
        self,
        generations: Iterable[Generation],
        documents: Iterable[tuple[DocumentRow, Sequence[ChunkRow]]],
        journal: Iterable[Entry],
        segments: Iterable[SegmentFile],
        tags: dict[str, int],
    ) -> None:
        """Take over another memory's history, of which this one has a beginning or nothing."""
        with self._changing():
            there = {row["id"] for row in self._db.query("SELECT id FROM documents")}
            self.put_segments(segments)
            for document, chunks in documents:
                if document.id not in there:
                    self._add_document(document, chunks, document.id)
            self._db.execute("DELETE FROM journal")
            self._table("journal").insert_all(asdict(entry) for entry in journal)
            self._db.execute("DELETE FROM generations")
            self._insert_generations(generations)
            self._table("tags").upsert_all(
                ({"name": name, "generation": number} for name, number in tags.items()), pk="name"
            )

    def put_segments(self, files: Iterable[SegmentFile]) -> None:
        """Say what the bytes of some segments are."""
        with self._changing():
            self._table("segments").upsert_all((asdict(file) for file in files), pk="key")

    def keep(self, generations: Sequence[int]) -> None:
        """Drop all generations but these, and what only they held."""
        ids = {"kept": json.dumps(sorted(generations))}
        kept = "(SELECT value FROM json_each(:kept))"
        with self._changing():
            for sql in (
                f"DELETE FROM generations WHERE id NOT IN {kept}",
                f"DELETE FROM tags WHERE generation NOT IN {kept}",
                "DELETE FROM journal WHERE NOT EXISTS (SELECT 1 FROM generations WHERE id >= since "
                "AND (until IS NULL OR id < until))",
                "UPDATE journal SET since = (SELECT min(id) FROM generations WHERE id >= since), "
                "until = (SELECT min(id) FROM generations WHERE id >= until)",
                "DELETE FROM chunks WHERE document NOT IN (SELECT document FROM journal)",
                "DELETE FROM documents WHERE id NOT IN (SELECT document FROM journal)",
                "DELETE FROM segments WHERE key NOT IN (SELECT segment FROM chunks)",
            ):
                self._db.execute(sql, ids if ":kept" in sql else {})

    def unname(self, documents: Iterable[DocumentRow], instead: str) -> None:
        """Take the paths of documents out of what the generations say about themselves, and out of
        the inputs.
        """
        from store.schema import seal_generation

        gone, contents = (
            {getattr(each, name) for each in documents} for name in ("path", "sha256")
        )
        with self._changing():
            self._drop("inputs", "sha256", contents)
            for table, column in (("inputs", "path"), ("roots", "name")):
                self._drop(table, column, gone)
            for generation in self.generations():
                lists = {name: getattr(generation, name) for name in LISTS}
                if gone.isdisjoint(path for names in lists.values() for path in names):
                    continue
                told: Any = {
                    name: [instead if path in gone else path for path in lists[name]]
                    for name in LISTS
                }
                self._table("generations").update(
                    generation.id, {name: json.dumps(told[name]) for name in LISTS}
                )
                seal_generation(self._db, replace(generation, **told))

    def compact(self) -> None:
        """Write the file anew, without what was deleted, and empty the log."""
        with self._watched():
            self._db.execute("INSERT INTO chunks_fts (chunks_fts) VALUES ('rebuild')")
            self._connection.commit()
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _insert_generations(self, generations: Iterable[Generation]) -> None:
        self._table("generations").insert_all(
            asdict(generation) | {name: json.dumps(getattr(generation, name)) for name in LISTS}
            for generation in generations
        )

    def _add_document(
        self, document: DocumentRow, chunks: Sequence[ChunkRow], number: int | None = None
    ) -> int:
        row = asdict(document) | {"id": number, "digest": document_digest(document, chunks)}
        found = int(self._table("documents").insert(row).last_pk)  # type: ignore[arg-type]
        self._table("chunks").insert_all(
            {"document": found, "ordinal": ordinal} | asdict(chunk)
            for ordinal, chunk in enumerate(chunks)
        )
        return found

    def _enter(self, generation: int, document: int) -> None:
        self._table("journal").insert({"document": document, "since": generation, "until": None})

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with self._watched(), self._db.atomic():
            yield

    def _table(self, name: str) -> Table:
        return self._db.table(name)

    def _query(
        self,
        make: Callable[[dict[str, Any]], T],
        sql: str,
        parameters: dict[str, Any] | None = None,
    ) -> list[T]:
        """What `make` makes of each row; a row that it can make nothing of is damage."""
        with self._watched():
            found = self._connection.execute(sql, parameters or {})
            rows = [
                dict(zip((column[0] for column in found.description), row, strict=True))
                for row in found
            ]
        try:
            return [make(row) for row in rows]
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedError(
                f"the index {self._file} is damaged: it has a row without sense ({error})", RESTORE
            ) from error

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except UnicodeDecodeError as error:
            raise DamagedError(f"the index {self._file} is damaged: {error}", RESTORE) from error
        except sqlite3.DatabaseError as error:
            # What Python's own module finds wrong, such as text that is no UTF-8, has no code.
            if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF in _DAMAGE:
                raise DamagedError(
                    f"the index {self._file} is damaged: {error}", RESTORE
                ) from error
            raise MplusError(f"the index {self._file} can't be used: {error}") from error


def _located(row: Row) -> Located:
    return Located(row["document"], row["path"], row["ordinal"], chunk_row(row))
