"""Reading the text layer of PDFs, and refusing PDFs that have none or can't be read."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfWriter

from mplus_cli.errors import ReadError
from mplus_cli.readers import read_document
from tests.readers.pdf_maker import make_pdf

PAGES = ["First page\nsecond line (with brackets)", "Zweite Seite: Größe", "Page three"]


def encrypted(user_password: str) -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(make_pdf(PAGES)))
    writer.encrypt(user_password, "owner", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


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


def test_a_pdf_is_told_by_its_content() -> None:
    assert read_document("renamed.txt", b"\r\n\n" + make_pdf(["hello"])).text == "hello"


def test_a_text_about_pdfs_is_no_pdf() -> None:
    assert read_document("a.md", b"Each one begins with `%PDF-1.4`.").reader == "markdown"


def test_a_scanned_pdf_is_refused_with_a_way_out() -> None:
    with pytest.raises(ReadError, match=r"^scan\.pdf: no text layer \(2 pages") as caught:
        read_document("scan.pdf", make_pdf(["", ""]))
    assert "ocrmypdf" in caught.value.hint


def test_a_pdf_that_needs_a_password_is_refused() -> None:
    with pytest.raises(ReadError, match=r"^a\.pdf: an encrypted PDF"):
        read_document("a.pdf", encrypted("secret"))


def test_a_pdf_encrypted_without_a_password_is_read() -> None:
    assert read_document("a.pdf", encrypted("")).text == "\n\n".join(PAGES)


@pytest.mark.parametrize(
    "data", [b"%PDF-1.4\n", b"%PDF-1.7\nnot one at all", make_pdf(PAGES)[:120]]
)
def test_a_damaged_pdf_is_refused(data: bytes) -> None:
    with pytest.raises(ReadError, match=r"^a\.pdf: a PDF that can't be read"):
        read_document("a.pdf", data)


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


def test_a_filter_that_pypdf_gave_up_is_a_read_error() -> None:
    with pytest.raises(ReadError, match="can't be read"):
        read_document("a.pdf", make_pdf(PAGES).replace(b"<< /Length", b"<< /Filter /Fl /Length"))


def test_nothing_is_printed_about_odd_pdfs_and_pypdf_waits_until_it_is_needed() -> None:
    script = (
        "import sys; from mplus_cli.readers import read_document;"
        "assert 'pypdf' not in sys.modules and 'torch' not in sys.modules;"
        "read_document('a', sys.stdin.buffer.read())"
    )
    odd = make_pdf(PAGES).replace(b"0000000015", b"0000000099")
    done = subprocess.run(
        [sys.executable, "-c", script], input=odd, capture_output=True, check=True
    )
    assert done.stdout == done.stderr == b""


@pytest.mark.parametrize(
    ("extracted", "text"),
    [
        ("\ud835\udc00 = \ud835", "\U0001d400 = \ufffd"),
        ("exam\u00ad\nple\r\nnext\x00", "example\nnext"),
    ],
)
def test_text_is_cleaned_of_what_utf_8_cannot_hold(
    extracted: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pypdf.PageObject.extract_text", lambda page: extracted)
    assert read_document("a.pdf", make_pdf(["x"])).text == text
