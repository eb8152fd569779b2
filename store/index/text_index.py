"""The chunks' texts, sections and names as SQLite's FTS5 has them, for ranking by words; and the
words themselves as the texts write them.

`text_ranking` asks it. FTS5 gets the words as `words` cuts them and keeps no copy of what it
indexes. It believes the content to be in a table `chunk_texts`, which is made only where the two
are compared; all else needs no content. A word counts as much wherever it stands, so all are in one
column, which takes less room than three.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath

from store.index.packed_texts import unpacked
from store.index.words import forms, indexed
from store.texts import WholeText

_TABLES = ("chunks_fts", "words", "turned_words")
_CREATE = (
    "CREATE VIRTUAL TABLE chunks_fts USING fts5(words, content='chunk_texts', "
    "content_rowid='id', tokenize='porter ascii')",
    # form: empty where it is the word
    "CREATE TABLE words (word TEXT, form TEXT, PRIMARY KEY (word, form)) STRICT, WITHOUT ROWID",
    # Each word from its end to its beginning.
    "CREATE TABLE turned_words (turned TEXT PRIMARY KEY) STRICT, WITHOUT ROWID",
)
_PUT = "INSERT INTO chunks_fts (rowid, words) VALUES (?, ?)"
_PUT_FORM = "INSERT OR IGNORE INTO words VALUES (?, ?)"
_PUT_TURNED = "INSERT OR IGNORE INTO turned_words VALUES (?)"
_TEXTS = (
    "SELECT documents.id, path, content FROM documents LEFT JOIN texts ON document = documents.id "
    "ORDER BY documents.id"
)
_CHUNKS = 'SELECT id, start, "end", section FROM chunks WHERE document = ? ORDER BY ordinal'
_FORMS_AT_ONCE = 100_000
Forms = set[tuple[str, str]]  # words, folded, and how they are written
Put = Callable[[int, str, WholeText | None], None]  # number, path and text of a document


def create(db: sqlite3.Connection) -> None:
    """Make the tables, in place of older ones, and index what is there."""
    for table in _TABLES:
        db.execute(f"DROP TABLE IF EXISTS {table}")
    for sql in _CREATE:
        db.execute(sql)
    rebuild(db)


@contextmanager
def adding(db: sqlite3.Connection) -> Iterator[Put]:
    """What indexes the chunks of a document that is new. Words are known when the block ends, of
    many documents at once: most have the same.
    """
    found = Forms()

    def put(document: int, path: str, whole: WholeText | None) -> None:
        db.executemany(_PUT, _chunk_texts(db, document, _name(path, whole), whole))
        found.update(_forms(path, whole))
        if len(found) > _FORMS_AT_ONCE:
            _put_forms(db, found)
            found.clear()

    yield put
    _put_forms(db, found)


def rebuild(db: sqlite3.Connection) -> None:
    """Index all chunks anew; of what was indexed before nothing stays."""
    db.execute("INSERT INTO chunks_fts (chunks_fts) VALUES ('delete-all')")
    for table in _TABLES[1:]:
        db.execute(f"DELETE FROM {table}")
    with adding(db) as put:
        for document, path, content in db.execute(_TEXTS):
            put(document, path, unpacked(content))


def differences(copy: sqlite3.Connection) -> list[str]:
    """What is wrong with what is indexed, compared with the texts in a copy of the file."""
    copy.execute("CREATE TABLE chunk_texts (id INTEGER PRIMARY KEY, words)")
    expected = Forms()
    try:
        for document, path, content in copy.execute(_TEXTS):
            whole = unpacked(content)
            rows = _chunk_texts(copy, document, _name(path, whole), whole)
            copy.executemany("INSERT INTO chunk_texts VALUES (?, ?)", rows)
            expected |= _forms(path, whole)
        copy.execute("INSERT INTO chunks_fts (chunks_fts, rank) VALUES ('integrity-check', 1)")
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        return [f"a text is damaged, so that its words can't be looked at: {error}"]
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CORRUPT:
            raise
        return ["the words that are indexed are not those of the texts"]
    words = sorted(copy.execute("SELECT word, form FROM words"))
    turned = {word for (word,) in copy.execute("SELECT turned FROM turned_words")}
    if words != _kept(expected) or turned != {word[::-1] for word, _ in expected}:
        return ["the words that are known are not those of the texts"]
    return []


def _name(path: str, whole: WholeText | None) -> str:
    """What a document is called: its title and its file's name, without what tells the format."""
    title = whole.title if whole else ""
    return f"{title} {PurePosixPath(path.replace(chr(92), '/')).stem}"


def _put_forms(db: sqlite3.Connection, found: Forms) -> None:
    db.executemany(_PUT_FORM, _kept(found))
    db.executemany(_PUT_TURNED, sorted({(word[::-1],) for word, _ in found}))


def _kept(found: Forms) -> list[tuple[str, str]]:
    """Rows of the table `words`, in its order."""
    return sorted((word, "" if form == word else form) for word, form in found)


def _forms(path: str, whole: WholeText | None) -> Forms:
    """The words of a text and, of what it is called, those that it has not: the names of files are
    written small whatever they name.
    """
    found = forms(whole.text if whole else "")
    known = {word for word, _ in found}
    return found | {each for each in forms(_name(path, whole)) if each[0] not in known}


def _chunk_texts(
    db: sqlite3.Connection, document: int, name: str, whole: WholeText | None
) -> Iterator[tuple[int, str]]:
    """Row number, and words of text, section and name, of each chunk of a document."""
    name = indexed(name.replace("_", " "))
    for number, start, end, section in db.execute(_CHUNKS, [document]):
        text = whole.passage(start, end) if whole else ""
        yield number, f"{indexed(text)} {indexed(section)} {name}"
