"""The chunks' texts and sections as SQLite's FTS5 has them, for ranking by words.

FTS5 keeps no copy of what it indexes. It believes the content to be in a table `chunk_texts`, which
is made only where the two are compared; all else needs no content.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from store.index_rows import unpacked
from store.texts import WholeText

CREATE = (
    "CREATE VIRTUAL TABLE chunks_fts USING fts5(text, section, content='chunk_texts', "
    "content_rowid='id', tokenize='porter unicode61')"
)
_PUT = "INSERT INTO chunks_fts (rowid, text, section) VALUES (?, ?, ?)"
_TEXTS = (
    "SELECT documents.id, content FROM documents LEFT JOIN texts ON document = documents.id "
    "ORDER BY documents.id"
)
_CHUNKS = 'SELECT id, start, "end", section FROM chunks WHERE document = ? ORDER BY ordinal'
Row = tuple[int, str, str]


def put(db: sqlite3.Connection, document: int, whole: WholeText | None) -> None:
    """Index the chunks of a document that is new."""
    db.executemany(_PUT, _chunk_texts(db, document, whole))


def rebuild(db: sqlite3.Connection) -> None:
    """Index all chunks anew; of what was indexed before nothing stays."""
    db.execute("INSERT INTO chunks_fts (chunks_fts) VALUES ('delete-all')")
    db.executemany(_PUT, _all_texts(db))


def differences(copy: sqlite3.Connection) -> list[str]:
    """What is wrong with what is indexed, compared with the texts in a copy of the file."""
    copy.execute("CREATE TABLE chunk_texts (id INTEGER PRIMARY KEY, text, section)")
    try:
        copy.executemany("INSERT INTO chunk_texts VALUES (?, ?, ?)", _all_texts(copy))
        copy.execute("INSERT INTO chunks_fts (chunks_fts, rank) VALUES ('integrity-check', 1)")
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        return [f"a text is damaged, so that its words can't be looked at: {error}"]
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CORRUPT:
            raise
        return ["the words that are indexed are not those of the texts"]
    return []


def _all_texts(db: sqlite3.Connection) -> Iterator[Row]:
    for document, content in db.execute(_TEXTS):
        yield from _chunk_texts(db, document, unpacked(content))


def _chunk_texts(db: sqlite3.Connection, document: int, whole: WholeText | None) -> Iterator[Row]:
    """Row number, text and section of each chunk of a document."""
    for number, start, end, section in db.execute(_CHUNKS, [document]):
        yield number, whole.passage(start, end) if whole else "", section
