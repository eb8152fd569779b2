"""The chunks' texts, sections and names as SQLite's FTS5 has them, for ranking by words; and the
words themselves as the texts write them.

`store.text_ranking` asks it. FTS5 gets the words as `store.words` cuts them and keeps no copy of
what it indexes. It believes the content to be in a table `chunk_texts`, which is made only where
the two are compared; all else needs no content.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import PurePosixPath

from store.index_rows import unpacked
from store.texts import WholeText
from store.words import forms, indexed

CREATE = (
    "CREATE VIRTUAL TABLE chunks_fts USING fts5(text, section, name, content='chunk_texts', "
    "content_rowid='id', tokenize='porter ascii')",
    # turned: the word from its end to its beginning
    "CREATE TABLE words (word TEXT, form TEXT, turned TEXT, PRIMARY KEY (word, form)) "
    "STRICT, WITHOUT ROWID",
    "CREATE INDEX words_turned ON words (turned)",
)
_PUT = "INSERT INTO chunks_fts (rowid, text, section, name) VALUES (?, ?, ?, ?)"
_PUT_WORDS = "INSERT OR IGNORE INTO words VALUES (?, ?, ?)"
_TEXTS = (
    "SELECT documents.id, path, content FROM documents LEFT JOIN texts ON document = documents.id "
    "ORDER BY documents.id"
)
_CHUNKS = 'SELECT id, start, "end", section FROM chunks WHERE document = ? ORDER BY ordinal'
Row = tuple[int, str, str, str]


def put(db: sqlite3.Connection, document: int, path: str, whole: WholeText | None) -> None:
    """Index the chunks of a document that is new."""
    db.executemany(_PUT, _chunk_texts(db, document, _name(path, whole), whole))
    db.executemany(_PUT_WORDS, _forms(path, whole))


def rebuild(db: sqlite3.Connection) -> None:
    """Index all chunks anew; of what was indexed before nothing stays."""
    db.execute("INSERT INTO chunks_fts (chunks_fts) VALUES ('delete-all')")
    db.execute("DELETE FROM words")
    for document, path, content in db.execute(_TEXTS):
        whole = unpacked(content)
        db.executemany(_PUT, _chunk_texts(db, document, _name(path, whole), whole))
        db.executemany(_PUT_WORDS, _forms(path, whole))


def differences(copy: sqlite3.Connection) -> list[str]:
    """What is wrong with what is indexed, compared with the texts in a copy of the file."""
    copy.execute("CREATE TABLE chunk_texts (id INTEGER PRIMARY KEY, text, section, name)")
    expected = set[tuple[str, str, str]]()
    try:
        for document, path, content in copy.execute(_TEXTS):
            whole = unpacked(content)
            rows = _chunk_texts(copy, document, _name(path, whole), whole)
            copy.executemany("INSERT INTO chunk_texts VALUES (?, ?, ?, ?)", rows)
            expected |= _forms(path, whole)
        copy.execute("INSERT INTO chunks_fts (chunks_fts, rank) VALUES ('integrity-check', 1)")
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        return [f"a text is damaged, so that its words can't be looked at: {error}"]
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CORRUPT:
            raise
        return ["the words that are indexed are not those of the texts"]
    if set(copy.execute("SELECT word, form, turned FROM words")) != expected:
        return ["the words that are known are not those of the texts"]
    return []


def _name(path: str, whole: WholeText | None) -> str:
    """What a document is called: its title and its file's name, without what tells the format."""
    title = whole.title if whole else ""
    return f"{title} {PurePosixPath(path.replace(chr(92), '/')).stem}"


def _forms(path: str, whole: WholeText | None) -> set[tuple[str, str, str]]:
    """The words of a text and, of what it is called, those that it has not: the names of files are
    written small whatever they name.
    """
    found = forms(whole.text if whole else "")
    known = {word for word, _ in found}
    found |= {each for each in forms(_name(path, whole)) if each[0] not in known}
    return {(word, form, word[::-1]) for word, form in found}


def _chunk_texts(
    db: sqlite3.Connection, document: int, name: str, whole: WholeText | None
) -> Iterator[Row]:
    """Row number, and words of text, section and name, of each chunk of a document."""
    name = indexed(name.replace("_", " "))
    for number, start, end, section in db.execute(_CHUNKS, [document]):
        text = whole.passage(start, end) if whole else ""
        yield number, indexed(text), indexed(section), name
