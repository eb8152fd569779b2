"""Chunks ranked by words with bounded work: what is left out, and what never is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.change import change
from store.home import Home
from store.index import text_ranking
from store.index.reader import Index
from store.records import ChunkRow, DocumentRow
from store.segments import segment_key
from store.texts import WholeText
from tests.store.made import EIGHT, segment

# "gate" is in every text, "pump" in half of them, "valve" in five, "seal" in one.
TEXTS = [
    " ".join(
        word
        for word, every in (("gate", 1), ("pump", 2), ("valve", 8), ("seal", 40))
        if number % every == 0
    )
    for number in range(40)
]


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with change(tmp_path / "m", "x", 1, create=EIGHT) as opened:
        for number, text in enumerate(TEXTS):
            key = segment_key(EIGHT.identity, None, [number])
            opened.put_segments({key: segment(EIGHT, number, 0, 2)})
            row = ChunkRow(key, 2, 2, 0, len(text), "line", 1, 1, "", text)
            document = DocumentRow(f"{number}", "", f"{number}", "text", 0, 2, 1, "")
            opened.add(document, [row], WholeText(text, (), "line"))
        opened.commit()
    opened_index = Index.open(Home(tmp_path / "m"))
    yield opened_index
    opened_index.close()


def ranked(index: Index, words: str, documents: list[int] | None = None) -> list[int]:
    return index.ranked_by_text(1, words, documents)


def test_rare_words_find_and_commoner_ones_add_to_it(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = ranked(index, "gate pump valve seal")
    assert everything[0] == 1
    assert sorted(everything) == list(range(1, 41))
    monkeypatch.setattr(text_ranking, "RARE_ROWS", 3)
    monkeypatch.setattr(text_ranking, "ROWS", 30)
    found = ranked(index, "gate pump valve seal")  # without "gate"
    assert found[:5] == [1, 9, 17, 25, 33]
    assert sorted(found) == list(range(1, 41, 2))
    monkeypatch.setattr(text_ranking, "ROWS", 6)
    assert ranked(index, "gate pump valve seal") == [1, 9, 17, 25, 33]


def test_words_that_are_all_common_find_something(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_ranking, "ROWS", 10)
    assert ranked(index, "gate")
    assert all(TEXTS[number - 1].startswith("gate pump") for number in ranked(index, "pump"))


def test_among_some_documents_words_are_counted_there(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_ranking, "RARE_ROWS", 2)
    monkeypatch.setattr(text_ranking, "ROWS", 4)
    ids = {each.path: each.id for each in index.documents(1)}
    some = [ids["20"], ids["21"], ids["22"]]
    assert ranked(index, "gate pump", some) == index.numbers(1, [ids["20"], ids["22"]])
    assert sorted(ranked(index, "gate", some)) == index.numbers(1, some)
    assert ranked(index, "seal", some) == []
