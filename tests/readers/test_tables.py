"""Separated values and JSON: rows whole and in their columns, names that come twice kept."""

from __future__ import annotations

import pytest

from mplus_cli.readers import Document, read_document
from tests.readers.trial import trial


def read(text: str, name: str = "a.csv") -> Document:
    return read_document(name, text.encode())


def test_a_field_may_be_as_long_as_its_file() -> None:
    document = read(f"id,body\n1,{'pressure fine; ' * 20_000}\n2,call Marta\n")
    assert document.text.endswith("\n2 | call Marta")
    assert len(read('a,b\n"' + "x" * 200_000).text) > 200_000


def test_a_lost_quotation_mark_costs_no_rows() -> None:
    document = trial("csv_unbalanced.csv")
    assert document.text.split("\n")[1:] == [
        '1 | 5" pipe | stays',
        '2 | "6 inch | oops no end quote',
        "3 | 7 | last row here",
    ]
    assert document.notes == (
        "quotation marks that do not pair in line 3: read as they stand there",
    )


@pytest.mark.parametrize(
    ("text", "rows", "odd"),
    [
        ('a,b\n1,"x\n2,"y"\n3,z\n', ["a | b", '1 | "x', "2 | y", "3 | z"], True),
        ('a,b\n1,"said "yes" twice"\n2,z\n', ["a | b", '1 | "said "yes" twice"', "2 | z"], True),
        (
            'a,b\n1,"said \\"yes\\", twice"\n2,z\n',
            ["a | b", '1 | said "yes", twice', "2 | z"],
            False,
        ),
        ('a,b\n1,"two\nlines"\n2,z\n', ["a | b", "1 | two lines", "2 | z"], False),
        ('a, b\n1, "x, y"\n2, z\n', ["a | b", "1 | x, y", "2 | z"], False),
        ('a,b\n1,"x', ["a | b", '1 | "x'], True),
        ('a,b\n1,"x\n', ["a | b", '1 | "x'], True),
        ('"Smith; J; K",5\n"Doe; A; B",6\n', ["Smith; J; K | 5", "Doe; A; B | 6"], False),
    ],
)
def test_quotation_marks(text: str, rows: list[str], odd: bool) -> None:
    document = read(text)
    assert document.text.split("\n") == rows
    assert bool(document.notes) == odd


def test_rows_keep_their_numbers_behind_a_lost_quotation_mark() -> None:
    document = read('a,b\n1,"x\n2,y\n3,z\n')
    start = document.text.index("3 | z")
    assert document.place(start, start + 5).label() == "row 4"


def test_many_odd_lines_are_counted() -> None:
    notes = read("a,b\n" + '1,"x"y\n' * 1000).notes
    assert notes == (
        "quotation marks that do not pair in line 2, 3, 4, 5, 6 and 995 more: "
        "read as they stand there",
    )


def test_usual_tables_are_read_as_before() -> None:
    assert trial("csv_semi.csv").text.split("\n")[1] == 'Müller; Söhne | 1.234,50 | sagt "ja"'
    assert trial("csv_sep.csv").text == "Name | Price\nAda | 10\nBob | 20"
    assert read('"sep=|"\na|b\n1|2\n').text == "a | b\n1 | 2"
    assert trial("csv_oneblank.csv").text == "city\nParis\nRome"
    assert trial("csv_notes.csv").spans[-1].header == "id | name"


def test_names_that_come_twice_in_json_are_all_kept() -> None:
    assert trial("j_dup.json").text == "name: first\nname: second"
    text = read('[{"a": {"b": 1, "b": 2}, "a": 3}]', "a.json").text
    assert text == "a:\n  b: 1\n  b: 2\na: 3"


def test_numbers_in_json_are_as_they_are_written() -> None:
    assert trial("j_nan.json").text == "a: NaN\nb: Infinity"
    assert "big: 12345678901234567890\nf: 0.1\nexp: Infinity" in trial("j.json").text
    assert read('{"a": 1e400, "b": -0.10}', "a.json").text == "a: 1e400\nb: -0.10"
