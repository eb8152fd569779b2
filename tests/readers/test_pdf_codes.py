"""Letters of PDFs whose fonts tell nothing: taken from their codes, or marked."""

from __future__ import annotations

import pytest

from mplus_cli.readers import Document, read_document
from mplus_cli.readers.pdf import codes, tex
from tests.readers.pdf_maker import drawn_pdf, packed_stream

_SENTENCE = "The harvest of the year was 4,170 litres, and 12 of the barrels leak."
_BOX = packed_stream(b"500 0 0 0 500 700 d1 0 0 500 700 re f")


def drawn_in_type_3(text: str, shift: int = 0, name: str = "Drawn") -> Document:
    """A page in a font that draws its letters itself, under names that mean nothing."""
    used = sorted({(ord(letter) + shift) % 256 for letter in text})
    names = " ".join(f"{code} /g{code}" for code in used)
    programs = " ".join(f"/g{code} 8 0 R" for code in used)
    widths = " ".join(["500"] * 256)
    font = (
        f"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 500 700] /FontMatrix [.001 0 0 .001 0 0]"
        f" /FirstChar 0 /LastChar 255 /Widths [{widths}] /CharProcs << {programs} >>"
        f" /Encoding << /Type /Encoding /Differences [{names}] >> /Resources << >>"
        f" /FontDescriptor << /Type /FontDescriptor /FontName /{name} /Flags 4 >> >>"
    ).encode()
    shown = bytes((ord(letter) + shift) % 256 for letter in text).hex().encode()
    content = b"BT /F2 12 Tf 72 700 Td <%s> Tj ET BT /F1 12 Tf 72 600 Td (Page) Tj ET" % shown
    resources = b" /Resources << /Font << /F1 3 0 R /F2 6 0 R >> >>"
    made = drawn_pdf(content, more=(font, b"<< >>", _BOX), page=resources)
    return read_document("a.pdf", made)


def test_letters_are_taken_from_codes_that_are_those_of_ascii() -> None:
    document = drawn_in_type_3(_SENTENCE)
    assert document.text.split("\n")[0] == _SENTENCE
    (note,) = document.notes
    assert "doesn't tell its letters: they are taken from their codes" in note


def test_letters_that_are_numbered_as_they_come_are_marked() -> None:
    document = drawn_in_type_3(_SENTENCE, shift=-29 + 256)
    assert "harvest" not in document.text and "�" in document.text
    assert "Page" in document.text
    assert "can't be told" in document.notes[0]


@pytest.mark.parametrize(
    "text",
    [
        "Accuracy of the model (%)",
        "0.0 0.2 0.4 0.6 0.8 1.0",
        "L'été dernier, nous avons récolté peu".replace("é", "e"),
        "Die Pumpe wird im Februar geprueft",
    ],
)
def test_codes_that_are_letters(text: str) -> None:
    assert codes.tell(text)


@pytest.mark.parametrize(
    "text", ["7KHKDUYHVWRIWKH\\HDUZDV", "!\"#$%&'()*+,-./0", "xqzvkjwxqzvkj", "A"]
)
def test_codes_that_are_none(text: str) -> None:
    assert not codes.tell(text)


def test_signs_of_tex() -> None:
    assert tex.sign("CMSY8", "0") == "′" and tex.sign("CMSY10", "h") == "⟨"
    assert tex.sign("CMEX10", "X") == "∑" and tex.sign("CMMI12", "\x0b") == "α"
    assert tex.sign("MSBM10", "R") == "ℝ" and tex.sign("Times", "0") is None
    assert tex.struck("x ̸= y, a ̸ ∈ B") == "x ≠ y, a ∉ B"
    assert tex.is_math("cmsy10") and not tex.is_math("CMR10")
