"""How texts and questions are split into words, what the text index finds by them, and the words
that are near a mistyped one.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.change import change
from store.collect import collect, garbage
from store.home import Home
from store.index.reader import Index
from store.index.vocabulary import Vocabulary, edits
from store.index.words import _WORD, asked, fold, indexed
from store.records import ChunkRow, DocumentRow
from store.texts import WholeText
from tests.store.made import SPEC, findings, segment

TEXTS = {
    "boiler-lindqvist.txt": "The boiler costs 1,680 euros, 7.5% more; don\u2019t stop it: "
    "ask Lindqvist.",
    "kagi.txt": "ボイラーの点検は来年の四月です。鍵は玄関にあります。",
    "rehua.txt": "热水器在厨房里\uff0c每年检查一次。",
    "bangkok.txt": "เครื่องทำน้ำร้อนอยู่ในครัว",
    "vann.txt": "보일러는 지하실에 있습니다.",
    "strasse.txt": "Der Schlüssel liegt in der Straße: \ufb01nden Sie TK-4471 und soft\u00adware.",
    "code.txt": "readUserName() needs C++ and e-mail; version 3.11.2, 10^6 rows.",
    "abbot_ferry-2023.txt": "It leaves at nine.",
    "OtherFerry.txt": "It leaves at ten.",
}


def written(path: Path, texts: dict[str, str]) -> Path:
    with change(path, "inject", 1, create=SPEC) as opened:
        for number, (name, text) in enumerate(texts.items(), 1):
            key = f"{number:064x}"
            if not opened.has_segment(key):
                opened.put_segments({key: segment(SPEC, number, 0, 2)})
            row = ChunkRow(key, 2, 2, 0, len(text), "line", 1, 1, "", text)
            described = DocumentRow(f"/home/{name}", name, name, "text", 0, 2, 1, "")
            opened.add(described, [row], WholeText(text, (), "line", "About " + name[:3]))
        opened.commit()
    return path


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("words") / "memory", TEXTS)


@pytest.fixture
def index(memory: Path) -> Iterator[Index]:
    with closing(Index.open(Home(memory))) as opened:
        yield opened


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("ボイラーの点検", "kagi.txt"),
        ("鍵", "kagi.txt"),
        ("热水器在哪里\uff1f", "rehua.txt"),
        ("น้ำร้อน", "bangkok.txt"),
        ("보일러", "vann.txt"),
        ("1680", "boiler-lindqvist.txt"),
        ("1 680", "boiler-lindqvist.txt"),
        ("7.5", "boiler-lindqvist.txt"),
        ("7,5", "boiler-lindqvist.txt"),
        ("dont", "boiler-lindqvist.txt"),
        ("don't", "boiler-lindqvist.txt"),
        ("Lindqvist's", "boiler-lindqvist.txt"),
        ("SCHLUSSEL", "strasse.txt"),
        ("\uff53\uff54\uff52asse", "strasse.txt"),
        ("finden", "strasse.txt"),
        ("software", "strasse.txt"),
        ("tk4471", "strasse.txt"),
        ("4471", "strasse.txt"),
        ("TK 4471", "strasse.txt"),
        ("C++", "code.txt"),
        ("user name", "code.txt"),
        ("readusername", "code.txt"),
        ("email", "code.txt"),
        ("e mail", "code.txt"),
        ("3.11.2", "code.txt"),
        ("10^6", "code.txt"),
        ("Abbot", "abbot_ferry-2023.txt"),
        ("the ferry of 2023", "abbot_ferry-2023.txt"),
        ("about the other ferry", "OtherFerry.txt"),
    ],
)
def test_a_question_finds_its_text_however_either_is_written(
    question: str, name: str, index: Index
) -> None:
    found = index.ranked_by_text(1, question)
    assert list(TEXTS)[found[0] - 1] == name


def test_characters_count_in_their_order(index: Index) -> None:
    assert index.ranked_by_text(1, "检点") == []


def test_words_that_every_text_has_find_nothing_beside_others(index: Index) -> None:
    assert len(index.ranked_by_text(1, "what is the boiler?")) == 1
    assert len(index.ranked_by_text(1, "it is")) == 3


@given(st.text(max_size=60))
@settings(deadline=None)
def test_every_word_of_a_text_is_among_those_that_are_indexed(text: str) -> None:
    there = indexed(text)
    words = set(asked(there)) | set(_WORD.findall(there))
    assert set(asked(text)) <= words
    for part in text.split():
        assert set(asked(part)) <= words


@given(st.text(max_size=40))
@settings(deadline=None)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert indexed(fold(text)).split() == indexed(fold(fold(text))).split()


def test_words_are_known_as_the_texts_write_them(memory: Path, index: Index) -> None:
    known = index.vocabulary
    assert known.forms("LINDQVIST") == ["Lindqvist"]  # the file's name has it small
    assert known.forms("schlussel") == ["Schlüssel"]
    assert known.forms("the") == ["The"]
    assert known.forms("plumber") == []

    assert findings(memory) == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("boielr", ["boiler"]),
        ("biler", ["boiler"]),
        ("xoiler", ["boiler"]),
        ("lindkvist", ["lindqvist"]),
        ("lindkvits", ["lindqvist"]),
        ("schluessel", ["schlussel"]),
        ("bxxler", []),  # two in a short word
        ("nin", []),
        ("plumber", []),
    ],
)
def test_a_mistyped_word_has_near_ones(typed: str, meant: list[str], index: Index) -> None:
    assert index.vocabulary.near(typed) == meant


def test_two_letters_at_a_joint_may_have_changed_places() -> None:
    words = ["rent", "boil"]

    def rows(sql: str, asked: dict[str, object]) -> list[dict[str, object]]:
        if "form" in sql:
            return [{"form": each} for each in words if each == asked["word"]]
        return []

    assert Vocabulary(rows).near("rnet") == ["rent"]


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
@settings(deadline=None)
def test_edits_are_those_of_a_whole_table(first: str, second: str) -> None:
    table = [[i + j for j in range(len(second) + 1)] for i in range(len(first) + 1)]
    for i in range(1, len(first) + 1):
        for j in range(1, len(second) + 1):
            same = first[i - 1] == second[j - 1]
            table[i][j] = min(
                table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (not same)
            )
            if i > 1 < j and first[i - 1] == second[j - 2] and first[i - 2] == second[j - 1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    for most in (1, 2):
        found = edits(first, second, most)
        assert found == table[-1][-1] if table[-1][-1] <= most else found > most


def test_words_go_with_the_texts_that_had_them(tmp_path: Path) -> None:
    memory = written(tmp_path / "memory", TEXTS)
    with change(memory, "forget", 1) as opened:
        opened.remove(opened.documents[0])
        opened.commit()
    with change(memory, "gc", 1, alone=True) as opened:
        collect(opened, garbage(opened.home, opened.index, 1), lambda done, of: None)
        assert opened.index.vocabulary.forms("lindqvist") == []
    assert findings(memory) == []
