"""The answer that is given, of what was said and of all passages that were found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from mplus_cli.asking.checking.checked import Checked
from mplus_cli.asking.found import Found
from mplus_cli.asking.said import Said
from mplus_cli.asking.settling.given import DOUBTFUL, ToGive, to_give
from mplus_cli.asking.settling.scene import scene_of
from mplus_cli.asking.sources import passage_source
from mplus_cli.kinds.readings import Reading
from store.records import ChunkRow, Located

DECLINES = "I don't know."
NOTHING = cast(Any, None)
HOTEL = "Employees may spend up to {} euros a night on a hotel."
POLICIES = (
    ("2023-policy.txt", f"Travel policy of January 2023. {HOTEL.format(110)}"),
    ("2025-policy.txt", f"Travel policy of January 2025. {HOTEL.format(145)}"),
)
QUESTION = "How much may employees spend on a hotel per night?"
CHAT = """\
Mia and Karl, 3 July 2023

Mia: I went to the museum yesterday.
Karl: I have painted our bridge.
Mia: Great.
"""


def given(
    question: str, texts: Sequence[tuple[str, str]], *answers: str, declined: bool = False
) -> ToGive:
    """What becomes of answers, each from the passage at its place."""
    located = {
        at: Located(
            at,
            path,
            "",
            len(text),
            "2024-01-01T00:00:00Z",
            0,
            ChunkRow("s", 9, 9, 0, len(text), "line", 1, 1, "", text),
            beginning=text,
        )
        for at, (path, text) in enumerate(texts, 1)
    }
    scenes = {at: scene_of(one) for at, one in located.items()}
    said = [
        Said(Reading(NOTHING, NOTHING, 0.01, at, 1.0), answer, declined, False, 0.9, 3)
        for at, answer in enumerate(answers, 1)
    ]
    found = Found(question, [], [], located, 1, None, None, scenes)
    sources = (passage_source(located[1], question, answers[0]),)
    first = Checked(said[0], answers[0], sources, True, (), (), 0.8, {})
    return to_give(found, first, said[1:], DECLINES)


def test_the_newer_document_answers_and_the_other_one_is_named() -> None:
    for texts, first in ((POLICIES, "110 euros"), (POLICIES[::-1], "145 euros")):
        found = given(QUESTION, texts, first)
        assert found.checked.text == "145 euros"
        assert found.checked.sources[0].path == "2025-policy.txt"
        assert [(each.text, each.source.path) for each in found.disagrees] == [
            ("110 euros", "2023-policy.txt")
        ]


def test_a_question_with_a_date_is_answered_from_that_date() -> None:
    found = given(f"{QUESTION[:-1]} by the policy of 2023?", POLICIES[::-1], "145 euros")
    assert (found.checked.text, found.checked.literal) == ("110 euros", True)
    assert [each.text for each in found.disagrees] == ["145 euros"]


def test_without_dates_the_first_one_answers() -> None:
    texts = [(f"{name}.txt", HOTEL.format(euros)) for name, euros in (("a", 110), ("b", 145))]
    found = given(QUESTION, texts, "110 euros")
    assert found.checked.text == "110 euros"
    assert [each.text for each in found.disagrees] == ["145 euros"]


def test_an_answer_of_another_person_is_declined() -> None:
    found = given("What did Mia paint?", [("chat.txt", CHAT)], "our bridge")
    assert (found.checked.text, found.declined) == (DECLINES, True)
    assert (found.checked.literal, found.checked.confidence) == (None, None)


def test_another_passage_answers_for_the_right_person() -> None:
    more = "Karl: And you, Mia?\nMia: I painted a red tram.\nKarl: Fine."
    texts = [("chat.txt", CHAT), ("more.txt", more)]
    found = given("What did Mia paint?", texts, "our bridge", "a red tram")
    assert (found.checked.text, found.checked.sources[0].path) == ("a red tram", "more.txt")


def test_a_time_has_its_date_and_stays_literal() -> None:
    found = given("When did Mia go to the museum?", [("chat.txt", CHAT)], "yesterday")
    assert found.checked.text == "yesterday: 2 July 2023"
    assert found.checked.literal is True
    assert [(date.said, date.iso, date.base) for date in found.dates] == [
        ("yesterday", "2023-07-02", "2023-07-03")
    ]


def test_what_was_declined_stays_so() -> None:
    found = given("What did Mia eat?", [("chat.txt", CHAT)], DECLINES, declined=True)
    assert (found.checked.text, found.declined) == (DECLINES, True)


def test_an_ordinary_answer_is_left_as_it_is() -> None:
    text = "The dog sleeps in the kitchen."
    found = given("Where does the dog sleep?", [("dog.txt", text)], "in the kitchen")
    assert found.checked == Checked(
        found.checked.said, "in the kitchen", found.checked.sources, True, (), (), 0.8, {}
    )
    assert (found.declined, found.dates, found.disagrees) == (False, (), ())


def test_what_stands_beside_an_answer_of_another_type_is_unsure() -> None:
    text = "On 3 May 2023 the piano went to Mr Lindqvist for 400 euros."
    found = given("How much was paid for the piano?", [("sale.txt", text)], "3 May 2023")
    assert (found.checked.text, found.checked.literal, found.checked.confidence) == (
        "400 euros",
        True,
        DOUBTFUL,
    )


def test_an_answer_of_another_year_is_declined_unless_a_document_is_of_that_year() -> None:
    found = given(f"{QUESTION[:-1]} in 2019?", POLICIES, "110 euros")
    assert (found.checked.text, found.declined, found.disagrees) == (DECLINES, True, ())
    found = given(f"{QUESTION[:-1]} in 2023?", POLICIES[::-1], "145 euros")
    assert (found.checked.text, found.declined) == ("110 euros", False)
