"""What a file is, by its magic bytes and structure, then its suffix, then how its text begins."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePath

from mplus_cli.errors import NoTextError, ReadError
from mplus_cli.readers import magic
from mplus_cli.readers.containers.archive import ZIP_MARKS, Archive, opened
from mplus_cli.readers.containers.gzipped import GZIP_MARK, packed_reader
from mplus_cli.readers.containers.ole import OLE_MARK, ole_reader
from mplus_cli.readers.containers.ooxml import main_part
from mplus_cli.readers.document import Document
from mplus_cli.readers.docx.reader import read_docx
from mplus_cli.readers.epub.reader import read_epub
from mplus_cli.readers.html.reader import read_html
from mplus_cli.readers.job import Job
from mplus_cli.readers.letters.encoding import BINARY, HINT, head, is_binary
from mplus_cli.readers.mail.reader import (
    looks_like_mailbox,
    looks_like_message,
    read_mailbox,
    read_message,
)
from mplus_cli.readers.odf.reader import read_flat_odf, read_odf
from mplus_cli.readers.pdf.reader import read_pdf
from mplus_cli.readers.plain.json_data import read_json, read_json_lines
from mplus_cli.readers.plain.markup import read_latex, read_markdown, read_rst
from mplus_cli.readers.plain.notebook import read_notebook
from mplus_cli.readers.plain.subtitles import looks_like_subtitles, read_subtitles
from mplus_cli.readers.plain.tables import read_csv, read_tsv
from mplus_cli.readers.plain.text import read_code, read_text
from mplus_cli.readers.pptx.reader import read_pptx
from mplus_cli.readers.rtf.reader import MARK as RTF_MARK
from mplus_cli.readers.rtf.reader import read_rtf
from mplus_cli.readers.xlsx.reader import read_xlsx

Reader = Callable[[bytes, Job], Document]

# Not in mid-line: a text that speaks of the mark is no PDF.
_PDF_MARK = re.compile(rb"(?:\A|[\r\n\0]|\xef\xbb\xbf)%PDF-")
_PDF_MARK_WITHIN_BYTES = 1024

# What these name is a document, also where its bytes are none: that is told, in folders, too.
_DOCUMENTS = "pdf docx docm dotx dotm xlsx xlsm xltx xltm pptx pptm potx ppsx epub odt ods odp"
_DOCUMENT_SUFFIXES = {f".{suffix}" for suffix in _DOCUMENTS.split()}
_TEXT_SUFFIXES = {".txt", ".text", ".log"}
_LFS_POINTER = b"version https://git-lfs.github.com/spec/v1\n"

_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
_CONTENT_TYPES = "[Content_Types].xml"
# The outermost element of the main part -> what reads the file.
_OOXML: dict[str, Reader] = {
    "document": read_docx,
    "presentation": read_pptx,
    "workbook": read_xlsx,
}
_SUFFIXES: dict[Reader, str] = {
    read_markdown: "md markdown mdown mkd mdx",
    read_rst: "rst",
    read_latex: "tex ltx latex",
    read_html: "html htm xhtml",
    read_csv: "csv",
    read_tsv: "tsv tab",
    read_json: "json geojson",
    read_json_lines: "jsonl ndjson",
    read_notebook: "ipynb",
    read_flat_odf: "fodt fods fodp fodg",
    read_rtf: "rtf",
    read_message: "eml",
    read_mailbox: "mbox",
    read_subtitles: "srt vtt",
    read_code: (
        "ada adb ads asm awk bash bat c cc cjs clj cljs cmake coffee cpp cr cs css cu cxx "
        "d dart erl ex exs f f90 "
        "fish fs fsx go gradle groovy h hh hpp hrl hs hxx java jl js jsx kt kts less lisp "
        "lua m mjs ml mli mm nim "
        "nix pas php pl pm proto ps1 py pyi pyx r rb rs s sass scala scm scss sh sol sql "
        "svelte swift tcl tf ts "
        "tsx v vb vhd vhdl vim vue zig zsh"
    ),
}
_BY_SUFFIX = {
    f".{suffix}": reader for reader, suffixes in _SUFFIXES.items() for suffix in suffixes.split()
}

_HTML = re.compile(
    r"\s*(?:<\?xml[^>]*+>\s*+)?(?:<!--(?>.*?-->)\s*+)*+<(?:!doctype\s+)?html\b",
    re.IGNORECASE | re.DOTALL,
)
_FLAT_ODF = re.compile(
    r"\s*(?:<\?xml[^>]*+>\s*+)?(?:<!--(?>.*?-->)\s*+)*+<office:document\b", re.DOTALL
)
_LATEX = re.compile(r"(?:\s*+%[^\n]*+\n)*+\s*+\\documentclass\b")
# What was saved by a mail program, not what is written like a mail.
_SENT = re.compile(r"^(?:MIME-Version|Received|Message-ID):", re.IGNORECASE | re.MULTILINE)
_NOTEBOOK = re.compile(r'\s*\{\s*"(?:cells|metadata|nbformat)"')


def reader_for(name: str, data: bytes) -> Reader:
    """What reads a file. Raises `ReadError` for what no reader can."""
    suffix = PurePath(name).suffix.lower()
    if suffix not in _DOCUMENT_SUFFIXES or not data.strip():
        return _reader_for(name, suffix, data)
    try:
        reader = _reader_for(name, suffix, data)
    except NoTextError as error:
        raise _misnamed(suffix, error.reason.partition(": it is ")[2] or "not text") from error
    if reader in (read_text, read_html) and not _is_pdf(data):
        raise _misnamed(suffix, "a web page" if reader is read_html else "plain text")
    return reader


def _reader_for(name: str, suffix: str, data: bytes) -> Reader:
    if _is_pdf(data):
        return read_pdf
    if data.startswith(ZIP_MARKS):
        return _archive_reader(data)
    if data.startswith(OLE_MARK):
        return ole_reader(name, data)
    if data.startswith(GZIP_MARK):
        return packed_reader(name)
    if data[:100].lstrip().startswith(RTF_MARK):
        return read_rtf
    _refuse_unreadable(data)
    return _BY_SUFFIX.get(suffix) or _by_beginning(data, suffix in _TEXT_SUFFIXES)


def _archive_reader(data: bytes) -> Reader:
    """What reads an archive.

    Raises `NoTextError` for one that is no document, `ReadError` for a broken one.
    """
    with opened(data, "an archive", "get it again from where it came from") as archive:
        if "META-INF/container.xml" in archive:
            return read_epub
        if archive.mimetype().startswith(_OPEN_DOCUMENT) or _is_bare_open_document(archive):
            return read_odf
        if _CONTENT_TYPES in archive:
            main = main_part(archive)
            if main.endswith("workbook.bin"):
                raise ReadError(
                    "an Excel binary workbook (XLSB), which is not read",
                    "open it and save it as XLSX",
                )
            root = archive.root(main)
            if root in _OOXML:
                return _OOXML[root]
    raise NoTextError("not text: it is an archive", "unpack it and name the files in it")


def _is_bare_open_document(archive: Archive) -> bool:
    """Whether it is one that doesn't say so, as some programs write them."""
    return "content.xml" in archive and archive.root("content.xml") == "document-content"


def refuse_early(name: str, data: bytes) -> None:
    """Raise `ReadError` for most of what can't be read, without reading it all."""
    is_document = PurePath(name).suffix.lower() in _DOCUMENT_SUFFIXES
    if is_document or data.startswith((*ZIP_MARKS, OLE_MARK, GZIP_MARK)):
        reader_for(name, data)
    elif not _is_pdf(data):
        _refuse_unreadable(data)


def _refuse_unreadable(data: bytes) -> None:
    if data.startswith(_LFS_POINTER):
        raise ReadError(
            "a Git LFS pointer, not the file itself",
            "get the file with `git lfs pull` and read it from the working tree",
        )
    found = magic.told(data)
    if found is not None:
        raise NoTextError(f"not text: it is {found[0]}", found[1])
    if is_binary(data):
        raise NoTextError(BINARY, HINT)


def _misnamed(suffix: str, found: str) -> ReadError:
    return ReadError(
        f"named {suffix}, but it is {found}", "get it again from where it came from, or rename it"
    )


def _by_beginning(data: bytes, as_text: bool = False) -> Reader:
    """What reads a file by how it begins; `as_text`: its name says that it is text as it stands."""
    text = head(data)
    is_message = looks_like_message(text) and (not as_text or _SENT.search(text) is not None)
    signs: tuple[tuple[object, Reader], ...] = (
        (not as_text and _HTML.match(text), read_html),
        (not as_text and _FLAT_ODF.match(text), read_flat_odf),
        (looks_like_mailbox(data), read_mailbox),
        (is_message, read_message),
        (looks_like_subtitles(text), read_subtitles),
        (as_text, read_text),
        (_NOTEBOOK.match(text) and b'"nbformat"' in data, read_notebook),
        (text.lstrip().startswith(("{", "[")), read_json),
        (_LATEX.match(text), read_latex),
        (text.startswith("#!"), read_code),
    )
    return next((reader for sign, reader in signs if sign), read_text)


def _is_pdf(data: bytes) -> bool:
    return _PDF_MARK.search(data[:_PDF_MARK_WITHIN_BYTES]) is not None
