"""Places in the index, and old memories brought up to date."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils import Database

from store.change import change
from store.errors import MplusError
from store.home import Home, make_folders
from store.index import schema
from store.index.reader import Index
from store.index.writer import IndexWriter
from tests.store.made import SPEC, add

OLD_CHUNKS = [
    # page, last_page, line, last_line, text
    (3, 4, None, None, "about bees"),
    (None, None, 12, 20, "about pumps"),
]


@pytest.fixture
def old(tmp_path: Path) -> Home:
    """A memory as the first version wrote it."""
    path = tmp_path / "memory"
    make_folders(path)
    Home.create(path, replace(SPEC))
    home = Home(path)
    database = Database(sqlite3.connect(home.index))
    schema.migrations.apply(database, stop_before="m002_places")
    database.table("generations").insert(
        {
            "id": 1,
            "command": "inject",
            "created_at": "",
            "state": "",
            "documents": 1,
            "chunks": 2,
            "tokens": 2,
        }
        | {"pool_vectors": 2, "ltm_vectors": 0, "added": "[]", "changed": "[]", "removed": "[]"}
    )
    database.table("segments").insert({"key": "k", "sha256": "", "bytes": 1, "vectors": 1})
    database.table("documents").insert(
        {"id": 1, "path": "a.pdf", "sha256": "", "skip_key": "", "reader": "pdf", "bytes": 1}
        | {"tokens": 2, "chunks": 2, "added_at": ""}
    )
    database.table("journal").insert({"document": 1, "since": 1, "until": None})
    names = ("page", "last_page", "line", "last_line", "text")
    database.table("chunks").insert_all(
        {
            "document": 1,
            "ordinal": ordinal,
            "segment": "k",
            "tokens": 1,
            "vectors": 1,
            "start": 0,
            "end": 9,
        }
        | dict(zip(names, row, strict=True))
        for ordinal, row in enumerate(OLD_CHUNKS)
    )
    database.conn.commit()
    database.close()
    return home


def test_an_old_index_is_not_read_until_it_is_brought_up_to_date(old: Home) -> None:
    with pytest.raises(MplusError, match="made by an older mplus") as caught:
        Index.open(old)
    assert "mplus gc" in caught.value.hint


def test_places_of_an_old_index_are_kept(old: Home) -> None:
    IndexWriter.open(old).close()
    opened = Index.open(old)
    found = [one.chunk for one in opened.located(1, [1, 2]).values()]
    assert [(chunk.unit, chunk.first, chunk.last, chunk.section) for chunk in found] == [
        ("page", 3, 4, ""),
        ("line", 12, 20, ""),
    ]
    assert [chunk.text for chunk in found] == ["about bees", "about pumps"]
    assert opened.ranked_by_text(1, "pump") == [2]
    opened.close()


def test_a_migration_that_is_cut_short_leaves_the_old_index(
    old: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("sqlite_utils.db.Table.enable_fts", fail)
        with pytest.raises(KeyboardInterrupt):
            IndexWriter.open(old)
    IndexWriter.open(old).close()
    opened = Index.open(old)
    assert opened.located(1, [1])[1].chunk.first == 3
    opened.close()


def test_words_of_a_section_find_its_chunks(tmp_path: Path) -> None:
    with change(tmp_path / "memory", "inject", 1, create=SPEC) as opened:
        add(opened, 1, (6,))
        add(opened, 2, (6,), section="Greenhouse > Watering")
        opened.commit()
        assert opened.index.ranked_by_text(1, "Who waters the greenhouse?") == [2]
