"""Answers set against dialogues and diaries: whose they are, when it was, one of several."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from mplus_cli.asking.settling.scene import Scene
from mplus_cli.asking.settling.settle import Given, Settled, settle
from mplus_cli.results.answers import AnswerDate

CHAT = """\
Mia and Karl, 3 July 2023, 7 pm

Mia: I went to the harbour museum yesterday. There was a whole whale in it!
Karl: Nice. I have started to paint, I painted our bridge last weekend.
Mia: Is it large?
Karl: As large as a door. I bought brushes, an easel and two lamps for it.

Mia and Karl, 19 July 2023, 8 pm

Karl: Your brother called me last Friday, he is moving to Turin.
Mia: He is! I will visit him next month. I bought a rucksack, by the way.
Karl: I have lost my keys.
"""


def scene(text: str = CHAT, path: str = "chat.txt") -> Scene:
    return Scene(text, 0, len(text), text[:4000], path)


def settled(question: str, *answers: str, text: str = CHAT, path: str = "chat.txt") -> Settled:
    one = scene(text, path)
    given = [Given(answer, answer == "none", 0.01, 0.9, one) for answer in answers]
    return settle(question, given, [one])


@pytest.mark.parametrize(
    ("question", "answer", "text", "iso"),
    [
        ("When did Mia go to the museum?", "yesterday", "yesterday: 2 July 2023", "2023-07-02"),
        ("When was Mia in the harbour museum?", "none", "yesterday: 2 July 2023", "2023-07-02"),
        (
            "When did Karl paint the bridge?",
            "3 July 2023",
            "last weekend: the weekend before 3 July 2023",
            "2023-07-01/2023-07-02",
        ),
        ("When did Mia's brother call Karl?", "Friday", "last Friday: 14 July 2023", "2023-07-14"),
        ("When will Mia visit her brother?", "next month", "next month: August 2023", "2023-08"),
        ("When did Karl lose his keys?", "none", "19 July 2023", "2023-07-19"),
    ],
)
def test_when_is_answered_with_a_date(question: str, answer: str, text: str, iso: str) -> None:
    found = settled(question, answer)
    assert (found.text, [date.iso for date in found.dates]) == (text, [iso])


def test_a_date_says_what_it_counts_from() -> None:
    found = settled("When did Mia go to the museum?", "yesterday")
    assert found.dates == (
        AnswerDate("yesterday", "2 July 2023", "2023-07-02", "2023-07-03", "heading"),
    )


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What did Mia paint?", "our bridge"),
        ("What did Karl buy beside a rucksack?", "a rucksack"),
        ("When did Karl go to the harbour museum?", "yesterday"),
        ("what did mia paint?", "our bridge"),
        ("Who lost his keys, and where did Mia lose her keys?", "keys"),
    ],
)
def test_what_another_one_says_of_himself_is_no_answer(question: str, answer: str) -> None:
    assert settled(question, answer).text is None


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What did Karl paint?", "our bridge"),
        ("Where is Mia's brother moving to?", "Turin"),  # Karl tells her
        ("What did Mia see in the museum?", "a whole whale"),
        ("What was in the museum?", "a whole whale"),  # nobody is named
        ("How large is what Karl painted for Mia?", "As large as a door"),  # both are
    ],
)
def test_what_is_said_of_the_one_asked_about_stays(question: str, answer: str) -> None:
    assert settled(question, answer).text == answer


def test_another_passage_may_have_what_the_right_one_says() -> None:
    assert settled("What did Karl buy?", "a rucksack", "brushes").text == (
        "brushes, an easel and two lamps"
    )


def test_declined_stays_declined() -> None:
    assert settled("What did Mia eat?", "none").text == "none"


def test_several_passages_are_joined_each_thing_once() -> None:
    text = "Anna plays chess.\n\nAnna has a pottery class.\n\nAnna goes to her pottery on Mondays."
    given = [
        Given(answer, False, doubt, 0.9, scene(text))
        for answer, doubt in (
            ("chess", 0.01),
            ("pottery class", 0.02),
            ("pottery", 0.0),
            ("x", 0.4),
        )
    ]
    assert settle("What hobbies does Anna have?", given, []).text == "chess, pottery class"
    assert settle("What does Anna play?", given, []).text == "chess"


MINUTES = """\
House meeting, 3 March 2025

The kitchen opens at 7 in the morning since last week. The cook left.
"""


@pytest.mark.parametrize(
    ("question", "answer", "text"),
    [
        ("When does the kitchen open?", "at 7", "at 7"),
        ("When did the cook leave?", "3 March 2025", "3 March 2025"),
        # A letter's date is no date of what it tells.
        ("When did the cook leave?", "the cook", "the cook"),
    ],
)
def test_a_time_of_the_day_stays(question: str, answer: str, text: str) -> None:
    assert settled(question, answer, text=MINUTES).text == text


CALL = """\
Northgate Heating
3 February 2025

Dear Ms Okafor,

our engineer will call on Tuesday 18 February. Sunday hours are not worked.
"""


def test_a_letter_tells_of_other_days_than_its_own() -> None:
    question = "When does the engineer call?"
    assert settled(question, "Tuesday 18 February", text=CALL).text == "Tuesday 18 February"


DIARY = """# 4 April 2024

We planted leeks. The market opens on Mondays. Our cousins are visiting in two weeks.

# 22 April 2024

Frost the night before last, the beans died. Nora will sing at the fair.
"""


@pytest.mark.parametrize(
    ("question", "answer", "text"),
    [
        ("When does the market open?", "Mondays", "Mondays"),
        ("When does the market open?", "none", "none"),
        ("When did the beans die?", "none", "the night before last: 20 April 2024"),
        ("When did our cousins visit?", "none", "in two weeks: about 18 April 2024"),
        ("When did Nora sing at the fair?", "none", "none"),
        ("When were the leeks planted?", "none", "4 April 2024"),
    ],
)
def test_a_day_is_the_date_of_what_was_on_it(question: str, answer: str, text: str) -> None:
    assert settled(question, answer, text=DIARY).text == text


def test_a_diary_tells_no_time_of_what_a_letter_tells() -> None:
    scenes = [scene(CALL, "call.txt"), scene(DIARY.replace("planted", "called"), "diary.md")]
    given = [Given("Tuesday", False, 0.01, 0.9, scenes[0])]
    assert settle("When does the engineer call?", given, scenes).text == "Tuesday"
    assert settle("When does the engineer visit?", given, scenes).text == "Tuesday"


def test_speakers_may_be_written_in_capitals() -> None:
    text = CHAT.replace("Mia:", "MIA:").replace("Karl:", "KARL:")
    assert settled("When did Mia go to the museum?", "none", text=text).text == (
        "yesterday: 2 July 2023"
    )
    assert settled("When did Karl go to the harbour museum?", "yesterday", text=text).text is None


LETTER = """\
Harbour office, 3 March 2025

Your boat was moved to berth 12 last week, and the crane comes tomorrow. Dues must be paid on
Friday.
"""


def test_a_relative_time_amid_words_is_told_behind_them() -> None:
    question = "What happened to the boat?"
    found = settled(question, "moved to berth 12 last week", text=LETTER)
    assert found.text == "moved to berth 12 last week (the week before 3 March 2025)"
    assert found.dates[0].where in ("heading", "document")


def test_without_any_date_words_stay_as_they_are() -> None:
    text = "The crane came yesterday."
    assert settled("When did the crane come?", "yesterday", text=text) == Settled(
        "yesterday", (scene(text),), "yesterday", (15, 24)
    )


def test_the_name_of_a_file_dates_its_text() -> None:
    text, question = "The crane came yesterday.", "When did the crane come?"
    found = settled(question, "yesterday", text=text, path="/notes/2025-03-03 harbour.txt")
    assert (found.text, found.dates[0].where) == ("yesterday: 2 March 2025", "name")


def test_a_time_in_front_of_the_line_counts_first() -> None:
    text = (
        "[17/07/2023, 10:33] Ann: I ran to the mill yesterday\n"
        "[02/08/2023, 10:34] Bob: I sold the boat today\n"
        "[02/08/2023, 10:35] Ann: fine\n"
    )
    assert settled("When did Ann run to the mill?", "none", text=text).text == (
        "yesterday: 16 July 2023"
    )
    assert settled("When did Bob sell the boat?", "none", text=text).text == "today: 2 August 2023"


@pytest.mark.parametrize("names", [(), ("Zoe",)])
def test_key_value_lines_are_no_dialogue(names: Sequence[str]) -> None:
    text = "Name: my lamp\nPrice: 12 euros\nColour: red\n"
    assert scene(text).speakers == frozenset()
    assert settled("What is the Price of my lamp?", "12 euros", text=text).text == "12 euros"


SALE = "On 3 May 2023 the piano went to Mr Lindqvist for 400 euros. The tuner came.\n"


@pytest.mark.parametrize(
    ("question", "answer", "text"),
    [
        ("How much was paid for the piano?", "3 May 2023", "400 euros"),
        ("When did the piano go?", "400 euros", "3 May 2023"),
        ("Who got the piano?", "3 May 2023", None),
        ("Who got the piano?", "Mr Lindqvist", "Mr Lindqvist"),
        ("How many pianos went?", "400 euros", None),
    ],
)
def test_an_answer_of_another_type_is_none(question: str, answer: str, text: str | None) -> None:
    found = settled(question, answer, text=SALE)
    assert (found.text, found.doubtful) == (text, text not in (answer, None))


def test_the_next_passage_may_have_an_answer_of_the_right_type() -> None:
    assert settled("Who got the piano?", "3 May 2023", "Mr Lindqvist", text=SALE).text == (
        "Mr Lindqvist"
    )


HEDDA = """\
Harwich, 3 March 2025

Dear Nora,

I arrived yesterday and the sea was calm. The train leaves on Friday.
"""


@pytest.mark.parametrize(
    ("question", "answer", "text"),
    [
        ("When did the writer arrive?", "3 March 2025", "3 March 2025"),  # not surely told there
        ("When was the sea calm?", "3 March 2025", "yesterday: 2 March 2025"),
        ("When was the sea calm?", "yesterday", "yesterday: 2 March 2025"),
        ("When does the train leave?", "3 March 2025", "3 March 2025"),
    ],
)
def test_a_letter_tells_of_yesterday(question: str, answer: str, text: str) -> None:
    assert settled(question, answer, text=HEDDA).text == text


@pytest.mark.parametrize(
    "stamp",
    [
        "[17/07/2023, 10:33] ",
        "17 July 2023, 10:33 - ",
        "2023-07-17T10:33:05Z ",
        "17/07/2023, 10:33 - ",
        "7/17/23, 10:33 AM - ",
        "[10:33, 7/17/2023] ",
        "<17-Jul-2023 10:33> ",
        "Mon 17 Jul 2023 10:33 ",
        "**17/07/2023 10:33** ",
    ],
)
def test_stamps_on_each_line_date_what_is_said(stamp: str) -> None:
    said = ("Ann: I ran to the mill this morning", "Bob: I sold the boat today", "Ann: fine")
    text = "".join(f"{stamp}{line}\n" for line in said)
    for answer in ("this morning", "none"):
        found = settled("When did Ann run to the mill?", answer, text=text)
        assert found.text == "this morning: 17 July 2023"
    assert scene(text).speakers == {"Ann", "Bob"}


GARDEN = """\
# 28 February 2025

Frost. The beans died on 20 February.

# 5 March 2025

Sun. The market was on Tuesday 4 March. The fair was on February 2.
"""


@pytest.mark.parametrize(
    ("question", "answer", "text"),
    [
        ("When did the beans die?", "20 February", "20 February 2025"),
        ("When was the market?", "Tuesday 4 March", "Tuesday 4 March 2025"),
        ("When was the fair?", "February 2", "February 2, 2025"),
        ("What did the beans do?", "died on 20 February", "died on 20 February 2025"),
    ],
)
def test_a_day_is_given_once_with_its_year(question: str, answer: str, text: str) -> None:
    assert settled(question, answer, text=GARDEN).text == text
