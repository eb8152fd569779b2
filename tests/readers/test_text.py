"""Reading plain text and Markdown, and refusing what is not text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mplus_cli.errors import ReadError
from mplus_cli.readers import Document, read_document
from mplus_cli.readers.letters.characters import tidy


def read_text(data: bytes) -> Document:
    return read_document("a.txt", data)


@pytest.mark.parametrize(
    "data",
    [
        "Größe: 5 €".encode(),
        "Größe: 5 €".encode("utf-8-sig"),
        "Größe: 5 €".encode("utf-16"),
        b"\xfe\xff" + "Größe: 5 €".encode("utf-16-be"),
        "Größe: 5 €".encode("utf-16-le"),
        "Größe: 5 €".encode("utf-32"),
        "Größe: 5 €".encode("utf-32-be"),
        "Größe: 5 €".encode("cp1252"),
    ],
)
def test_usual_encodings_give_the_same_text(data: bytes) -> None:
    assert read_text(data).text == "Größe: 5 €"


def test_bytes_that_windows_1252_lacks_are_read_as_latin_1() -> None:
    text = read_text(b"caf\xe9, " * 20 + b"\x81").text
    assert text.startswith("café")


def test_one_broken_byte_does_not_garble_the_rest_of_a_utf_8_text() -> None:
    text = read_text("naïve café, déjà vu ".encode() + b"\xff" + " œuvre".encode()).text
    assert text == "naïve café, déjà vu \ufffd œuvre"


def test_line_ends_become_newlines() -> None:
    assert read_text(b"one\r\ntwo\rthree\n").text == "one\ntwo\nthree\n"


def test_colour_codes_of_a_log_are_text() -> None:
    assert read_text(b"\x1b[31mx\x1b[0m" * 9).reader == "text"


@pytest.mark.parametrize(
    ("name", "reader"),
    [("a.md", "markdown"), ("A.MARKDOWN", "markdown"), ("a.txt", "text"), ("-", "text")],
)
def test_markdown_is_told_by_its_name(name: str, reader: str) -> None:
    assert read_document(name, b"# Title").reader == reader


@pytest.mark.parametrize(
    "data",
    [
        b"\x7fELF\x02\x01\x01" + bytes(20),
        b"\x01\x02\x03\x04\x05abcdef",
        b"\xff\xfea",
        b"\x89PNG\r\n\x1a\n\x00\x00",
    ],
)
def test_binary_data_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(ReadError, match=r"^x\.bin: not text: ") as caught:
        read_document("x.bin", data)
    assert caught.value.hint


@pytest.mark.parametrize("data", [b"", b" \n\t\r\n ", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_a_file_without_text_is_refused(data: bytes) -> None:
    with pytest.raises(ReadError, match=r"^a\.txt: empty"):
        read_document("a.txt", data)


@given(st.binary(max_size=200))
def test_any_bytes_give_text_that_utf_8_can_hold_or_a_read_error(data: bytes) -> None:
    try:
        document = read_document("a", data)
    except ReadError:
        return
    document.text.encode("utf-8")
    assert "\r" not in document.text
    assert [(span.start, span.end) for span in document.spans] == [(0, len(document.text))]


@pytest.mark.parametrize(
    ("part", "label"),
    [("one", "line 1"), ("two\n", "line 2"), ("one\ntwo", "lines 1-2"), ("\n\nfour\n", "line 4")],
)
def test_places_are_lines(part: str, label: str) -> None:
    document = read_text(b"one\ntwo\n\nfour\n")
    start = document.text.index(part)
    place = document.place(start, start + len(part))
    assert place.label() == label
    assert place.unit == "line"


def test_a_place_without_ink_is_the_line_it_starts_on() -> None:
    assert read_text(b"one\n\n\nfour").place(4, 6).label() == "line 2"


def test_a_character_is_written_alike_whatever_stands_around_it() -> None:
    """The quick look that passes over most texts knows each character that may not stay."""
    gone = "\u2060"
    for code in range(0x10000):
        if not 0xD800 <= code < 0xE000:
            text = f"e{chr(code)}"
            assert tidy(text) == tidy(text + gone), hex(code)
