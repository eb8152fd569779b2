"""Whole texts: kept once, with all their places, and what is made of them where there were none."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from store.change import change
from store.collect import collect, erase, garbage
from store.home import Home
from store.index import older
from store.index.reader import Index
from store.records import ChunkRow, DocumentRow
from store.texts import TextSpan, WholeText, described, from_described
from tests.store.made import findings
from tests.store.snapshots import drop, fill, read, write

SHEET = WholeText(
    "Prices\n\nname | price\nbolt | 4 €\nnut | 1 €\n",
    (
        TextSpan(0, 6, None, None, "Prices", True, ""),
        TextSpan(8, 20, 1, 1, "Prices", False, ""),
        TextSpan(21, 31, 2, 2, "Prices", False, "name | price"),
        TextSpan(32, 39, 3, 3, "Prices", False, "name | price"),
    ),
    "row",
    "Prices of 2024",
)


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    path = tmp_path / "memory"
    fill(path, 1)
    with change(path, "inject", 1) as opened:
        key = opened.index.content(1)[0][0].segment
        assert opened.has_segment(key)
        rows = [
            ChunkRow(key, 6, 6, 0, 20, "row", 1, 1, "Prices", SHEET.text[:20]),
            ChunkRow(key, 6, 6, 21, 39, "row", 2, 3, "Prices", SHEET.text[21:39]),
        ]
        opened.add(DocumentRow("sheet", "", "s", "table", 0, 12, 2, ""), rows, SHEET)
        opened.commit()
    return path


@pytest.mark.parametrize("place", [2, 3])
def test_no_number_is_larger_than_the_index_can_hold(place: int) -> None:
    told = described(SHEET)
    assert from_described(told) == SHEET
    told["spans"][1][place] = 1 << 63
    with pytest.raises(ValueError, match="a span is"):
        from_described(told)


def text_of(memory: Path, document: int) -> WholeText | None:
    with closing(Index.open(Home(memory))) as index:
        return index.whole_text(document)


def test_a_text_is_kept_with_all_its_places(memory: Path, tmp_path: Path) -> None:
    assert text_of(memory, 2) == SHEET
    with closing(Index.open(Home(memory))) as index:
        chunks, _ = index.content(2)
        assert [chunk.text for chunk in chunks] == [SHEET.text[:20], SHEET.text[21:39]]
        found = index.located(2, [2, 4])
        assert [found[number].chunk.text for number in (2, 4)] == [
            "document 1 chunk 1",
            SHEET.text[21:39],
        ]
        assert [found[number].title for number in (2, 4)] == ["", SHEET.title]
    read(write(memory), tmp_path / "other")
    assert text_of(tmp_path / "other", 2) == SHEET
    read(write(memory, text=False), tmp_path / "bare")
    assert text_of(tmp_path / "bare", 2) is None
    with closing(Index.open(Home(tmp_path / "bare"))) as index:
        assert {chunk.text for chunk in index.content(2)[0]} == {""}


def test_a_text_without_title_is_kept_as_it_always_was() -> None:
    told = described(replace(SHEET, title=""))
    assert set(told) == {"text", "unit", "names", "spans"}
    assert from_described(told).title == ""
    for title in (7, None):
        with pytest.raises(TypeError):
            from_described(told | {"title": title})


def test_of_chunks_no_text_is_kept(memory: Path) -> None:
    with sqlite3.connect(memory / "index.db") as file:
        columns = [row[1] for row in file.execute("PRAGMA table_info(chunks)")]
    assert "text" not in columns


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE texts SET content = substr(content, 1, 40) WHERE document = 2",
        "UPDATE texts SET content = x'28b52ffd' WHERE document = 2",
        "UPDATE texts SET content = (SELECT content FROM texts WHERE document = 1)",
        "DELETE FROM texts WHERE document = 2",
        "UPDATE chunks SET section = 'Costs' WHERE document = 2",
        'UPDATE chunks SET start = 1 WHERE document = 2 AND "end" = 20',
    ],
)
def test_a_changed_or_missing_text_is_found(memory: Path, damage: str) -> None:
    with sqlite3.connect(memory / "index.db") as file:
        file.execute(damage)
    assert "document 2, sheet" in [found.where for found in findings(memory)]


@pytest.mark.parametrize(
    "damage",
    [
        "INSERT INTO chunks_fts (chunks_fts, rowid, words) "
        "VALUES ('delete', 1, 'document 1 chunk 0 1')",
        "INSERT INTO chunks_fts (rowid, words) VALUES (77, 'more')",
        "INSERT INTO chunks_fts (chunks_fts) VALUES ('delete-all')",
        "UPDATE chunks_fts_docsize SET sz = x'0901' WHERE id = 1",
        "DELETE FROM words WHERE form = 'Prices'",
        "INSERT INTO words VALUES ('more', '')",
        "INSERT INTO turned_words VALUES ('erom')",
    ],
)
def test_a_text_index_of_other_texts_is_found(memory: Path, damage: str) -> None:
    assert findings(memory) == []
    with sqlite3.connect(memory / "index.db") as file:
        file.execute(damage)
    assert [found.where for found in findings(memory)] == [str(memory / "index.db")]


def test_what_is_erased_is_in_no_byte_of_the_index(memory: Path) -> None:
    with sqlite3.connect(memory / "index.db") as file:
        (content,) = file.execute("SELECT content FROM texts WHERE document = 2").fetchone()
    with change(memory, "forget", 1, alone=True) as opened:
        (sheet,) = [each for each in opened.documents if each.path == "sheet"]
        opened.remove(sheet)
        opened.commit()
        erase(opened, [sheet], lambda done, of: None)
    kept = b"".join(file.read_bytes() for file in memory.glob("index.db*"))
    assert content not in kept
    assert b"bolt" not in kept
    assert findings(memory) == []


def test_what_generations_take_along_when_they_go_is_not_found_any_more(memory: Path) -> None:
    drop(memory, 1)
    with change(memory, "gc", 1, alone=True) as opened:
        found = garbage(opened.home, opened.index, keep_last=1)
        collect(opened, found, lambda done, of: None)
        assert [each.path for each in opened.index.all_documents()] == ["sheet"]
        assert opened.index.ranked_by_text(3, "price of a bolt") == [2, 1]
    assert findings(memory) == []


def chunk(start: int, end: int, text: str) -> ChunkRow:
    return ChunkRow("k", 1, 1, start, end, "page", start, end, "Guide", text)


def test_old_chunks_become_a_text_in_which_all_stand_where_they_stood() -> None:
    chunks = [chunk(1, 4, "one"), chunk(6, 9, "two"), chunk(8, 12, "ofus")]
    placed, whole = older.assembled(chunks)
    assert (placed, whole) == (
        chunks,
        WholeText(
            " one  twofus",
            tuple(
                TextSpan(*place, *place, "Guide", False, "") for place in [(1, 4), (6, 9), (8, 12)]
            ),
            "page",
        ),
    )
    assert older.assembled([replace(each, text="") for each in chunks])[1] is None


@pytest.mark.parametrize(
    "chunks",
    [
        [chunk(0, 3, "one"), chunk(0, 3, "two")],
        [chunk(0, 3, "one"), chunk(1 << 60, (1 << 60) + 3, "two")],
        [chunk(4, 7, "one"), chunk(0, 3, "two")],
        [chunk(0, 9, "one"), chunk(9, 12, "two")],
    ],
)
def test_old_chunks_without_places_of_one_text_stand_one_after_the_other(
    chunks: list[ChunkRow],
) -> None:
    placed, whole = older.assembled(chunks)
    assert whole is not None
    assert whole.text == "one\ntwo"
    assert [whole.passage(each.start, each.end) for each in placed] == ["one", "two"]
