"""Damaged and hostile PDFs: what is there is read, what is not is named, and nothing hangs."""

from __future__ import annotations

import zlib

import pytest

from mplus_cli.errors import ReadError
from mplus_cli.readers import read_document
from tests.readers.pdf_maker import at, drawn_pdf, make_pdf, packed_stream
from tests.readers.test_pdf import pdf_trial
from tests.readers.trial import TRIALS

PAGES = ["First page.", "The second page, of rivers and their ways.", "Third page."]
GOOD = drawn_pdf(*(at(72, 700, page) for page in PAGES))
SECOND = zlib.compress(at(72, 700, PAGES[1]))
WHOLE = "\n\n".join(PAGES)
FOUND = "a damaged PDF: the pages that are found in it are read, others may be missing"


@pytest.mark.parametrize(
    ("data", "text", "notes"),
    [
        (
            GOOD.replace(SECOND, SECOND[:20] + b"\xff\xff\xff\xff" + SECOND[24:]),
            "First page.\n\n\n\nThird page.",
            ("page 2 is damaged: not read",),
        ),
        (
            GOOD.replace(SECOND, SECOND[:-4] + b"\0\0\0\0"),
            WHOLE,
            ("page 2 is damaged in part: text may be missing or wrong",),
        ),
        (
            GOOD[: GOOD.index(SECOND) + 10],
            "First page.\n\n",
            (FOUND, "page 2 is damaged: not read"),
        ),
        (b"HTTP/1.1 200 OK\r\n\r\n" + GOOD, WHOLE, ()),
        (GOOD[: GOOD.index(b"xref\n")], WHOLE, (FOUND,)),
        (GOOD.replace(b"/Pages 2 0 R", b"/Pxges 2 0 R"), WHOLE, (FOUND,)),
        (GOOD.replace(b"0000000015", b"0000000099"), WHOLE, ()),
        (
            GOOD.replace(b"/Count 3", b"/Count 5"),
            f"{WHOLE}\n\n\n\n",
            ("pages 4 and 5 are damaged: not read",),
        ),
        (
            GOOD.replace(b"[4 0 R 6", b"[99 0 R 6"),
            f"\n\n{PAGES[1]}\n\n{PAGES[2]}",
            ("page 1 is damaged: not read",),
        ),
    ],
)
def test_what_is_there_is_read_and_what_is_not_is_named(
    data: bytes, text: str, notes: tuple[str, ...]
) -> None:
    document = read_document("a.pdf", data)
    assert (document.text, document.notes) == (text, notes)


def test_a_pdf_without_its_end_gives_the_pages_that_are_there() -> None:
    document = pdf_trial("pdf_trunc")
    assert document.text.startswith("Preface text of the book.\n\nMore preface.")
    assert document.notes == (FOUND, "page 3 is damaged: not read")


def test_objects_packed_in_streams_are_found_in_a_pdf_without_its_end() -> None:
    whole = (TRIALS / "pdf_comments_links_files.pdf").read_bytes()
    document = read_document("a.pdf", whole[:-40])
    assert document.text.startswith("The rent is 830 euros and due on the 3rd of May.")
    assert "The letter says yes." in document.text
    assert FOUND in document.notes


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.4\n",
        b"%PDF-1.7\nnot one at all",
        make_pdf(PAGES)[:120],
        GOOD.replace(b"/FlateDecode", b"/Fl4teDecode"),
        b"%PDF-1.4\n" + b"1 0 obj <<" * 50_000,
        b"%PDF-1.4\n" + b"1 " * 200_000,
    ],
)
def test_a_pdf_of_which_nothing_is_left_is_refused(data: bytes) -> None:
    with pytest.raises(ReadError, match=r"^a\.pdf: a PDF .*damaged") as caught:
        read_document("a.pdf", data)
    assert "qpdf" in caught.value.hint


def form(number: int, times: int) -> bytes:
    """A drawing that draws another one so many times."""
    content = b"/X Do " * times
    return (
        b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length %d"
        b" /Resources << /XObject << /X %d 0 R >> >> >>\nstream\n%s\nendstream"
    ) % (len(content), number, content)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("forms", [[form(6, 3)], [form(7 + at, 10) for at in range(12)]])
def test_drawings_that_hold_each_other_without_end_are_refused(forms: list[bytes]) -> None:
    with pytest.raises(ReadError, match="without end"):
        read_document("a.pdf", drawn_pdf(b"", more=tuple(forms)))


def test_drawings_that_hold_a_few_others_are_read() -> None:
    last = b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 2 >>\nstream\nq \nendstream"
    data = drawn_pdf(at(72, 700, "Text"), more=(form(7, 3), last))
    assert read_document("a.pdf", data).text == "Text"


@pytest.mark.timeout(30)
def test_what_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mplus_cli.readers.pdf.salvage._MAX_UNPACKED", 1_000_000)
    with pytest.raises(ReadError, match="unpacks to more than"):
        read_document("a.pdf", drawn_pdf(b" " * 2_000_000))


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "data",
    [
        GOOD.replace(b"/Count 3", b"/Count 1000000000"),
        drawn_pdf(b"q " * 200_000 + at(72, 700, "x")),
        drawn_pdf(b"[" * 200_000 + at(72, 700, "x")),
        drawn_pdf(b"BT /F1 1 Tf " + b"(a) Tj 3 0 Td " * 20_000 + b"ET"),
        drawn_pdf(b"BT /F1 1 Tf 1 TL " + b"(aaaaaaaa-) Tj T* " * 20_000 + b"ET"),
        drawn_pdf(
            at(72, 700, "x"),
            page=b"/Annots [" + b"6 0 R " * 100_000 + b"]",
            more=(b"<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /Contents (note) >>",),
        ),
        drawn_pdf(b"BT /F1 1e38 Tf 1e38 0 0 1e38 9e37 -9e37 Tm (x) Tj (y) Tj ET"),
        drawn_pdf(b"BT /F1 0 Tf 0 0 0 0 0 0 Tm (x) Tj 3 Ts (y) Tj ET"),
        drawn_pdf(at(72, 700, "x"), more=(packed_stream(b"")[:-12],)),
    ],
)
def test_hostile_pdfs_end_soon(data: bytes) -> None:
    try:
        assert read_document("a.pdf", data).text
    except ReadError as error:
        assert error.hint
