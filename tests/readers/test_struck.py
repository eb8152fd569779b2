"""What is struck out stands between tildes in all kinds of documents: it doesn't look valid."""

from __future__ import annotations

from mplus_cli.readers import read_document
from tests.readers.odf_maker import make_odf
from tests.readers.office import line, par, piece, raised, read, shape, show, slide, text
from tests.readers.pdf_maker import at, drawn_pdf
from tests.readers.test_sheets import book
from tests.readers.zips import SHEET

LINED = '<style:text-properties style:text-line-through-style="solid"/>'


def test_runs_of_word_documents() -> None:
    lined = "<w:strike/>"
    runs = text("Price: ") + text("12", lined) + text("0 EUR", "<w:dstrike/>") + text(" 80 EUR")
    power = text("10", lined) + raised("6").replace("<w:rPr>", f"<w:rPr>{lined}") + text(" 5")
    styles = (
        '<w:style w:type="character" w:styleId="Old"><w:rPr><w:strike/></w:rPr></w:style>'
        '<w:style w:type="character" w:styleId="Up"><w:rPr><w:i/></w:rPr></w:style>'
    )
    back = text("75", '<w:rStyle w:val="Old"/><w:strike w:val="0"/>')
    by_style = text("70", '<w:rStyle w:val="Old"/>') + text(" or ") + back
    document = read(par(runs) + par(power) + par(by_style), {"styles.xml": styles})
    assert document.text.split("\n\n") == [
        "Price: ~~120 EUR~~ 80 EUR",
        "~~10^6~~ 5",
        "~~70~~ or 75",
    ]


def test_runs_of_slides() -> None:
    runs = piece("120 EUR", 'strike="sngStrike"') + piece(" 80 EUR", 'strike="noStrike"')
    shown = read_document("a.pptx", show([slide(shape(line(runs)))]))
    assert shown.text == "~~120 EUR~~ 80 EUR"


def test_cells_and_runs_of_workbooks() -> None:
    styles = (
        f'<styleSheet xmlns="{SHEET}"><fonts><font/><font><strike/></font>'
        '<font><strike val="0"/></font></fonts><cellXfs><xf fontId="0"/><xf fontId="1"/>'
        '<xf fontId="2"/></cellXfs></styleSheet>'
    )
    cells = "".join(f'<c s="{style}"><v>{style}5</v></c>' for style in range(3))
    runs = "<is><r><rPr><strike/></rPr><t>old</t></r><r><t> new</t></r></is>"
    sheet = f'<sheetData><row>{cells}<c t="inlineStr">{runs}</c></row></sheetData>'
    parts = {"xl/styles.xml": styles}
    data = book(sheet, parts, more={"r9": ("styles", "styles.xml")})
    assert read_document("a.xlsx", data).text.split("\n")[-1] == "5 | ~~15~~ | 25 | ~~old~~ new"


def test_spans_paragraphs_and_cells_of_opendocument() -> None:
    styles = "".join(
        f'<style:style style:name="{name}" style:family="{family}">{LINED}</style:style>'
        for name, family in (("T", "text"), ("P", "paragraph"), ("C", "table-cell"))
    )
    styles += '<style:style style:name="T2" style:family="text" style:parent-style-name="T"/>'
    body = (
        '<text:p>now <text:span text:style-name="T2">120</text:span> 80</text:p>'
        '<text:p text:style-name="P">all <text:span text:style-name="T">of</text:span> it</text:p>'
    )
    document = read_document("a.odt", make_odf("text", body, styles))
    assert document.text == "now ~~120~~ 80\n\n~~all of it~~"
    cell = '<table:table-cell table:style-name="C" office:value-type="float" office:value="7">'
    row = f"<table:table-row>{cell}<text:p>7</text:p></table:table-cell></table:table-row>"
    sheet = f'<table:table table:name="S">{row}</table:table>'
    assert read_document("a.ods", make_odf("spreadsheet", sheet, styles)).text == "S\n\n~~7~~"


def test_words_of_rich_text() -> None:
    body = rb"{\rtf1 now {\strike 120} 80, \striked1 7\striked0  8, {\strike a\plain b}\par}"
    assert read_document("a.rtf", body).text == "now ~~120~~ 80, ~~7~~ 8, ~~a~~b"


def test_lines_that_are_drawn_over_the_text_of_a_pdf() -> None:
    place = b"/Rect [85 780 104 795] /QuadPoints [85 795 104 795 85 780 104 780]"
    upon = b"<< /Type /Annot /Subtype /StrikeOut %s %s >>"
    notes = upon % (place, b"/T (Ann)") + upon % (place, b"/Contents (too dear)")
    page = b"/MediaBox [0 0 612 850] /Annots [%s]" % notes
    text_of = read_document("a.pdf", drawn_pdf(at(50, 784, "Price: 120, 80"), page=page)).text
    assert text_of.split("\n") == [
        "Price: 120, 80",
        '[Struck out by Ann: "120"]',
        '[Comment on struck out "120": too dear]',
    ]
