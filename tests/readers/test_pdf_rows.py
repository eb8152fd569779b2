"""Rows of PDFs whose letters stand far from each other, and text that can't be seen at all."""

from __future__ import annotations

from mplus_cli.readers import read_document
from mplus_cli.readers.pdf.annotations import Box, Field
from mplus_cli.readers.pdf.lines import lines_of
from mplus_cli.readers.pdf.placed import place_fields
from mplus_cli.readers.pdf.runs import Run
from tests.readers.pdf_maker import at, drawn_pdf, packed_stream

LAYER = (
    b"<< /Type /Font /Subtype /Type0 /BaseFont /SimSun /Encoding /GBK-EUC-H"
    b" /DescendantFonts [<< /Type /Font /Subtype /CIDFontType2 /BaseFont /SimSun /DW 0"
    b" /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>] >>"
)
PICTURE = (
    b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8"
    b" /ColorSpace /DeviceGray /Length 1 >>\nstream\nx\nendstream"
)


def test_a_lone_letter_stays_in_its_row() -> None:
    rows = (("Name", "Price", "Qty"), ("Apple", "1.20", "3"), ("Pear", "2.50", "4"))
    drawn = b"".join(
        at(x, 720 - 24 * number, cell)
        for number, row in enumerate(rows)
        for x, cell in zip((31, 210, 390), row, strict=True)
    )
    assert read_document("a.pdf", drawn_pdf(drawn)).text.split("\n") == [
        "Name Price Qty",
        "Apple 1.20 3",
        "Pear 2.50 4",
    ]


def test_a_lone_letter_begins_its_line_where_pdfium_sees_a_space() -> None:
    runs = [
        Run("\u2022", 36, 40, 749, 11),
        Run("one", 45, 64, 749, 11, gap=" "),
        Run("\u2022", 36, 40, 738, 11, gap=" "),
        Run("two", 45, 63, 738, 11, gap=" "),
    ]
    assert [line.text() for line in lines_of(runs)] == ["\u2022 one", "\u2022 two"]


def test_recognised_text_without_widths_is_named() -> None:
    drawn = b"q 612 0 0 792 0 0 cm /I Do Q BT 3 Tr /F2 17 Tf "
    drawn += b"".join(b"1 0 0 1 %d 600 Tm <B9AB> Tj " % (100 + 20 * at) for at in range(9))
    page = b" /Resources << /Font << /F1 3 0 R /F2 6 0 R >> /XObject << /I 7 0 R >> >>"
    data = drawn_pdf(drawn + b"0 Tr ET " + at(50, 50, "2016"), more=(LAYER, PICTURE), page=page)
    assert any("page 1 has recognised text" in note for note in read_document("a.pdf", data).notes)


def test_letters_set_far_apart_are_cells() -> None:
    drawn = b"BT 9 0 0 9 31 500 Tm /F1 1 Tf (Job) Tj 9 0 0 9 173 500 Tm 5 Tc (30X) Tj 0 Tc ET"
    assert read_document("a.pdf", drawn_pdf(drawn)).text == "Job 3 0 X"
    title = b"BT /F1 12 Tf 31 500 Td 4 Tc (TITLE 12) Tj ET"
    assert read_document("a.pdf", drawn_pdf(title)).text == "TITLE 12"


def test_a_sign_of_arabic_for_two_letters_has_them_in_order() -> None:
    names = b"3 beginbfchar <41> <06440627> <42> <0633> <43> <0645> endbfchar"
    told = b"begincmap 1 begincodespacerange <00> <FF> endcodespacerange %s endcmap" % names
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 7 0 R >>"
    page = b" /Resources << /Font << /F1 6 0 R >> >>"
    drawn = b"BT /F1 12 Tf 100 500 Td (CAB) Tj ET"
    data = drawn_pdf(drawn, more=(font, packed_stream(told)), page=page)
    assert read_document("a.pdf", data).text == "\u0633\u0644\u0627\u0645"


def test_fields_without_labels_stand_in_rows() -> None:
    cells = (("item", 50, 675), ("qty", 150, 675), ("item2", 50, 655), ("note", 50, 400))
    fields = [Field(name, name[0], Box(x, y, x + 90, y + 15)) for name, x, y in cells]
    assert place_fields([], fields) == ["item: i | qty: q", "item2: i", "note: n"]
