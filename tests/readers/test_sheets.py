"""Excel workbooks come out as their sheets show them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mplus_cli.errors import ReadError
from mplus_cli.readers import Document, read_document
from mplus_cli.readers.options import ReaderOptions
from tests.readers.fuzz import FUZZ, changed, survives
from tests.readers.trial import trial
from tests.readers.zips import RELATIONS, SHEET, make_ooxml, make_xlsx, relations


def lines(document: Document) -> list[str]:
    return [line for line in document.text.split("\n") if line]


def book(
    sheet: str,
    others: Mapping[str, str] | None = None,
    named: Mapping[str, tuple[str, str]] | None = None,
    more: Mapping[str, tuple[str, str]] | None = None,
    state: str = "visible",
) -> bytes:
    """A workbook of the sheet "One" and the parts that it (`named`) or the book (`more`) names."""
    listed = f'<sheet name="One" sheetId="1" r:id="r1" state="{state}"/>'
    listed += "".join(
        f'<sheet name="{number}" sheetId="2" r:id="{number}"/>'
        for number, (kind, _) in (more or {}).items()
        if kind in ("worksheet", "chartsheet")
    )
    return make_ooxml(
        "xl/workbook.xml",
        f'<workbook xmlns="{SHEET}" xmlns:r="{RELATIONS}"><sheets>{listed}</sheets></workbook>',
        {
            "xl/_rels/workbook.xml.rels": relations(
                {"r1": ("worksheet", "sheet1.xml"), **(more or {})}
            ),
            "xl/sheet1.xml": f'<worksheet xmlns="{SHEET}">{sheet}</worksheet>',
            "xl/_rels/sheet1.xml.rels": relations(named or {}),
            **(others or {}),
        },
    )


def row(number: int, *cells: str, first: str = "A", more: str = "") -> str:
    made = "".join(
        f'<c r="{chr(ord(first) + at)}{number}" t="inlineStr"><is><t>{cell}</t></is></c>'
        for at, cell in enumerate(cells)
        if cell
    )
    return f'<row r="{number}"{more}>{made}</row>'


def data(*rows: str) -> str:
    return f"<sheetData>{''.join(rows)}</sheetData>"


def test_the_sheets_of_the_trials() -> None:
    assert lines(trial("xlsx_percent.xlsx"))[1:] == [
        "Item | Rate | Price | Start | Took | Elapsed | Count | When",
        "Interest | 7.5% | $1,234.50 | 2026-03-15 | 2.50 days | 30:05 | 13 M (12,500,000)"
        " | 2026-03-15 14:30:00",
        "Discount | 20.0% | $99.00 | 1900-01-15 | 1.00 days | 0:05 | 0 M (3) | 9:05:00",
    ]
    assert lines(trial("xlsx_zip.xlsx"))[2:] == ["Leipzig | 04109 | 12.5%", "Hours | 36:00 | x"]
    assert "far right" in trial("xlsx_sparse.xlsx").text


def test_merged_cells_comments_and_hidden_sheets() -> None:
    document = trial("xlsx_merged.xlsx")
    assert lines(document) == [
        "Merged",
        "Region | Quarter | Sales",
        "North | Q1 | 10",
        "North | Q2 | 20",
        "South | Q1 | 30",
        "South | Q2 | 40",
        "Secret (hidden sheet)",
        "hidden | value",
        "pw | x99",
        "Rows",
        "name | v",
        "shown | 1",
        "[Comment by me on A2: Checked with the supplier on Monday]",
        "hiddenrow | 2",
        "total | =SUM(B2:B3)",
    ]
    assert document.notes[0] == "sheet Rows: 1 hidden row read like the others"
    assert document.notes[1].startswith("1 formula without a saved result: read as formulas")
    at = document.text.index("[Comment")
    assert document.place(at, at + 9).label() == "sheet Rows, row 2"
    linked = trial("xlsx_merged.xlsx", ReaderOptions(links=True)).text
    assert "shown <https://example.org/spec> | 1" in linked


def test_a_merged_area_stands_in_its_rows_and_columns_and_a_title_once() -> None:
    sheet = data(
        row(1, "Sales of the shop"),
        row(2, "", "2025", "", "2026"),
        row(3, "Region", "Q1", "Q2", "Q1", "Q2"),
        row(4, "North", "1", "2", "3", "4"),
        row(5, "", "5", "6", "7", "8"),
        row(6, ""),
    )
    merged = "".join(f'<mergeCell ref="{ref}"/>' for ref in ("A1:E1", "B2:C2", "D2:E2", "A4:A6"))
    document = read_document("a.xlsx", book(f"{sheet}<mergeCells>{merged}</mergeCells>"))
    assert lines(document)[1:] == [
        "Sales of the shop",
        " | 2025 | 2025 | 2026 | 2026",
        "Region | Q1 | Q2 | Q1 | Q2",
        "North | 1 | 2 | 3 | 4",
        "North | 5 | 6 | 7 | 8",
    ]


def test_raised_and_lowered_runs_of_texts() -> None:
    runs = (
        "<si><r><t>10</t></r><r><rPr><vertAlign val='superscript'/></rPr><t>6</t></r>"
        "<r><t> km and H</t></r><r><rPr><vertAlign val='subscript'/></rPr><t>2</t></r>"
        "<r><t>O_x000D_</t></r></si><si><t>a_x0041_</t></si>"
    )
    cells = '<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>'
    assert lines(read_document("a.xlsx", make_xlsx(cells, runs)))[1] == "10^6 km and H2O | aA"


def test_cells_of_other_kinds() -> None:
    cells = (
        '<row><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c><c t="str"><f>A1</f><v>007</v></c>'
        '<c t="d"><v>2026-03-15T14:30:00</v></c><c><f>A1</f><v>0.1</v></c>'
        '<c t="n"><v>x</v></c></row>'
    )
    document = read_document("a.xlsx", make_xlsx(cells))
    assert lines(document)[1] == "TRUE | #N/A | 007 | 2026-03-15 14:30:00 | 0.1 | x"
    assert document.notes == ("1 cell can't be read, probably damaged",)


def test_a_row_of_values_names_no_columns() -> None:
    styles = (
        '<styleSheet><numFmts><numFmt numFmtId="170" formatCode="[$€-2] 0.00"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="170"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    )
    cells = '<row><c t="str"><v>Rent</v></c><c s="1"><v>5</v></c><c s="2"><v>46096</v></c></row>'
    named = {"s": ("styles", "styles.xml")}
    made = book(data(cells, cells), {"xl/styles.xml": styles}, None, named)
    document = read_document("a.xlsx", made)
    assert lines(document)[1:] == ["Rent | € 5.00 | 2026-03-15"] * 2
    assert {span.header for span in document.spans} == {""}


def test_cells_out_of_order_and_rows_without_numbers() -> None:
    cells = (
        '<row><c r="C1"><v>3</v></c><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>'
        '<row><c><v>4</v></c><c><v>5</v></c></row><row r="9"><c><v>6</v></c></row>'
    )
    document = read_document("a.xlsx", make_xlsx(cells))
    assert lines(document)[1:] == ["1 | 2 | 3", "4 | 5", "6"]
    assert document.spans[-1].last == 9


def test_a_cell_keeps_its_column_where_a_row_above_is_as_wide() -> None:
    names = [f"n{at}" for at in range(26)]
    cells = '<row r="2"><c r="A2"><v>1</v></c><c r="Z2"><v>2</v></c></row>'
    document = read_document("a.xlsx", book(data(row(1, *names), cells)))
    assert lines(document)[2].count("|") == 25


def test_threads_of_comments_with_their_authors() -> None:
    thread = (
        '<ThreadedComments><threadedComment ref="B2" personId="p1"><text>Is it 12?</text>'
        '</threadedComment><threadedComment ref="B2" personId="p2"><text>No, 21.</text>'
        "</threadedComment></ThreadedComments>"
    )
    old = (
        "<comments><authors><author>tc={1}</author></authors><commentList>"
        '<comment ref="B2" authorId="0"><text><t>[Threaded comment] …</t></text></comment>'
        "</commentList></comments>"
    )
    named = '<person id="p1" displayName="Ann"/><person id="p2" displayName="Bo"/>'
    people = f"<personList>{named}</personList>"
    made = book(
        data(row(1, "a", "b"), row(2, "c", "d"), row(3, "e", "f")),
        {"xl/t.xml": thread, "xl/c.xml": old, "xl/p.xml": people},
        {"t": ("threadedComment", "t.xml"), "c": ("comments", "c.xml")},
        {"p": ("person", "p.xml")},
    )
    assert lines(read_document("a.xlsx", made))[2:] == [
        "c | d",
        "[Comment by Ann on B2: Is it 12?]",
        "[Comment by Bo on B2: No, 21.]",
        "e | f",
    ]


def test_the_rows_of_a_table_have_its_names() -> None:
    made = book(
        data(row(1, "Plan"), row(3, "2024", "2025"), row(4, "1", "2"), row(6, "x", "y")),
        {"xl/t.xml": '<table ref="A3:B4"/>'},
        {"t": ("table", "t.xml")},
    )
    document = read_document("a.xlsx", made)
    assert [span.header for span in document.spans if "1 | 2" in document.text[span.start :][:9]]
    assert "2024 | 2025" in {span.header for span in document.spans}
    at = document.text.index("x | y")
    assert document.span_at(at).header == ""


def test_texts_of_shapes_are_read_and_charts_named() -> None:
    drawing = (
        "<d:wsDr xmlns:d='d' xmlns:a='a'><d:twoCellAnchor><d:from><d:row>4</d:row></d:from><d:sp>"
        "<d:txBody><a:p><a:r><a:t>Not before </a:t></a:r><a:r><a:t>May</a:t></a:r></a:p></d:txBody>"
        "</d:sp></d:twoCellAnchor></d:wsDr>"
    )
    made = book(
        data(row(1, "a", "b")),
        {
            "xl/d.xml": drawing,
            "xl/_rels/d.xml.rels": relations({"c": ("chart", "chart1.xml")}),
            "xl/s.xml": "<chartsheet/>",
        },
        {"d": ("drawing", "d.xml")},
        {"s": ("chartsheet", "s.xml")},
    )
    document = read_document("a.xlsx", made)
    assert lines(document) == ["One", "a | b", "Not before May"]
    assert document.place(*_span(document, "May")).label() == "sheet One, row 5"
    assert document.notes == ("sheet One: 1 chart not read", "sheet s is a chart: not read")


def _span(document: Document, text: str) -> tuple[int, int]:
    start = document.text.index(text)
    return start, start + len(text)


def test_a_damaged_sheet_does_not_cost_the_others() -> None:
    parts = {
        "xl/bad.xml": f'<worksheet xmlns="{SHEET}"><sheetData>{row(1, "kept", "too")}<row r="2"><c',
    }
    more = {"bad": ("worksheet", "bad.xml"), "gone": ("worksheet", "none.xml")}
    document = read_document("a.xlsx", book(data(row(1, "a", "b")), parts, None, more))
    assert lines(document) == ["One", "a | b", "bad", "kept | too"]
    assert document.notes == (
        "sheet bad is damaged behind row 1: the rest of it is not read",
        "sheet gone is missing in the file",
    )


def test_damaged_styles_and_comments_cost_only_themselves() -> None:
    made = book(
        data('<row><c s="1"><v>0.5</v></c><c><v>2</v></c></row>'),
        {"xl/styles.xml": "<styleSheet", "xl/c.xml": "<comments"},
        {"c": ("comments", "c.xml")},
        {"s": ("styles", "styles.xml")},
    )
    document = read_document("a.xlsx", made)
    assert lines(document) == ["One", "0.5 | 2"]
    assert document.notes == (
        "its styles are damaged: numbers and dates are read without their formats",
        "sheet One: its comments are damaged: not read",
    )


def test_a_format_that_hides_values_is_told() -> None:
    styles = (
        '<styleSheet><numFmts><numFmt numFmtId="170" formatCode=";;;"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>'
    )
    made = book(
        data('<row><c s="1"><v>5</v></c><c><v>2</v></c></row>'),
        {"xl/styles.xml": styles},
        None,
        {"s": ("styles", "styles.xml")},
        state="veryHidden",
    )
    document = read_document("a.xlsx", made)
    assert lines(document) == ["One (hidden sheet)", " | 2"]
    assert document.notes == ("1 cell whose format shows nothing: not read",)


def test_a_binary_workbook_is_named_as_such() -> None:
    with pytest.raises(ReadError, match=r"an Excel binary workbook \(XLSB\), which is not read"):
        trial("sheet.xlsb")
    with pytest.raises(ReadError, match="of the old kind"):
        trial("old.doc")


def test_areas_that_claim_whole_sheets_cost_little() -> None:
    merged = "".join(f'<mergeCell ref="A{at}:XFD1048576"/>' for at in range(1, 3000))
    rows = [row(at, "long " * 50, "b") for at in range(1, 300)]
    made = book(f"{data(*rows)}<mergeCells>{merged}</mergeCells>")
    assert len(read_document("a.xlsx", made).text) < 40_000_000


@FUZZ
@given(drawn=st.data())
def test_changed_sheets_give_a_document_or_a_read_error(drawn: st.DataObject) -> None:
    parts = {
        "sheet": data(row(1, "a", "b"), row(2, "c"), '<row r="3"><c s="1"><v>7.5</v></c></row>'),
        "xl/t.xml": '<x><threadedComment ref="B2" personId="p1"><text>12?</text>'
        "</threadedComment></x>",
        "xl/c.xml": '<x><author>Ann</author><comment ref="A1" authorId="0"><t>so</t></comment></x>',
        "xl/n.xml": '<table ref="A1:B3" headerRowCount="1"/>',
        "xl/d.xml": "<d><a><row>4</row><txBody><p><t>May</t></p></txBody></a></d>",
        "xl/s.xml": '<x><numFmt numFmtId="170" formatCode="[&gt;1]0.0%;@"/><cellXfs><xf/>'
        '<xf numFmtId="170"/></cellXfs></x>',
        "xl/p.xml": '<x><person id="p1" displayName="Ann"/></x>',
    }
    name = drawn.draw(st.sampled_from(list(parts)))
    parts[name] = drawn.draw(changed(parts[name].encode())).decode("utf-8", "replace")
    kinds = {"t": "threadedComment", "c": "comments", "n": "table", "d": "drawing"}
    named = {key: (kind, f"{key}.xml") for key, kind in kinds.items()}
    more = {"s": ("styles", "s.xml"), "p": ("person", "p.xml")}
    survives("a.xlsx", book(parts.pop("sheet"), parts, named, more))
