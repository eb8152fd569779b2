"""Reading PDFs: what their pages say, in lines and in order; what can't be read is refused."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mplus_cli.errors import NoTextError, PasswordError, ReadError
from mplus_cli.readers import Document, ReaderOptions, read_document
from tests.readers.pdf_maker import at, drawn_pdf, make_pdf
from tests.readers.trial import trial

PAGES = ["First page\nsecond line (with brackets)", "Zweite Seite: Größe", "Page three"]


def pdf_trial(name: str, options: ReaderOptions | None = None) -> Document:
    return trial(f"{name}.pdf", options)


def text_of(*contents: bytes) -> str:
    return read_document("a.pdf", drawn_pdf(*contents)).text


def test_pages_are_read_in_order_each_with_its_span() -> None:
    document = read_document("a.pdf", make_pdf(PAGES))
    assert document.text == "\n\n".join(PAGES)
    assert document.reader == "pdf"
    assert [(span.first, document.text[span.start : span.end]) for span in document.spans] == [
        (1, PAGES[0]),
        (2, PAGES[1]),
        (3, PAGES[2]),
    ]


@pytest.mark.parametrize(
    ("first", "last", "label"),
    [
        ("First", "brackets)", "page 1"),
        ("Zweite", "Größe\n\n", "page 2"),
        ("line", "three", "pages 1-3"),
    ],
)
def test_places_are_pages(first: str, last: str, label: str) -> None:
    document = read_document("a.pdf", make_pdf(PAGES))
    place = document.place(document.text.index(first), document.text.index(last) + len(last))
    assert place.label() == label
    assert place.unit == "page"


def test_a_page_without_text_keeps_the_numbers_of_the_others() -> None:
    document = read_document("a.pdf", make_pdf(["one", "", "three"]))
    start = document.text.index("three")
    assert document.place(start, start + 5).label() == "page 3"
    assert document.notes == ()


def test_a_pdf_is_told_by_its_content() -> None:
    assert read_document("renamed.txt", b"\r\n\n" + make_pdf(["hello"])).text == "hello"


def test_a_text_about_pdfs_is_no_pdf() -> None:
    assert read_document("a.md", b"Each one begins with `%PDF-1.4`.").reader == "markdown"


LINES = "The harvest of the year was poor because\nit rained all through the summer"
TABLE = "Pump Depth Built\nOld well 12 m 1890\nNorth 41 m\nSouth 2003"
COLUMNS = (
    "Left column begins with the\nhistory of the mill, which was\nbuilt in 1712 by two brothers.\n"
    "It burned down in 1790.\nRight column tells of the new\nmill, which has three floors\n"
    "and a wheel of nine metres.\nIt still runs on Sundays."
)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pdf_words_BT", LINES),
        ("pdf_words_BTTd", LINES),
        ("pdf_words_TJ", LINES),
        ("pdf_words_Tm", LINES),
        ("pdf_table", TABLE),
        ("pdf_table_Tm", TABLE),
        ("pdf_two_columns", f"{COLUMNS}\n\n{COLUMNS}"),
        ("pdf_ocr_layer", "Invisible recognised text of a scan."),
        (
            "pdf_nospace",
            "The harvest of the year was poor because it rained\n"
            "all through the summer and the barley rotted\n\n",
        ),
        (
            "pdf_hyphen",
            "The committee discussed the implementation\nof a well-known state-of-the-art\n"
            "method and its infrastructure\nin 2024-2026\nat length.",
        ),
        (
            "pdf_tex_ligatures",
            "The first effect was significant; the suffix of the flower differs.\n"
            "The workflow was classified by office staff.",
        ),
        (
            "pdf_form",
            "Application for a garden plot\nName: Ottilie Brandt\nPlot wanted: Plot 17\n"
            "I agree: yes",
        ),
        ("pdf_form_only", "remarks: The roof leaks above the kitchen."),
        (
            "pdf_annots",
            "Draft of the lease.\n[Comment: Signed only after the 3rd of May]\n"
            "[Comment by me: The rent should be 830 euros.]",
        ),
        ("pdf_enc_empty_rc4", "The lock code of the shed is blue heron."),
        ("pdf_enc_empty_aes", "The lock code of the shed is blue heron."),
        ("pdf_enc_aes256", "The lock code of the shed is blue heron."),
    ],
)
def test_what_files_of_many_makers_say(name: str, text: str) -> None:
    document = pdf_trial(name)
    assert (document.text, document.notes) == (text, ())


def test_ligatures_are_letters_and_accents_are_composed() -> None:
    text = pdf_trial("pdf_ligature").text
    assert "The first official floor was flooded; effort and sufficient affluent." in text
    assert "Café résumé (decomposed) and café (composed).\nРусский текст о реке Волге." in text


def test_turned_pages_are_read_line_by_line() -> None:
    assert pdf_trial("pdf_rot90").text.split("\n\n")[1:] == [
        "A second page turned the other way.\nIts table has depth 14 metres.",
        "Upside down page says hello world.\nAnd its second line.",
    ]


def test_labels_of_pages_change_no_number() -> None:
    document = pdf_trial("pdf_labels")
    start = document.text.index("Chapter one")
    assert document.place(start, start + 5).label() == "page 3"


def test_raised_and_lowered_type_is_written_out() -> None:
    text = pdf_trial("pdf_raised").text
    for said in (
        "The star is 10^24 kg and 5 km^2; H2O and CO2 at 1st floor of the mill [1].",
        "Then x_i^2 + y^-1 and 10^-9 m. E =\nmc^2.",
        "before the end. [2] Another sentence, with a comma, [3] goes on.",
        "x^(n+1) and Na^+ ions and Ca^2+; 3rd May 1804. [4]",
        "\n[1] A footnote text here.\n[2] Another one.",
    ):
        assert said in text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"(10) Tj 5 Ts /F1 8 Tf (6) Tj 0 Ts /F1 12 Tf ( times) Tj", "10^6 times"),
        (b"(10) Tj 5 Ts (24) Tj 0 Ts ( kg) Tj", "10^24 kg"),
        (b"(H) Tj -3 Ts /F1 8 Tf (2) Tj 0 Ts /F1 12 Tf (O) Tj", "H2O"),
        (b"(the mill) Tj 4 Ts /F1 7 Tf (1) Tj 0 Ts /F1 12 Tf ( was) Tj", "the mill [1] was"),
        (b"(the 1) Tj 4 Ts /F1 7 Tf (st) Tj 0 Ts /F1 12 Tf ( of May) Tj", "the 1st of May"),
        (b"(La) Tj (T) Tj -3 Ts (E) Tj 0 Ts (X) Tj", "LaTEX"),
        (b"(8) Tj -2 Ts /F1 11 Tf (*) Tj 0 Ts /F1 12 Tf (N) Tj", "8*N"),
        (b"(T) Tj /F1 8 Tf (HE MILL) Tj", "THE MILL"),
        (b"/F1 30 Tf (T) Tj /F1 12 Tf (he mill) Tj", "The mill"),
    ],
)
def test_raised_type_of_every_way_to_set_it(content: bytes, text: str) -> None:
    assert text_of(b"BT /F1 12 Tf 72 700 Td " + content + b" ET") == text


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["the imple-", "mentation, then"], "the implementation,\nthen"),
        (["a long-term plan; the long-", "term plan"], "a long-term plan; the long-term\nplan"),
        (["a well-", "known one"], "a well-known\none"),
        (["see https://x.org/a-", "b/c or"], "see https://x.org/a-b/c\nor"),
        (["mail help@heron-", "pumps.org"], "mail help@heron-pumps.org"),
        (["the two-", "and three-storey houses"], "the two- and\nthree-storey houses"),
        (["built by Meyer-", "Landrut in spring"], "built by Meyer-Landrut\nin spring"),
        (["a case of COVID-", "19 in town"], "a case of COVID-19\nin town"),
        (["in the years 2024-", "2026 at last"], "in the years 2024-2026\nat last"),
        (["paid in May 12,50-", "2026 at last"], "paid in May 12,50-\n2026 at last"),
        (["Grade A-", "Bodo"], "Grade A-\nBodo"),
        (["the IMPLE-", "MENTATION of it"], "the IMPLEMENTATION\nof it"),
        (["a list -", "of things"], "a list -\nof things"),
    ],
)
def test_words_that_a_line_divides(lines: list[str], text: str) -> None:
    assert text_of(at(72, 700, *lines)) == text


def test_columns_of_prose_are_read_one_after_the_other_and_tables_row_by_row() -> None:
    prose, table, form = pdf_trial("pdf_columns_table_form").text.split("\n\n")
    assert prose.splitlines()[0].startswith("History of the Mill, a short account")
    assert prose.index("than two hundred years.") < prose.index("After the fire of 1790")
    assert "Price of a ticket three euros and fifty cents\nDogs not allowed" in prose
    assert table.startswith("Pump Depth Built\nOld well 12 m 1890\nNorth 41 m 1950\nSouth 7 m 2003")
    assert table.endswith(
        "apple, 12\nbarley, 14\ncow, 3\ndog, 7\nmango, 5\nnut, 8\noat, 9\npear, 77"
    )
    assert form


def test_fields_of_a_form_stand_by_their_labels() -> None:
    assert pdf_trial("pdf_columns_table_form").text.split("\n\n")[2] == (
        "Surname: Brandt\nFirst name (above the field)\n[x] I want a plot with water\n"
        "[ ] I want a plot with a shed\n[ ] Red roses [x] Blue roses\nFirst name: Ottilie\n"
        "Colour: Blue\nTools: Spade, Hoe\nRemarks: First line\nSecond line"
    )


def test_comments_are_marked_and_hidden_ones_left_out() -> None:
    text = pdf_trial("pdf_comments_links_files").text
    assert '[Comment by Otto on "The rent is 830": Too much?]\n[Comment: Approved]\n' in text
    assert "[Comment: Ünïcode “quotes” 日本\nsecond line]" in text
    assert "secret" not in text
    assert "Accepted" not in text


def test_links_lead_on_where_they_are_wanted() -> None:
    assert "example.org/rules" not in pdf_trial("pdf_comments_links_files").text
    text = pdf_trial("pdf_comments_links_files", ReaderOptions(links=True)).text
    assert (
        "See <https://example.org/rules> the rules of the house.\nhttps://example.org/all\n" in text
    )


def test_files_in_a_pdf_are_read_under_their_names() -> None:
    document = pdf_trial("pdf_comments_links_files")
    start = document.text.index("The letter says yes.")
    assert document.place(start, start + 5).label() == "letter.txt"
    assert document.notes[0].startswith("the attachment pic.png is not read: ")
    without = pdf_trial("pdf_comments_links_files", ReaderOptions(attachments=False))
    assert "letter" not in without.text
    assert without.notes == ()


def test_pages_that_are_pictures_are_named() -> None:
    document = pdf_trial("pdf_mixed_scan")
    assert document.text.strip() == "Cover sheet of the contract."
    assert document.notes == ("pages 2 to 4 are pictures: not read",)


def test_a_picture_under_a_page_number_and_a_drawing_are_named() -> None:
    picture = (
        b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8"
        b" /ColorSpace /DeviceGray /Length 1 >>\nstream\nx\nendstream"
    )
    resources = b"/Resources << /Font << /F1 3 0 R >> /XObject << /I 10 0 R >> >>"
    data = drawn_pdf(
        at(72, 700, "A page with text"),
        b"q 612 0 0 792 0 0 cm /I Do Q " + at(300, 20, "17"),
        b"72 72 m 90 90 l 80 70 l f " * 100,
        more=(picture,),
    ).replace(b"/Resources << /Font << /F1 3 0 R >> >>", resources)
    assert read_document("a.pdf", data).notes == (
        "page 3 is a drawing without letters: not read",
        "page 2 is mostly a picture: what it shows is not read",
    )


def test_an_ordinary_font_has_no_letter_that_can_not_be_told() -> None:
    undefined = {0x81, 0x8D, 0x8F, 0x90, 0x9D}
    codes = [code for code in range(0x21, 0x100) if code not in undefined]
    letters = bytes(codes).decode("cp1252")
    document = read_document("a.pdf", make_pdf([letters]))
    assert "\ufffd" not in document.text
    assert document.notes == ()


def test_a_scanned_pdf_is_refused_with_a_way_out() -> None:
    with pytest.raises(ReadError, match=r"^scan\.pdf: no text layer \(2 pages") as caught:
        read_document("scan.pdf", make_pdf(["", ""]))
    assert "ocrmypdf" in caught.value.hint


def test_a_pdf_of_blank_pages_is_empty() -> None:
    with pytest.raises(NoTextError):
        read_document("a.pdf", drawn_pdf(b"q Q", b""))


def test_letters_that_a_font_does_not_tell_are_marked_and_the_font_is_named() -> None:
    document = pdf_trial("pdf_no_tounicode")
    assert document.text.startswith(
        "The \ufffdrst of\ufffdcial \ufffdoor was \ufffdooded; e\ufffdort"
    )
    assert "Ä" not in document.text
    (note,) = document.notes
    assert note.startswith("page 1: letters of the font DejaVuSans can't be told, ")


def test_signs_of_symbol_fonts_are_what_they_draw() -> None:
    document = pdf_trial("pdf_symbols")
    assert document.text == "x ≥ 5, done ✓\ufffd"
    assert "FontAwesome" in document.notes[0]


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("pdf_password_aes256", "geheim"),
        ("pdf_password_rc4", "Schlüssel"),
    ],
)
def test_a_password_opens_a_locked_pdf(name: str, password: str) -> None:
    assert pdf_trial(name, ReaderOptions(password=password)).text.startswith(
        "The rent is 830 euros"
    )
    with pytest.raises(PasswordError, match="this password doesn't open") as caught:
        pdf_trial(name, ReaderOptions(password="wrong"))
    assert "--password" in caught.value.hint


def test_a_locked_pdf_asks_for_its_password() -> None:
    with pytest.raises(PasswordError, match="locked by a password") as caught:
        pdf_trial("pdf_enc_user")
    assert "--password" in caught.value.hint


def test_pdfium_waits_until_it_is_needed_and_prints_nothing() -> None:
    script = (
        "import sys; from mplus_cli.readers import read_document;"
        "assert 'pypdfium2' not in sys.modules and 'torch' not in sys.modules;"
        "read_document('a', sys.stdin.buffer.read())"
    )
    odd = make_pdf(PAGES).replace(b"0000000015", b"0000000099")
    done = subprocess.run(
        [sys.executable, "-c", script], input=odd, capture_output=True, check=True
    )
    assert done.stdout == done.stderr == b""


def test_threads_read_pdfs_side_by_side() -> None:
    data = make_pdf(PAGES * 5)
    texts: list[str] = []
    work = [
        threading.Thread(target=lambda: texts.append(read_document("a.pdf", data).text))
        for _ in range(8)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert texts == ["\n\n".join(PAGES * 5)] * 8


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_hostile_pdf_gives_text_or_a_read_error(data: st.DataObject) -> None:
    good = make_pdf(PAGES)
    start = data.draw(st.integers(10, len(good)))
    stop = start + data.draw(st.integers(0, 20))
    try:
        read_document("a.pdf", good[:start] + data.draw(st.binary(max_size=20)) + good[stop:])
    except ReadError as error:
        assert error.message.startswith("a.pdf: ")
