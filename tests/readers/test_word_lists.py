"""The numbers that Word shows before the items of lists and before headings."""

from __future__ import annotations

import pytest

from tests.readers.office import (
    cell,
    headings,
    level,
    listed,
    numbering,
    par,
    read,
    styled,
    table,
)

# Numbers of lists


LEGAL = numbering(
    level(0, "upperRoman", "Article %1.")
    + level(1, "decimalZero", "%1.%2", "<w:isLgl/>")
    + level(2, "lowerLetter", "(%3)")
    + level(3, "lowerRoman", "(%4)"),
    level(0, "bullet", "\uf0b7") + level(1, "ordinal", "%2"),
)


def test_each_level_counts_in_its_format_and_begins_anew() -> None:
    items = [(0, "a"), (1, "b"), (2, "c"), (2, "d"), (3, "e"), (2, ""), (2, "f"), (1, "g")]
    items += [(2, "h"), (0, "i"), (1, "j")]
    body = "".join(par(content, listed(1, at)) for at, content in items)
    assert read(body, {"numbering.xml": LEGAL}).text.split("\n") == [
        "Article I. a",
        "1.01 b",
        "(a) c",
        "(b) d",
        "(i) e",
        "(d) f",  # the empty one before it has a number, too
        "1.02 g",
        "(a) h",
        "Article II. i",
        "2.01 j",
    ]


def test_bullets_are_dashes_and_ticked_boxes_say_so() -> None:
    boxes = level(0, "bullet", "\uf0fe", '<w:rPr><w:rFonts w:ascii="Wingdings"/></w:rPr>')
    made = numbering(level(0, "bullet", "o"), boxes)
    body = par("open", listed(1)) + par("done", listed(2)) + par("unknown", listed(9))
    assert read(body, {"numbering.xml": made}).text.split("\n") == [
        "- open",
        "- [x] done",
        "- unknown",
    ]


def test_lists_go_on_start_anew_and_restart_as_they_say() -> None:
    made = numbering(
        level(0, "decimal", "%1)", start=3)
        + level(1, "decimal", "%2.", '<w:lvlRestart w:val="0"/>'),
        more='<w:num w:numId="7"><w:abstractNumId w:val="1"/></w:num><w:num w:numId="8">'
        '<w:abstractNumId w:val="1"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/>'
        '</w:lvlOverride></w:num><w:num w:numId="9"><w:abstractNumId w:val="1"/><w:lvlOverride'
        f' w:ilvl="0">{level(0, "upperLetter", "%1:")}</w:lvlOverride></w:num>',
    )
    where = [(1, 0), (7, 0), (7, 1), (8, 0), (8, 0), (8, 1), (9, 0)]
    body = "".join(par("x", listed(*one)) for one in where)
    found = read(body, {"numbering.xml": made}).text.split("\n")
    assert [one.removesuffix(" x") for one in found] == ["3)", "4)", "1.", "1)", "2)", "2.", "C:"]


def test_numbers_come_by_style_and_the_styles_below_it() -> None:
    styles = (
        f'<w:style w:type="paragraph" w:styleId="A"><w:name w:val="heading 1"/><w:pPr>{listed(1)}'
        '</w:pPr></w:style><w:style w:type="paragraph" w:styleId="B"><w:name w:val="heading 2"/>'
        '<w:basedOn w:val="A"/><w:pPr><w:numPr><w:ilvl w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="C"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr>'
        '</w:pPr></w:style><w:style w:type="numbering" w:styleId="L"><w:pPr><w:numPr>'
        '<w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    )
    made = numbering(
        level(0, "decimal", "%1") + level(1, "decimal", "%1.%2")
        + level(2, "lowerLetter", "%3.", '<w:pStyle w:val="C"/>'),
        '<w:numStyleLink w:val="L"/>',
    )  # fmt: skip
    body = par("One", styled("A")) + par("Two", styled("B")) + par("three", styled("C"))
    body += (
        par("Four", styled("B")) + par("linked", listed(2)) + par("none", styled("A") + listed(0))
    )
    document = read(body, {"styles.xml": styles, "numbering.xml": made})
    assert headings(document) == ["1 One", "1 One > 1.1 Two", "1 One > 1.2 Four", "none"]
    assert "a. three" in document.text and "2 linked" in document.text


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("decimal", 12, "12"),
        ("upperLetter", 28, "BB"),
        ("lowerRoman", 1999, "mcmxcix"),
        ("ordinal", 112, "112th"),
        ("cardinalText", 42, "Forty-two"),
        ("ordinalText", 22, "Twenty-second"),
        ("ordinalText", 8, "Eighth"),
        ("decimalZero", 7, "07"),
        ("decimalEnclosedCircle", 3, "③"),
        ("japaneseCounting", 21, "二十一"),
        ("chicago", 5, "**"),
        ("none", 4, ""),
        ("unheard of", 4, "4"),
        ("upperRoman", 10**9, "1000000000"),
        ("lowerLetter", 30_000, "30000"),
    ],
)
def test_formats_of_numbers(kind: str, value: int, shown: str) -> None:
    made = numbering(level(0, kind, "%1)", start=value))
    assert read(par("x", listed(1)), {"numbering.xml": made}).text == f"{shown}) x"


def test_boxes_count_for_themselves_and_cells_show_numbers_alone() -> None:
    made = numbering(level(0, "decimal", "%1."))
    box = f"<w:pict><w:txbxContent>{par('in a box', listed(1))}</w:txbxContent></w:pict>"
    rows = [[cell(par("", listed(1))), cell("apples")], [cell(par("", listed(1))), cell("pears")]]
    body = par("first", listed(1)) + par(f"<w:r>{box}</w:r>") + table(*rows)
    found = read(body, {"numbering.xml": made}).text
    assert found == "1. first\n1. in a box\n\n2. | apples\n3. | pears"
