"""Answers for another year, month or day than the one that a question names."""

from __future__ import annotations

import pytest

from mplus_cli.asking.settling.other_times import is_of_another_time
from mplus_cli.asking.settling.scene import Scene

FEES = "The club\n\nIn 2021 the fee was 30 euros. In 2023 the fee was 40 euros.\n"
TABLE = (
    "Fees\n\nGroup | 2021 | 2023\nAdults | 30 euros | 40 euros\nChildren | 10 euros | 12 euros\n"
)
DIARY = "# 4 April 2024\n\nWe picked 40 pears.\n\n# 9 May 2024\n\nWe picked 12 leeks.\n"
POLICY = "Travel policy of January 2023\n\nThe daily allowance is 40 euros.\n"
OPEN = "The club\n\nThe fee has been 40 euros since 2021.\n"
RANGE = "The club\n\nFrom 2019 to 2023 the fee was 40 euros.\n"
UNTIL = "The club\n\nHe paid 40 euros a year up to his departure in 2021, until it closed.\n"
BARE = "The club\n\nThe fee is 40 euros. It was founded in 1990.\n"
SHORT = "The club\n\nSeason 2018/19. In 2021 the fee was 40 euros.\n"
FAIR = "The club\n\nThe fair was on 3 May 2019.\n"
MONTHS = "The club\n\nIn June 2023 we sold 40 loaves.\n"


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        (FEES, "What was the fee in 2019?", "40 euros"),
        (FEES, "What was the fee in 2022?", "30 euros"),
        (TABLE, "What did adults pay in 2019?", "30 euros"),
        (DIARY, "How many leeks were picked in 2023?", "12"),
        (DIARY, "How many leeks were picked on 9 June 2024?", "12"),
        (POLICY, "What was the daily allowance in 2019?", "40 euros"),
        (MONTHS, "How many loaves were sold in May 2023?", "40 loaves"),
        (FAIR, "On which date in 2021 was the fair?", "3 May 2019"),
    ],
)
def test_what_is_bound_to_another_time_is_no_answer(text: str, question: str, answer: str) -> None:
    assert of_another_time(text, question, answer)


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        (FEES, "What was the fee in 2021?", "30 euros"),
        (FEES, "What was the fee in 2021?", "40 euros"),  # the year is there: which one is not told
        (FEES, "What was the fee?", "40 euros"),
        (FEES, "What was the fee since 2019?", "30 euros"),
        (FEES, "In which year after 2019 was it 40 euros?", "2023"),
        (TABLE, "What did adults pay in 2023?", "40 euros"),
        (DIARY, "How many leeks were picked in May 2024?", "12"),
        (POLICY, "What is the daily allowance in 2025?", "40 euros"),  # it may still hold
        (OPEN, "What is the fee in 2024?", "40 euros"),
        (RANGE, "What was the fee in 2020?", "40 euros"),
        (UNTIL, "What did he pay in 2018?", "40 euros"),
        (BARE, "What is the fee in 2024?", "40 euros"),
        (SHORT, "What was the fee in 2019?", "40 euros"),
        (MONTHS, "How many loaves were sold in 2023?", "40 loaves"),
        (FAIR, "On which date in 2019 was the fair?", "3 May 2019"),
    ],
)
def test_what_may_be_of_the_time_stays(text: str, question: str, answer: str) -> None:
    assert not of_another_time(text, question, answer)


def test_a_name_of_a_file_may_be_of_the_time() -> None:
    assert of_another_time(FEES, "What was the fee in 2019?", "40 euros")
    assert not of_another_time(FEES, "What was the fee in 2019?", "40 euros", "2019-club.txt")


def of_another_time(text: str, question: str, answer: str, path: str = "club.txt") -> bool:
    start = text.rindex(answer)
    scene = Scene(text, 0, len(text), text[:4000], path)
    return is_of_another_time(question, scene, start, start + len(answer))
