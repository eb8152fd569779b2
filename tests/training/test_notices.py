"""Made-up notices: the same for a seed, and answers of several parts that stand in them."""

import re
from collections import Counter
from typing import Any

import pytest

from training.facts.notices import STATEMENTS, make_notices


@pytest.fixture(scope="module")
def passages() -> list[dict[str, Any]]:
    return make_notices(7, 300)


def test_a_seed_makes_the_same_notices(passages: list[dict[str, Any]]) -> None:
    assert make_notices(7, 20) == passages[:20]
    assert make_notices(8, 20) != passages[:20]


def test_answers_of_several_words_stand_in_their_notice(passages: list[dict[str, Any]]) -> None:
    words = Counter[int]()
    for passage in passages:
        assert passage["source"] == "notice"
        questions = [qa["question"] for qa in passage["qas"]]
        assert len(set(questions)) == len(questions)
        assert not re.search(r"[{}<>|]", " ".join([passage["context"], *questions]))
        for qa in passage["qas"]:
            assert not qa["answers"] or qa["answers"][0] in passage["context"], qa
            words[len(qa["answers"][0].split()) if qa["answers"] else 0] += 1
    assert max(words) <= 20
    assert sum(count for size, count in words.items() if size >= 4) > 0.5 * words.total()
    assert 0.15 < words[0] / words.total() < 0.4


def test_each_statement_has_one_answer_whose_slots_are_its_own() -> None:
    for statement in STATEMENTS:
        assert all(text.count("<") == text.count(">") == 1 for text in statement.says)
        said = set(re.findall(r"\{(\w+)\}", statement.says[0]))
        for ask in statement.asks:
            assert set(re.findall(r"\{(\w+)\}", ask)) <= said, ask
