"""Dated lines that are headings: of diaries and long dialogues."""

from __future__ import annotations

import pytest

from mplus_cli.readers import read_document
from mplus_cli.readers.dated import is_dated
from tests.readers.pdf_maker import make_pdf


def sections(text: str, name: str = "a.txt") -> list[str]:
    """The sections of a text, in order, and all of it is in its spans."""
    document = read_document(name, text.encode())
    assert "".join(document.text[each.start : each.end] for each in document.spans) == text
    return [each.section for each in document.spans]


LINES = [
    "Monday 3 March 2025",
    "3 March 2024 (Monday)",
    "Dienstag, 4. Juni",
    "Anna and Ben, 2 July 2023",
    "Session 4 - 1:56 pm on 8 May, 2023",
    "2023-05-08",
    "2023-05-08 14:30",
    "4 de julio de 2024",
    "Anna & Ben - May 8th, 2023, 9 a.m.",
]


@pytest.mark.parametrize("line", LINES)
def test_a_dated_line_begins_a_section(line: str) -> None:
    text = f"We begin.\n\n1 January 2020\nNothing happened.\n\n{line}\nAnna: It rained.\n"
    assert sections(text) == ["", "1 January 2020", line]


def test_markup_of_a_dated_line_is_no_part_of_it() -> None:
    text = "## 2023-05-08\nRain.\n== 9 May 2023 ==\nSun.\n"
    assert sections(text) == ["2023-05-08", "9 May 2023"]
    text = "# Diary\n\n**9 May 2023**\n\nSun.\n\n**10 May 2023**\n\nRain.\n\n# End\n\nSo."
    assert sections(text, "a.md") == ["Diary", "Diary > 9 May 2023", "Diary > 10 May 2023", "End"]


@pytest.mark.parametrize(
    "text",
    [
        "Harbour Lettings\n1 Quay Road\n\n3 March 2025\n\nDear Ann,\nthe rent is due.\n",
        "Holidays\n1 January 2024\n6 January 2024\n1 May 2024\n",
        "It opened on 4 May 2024.\nIt shut on\n5 May 2024 after rain.\n" * 3,
        "2025-03-03 12:00:01 INFO started\n2025-03-03 12:00:02 INFO stopped\n" * 3,
        "Rules.\nPrinted on\n3 March 2025\npage one\f\nMore.\n3 March 2025\npage two\n" * 2,
        "Rent 2023\nfrom 450 to 500\n\nRent 2024\nfrom 500 to 520\n",
    ],
)
def test_other_dates_begin_none(text: str) -> None:
    assert sections(text) == [""]


def test_code_and_tables_have_none() -> None:
    assert sections("x = 1\n\n2024-05-03\ny = 2\n\n2024-05-04\nz = 3\n", "a.py") == [""]
    table = read_document("a.csv", b"day\n2024-05-03\nrain\n2024-05-04\nsun\n")
    assert {each.section for each in table.spans} == {""}


def test_a_section_goes_on_over_pages() -> None:
    pages = ["9 May 2023\nIt rained.\n10 May 2023\nIt did not.", "And so on.\n11 May 2023\nSun."]
    document = read_document("a.pdf", make_pdf(pages))
    assert [(each.first, each.section) for each in document.spans] == [
        (1, "9 May 2023"),
        (1, "10 May 2023"),
        (2, "10 May 2023"),
        (2, "11 May 2023"),
    ]


def test_a_line_is_dated_by_a_date_and_nothing_else() -> None:
    assert all(map(is_dated, ["3 March 2025", "Mon, 3 March 2025, 14:00", "Date: 2025-03-03"]))
    assert not any(map(is_dated, ["Valid from 3 March 2025", "March 2025", "450 watts", ""]))
