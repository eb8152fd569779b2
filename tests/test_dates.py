"""Dates in text and in names of files."""

from __future__ import annotations

import pytest

from mplus_cli.dates import Date, date_in_name, days_first, find_dates


@pytest.mark.parametrize(
    ("text", "stretch", "iso"),
    [
        ("2 July 2023", "2 July 2023", "2023-07-02"),
        ("July 2nd, 2023", "July 2nd, 2023", "2023-07-02"),
        ("2023-07-02", "2023-07-02", "2023-07-02"),
        ("2023-05-08T10:00:00Z", "2023-05-08", "2023-05-08"),
        ("1:56 pm on 8 May, 2023", "8 May, 2023", "2023-05-08"),
        ("Monday 3 March 2025", "3 March 2025", "2025-03-03"),
        ("May 8 2023, 14:00", "May 8 2023", "2023-05-08"),
        ("the 8th of May 2023", "8th of May 2023", "2023-05-08"),
        ("seen in May 2023.", "May 2023", "2023-05"),
        ("the year 2023.", "2023", "2023"),
        ("from 3-5 March 2024", "3-5 March 2024", "2024-03-05"),
        ("3. Juni 2024", "3. Juni 2024", "2024-06-03"),
        ("le 1er mai 2024", "1er mai 2024", "2024-05-01"),
        ("4 de julio de 2024", "4 de julio de 2024", "2024-07-04"),
        ("Sat, 02-Jul-2023", "02-Jul-2023", "2023-07-02"),
        ("am 2.7.2023", "2.7.2023", "2023-07-02"),
        ("am 02.07.23", "02.07.23", "2023-07-02"),
        ("2023年7月2日", "2023年7月2日", "2023-07-02"),
        ("17/07/2023", "17/07/2023", "2023-07-17"),
        ("07/17/23", "07/17/23", "2023-07-17"),
        ("03/03/2023", "03/03/2023", "2023-03-03"),
    ],
)
def test_a_date_is_found_as_people_write_it(text: str, stretch: str, iso: str) -> None:
    (found,) = find_dates(text)
    assert (text[found.start : found.end], found.date.iso) == (stretch, iso)


@pytest.mark.parametrize(
    "text",
    [
        "02/07/2023",  # nothing tells which comes first
        "version 1.2.23",
        "version 1.2.2023.4",
        "version 2.0.2020",
        "2000 metres, $2000, 2023 euros, 12023, 2023.5",
        "10.0.2.5 or 2023/2024",
        "they may 5 times",
        "Dienstag, 4. Juni",
        "99/99/2023",
        "",
    ],
)
def test_what_is_no_date_gives_none(text: str) -> None:
    assert find_dates(text) == []


def test_other_dates_tell_which_number_is_the_day() -> None:
    assert [each.date.iso for each in find_dates("17/07/2023, 02/07/2023")][1] == "2023-07-02"
    assert [each.date.iso for each in find_dates("07/17/2023, 02/07/2023")][1] == "2023-02-07"
    assert days_first("02/07/2023") is None
    assert find_dates("02/07/2023", day_first=False)[0].date == Date(2023, 2, 7)


def test_a_day_without_a_year_needs_one() -> None:
    assert [each.date.iso for each in find_dates("On March 5 and 4. Juni", year=2024)] == [
        "2024-03-05",
        "2024-06-04",
    ]
    assert find_dates("they may 5 times", year=2024) == []


@pytest.mark.parametrize(
    ("name", "iso"),
    [
        ("2023-05-08 notes.txt", "2023-05-08"),
        ("notes-2023-05-08.md", "2023-05-08"),
        ("minutes_20230508.docx", "2023-05-08"),
        ("2023_07_diary.txt", "2023-07"),
        ("8_May_2023.txt", "2023-05-08"),
        ("2023-policy.txt", "2023"),
        ("policy-2025.txt", "2025"),
        ("report.txt", None),
        ("invoice 12345678.pdf", None),
    ],
)
def test_a_file_s_name_has_a_date(name: str, iso: str | None) -> None:
    found = date_in_name(name)
    assert (found.iso if found else None) == iso


def test_a_date_in_words_and_what_it_holds() -> None:
    assert [Date(2023, 7, 2).words, Date(2023, 7).words, Date(2023).words] == [
        "2 July 2023",
        "July 2023",
        "2023",
    ]
    assert Date(2023, 7).holds(Date(2023, 7, 31))
    assert not Date(2023, 7).holds(Date(2023))
    assert Date(2024, 2).last.isoformat() == "2024-02-29"


def test_long_runs_of_the_same_are_searched_quickly() -> None:
    for piece in ("May ", "1 ", "1", "12/12/", " ", "2023-"):
        assert len(find_dates(piece * 20_000)) <= 20_000
