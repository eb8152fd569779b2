"""Made-up dialogues and diaries: the same for a seed, and questions that keep two people apart."""

import re
from collections import Counter
from random import Random
from typing import Any

import pytest

from training.facts import dialogues
from training.facts.dialogues import NEAR, TOPICS, make_dialogues
from training.facts.small_talk import TIMES

COUNT = 200


@pytest.fixture(scope="module")
def passages() -> list[dict[str, Any]]:
    return make_dialogues(7, COUNT)


def test_a_seed_makes_the_same_dialogues(passages: list[dict[str, Any]]) -> None:
    assert make_dialogues(7, 20) == passages[:20]
    assert make_dialogues(8, 20) != passages[:20]


def test_passages_have_the_form_that_training_reads(passages: list[dict[str, Any]]) -> None:
    for passage in passages:
        assert passage.keys() == {"context", "title", "source", "qas"}
        assert passage["source"] == "talk"
        assert 40 <= len(passage["context"].split()) <= 150
        questions = [qa["question"] for qa in passage["qas"]]
        assert len(set(questions)) == len(questions)
        assert not re.search(r"[{}|]|\[ ", " ".join([passage["context"], *questions]))
        for qa in passage["qas"]:
            assert not qa["answers"] or qa["answers"][0] in passage["context"], qa


def test_questions_are_of_facts_of_times_and_of_nothing(passages: list[dict[str, Any]]) -> None:
    asked = [qa for passage in passages for qa in passage["qas"]]
    times = {time for some in TIMES.values() for time in some}
    found = Counter(
        "none" if not qa["answers"] else "time" if qa["answers"][-1] in times else "fact"
        for qa in asked
    )
    assert min(found.values()) > 0.15 * len(asked)


def test_who_is_asked_about_what_another_one_told_has_told_nothing_near_it() -> None:
    for seed in range(COUNT):
        made = dialogues._Passage(Random(seed), dialogues._people(Random(seed)))
        dialogues._dialogue(made)
        for who in made.people[:2]:
            told = {each.key for each in made.told if each.who == who}
            assert all(len(group & told) <= 1 for group in NEAR)
            assert not any(
                group & told for key in dialogues._free(made, who) for group in NEAR if key in group
            )


def test_topics_are_worded_in_several_ways() -> None:
    for key, topic in TOPICS.items():
        assert min(len(topic.values), len(topic.says), len(topic.replies)) >= 3, key
        assert len(topic.asks) >= 2, key
        assert all("{v}" in text for text in topic.says), key
        assert all("{n}" in text for text in topic.asks), key
        assert bool(topic.tense) == bool(topic.whens), key
        assert any(key in group for group in NEAR), key
