"""Made-up documents: the same for a seed, every answer in its passage, questions of many kinds."""

import re
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from training import facts
from training.facts import RELATIONS, layouts, make_facts, make_near_misses
from training.facts.frames import ASIDES
from training.facts.scenes import FILLERS, KINDS, SCENES

COUNT = 300


@pytest.fixture(scope="module")
def passages() -> list[dict[str, Any]]:
    return make_facts(7, COUNT)


def answerable(passage: dict[str, Any]) -> list[dict[str, Any]]:
    return [qa for qa in passage["qas"] if qa["answers"]]


def masked(question: str) -> str:
    """The question without what is particular to its passage: names and numbers."""
    bare = re.sub(r"\S*\d\S*", "#", question)
    return re.sub(r"(?<=\s)[A-Z]\S*(\s[A-Z]\S*)*", "#", bare)


def test_a_seed_makes_the_same_passages_and_another_one_others(
    passages: list[dict[str, Any]],
) -> None:
    assert make_facts(7, COUNT) == passages
    assert make_facts(7, 20) == passages[:20]
    assert not {one["context"] for one in make_facts(8, COUNT)} & {
        one["context"] for one in passages
    }


def test_passages_have_the_form_that_training_reads(passages: list[dict[str, Any]]) -> None:
    assert len(passages) == COUNT
    for passage in passages:
        assert passage.keys() == {"context", "title", "source", "qas"}
        assert passage["source"] == "facts"
        assert passage["title"] is None or passage["title"].strip()
        assert 50 <= len(passage["context"].split()) <= 170
        assert not re.search(r"[{}~]", passage["context"] + (passage["title"] or ""))


def test_first_answers_stand_in_the_passage_and_are_short(passages: list[dict[str, Any]]) -> None:
    for passage in passages:
        assert 2 <= len(answerable(passage)) <= 5
        for qa in answerable(passage):
            assert qa["answers"][0] in passage["context"], qa
            assert len(qa["answers"][0].split()) <= 8
            assert len(set(qa["answers"])) == len(qa["answers"])


def test_questions_are_whole_and_asked_once(passages: list[dict[str, Any]]) -> None:
    for passage in passages:
        questions = [qa["question"] for qa in passage["qas"]]
        assert len(set(questions)) == len(questions)
        for question in questions:
            assert question[0].isupper(), question
            assert not re.search(r"[{}|]", question)
    marked = [qa["question"].endswith("?") for passage in passages for qa in passage["qas"]]
    assert sum(marked) > 0.95 * len(marked)


def test_one_question_of_each_passage_has_no_answer(passages: list[dict[str, Any]]) -> None:
    assert all(sum(not qa["answers"] for qa in passage["qas"]) == 1 for passage in passages)


def test_near_misses_are_asked_beside_what_is_answered() -> None:
    for passage in make_near_misses(7, 100):
        assert passage["source"] == "near"
        assert 2 <= len(answerable(passage)) <= 5
        assert sum(not qa["answers"] for qa in passage["qas"]) == 3
        assert len({qa["question"] for qa in passage["qas"]}) == len(passage["qas"])


def test_no_two_facts_of_a_passage_share_a_value() -> None:
    """So an inverse question has one answer, and a passage never says a value of two entities."""
    for index in range(COUNT):
        draft = next(drafts(index))
        forms = [form.lower() for cell in draft.cells for form in set(cell.value)]
        assert max(Counter(forms).values()) == 1
        assert len({(cell.entity.name, cell.key) for cell in draft.cells}) == len(draft.cells)


def drafts(seed: int) -> Iterator[facts.Draft]:
    rng = Random(seed)
    while True:
        try:
            yield facts._draft(rng)
        except facts.UnsuitableError:
            continue


def test_passages_differ_in_titles_wordings_and_genres(passages: list[dict[str, Any]]) -> None:
    heads = {passage["title"] or passage["context"].split("\n")[0] for passage in passages}
    wordings = {masked(qa["question"]) for passage in passages for qa in passage["qas"]}
    assert len(heads) > 250
    assert len(wordings) > 250
    assert len({qa["answers"][0] for passage in passages for qa in answerable(passage)}) > 600
    marks = ("\n- ", "\n## ", " | ", "Subject: ", "Dear ", "Chair: ", " = ", "\n1. ")
    assert all(any(mark in passage["context"] for passage in passages) for mark in marks)


def test_every_relation_has_several_wordings() -> None:
    assert len(RELATIONS) >= 90
    for name, relation in RELATIONS.items():
        assert len(relation.asks) >= 4, name
        assert len(relation.says) >= 3, name
        assert all("{e}" in text for text in relation.asks), name
        assert all("{e}" in text and "{v}" in text for text in relation.says), name
        assert all("{v}" in text and "{e}" not in text for text in relation.inverse), name
    assert all(len(relation.asks) >= 4 for _, relation in ASIDES.values())


def test_scenes_name_what_there_is() -> None:
    for scene in SCENES:
        assert scene.kind in KINDS
        assert scene.tag in FILLERS
        assert set(scene.relations.split()) <= RELATIONS.keys()
        assert set(scene.frames.split()) <= facts.LAYOUTS.keys()
    assert {key for scene in SCENES for key in scene.relations.split()} == RELATIONS.keys()


def test_lists_say_the_verb_once() -> None:
    relation = RELATIONS["departs"]
    cells = [
        layouts.Cell(
            layouts.Entity(f"{town} train", f"the {town} train", "train"),
            "departs",
            relation,
            (time,),
        )
        for town, time in (("Oslo", "7:15"), ("Bergen", "8:20"), ("Voss", "9:40"))
    ]
    said = layouts._gapped("{e} leaves at {v}", cells)
    assert (
        said
        == "The Oslo train leaves at 7:15, the Bergen train at 8:20 and the Voss train at 9:40."
    )
