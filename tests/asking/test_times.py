"""Relative times, resolved against the date on which they were said."""

from __future__ import annotations

import pytest

from mplus_cli.asking.settling.times import relative_times
from mplus_cli.dates import Date

FRIDAY = Date(2023, 6, 9)


def means(text: str, base: Date = FRIDAY, told: str = "") -> list[tuple[str, str, str]]:
    return [
        (text[each.start : each.end], each.meaning.words, each.meaning.iso)
        for each in relative_times(text, base, told)
    ]


@pytest.mark.parametrize(
    ("said", "words", "iso"),
    [
        ("yesterday", "8 June 2023", "2023-06-08"),
        ("Yesterday morning", "8 June 2023", "2023-06-08"),
        ("last night", "8 June 2023", "2023-06-08"),
        ("the day before yesterday", "7 June 2023", "2023-06-07"),
        ("tomorrow", "10 June 2023", "2023-06-10"),
        ("the day after tomorrow", "11 June 2023", "2023-06-11"),
        ("today", "9 June 2023", "2023-06-09"),
        ("this morning", "9 June 2023", "2023-06-09"),
        ("three days ago", "6 June 2023", "2023-06-06"),
        ("two weeks ago", "about 26 May 2023", "2023-05-26"),
        ("a month ago", "May 2023", "2023-05"),
        ("two years ago", "2021", "2021"),
        ("last month", "May 2023", "2023-05"),
        ("next month", "July 2023", "2023-07"),
        ("last year", "2022", "2022"),
        ("last week", "the week before 9 June 2023", "2023-05-29/2023-06-04"),
        ("last weekend", "the weekend before 9 June 2023", "2023-06-03/2023-06-04"),
        ("next weekend", "the weekend after 9 June 2023", "2023-06-10/2023-06-11"),
        ("the weekend before last", "two weekends before 9 June 2023", "2023-05-27/2023-05-28"),
        ("a few days ago", "a few days before 9 June 2023", ""),
        ("the other day", "a few days before 9 June 2023", ""),
        ("last summer", "the summer before 9 June 2023", ""),
        ("last Friday", "2 June 2023", "2023-06-02"),
        ("last Thursday", "8 June 2023", "2023-06-08"),
        ("next Friday", "16 June 2023", "2023-06-16"),
        ("last August", "August 2022", "2022-08"),
        ("15th of May", "15 May 2023", "2023-05-15"),
    ],
)
def test_a_relative_time_is_resolved(said: str, words: str, iso: str) -> None:
    assert means(said) == [(said, words, iso)]


@pytest.mark.parametrize(
    ("said", "told", "iso"),
    [
        ("on Tuesday", "We met on Tuesday", "2023-06-06"),
        ("on Tuesday", "We will meet on Tuesday", "2023-06-13"),
        ("in August", "We were there in August", "2022-08"),
        ("10 September", "We married on 10 September", "2022-09-10"),
        ("10 September", "It has to be paid by 10 September", "2023-09-10"),
        ("on Tuesday", "The play is on Tuesday", "2023-06-13"),
        ("since Sunday", "I am home since Sunday", "2023-06-04"),
        ("in August", "We are going to Rome in August", "2023-08"),
        ("10 September", "We'll marry on 10 September", "2023-09-10"),
        ("in three days", "I will leave in three days", "2023-06-12"),
    ],
)
def test_the_sentence_tells_which_way(said: str, told: str, iso: str) -> None:
    assert means(said, told=told) == [(said, means(said, told=told)[0][1], iso)]


def test_what_is_no_point_in_time_stays() -> None:
    for said in (
        "we used it up in three days",
        "in the last year",
        "on Fridays",
        "10 June 2021",
        "",
    ):
        assert means(said) == []


def test_a_coarse_date_tells_no_days() -> None:
    assert means("yesterday, last month, last year", Date(2023, 5)) == [
        ("last month", "April 2023", "2023-04"),
        ("last year", "2022", "2022"),
    ]
    assert [iso for _, _, iso in means("yesterday, last month, last year", Date(2023))] == ["2022"]


def test_several_in_one_text() -> None:
    found = means("It came yesterday, two weeks after we ordered it last month.")
    assert [said for said, _, _ in found] == ["yesterday", "last month"]


def test_a_weekend_s_own_days() -> None:
    sunday = Date(2023, 3, 19)
    assert means("last weekend", sunday)[0][2] == "2023-03-11/2023-03-12"
    assert means("this weekend", sunday)[0][2] == "2023-03-18/2023-03-19"
    assert means("next weekend", sunday)[0][2] == "2023-03-25/2023-03-26"
