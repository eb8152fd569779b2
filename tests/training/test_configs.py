"""Made-up configuration: the same for a seed, values that stand there, keys that don't."""

from collections import Counter
from typing import Any

import pytest

from training.facts.configs import SECTIONS, make_configs


@pytest.fixture(scope="module")
def passages() -> list[dict[str, Any]]:
    return make_configs(7, 300)


def test_a_seed_makes_the_same_files(passages: list[dict[str, Any]]) -> None:
    assert make_configs(7, 20) == passages[:20]
    assert make_configs(8, 20) != passages[:20]


def test_answers_stand_in_their_file(passages: list[dict[str, Any]]) -> None:
    for passage in passages:
        assert passage["source"] == "config"
        questions = [qa["question"] for qa in passage["qas"]]
        assert len(set(questions)) == len(questions)
        assert not set("{}|") & set(" ".join([passage["context"], *questions]))
        found = Counter(bool(qa["answers"]) for qa in passage["qas"])
        assert found[True] >= 3
        assert 1 <= found[False] <= 2
        assert all(
            answer in passage["context"] for qa in passage["qas"] for answer in qa["answers"]
        )


def test_files_have_many_forms() -> None:
    texts = [passage["context"] for passage in make_configs(7, 100)]
    for form in ("[server]\n", "server:\n  ", "SERVER_", ' = "', "  ; ", "  # "):
        assert any(form in text for text in texts), form


def test_no_two_keys_are_asked_for_in_the_same_words() -> None:
    asks = Counter(ask for keys in SECTIONS.values() for each in keys for ask in each.asks)
    assert max(asks.values()) == 1
