"""Made-up tables: the same for a seed, answers that are cells or rows, and some asked in vain."""

from collections import Counter
from typing import Any

import pytest

from training.facts.grids import SUBJECTS, make_grids


@pytest.fixture(scope="module")
def passages() -> list[dict[str, Any]]:
    return make_grids(7, 300)


def test_a_seed_makes_the_same_tables(passages: list[dict[str, Any]]) -> None:
    assert make_grids(7, 20) == passages[:20]
    assert make_grids(8, 20) != passages[:20]


def test_answers_stand_in_their_table(passages: list[dict[str, Any]]) -> None:
    for passage in passages:
        assert passage["source"] == "grid"
        assert len({qa["question"] for qa in passage["qas"]}) == len(passage["qas"])
        for qa in passage["qas"]:
            assert all(answer and answer in passage["context"] for answer in qa["answers"])
            assert not set("{}") & set(qa["question"])


def test_each_table_is_asked_rightly_and_in_vain(passages: list[dict[str, Any]]) -> None:
    for passage in passages:
        found = Counter(bool(qa["answers"]) for qa in passage["qas"])
        assert found[True] >= 2
        assert 1 <= found[False] <= 2


def test_tables_have_many_forms_and_subjects(passages: list[dict[str, Any]]) -> None:
    forms = ("|---|", " | ", "\n\n", "   ", ": ")
    assert all(any(form in passage["context"] for passage in passages) for form in forms)
    assert len({passage["title"] for passage in passages}) > 100
    for subject in SUBJECTS:
        assert len(subject.rows) > 5
        assert len(subject.columns) >= 3
        assert all("{r}" in ask for column in subject.columns for ask in column.asks)
