"""Streams of notes: of all that was told of a thing, the latest counts."""

import re
from random import Random

import pytest

from training.stories import Stories
from training.stories.stream_wording import STREAMS, UNITS

ABOUT = {
    "stock": rf"(?:{'|'.join(UNITS)}) of \w+",
    "parcel": r"parcel (?:for|from) \w+|parcel \d+|(?<=the )\w+ parcel",
    "meter": r"meter in the \w+|(?<=the )\w+ meter",
    "status": r"\w+ door|ticket \d+",
}


def answers_of(stories: Stories, kind: str, count: int) -> set[str]:
    """All that is answered in so many stories."""
    return {
        asked.answers[0]
        for seed in range(count)
        for segment in stories.story(Random(seed), kind, 4, 1.0).segments
        for asked in segment.asked
    }


@pytest.mark.parametrize("kind", ABOUT)
def test_the_latest_note_has_the_answer(stories: Stories, kind: str) -> None:
    checked = 0
    for seed in range(60):
        notes: list[str] = []
        for segment in stories.story(Random(seed), kind, 5, 0.9).segments:
            notes += [each.text for each in segment.sentences if each.writes]
            for asked in segment.asked:
                about = re.search(ABOUT[kind], asked.question.removeprefix("Is the "))
                if about and asked.answers[0] not in ("yes", "no"):
                    last = next(n for n in reversed(notes) if about[0].lower() in n.lower())
                    words = re.findall(r"\w+", last.lower().replace(about[0].lower(), ""))
                    assert asked.answers[0].lower() in words, (last, asked)
                    checked += 1
    assert checked > 200


def test_meetings_move_by_day_place_and_hour(stories: Stories) -> None:
    answers = answers_of(stories, "meeting", 40)
    assert {"Monday", "Sunday"} <= answers
    assert any(re.fullmatch(r"\d{1,2}:\d\d", each) for each in answers)
    assert "kitchen" in answers


def test_status_is_asked_with_yes_and_no_too(stories: Stories) -> None:
    for seed in range(20):
        story = stories.story(Random(seed), "status", 3, 3)
        answers = [each.answers[0] for each in story.segments[-1].asked]
        assert answers.count("yes") == answers.count("no") == len(answers) // 3


def test_round_numbers_and_like_digits_are_common(stories: Stories) -> None:
    """As they are in stocks: of few such a module says 80 for 800."""
    answers = answers_of(stories, "stock", 100)
    long = [each for each in answers if re.fullmatch(r"\d{3}", each)]
    assert len([each for each in long if each.endswith("00")]) > 5
    assert len([each for each in long if re.search(r"([1-9])\1", each)]) > len(long) / 10


def test_who_has_something_and_what_somebody_has(stories: Stories) -> None:
    for seed in range(20):
        asked = stories.story(Random(seed), "holder", 3, 3).segments[-1].asked
        whose = [each for each in asked if each.question.startswith("What")]
        for each in whose:
            assert each.answers[1] == f"the {each.answers[0]}"
            assert sum(each.answers[1] in other.question for other in asked) == 1


def test_there_are_many_wordings_and_each_says_all() -> None:
    for form in (form for forms in STREAMS.values() for form in forms):
        assert len({*form.facts, *form.notes}) >= 10
        assert len(set(form.questions)) >= 4
        for each in (*form.facts, *form.notes):
            assert "{v}" in each
            assert "{e}" in each or "{E}" in each
        assert all("{e}" in each for each in form.questions)
