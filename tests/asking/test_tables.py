"""Answers from tables: the cell whose row and column a question names."""

from __future__ import annotations

import pytest

from mplus_cli.asking.settling.scene import Scene
from mplus_cli.asking.settling.tables import addressed, meant

PRICES = """Prices 2025

Article | Size | Price in euros | In stock | Supplier
Boundary stone, granite | 60 cm | 27.4 | 64 | Hollenberg
Boundary stone, plastic | 50 cm | 9.85 | 210 | Polymark
Survey pole, carbon | 2 m | 88 | 5 | Aerolite
Marking spray, red | 500 ml | 6.3 | 96 | Farbwerk Ohm
Marking spray, blue | 500 ml | 6.4 | 41 | Farbwerk Ohm
"""
BUS = """Bus 14 weekdays | Harbour | Hospital | Moor End
1st | 05:52 | 06:09 | 06:31
2nd | 06:37 | 06:54 | 07:16
3rd | 07:12 | 07:32 | 07:56
"""
COVER = """You chose Plus.

| Damage | Essential | Plus | Total |
|---|---|---|---|
| Fire and lightning | 30,000 | 55,000 | 90,000 |
| Burst pipes | 12,000 | 25,000 | 60,000 |

The excess is 150.
"""


def cell(question: str, text: str, answer: str, start: int = 0) -> str | None:
    """The text of the cell that is meant, where a passage from `start` on answers otherwise."""
    at = text.index(answer, start)
    found = meant(question, Scene(text, start, len(text), text[:80], "a"), at, at + len(answer))
    assert found is None or text[found.start : found.end] == found.text
    return found.text if found else None


@pytest.mark.parametrize(
    ("question", "text", "answer", "wanted"),
    [
        ("What does a carbon survey pole cost?", PRICES, "96", "88"),
        ("How many cans of blue marking spray are in stock?", PRICES, "96", "41"),
        ("Who supplies the plastic boundary stone?", PRICES, "Hollenberg", "Polymark"),
        ("How many granite boundary stones are there?", PRICES, "210", "64"),
        ("When does the third bus leave the hospital?", BUS, "06:54", "07:32"),
        ("When does the third bus leave the hospital?", BUS, "07:12", "07:32"),
        ("What time does the first bus reach Moor End?", BUS, "07:12", "06:31"),
        ("When is the 2nd bus 14 at Moor End?", BUS, "06:37", "07:16"),
        ("What does Total pay for burst pipes?", COVER, "12,000", "60,000"),
    ],
)
def test_row_and_column_that_a_question_names_win(
    question: str, text: str, answer: str, wanted: str
) -> None:
    assert cell(question, text, answer) == wanted
    assert cell(question, text, wanted) is None  # it is right already


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("What does marking spray cost?", PRICES, "6.3"),  # which one?
        ("Which article is sold for 88?", PRICES, "Survey pole, carbon"),
        ("How high is the excess?", COVER, "150"),  # not in the table
        ("What did she choose?", COVER, "Plus"),
        ("What is it?", BUS, "06:54"),
    ],
)
def test_an_answer_stays_where_a_question_names_no_other_cell(
    question: str, text: str, answer: str
) -> None:
    assert cell(question, text, answer) is None


def test_the_head_may_stand_before_the_passage() -> None:
    start = PRICES.index("Survey")
    assert cell("How many cans of blue spray are in stock?", PRICES, "6.3", start) == "41"


def test_a_numbered_row_that_is_not_there() -> None:
    with pytest.raises(LookupError):
        cell("When does the 9th bus leave the harbour?", BUS, "05:52")
    assert cell("When does bus 14 leave?", PRICES, "88") is None


def test_a_month_or_a_day_that_is_not_there() -> None:
    text = "Budget | January | Feb. | March\nRent | 902 | 903 | 904\nFood | 411 | 386 | 428\n"
    with pytest.raises(LookupError):
        cell("What was spent on food in April 2025?", text, "411")
    assert cell("What was spent on food in March?", text, "411") == "428"
    assert cell("What was spent on food in February?", text, "386") is None
    assert cell("What may food cost?", text, "411") is None
    with pytest.raises(LookupError):
        cell("Who works on Sunday?", "Day | Who\nMonday | Ann\nTuesday | Bo\n", "Ann")


def test_rows_of_unlike_length_and_empty_cells() -> None:
    text = "a | b | c\none | 1 | 2\ntwo |  | 4\nthree | 5\n"
    assert cell("Which b has two?", text, "1") is None  # there is none
    assert cell("Which c has three?", text, "4") is None


def test_a_cell_that_a_question_names_in_full_is_an_answer_by_itself() -> None:
    def found(question: str) -> str | None:
        one = addressed(question, Scene(f"Intro.\n\n{PRICES}\n{BUS}", 0, 400, "", "a"))
        return one.text if one else None

    assert found("How many cans of blue marking spray are in stock?") == "41"
    assert found("Who supplies the carbon survey pole?") == "Aerolite"
    assert found("How many cans of green marking spray are in stock?") is None
    assert found("How much marking spray is in stock at the branch in Malmö since May?") is None
