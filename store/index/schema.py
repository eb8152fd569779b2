"""The tables of the index, as named migrations: each in one transaction with its record."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from sqlite_utils import Database, Migrations

from store.index import older, text_index
from store.index.kept import (
    THERE,
    chunk_row,
    generation_row,
    kept_digest,
    kept_list,
    told,
)
from store.index.packed_texts import packed, unpacked
from store.records import DocumentRow, Generation, document_digest, generation_digest
from store.spec import Spec, described
from store.typed import made

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
    _chunks(db)
    _generations(db)
    journal = db.table("journal").create(
        {"id": int, "document": int, "since": int, "until": int},
        pk="id",
        foreign_keys=[("document", "documents", "id"), ("since", "generations", "id")],
        strict=True,
    )
    journal.create_index(["document"])


def _chunks(db: Database) -> None:
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


def _generations(db: Database) -> None:
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


@migrations()
def m002_places(db: Database) -> None:
    """Places in any unit, and sections, whose words find their chunks, too."""
    chunks = db.table("chunks")
    chunks.disable_fts()  # its triggers would follow every row
    for column in (
        "unit TEXT",
        "first INTEGER",
        "last INTEGER",
        "section TEXT NOT NULL DEFAULT ''",
    ):
        db.execute(f"ALTER TABLE chunks ADD COLUMN {column}")
    db.execute(
        "UPDATE chunks SET unit = iif(page IS NULL, 'line', 'page'), "
        "first = coalesce(page, line), last = coalesce(last_page, last_line)"
    )
    for column in ("page", "last_page", "line", "last_line"):
        db.execute(f"ALTER TABLE chunks DROP COLUMN {column}")
    chunks.enable_fts(["text", "section"], tokenize="porter unicode61", create_triggers=True)


@migrations()
def m003_roots(db: Database) -> None:
    db.table("roots").create({"name": str, "options": str}, pk="name", strict=True)
    db.table("inputs").create({"path": str, "sha256": str}, pk="path", strict=True)


@migrations()
def m004_history(db: Database) -> None:
    """Who made a generation, vectors in and out, tags; digests over what documents and generations
    say.
    """
    db.table("documents").add_column("digest", str, not_null_default="")
    generations = db.table("generations")
    generations.add_column("author", str, not_null_default="")
    generations.add_column("vectors_in", int, not_null_default=0)
    generations.add_column("vectors_out", int, not_null_default=0)
    generations.add_column("digest", str, not_null_default="")
    db.table("tags").create({"name": str, "generation": int}, pk="name", strict=True)


@migrations()
def m005_texts(db: Database) -> None:
    """A document's whole text and its places, once; a chunk's text is a part of it. The text index
    comes last, below.
    """
    db.table("chunks").disable_fts()
    db.table("texts").create(
        {"document": int, "content": bytes},
        pk="document",
        foreign_keys=[("document", "documents", "id")],
        strict=True,
    )
    for (document,) in db.execute("SELECT id FROM documents").fetchall():
        _keep_whole(db, document)
    db.execute("ALTER TABLE chunks DROP COLUMN text")
    _seal(db)


def _keep_whole(db: Database, document: int) -> None:
    """Put a document's whole text together from its chunks' texts."""
    sql = "SELECT * FROM chunks WHERE document = ? ORDER BY ordinal"
    rows = list(db.query(sql, [document]))
    chunks, whole = older.assembled([older.chunk_row(row) for row in rows])
    if whole is None:
        return
    db.execute("INSERT INTO texts VALUES (?, ?)", [document, packed(whole)])
    moved = [
        (chunk.start, chunk.end, row["id"])
        for row, chunk in zip(rows, chunks, strict=True)
        if (row["start"], row["end"]) != (chunk.start, chunk.end)
    ]
    db.conn.executemany('UPDATE chunks SET start = ?, "end" = ? WHERE id = ?', moved)


def migrate(db: Database, spec: Spec) -> None:
    """Bring the tables up to date; `spec`: what the memory is made for."""
    migrations.apply(db)
    last = Migrations(migrations.name)

    @last()
    def m006_specs(db: Database) -> None:
        """Each generation names the model that it is for: a memory may be written anew for
        another. Those before are for the memory's one.
        """
        db.table("specs").create({"identity": str, "spec": str}, pk="identity", strict=True)
        put_specs(db, [spec])
        db.table("generations").add_column("identity", str, not_null_default="")
        db.execute("UPDATE generations SET identity = ?", [spec.identity])
        for row in list(db.query("SELECT * FROM generations")):
            seal_generation(db, generation_row(row), str)

    @last()
    def m007_place(db: Database) -> None:
        """The folder that the memory lies in (`store.index.moved`)."""
        db.table("place").create({"folder": str}, pk="folder", strict=True)

    @last()
    def m009_small(db: Database) -> None:
        """Digests in bytes, lists of paths and small texts compressed better, no key or path in an
        index of its own; the text index as it is today (before, `m008_words` made it).
        """
        db.register_function(kept_digest, name="digest", deterministic=True)
        db.register_function(lambda paths: kept_list(json.loads(paths)), name="list")
        for table, (columns, selected) in _SMALL.items():
            _replace(db, table, columns, selected)
        db.table("chunks").create_index(["document", "ordinal"], unique=True)
        for (document,) in db.execute("SELECT document FROM texts").fetchall():
            _pack_anew(db, document)
        text_index.create(db.conn)

    @last()
    def m010_repositories(db: Database) -> None:
        """What the memory has in common with repositories, which only push and pull ask."""
        db.execute(
            "CREATE TABLE repositories (repository TEXT PRIMARY KEY, number INTEGER, digest ANY, "
            "local INTEGER, marks BLOB) STRICT"
        )

    last.apply(db)


# Table -> its columns, and what they hold of those before. A column of digests takes what is none,
# too (`index_rows.kept_digest`).
_SMALL = {
    "documents": (
        "id INTEGER PRIMARY KEY, path TEXT, sha256 ANY, skip_key ANY, reader TEXT, bytes INTEGER, "
        "tokens INTEGER, chunks INTEGER, added_at TEXT, digest ANY NOT NULL DEFAULT ''",
        "id, path, digest(sha256), digest(skip_key), reader, bytes, tokens, chunks, added_at, "
        "digest(digest)",
    ),
    "segments": (
        "key ANY PRIMARY KEY, sha256 ANY, bytes INTEGER, vectors INTEGER",
        "digest(key), digest(sha256), bytes, vectors",
    ),
    "chunks": (
        "id INTEGER PRIMARY KEY, document INTEGER REFERENCES documents(id), ordinal INTEGER, "
        "segment ANY REFERENCES segments(key), tokens INTEGER, vectors INTEGER, start INTEGER, "
        "\"end\" INTEGER, unit TEXT, first INTEGER, last INTEGER, section TEXT NOT NULL DEFAULT ''",
        'id, document, ordinal, digest(segment), tokens, vectors, start, "end", unit, first, '
        "last, section",
    ),
    "inputs": ("path TEXT PRIMARY KEY, sha256 ANY", "path, digest(sha256)"),
    "generations": (
        "id INTEGER PRIMARY KEY, parent INTEGER, command TEXT, created_at TEXT, state ANY, "
        "documents INTEGER, chunks INTEGER, tokens INTEGER, pool_vectors INTEGER, "
        "ltm_vectors INTEGER, added BLOB, changed BLOB, removed BLOB, "
        "author TEXT NOT NULL DEFAULT '', vectors_in INTEGER NOT NULL DEFAULT 0, "
        "vectors_out INTEGER NOT NULL DEFAULT 0, digest ANY NOT NULL DEFAULT '', "
        "identity TEXT NOT NULL DEFAULT ''",
        "id, parent, command, created_at, digest(state), documents, chunks, tokens, pool_vectors, "
        "ltm_vectors, list(added), list(changed), list(removed), author, vectors_in, vectors_out, "
        "digest(digest), identity",
    ),
}


def _pack_anew(db: Database, document: int) -> None:
    """Pack a text as today: with the dictionary."""
    sql = "SELECT content FROM texts WHERE document = ?"
    whole = unpacked(db.execute(sql, [document]).fetchone()[0])
    assert whole is not None
    db.execute("UPDATE texts SET content = ? WHERE document = ?", [packed(whole), document])


def _replace(db: Database, table: str, columns: str, selected: str) -> None:
    """Make a table anew, with its rows; one by a key that is no number has no row numbers."""
    plain = columns.startswith("id ")
    db.execute(f"CREATE TABLE new ({columns}) STRICT{'' if plain else ', WITHOUT ROWID'}")
    db.execute(f"INSERT INTO new SELECT {selected} FROM {table} ORDER BY 1")
    db.execute(f"DROP TABLE {table}")
    db.execute(f"ALTER TABLE new RENAME TO {table}")


def put_specs(db: Database, specs: Iterable[Spec]) -> None:
    """Keep what memories of some models are made for; what is known of a model already stays."""
    db.table("specs").insert_all(
        ({"identity": spec.identity, "spec": described(spec).decode()} for spec in specs),
        pk="identity",
        ignore=True,
    )


def _seal(db: Database) -> None:
    """Give every document and generation its digest. A migration that changes what they say ends
    with this.
    """
    for row in list(db.query("SELECT * FROM documents")):
        sql = "SELECT content FROM texts WHERE document = ?"
        content = db.execute(sql, [row["id"]]).fetchone()
        whole = unpacked(content[0]) if content else None
        chunks = db.query("SELECT * FROM chunks WHERE document = ? ORDER BY ordinal", [row["id"]])
        digest = document_digest(
            made(DocumentRow, row), (chunk_row(each, whole) for each in chunks), whole
        )
        db.execute("UPDATE documents SET digest = ? WHERE id = ?", [digest, row["id"]])
    for row in list(db.query("SELECT * FROM generations")):
        seal_generation(db, generation_row(row), str)


def seal_generation(
    db: Database, generation: Generation, kept: Callable[[str], bytes | str] = kept_digest
) -> None:
    """Write the digest of a generation whose documents have theirs. kept: as the table has it;
    before `m009_small` that was its digits.
    """
    digest = generation_digest(generation, digests(db, generation.id))
    db.execute("UPDATE generations SET digest = ? WHERE id = ?", [kept(digest), generation.id])


def digests(db: Database, generation: int) -> list[str]:
    """The digests of a generation's documents in journal order."""
    rows = db.query(
        "SELECT digest FROM journal JOIN documents ON documents.id = journal.document "
        f"WHERE {THERE} ORDER BY journal.id",
        {"generation": generation},
    )
    return [told(row)["digest"] for row in rows]
