"""OpenDocument texts, spreadsheets and presentations keep what they show."""

from __future__ import annotations

import pytest

from mplus_cli.errors import ReadError
from mplus_cli.readers import Document, read_document
from mplus_cli.readers.options import ReaderOptions
from tests.readers.odf_maker import make_odf, part
from tests.readers.trial import trial
from tests.readers.zips import make_zip

STYLES = """
<style:style style:name="up" style:family="text">
<style:text-properties style:text-position="super 58%"/></style:style>
<style:style style:name="down" style:family="text">
<style:text-properties style:text-position="-33% 58%"/></style:style>
<style:style style:name="up2" style:family="text" style:parent-style-name="up"/>
<style:style style:name="gone" style:family="text">
<style:text-properties text:display="none"/></style:style>
<style:style style:name="P1" style:family="paragraph" style:list-style-name="L2"/>
<text:list-style style:name="L1">
<text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>
<text:list-level-style-number text:level="2" style:num-format="a" style:num-suffix=")"/>
<text:list-level-style-number text:level="3" style:num-format="i" style:num-prefix="("
 style:num-suffix=")"/></text:list-style>
<text:list-style style:name="L2"><text:list-level-style-bullet text:level="1"/></text:list-style>
<style:style style:name="ta2" style:family="table">
<style:table-properties table:display="false"/></style:style>
<style:style style:name="dp2" style:family="drawing-page">
<style:drawing-page-properties presentation:visibility="hidden"/></style:style>
"""
OUTLINE = """<office:styles><text:outline-style style:name="Outline">
<text:outline-level-style text:level="1" style:num-format="1"/>
<text:outline-level-style text:level="2" style:num-format="1" text:display-levels="2"/>
</text:outline-style></office:styles>"""


def text(body: str, others: dict[str, str | bytes] | None = None, links: bool = False) -> Document:
    data = make_odf("text", body, STYLES, others)
    return read_document("a.odt", data, ReaderOptions(links=links))


def paragraph(inside: str) -> str:
    return f"<text:p>{inside}</text:p>"


def span(style: str, inside: str) -> str:
    return f'<text:span text:style-name="{style}">{inside}</text:span>'


def item(*inside: str, more: str = "") -> str:
    return f"<text:list-item {more}>{''.join(inside)}</text:list-item>"


def cell(shown: str = "", more: str = "") -> str:
    inside = paragraph(shown) if shown else ""
    return f"<table:table-cell {more}>{inside}</table:table-cell>"


def row(*cells: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def table(*rows: str, more: str = "") -> str:
    return f"<table:table {more}>{''.join(rows)}</table:table>"


def comment(author: str, said: str) -> str:
    inside = f"<dc:creator>{author}</dc:creator>{paragraph(said)}"
    return f"<office:annotation>{inside}</office:annotation>"


COVERED = "<table:covered-table-cell/>"


def test_raised_lowered_and_hidden_type() -> None:
    body = paragraph(
        f"10{span('up', '6')} km{span('up2', '2')} of H{span('down', '2')}O{span('gone', 'x')}"
    )
    assert text(body).text == "10^6 km^2 of H2O"


def test_spaces_tabs_and_breaks() -> None:
    body = paragraph('a<text:s text:c="3"/>b<text:tab/>c<text:line-break/>d\n  e')
    assert text(body).text == "a   b\tc\nd e"
    assert len(text(paragraph('a<text:s text:c="99999999"/>b')).text) < 200


def test_headings_have_their_numbers() -> None:
    heads = [(1, "Intro"), (2, "Aim"), (2, "Scope"), (1, "Plan"), (2, "Start")]
    body = "".join(f'<text:h text:outline-level="{level}">{one}</text:h>' for level, one in heads)
    document = text(body + paragraph("x"), {"styles.xml": part("document-styles", OUTLINE)})
    assert document.text.split("\n\n") == [
        "1 Intro", "1.1 Aim", "1.2 Scope", "2 Plan", "2.1 Start", "x",
    ]  # fmt: skip
    assert document.spans[-1].section == "2 Plan > 2.1 Start"


def test_lists_have_their_numbers() -> None:
    inner = f"<text:list>{item(paragraph('deep'))}{item(paragraph('deeper'))}</text:list>"
    middle = f"<text:list>{item(paragraph('one a'))}{item(paragraph('one b'), inner)}</text:list>"
    seven = item(paragraph("x"), more='text:start-value="7"')
    dot = item('<text:p text:style-name="P1">dot</text:p>')
    body = (
        f'<text:list text:style-name="L1">{item(paragraph("one"), middle)}'
        f"{item(paragraph('two'), paragraph('more'))}</text:list>{paragraph('between')}"
        f'<text:list text:style-name="L1" text:continue-numbering="true">{item(paragraph("three"))}'
        "</text:list>"
        f'<text:list text:style-name="L1">{seven}</text:list><text:list>{dot}</text:list>'
    )
    assert [line for line in text(body).text.split("\n") if line] == [
        "1. one", "a) one a", "b) one b", "(i) deep", "(ii) deeper", "2. two", "more", "between",
        "3. three", "7. x", "- dot",
    ]  # fmt: skip


def test_notes_and_comments_stand_behind_their_paragraph() -> None:
    note = (
        "<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        f"{paragraph('Built 1804.')}</text:note-body></text:note>"
    )
    body = paragraph(f"the mill{note} stood{comment('Ann', 'check')}.") + paragraph("next")
    assert text(body).text.split("\n\n") == [
        "the mill [1] stood.", "[1] Built 1804.", "[Comment by Ann: check]", "next",
    ]  # fmt: skip


def test_deleted_text_is_gone_and_links_are_shown_on_request() -> None:
    body = (
        f"<text:tracked-changes><text:changed-region><text:deletion>{paragraph('old')}"
        "</text:deletion></text:changed-region></text:tracked-changes>"
    )
    body += paragraph('<text:a xlink:href="https://x.org/a">see</text:a>')
    assert text(body).text == "see"
    assert text(body, links=True).text == "see <https://x.org/a>"


def test_readings_of_characters_stand_in_brackets() -> None:
    body = "<text:ruby><text:ruby-base>漢字</text:ruby-base><text:ruby-text>かんじ</text:ruby-text>"
    assert text(paragraph(f"{body}</text:ruby>")).text == "漢字(かんじ)"


def test_values_of_forms() -> None:
    body = (
        '<office:forms><form:form><form:text form:id="a" form:current-value="Ottilie"/>'
        '<form:checkbox form:id="b" form:label="I agree" form:current-state="checked"/>'
        '<form:listbox form:id="c"><form:option form:label="red"/>'
        '<form:option form:label="blue" form:current-selected="true"/></form:listbox>'
        "</form:form></office:forms>"
    )
    controls = " ".join(f'<draw:control draw:control="{one}"/>' for one in "abc")
    assert text(body + paragraph(f"Name: {controls}")).text == "Name: Ottilie [x] I agree blue"


def test_tables_with_spans_and_a_table_in_a_cell() -> None:
    inner = f"<table:table-cell>{table(row(cell('in1'), cell('in2')))}</table:table-cell>"
    body = table(
        f"<table:table-header-rows>{row(cell('Region'), cell('Who'), cell('N'))}"
        "</table:table-header-rows>",
        row(cell("North", 'table:number-rows-spanned="2"'), cell("Bodo"), cell("9")),
        row(COVERED, cell("Nils"), inner),
        row(cell("South"), cell("closed", 'table:number-columns-spanned="2"'), COVERED),
    )
    document = text(body)
    assert document.text.split("\n") == [
        "Region | Who | N",
        "North | Bodo | 9",
        "North | Nils | in1, in2",
        "South | closed | closed",
    ]
    assert document.spans[-1].header == "Region | Who | N"


def test_frames_formulas_and_charts() -> None:
    math = "<math><semantics><mi>x</mi><annotation>x^2 + y</annotation></semantics></math>"
    chart = part(
        "document-content", "<office:body><office:chart><chart/></office:chart></office:body>"
    )
    body = paragraph(
        f"a <draw:frame><draw:text-box>{paragraph('boxed')}</draw:text-box></draw:frame>"
        '<draw:frame><draw:object xlink:href="./O1"/></draw:frame>'
        '<draw:frame><draw:object xlink:href="./O2"/></draw:frame>'
        "<draw:frame><draw:image/><svg:title>A mill</svg:title></draw:frame>"
    )
    document = text(body, {"O1/content.xml": math, "O2/content.xml": chart})
    assert document.text == "a x^2 + y[A mill]\n\nboxed"
    assert document.notes == ("1 chart not read",)


def test_a_spreadsheet_shows_what_its_cells_show() -> None:
    date = 'office:value-type="date" office:date-value="2026-03-15"'
    time = 'office:value-type="time" office:time-value="PT36H05M00S"'
    share = 'office:value-type="percentage" office:value="0.125"'
    noted = f"<table:table-cell>{comment('Me', 'why')}{paragraph('10')}</table:table-cell>"
    first = table(
        row(cell("Item"), cell("Rate"), cell("When"), cell("Took")),
        row(cell("x"), cell("7,5 %", share), cell("15.03.26 14:30", date), cell("36:05", time),
            more='table:number-rows-repeated="2"'),
        row(cell("bare"), cell("", share), cell("", date), cell("", time),
            cell("", 'table:number-columns-repeated="16000"'), more='table:visibility="collapse"'),
        row(cell("North", 'table:number-rows-spanned="2"'), noted),
        row(COVERED, cell("20")),
        row(cell("", 'table:formula="of:=SUM([.B1])"')),
        row(cell("", 'table:number-columns-repeated="1024"'),
            more='table:number-rows-repeated="1048568"'),
        more='table:name="Rates"',
    )  # fmt: skip
    second = table(row(cell("a"), cell("b")), more='table:name="S" table:style-name="ta2"')
    document = read_document("a.ods", make_odf("spreadsheet", first + second, STYLES))
    assert [line for line in document.text.split("\n") if line] == [
        "Rates",
        "Item | Rate | When | Took",
        "x | 7,5 % | 2026-03-15 14:30 | 36:05",
        "x | 7,5 % | 2026-03-15 14:30 | 36:05",
        "bare | 12.5% | 2026-03-15 | 36:05:00",
        "North | 10",
        "[Comment by Me on B5: why]",
        "North | 20",
        "=SUM([.B1])",
        "S (hidden sheet)",
        "a | b",
    ]
    assert document.notes == (
        "sheet Rates: 1 hidden row read like the others",
        "1 formula without a saved result: read as formulas",
    )
    at = document.text.index("North | 20")
    assert (document.reader, document.place(at, at + 5).label()) == ("ods", "sheet Rates, row 6")


def test_a_presentation_with_its_notes() -> None:
    def frame(inside: str, role: str = "") -> str:
        given = f'presentation:class="{role}"' if role else ""
        return f"<draw:frame {given}><draw:text-box>{inside}</draw:text-box></draw:frame>"

    points = f"<text:list>{item(paragraph('Drain it'))}</text:list>"
    slides = (
        f"<draw:page>{frame(paragraph('Pump'), 'title')}{frame(points, 'outline')}"
        f"<draw:g><draw:custom-shape>{paragraph('In a shape')}</draw:custom-shape></draw:g>"
        f"<draw:frame>{table(row(cell('a'), cell('b')))}</draw:frame>"
        f"<presentation:notes>{frame(paragraph('The plug'), 'notes')}</presentation:notes>"
        "</draw:page>"
        f'<draw:page draw:style-name="dp2">{frame(paragraph("Costs"), "title")}</draw:page>'
    )
    document = read_document("a.odp", make_odf("presentation", slides, STYLES))
    assert document.text.split("\n\n") == [
        "Pump\n- Drain it", "In a shape", "a | b", "Notes: The plug", "Costs (hidden slide)",
    ]  # fmt: skip
    assert (document.reader, document.spans[-1].first) == ("odp", 2)


def test_flat_files_and_such_without_a_type_are_told_by_content() -> None:
    body = f"<office:body><office:text>{paragraph('flat')}</office:text></office:body>"
    assert read_document("stdin-1", part("document", body).encode()).reader == "odt"
    bare = make_zip({"content.xml": part("document-content", body)})
    assert read_document("stdin-1", bare).text == "flat"


def test_locked_and_damaged_files_are_refused_in_words() -> None:
    manifest = "<manifest><file-entry><encryption-data/></file-entry></manifest>"
    locked = make_odf("text", paragraph("x"), others={"META-INF/manifest.xml": manifest})
    with pytest.raises(ReadError, match="under a password, which can't be opened here"):
        read_document("a.odt", locked)
    with pytest.raises(ReadError, match="an OpenDocument file that can't be read") as caught:
        trial("book.odt")
    assert caught.value.hint == "open it in LibreOffice and save it anew"


def test_damaged_styles_cost_only_themselves() -> None:
    document = text(paragraph("kept"), {"styles.xml": "<office:document-styles"})
    assert document.text == "kept"
    assert document.notes[0].startswith("its styles are damaged")


def test_charts_have_their_values() -> None:
    def row(*cells: str) -> str:
        made = (f"<table:table-cell><text:p>{one}</text:p></table:table-cell>" for one in cells)
        return f"<table:table-row>{''.join(made)}</table:table-row>"

    values = row("", "2025", "2026") + row("North", "9.1", "NaN") + row("South", "2.4", "8.8")
    inside = (
        "<chart><title><text:p>Yield</text:p></title><axis><title><text:p>tons</text:p></title>"
        f"</axis><table:table>{values}</table:table></chart>"
    )
    body = f"<office:body><office:chart>{inside}</office:chart></office:body>"
    frame = paragraph('see <draw:frame><draw:object xlink:href="./O1"/></draw:frame>')
    document = text(frame, {"O1/content.xml": part("document-content", body)})
    assert document.text.split("\n") == [
        "see",
        "",
        "[Chart: Yield - axes: tons]",
        " | 2025 | 2026",
        "North | 9.1 | ",
        "South | 2.4 | 8.8",
    ]
    assert document.notes == ()
