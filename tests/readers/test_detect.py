"""What a file is: by its content, and what its name promises."""

from __future__ import annotations

import io
import sqlite3
import sys
import tarfile
from pathlib import Path

import pytest

from mplus_cli.errors import NoTextError, ReadError
from mplus_cli.readers import magic, read_document
from mplus_cli.readers.detect import refuse_early
from tests.readers.golden import CORPUS
from tests.readers.trial import TRIALS
from tests.readers.zips import make_zip

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(40)
PAGE = b"<!doctype html><html><body><p>Please log in to get this file.</body></html>"
LFS = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
)


def refusal(name: str, data: bytes) -> ReadError:
    """Why a file is refused, the same early and late."""
    with pytest.raises(ReadError) as late:
        read_document(name, data)
    with pytest.raises(ReadError) as early:
        refuse_early(name, data)
    assert (early.value.reason, type(early.value)) == (late.value.reason, type(late.value))
    assert late.value.hint
    return late.value


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (PNG, "a PNG picture"),
        (b'<?xml version="1.0"?>\n<!-- a --><svg width="9">', "an SVG picture"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a JPEG picture"),
        (b"GIF89a\x10\0\x10\0\x80\0\0", "a GIF picture"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "a WebP picture"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC picture"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "an MP4 video"),
        (b"ID3\x03\0\0\0\0\0", "an MP3 recording"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "a WAV recording"),
        (b"\x1aE\xdf\xa3\x01\0\0", "a Matroska or WebM video"),
        (b"7z\xbc\xaf\x27\x1c\0\4", "a 7z archive"),
        (b"\x7fELF\2\1\1\0", "an ELF program"),
        (b"\0\1\0\0\0\x0f\0\x80", "a font"),
        (b"wOF2\0\1\0\0", "a font"),
        (b"\xca\xfe\xba\xbe\0\0\0\x37", "a Java or Mac program"),
        (b"bplist00\xd4\1\2\3", "a binary property list"),
        (b"\x01\x02\0\0\x05\x06\x07\x08" * 20, "binary data"),
    ],
)
def test_what_holds_no_text_is_named_by_what_it_is(data: bytes, what: str) -> None:
    error = refusal("x.bin", data)
    assert isinstance(error, NoTextError)
    assert error.reason == f"not text: it is {what}"


def test_files_that_programs_make_are_told(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "a.db").executescript("create table a (b)").close()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a"))
    found = {
        "an SQLite database": (tmp_path / "a.db").read_bytes(),
        "a tar archive": packed.getvalue(),
        "an ELF program": Path(sys.executable).resolve().open("rb").read(4096),
    }
    if not sys.platform.startswith("linux"):
        del found["an ELF program"]
    for what, data in found.items():
        told = magic.told(data)
        assert told is not None
        assert told[0] == what


def test_texts_that_speak_of_a_format_are_texts() -> None:
    for text in (
        "GIF89a is a format",
        "BMW has four wheels",
        "PAR1 is parquet?",
        "MZ and PE00",
        "II*the second",
        "OTTO is a name",
        "PACK the bags",
        "BZh is no word",
        "true story",
        "RIFF of the song",
        "!BDN"[:3],
    ):
        assert read_document("a", text.encode()).text == text


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.pdf", PAGE, "named .pdf, but it is a web page"),
        ("a.PDF", b"404 not found", "named .pdf, but it is plain text"),
        ("a.docx", PNG, "named .docx, but it is a PNG picture"),
        ("a.epub", b"\x01\x02\0\0\x05\x06" * 20, "named .epub, but it is binary data"),
        ("a.xlsx", make_zip({"a.txt": "x"}), "named .xlsx, but it is an archive"),
        ("a.pptx", b"a,b\n1,2\n", "named .pptx, but it is plain text"),
        ("a.pdf", LFS, "a Git LFS pointer, not the file itself"),
        ("a.txt", LFS, "a Git LFS pointer, not the file itself"),
        ("notes.md", LFS, "a Git LFS pointer, not the file itself"),
    ],
)
def test_a_name_that_promises_a_document_is_no_harmless_file(
    name: str, data: bytes, reason: str
) -> None:
    error = refusal(name, data)
    assert (error.reason, isinstance(error, NoTextError)) == (reason, False)


def test_an_empty_file_is_empty_and_no_document() -> None:
    for name in ("a.txt", "a.html", "a", "a.csv"):
        with pytest.raises(NoTextError, match="empty"):
            read_document(name, b" \n")
    for name in ("a.pdf", "a.docx"):
        with pytest.raises(ReadError, match=r"named .*, but it is empty") as caught:
            read_document(name, b"")
        assert not isinstance(caught.value, NoTextError)  # a download that failed, say


def test_a_document_under_another_name_is_read_for_what_it_is() -> None:
    handbook = (CORPUS / "handbook.docx").read_bytes()
    for name in ("a.doc", "a.pdf", "a.txt", "a"):
        assert read_document(name, handbook).reader == "docx"
    assert read_document("a.doc", PAGE).reader == "html"
    assert read_document("a.xls", PAGE.replace(b"<p>", b"<table><tr><td>")).reader == "html"
    assert read_document("a.xls", b"a\tb\n1\t2\n").text == "a\tb\n1\t2\n"


@pytest.mark.parametrize("name", ["html_note.txt", "dir.html.txt", "log.txt", "todo"])
def test_a_text_is_read_as_it_stands(name: str) -> None:
    data = (TRIALS / name).read_bytes()
    document = read_document(name, data)
    assert (document.text, document.reader) == (data.decode(), "text")


def test_a_txt_is_text_but_for_saved_mail_and_subtitles() -> None:
    for text in (
        '{"a": 1}',
        "#!/bin/sh\n",
        "\\documentclass{a}",
        PAGE.decode(),
        "Subject: x\nRoom: 5\n\ny",
    ):
        assert read_document("a.txt", text.encode()).text == text
    mail = b"From: a\nSubject: b\nMessage-ID: <1@a>\n\nSee you."
    assert read_document("a.txt", mail).reader == "email"
    assert read_document("a.txt", b"1\n00:00:01,000 --> 00:00:02,000\nHi\n").reader == "subtitles"


def test_xml_with_small_faults_is_read() -> None:
    text = '<?xml version="1.0"?>\n<a>one & two <b>three</a>\n'
    assert read_document("a.xml", text.encode()).text == text


def test_a_broken_archive_is_left_out_as_others_are() -> None:
    with pytest.raises(NoTextError):
        read_document("a.zip", b"PK\x03\x04" + bytes(40))
