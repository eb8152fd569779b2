"""The SQLite index: documents, chunks, segments, journal and generations.

The journal keeps for every document the generations in which it is there, so the documents of any generation
are one query, and a commit is one transaction that also adds the generation's row.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from sqlite_utils import Database, Migrations
from sqlite_utils.db import Table

from store.errors import DamagedError, MplusError
from store.home import Home
from store.segments import SegmentFile

BUSY_TIMEOUT_S = 10.0
# Other codes (busy, read-only, full, cannot open) say nothing about the file.
_DAMAGE = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CONSTRAINT}


@dataclass(frozen=True)
class ChunkRow:
    """One chunk of a document: its segment, its token count, its characters [start,end) and where it stands.

    `first` and `last` are numbers in `unit` ("page", "line", "slide"), None where the place has no numbers;
    `section` is the heading path, the chapter or the sheet.
    """

    segment: str
    tokens: int
    vectors: int
    start: int
    end: int
    unit: str
    first: int | None
    last: int | None
    section: str
    text: str


@dataclass(frozen=True)
class DocumentRow:
    """One version of a document. `id` is 0 until it is committed."""

    path: str
    sha256: str
    skip_key: str
    reader: str
    bytes: int
    tokens: int
    chunks: int
    added_at: str
    id: int = 0


@dataclass(frozen=True)
class Generation:
    """One committed state: its number, its parent's, the state file's SHA-256, what it holds and what changed."""

    id: int
    parent: int | None
    command: str
    created_at: str
    state: str
    documents: int
    chunks: int
    tokens: int
    pool_vectors: int
    ltm_vectors: int
    added: list[str]
    changed: list[str]
    removed: list[str]


@dataclass(frozen=True)
class Located:
    """A chunk of the journal together with its document."""

    document: int
    path: str
    ordinal: int
    chunk: ChunkRow


migrations = Migrations("mplus")


@migrations()
def m001_initial(db: Database) -> None:
    db.table("documents").create(
        {
            "id": int,
            "path": str,
            "sha256": str,
            "skip_key": str,
            "reader": str,
            "bytes": int,
            "tokens": int,
            "chunks": int,
            "added_at": str,
        },
        pk="id",
        strict=True,
    )
    segments = db.table("segments").create(
        {"key": str, "sha256": str, "bytes": int, "vectors": int}, pk="key", strict=True
    )
    chunks = db.table("chunks").create(
        {
            "id": int,
            "document": int,
            "ordinal": int,
            "segment": str,
            "tokens": int,
            "vectors": int,
            "start": int,
            "end": int,
            "page": int,
            "last_page": int,
            "line": int,
            "last_line": int,
            "text": str,
        },
        pk="id",
        foreign_keys=[("document", "documents", "id"), ("segment", segments.name, "key")],
        strict=True,
    )
    chunks.create_index(["document", "ordinal"], unique=True)
    chunks.enable_fts(["text"], tokenize="porter unicode61", create_triggers=True)
    db.table("generations").create(
        {
            "id": int,
            "parent": int,
            "command": str,
            "created_at": str,
            "state": str,
            "documents": int,
            "chunks": int,
            "tokens": int,
            "pool_vectors": int,
            "ltm_vectors": int,
            "added": str,
            "changed": str,
            "removed": str,
        },
        pk="id",
        strict=True,
    )
    journal = db.table("journal").create(
        {"id": int, "document": int, "since": int, "until": int},
        pk="id",
        foreign_keys=[("document", "documents", "id"), ("since", "generations", "id")],
        strict=True,
    )
    journal.create_index(["document"])


@migrations()
def m002_places(db: Database) -> None:
    """Places in any unit, and sections, whose words find their chunks, too."""
    chunks = db.table("chunks")
    chunks.disable_fts()  # its triggers would follow every row
    for column in ("unit TEXT", "first INTEGER", "last INTEGER", "section TEXT NOT NULL DEFAULT ''"):
        db.execute(f"ALTER TABLE chunks ADD COLUMN {column}")
    db.execute(
        "UPDATE chunks SET unit = iif(page IS NULL, 'line', 'page'), "
        "first = coalesce(page, line), last = coalesce(last_page, last_line)"
    )
    for column in ("page", "last_page", "line", "last_line"):
        db.execute(f"ALTER TABLE chunks DROP COLUMN {column}")
    chunks.enable_fts(["text", "section"], tokenize="porter unicode61", create_triggers=True)


_THERE = "since <= :generation AND (until IS NULL OR until > :generation)"


class Index:
    """The index of one memory. Raises `DamagedError` where the file is no such index."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._db = Database(sqlite3.connect(file, timeout=BUSY_TIMEOUT_S))

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
            raise DamagedError(f"the index {home.index} is missing", "restore it from a backup")
        index = Index(home.index)
        if write:
            index._migrate()
        else:
            with index._watched():
                pending = migrations.pending(index._db)
            if pending:
                raise MplusError(
                    f"{home.index} was made by an older mplus", "bring it up to date with: mplus inject PATH"
                )
        return index

    def _migrate(self) -> None:
        with self._watched():
            self._db.execute("PRAGMA synchronous = FULL")
            migrations.apply(self._db)

    def close(self) -> None:
        self._db.close()

    # What a generation holds

    def generation(self, number: int | None = None) -> Generation | None:
        """A generation by number, or the last one; None before the first commit."""
        where = "WHERE id = :id" if number is not None else "ORDER BY id DESC LIMIT 1"
        rows = self._query(f"SELECT * FROM generations {where}", {"id": number})
        return _generation(rows[0]) if rows else None

    def generations(self) -> list[Generation]:
        """All generations, newest first."""
        return [_generation(row) for row in self._query("SELECT * FROM generations ORDER BY id DESC", {})]

    def documents(self, generation: int) -> list[DocumentRow]:
        """Documents of a generation in journal order."""
        rows = self._query(
            "SELECT documents.* FROM journal JOIN documents ON documents.id = journal.document "
            f"WHERE {_THERE} ORDER BY journal.id",
            {"generation": generation},
        )
        return [DocumentRow(**row) for row in rows]

    def entries(self, generation: int) -> list[tuple[int, str, int]]:
        """The journal of a generation: (document, segment key, vectors) in the order in which they entered."""
        rows = self._query(
            "SELECT chunks.document, chunks.segment, chunks.vectors FROM journal "
            "JOIN chunks ON chunks.document = journal.document "
            f"WHERE {_THERE} ORDER BY journal.id, chunks.ordinal",
            {"generation": generation},
        )
        return [(row["document"], row["segment"], row["vectors"]) for row in rows]

    def located(self, generation: int, numbers: Sequence[int]) -> dict[int, Located]:
        """The chunks that stand at these places (from 1) of a generation's journal."""
        rows = self._query(
            "SELECT * FROM (SELECT row_number() OVER (ORDER BY journal.id, chunks.ordinal) AS number, "
            "documents.path AS path, chunks.* FROM journal "
            "JOIN chunks ON chunks.document = journal.document "
            "JOIN documents ON documents.id = journal.document "
            f"WHERE {_THERE}) WHERE number IN (SELECT value FROM json_each(:numbers))",
            {"generation": generation, "numbers": json.dumps(list(numbers))},
        )
        return {row["number"]: _located(row) for row in rows}

    def ranked_by_text(self, generation: int, question: str, limit: int = 50) -> list[int]:
        """Places (from 1) in a generation's journal of the chunks whose text fits best (BM25), best first."""
        words = re.findall(r"\w+", question)
        if not words:
            return []
        rows = self._query(
            "SELECT number FROM (SELECT row_number() OVER (ORDER BY journal.id, chunks.ordinal) AS number, chunks.id "
            f"FROM journal JOIN chunks ON chunks.document = journal.document WHERE {_THERE}) AS there "
            "JOIN chunks_fts ON chunks_fts.rowid = there.id "
            "WHERE chunks_fts MATCH :words ORDER BY chunks_fts.rank, number LIMIT :limit",
            {"generation": generation, "words": " OR ".join(f'"{word}"' for word in words), "limit": limit},
        )
        return [row["number"] for row in rows]

    def segment_file(self, key: str) -> SegmentFile | None:
        """What the index says about a segment's bytes."""
        rows = self._query("SELECT * FROM segments WHERE key = :key", {"key": key})
        return SegmentFile(**rows[0]) if rows else None

    # The one way to change it

    def commit(
        self,
        generation: Generation,
        added: Iterable[tuple[DocumentRow, Sequence[ChunkRow]]],
        removed: Iterable[int],
        segments: Iterable[SegmentFile],
    ) -> None:
        """Add a generation with all that belongs to it, in one transaction."""
        with self._watched(), self._db.atomic():
            row = asdict(generation) | {
                name: json.dumps(getattr(generation, name)) for name in ("added", "changed", "removed")
            }
            self._table("generations").insert(row)
            self._table("segments").insert_all((asdict(file) for file in segments), ignore=True)
            for document in removed:
                self._db.execute(
                    "UPDATE journal SET until = ? WHERE document = ? AND until IS NULL",
                    [generation.id, document],
                )
            for document_row, chunks in added:
                self._add_document(generation.id, document_row, chunks)

    def _add_document(self, generation: int, document: DocumentRow, chunks: Sequence[ChunkRow]) -> None:
        row = asdict(document)
        del row["id"]
        number = self._table("documents").insert(row).last_pk
        self._table("chunks").insert_all(
            {"document": number, "ordinal": ordinal} | asdict(chunk) for ordinal, chunk in enumerate(chunks)
        )
        self._table("journal").insert({"document": number, "since": generation, "until": None})

    def _table(self, name: str) -> Table:
        return self._db.table(name)

    def _query(self, sql: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        with self._watched():
            return list(self._db.query(sql, parameters))

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF in _DAMAGE:
                raise DamagedError(f"the index {self._file} is damaged: {error}") from error
            raise MplusError(f"the index {self._file} can't be used: {error}") from error


def now() -> str:
    """The time as the index keeps it: UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _generation(row: dict[str, Any]) -> Generation:
    lists = {name: cast(list[str], json.loads(row[name])) for name in ("added", "changed", "removed")}
    return Generation(**row | lists)


def _located(row: dict[str, Any]) -> Located:
    fields = ChunkRow.__dataclass_fields__
    return Located(row["document"], row["path"], row["ordinal"], ChunkRow(**{name: row[name] for name in fields}))
