"""What a file is, by its magic bytes and structure, then its suffix, then how its text begins."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePath

from mplus_cli.errors import NoTextError, ReadError
from mplus_cli.readers import magic
from mplus_cli.readers.document import Document
from mplus_cli.readers.job import Job
from mplus_cli.readers.letters.encoding import BINARY, HINT, head, is_binary
from mplus_cli.readers.marks import GZIP_MARK, OLE_MARK, ZIP_MARKS, is_pdf, is_rtf

Reader = Callable[[bytes, Job], Document]


@dataclass(frozen=True)
class _Later:
    """A reader by its room, which is imported when there is something to read: all of them together
    would take longer than most files.
    """

    room: str
    name: str

    def __call__(self, data: bytes, job: Job) -> Document:
        read: Reader = getattr(import_module(f"mplus_cli.readers.{self.room}"), self.name)
        return read(data, job)


_HTML_PAGE = _Later("html.reader", "read_html")
_TEXT = _Later("plain.text", "read_text")
_CODE = _Later("plain.text", "read_code")
_MESSAGE = _Later("mail.reader", "read_message")
_MAILBOX = _Later("mail.reader", "read_mailbox")
_SUBTITLES = _Later("plain.subtitles", "read_subtitles")
_JSON = _Later("plain.json_data", "read_json")
_NOTEBOOK = _Later("plain.notebook", "read_notebook")
_LATEX = _Later("plain.markup", "read_latex")
_FLAT_ODF = _Later("odf.reader", "read_flat_odf")
_RTF = _Later("rtf.reader", "read_rtf")
_PDF = _Later("pdf.reader", "read_pdf")

# What these name is a document, also where its bytes are none: that is told, in folders, too.
_DOCUMENTS = "pdf docx docm dotx dotm xlsx xlsm xltx xltm pptx pptm potx ppsx epub odt ods odp"
_DOCUMENT_SUFFIXES = {f".{suffix}" for suffix in _DOCUMENTS.split()}
_TEXT_SUFFIXES = {".txt", ".text", ".log"}
_UNPACK = "unpack it and name the files in it"
_LFS_POINTER = b"version https://git-lfs.github.com/spec/v1\n"

_ARCHIVES = {
    "docx": _Later("docx.reader", "read_docx"),
    "pptx": _Later("pptx.reader", "read_pptx"),
    "xlsx": _Later("xlsx.reader", "read_xlsx"),
    "epub": _Later("epub.reader", "read_epub"),
    "odf": _Later("odf.reader", "read_odf"),
}
_SUFFIXES = {
    _Later("plain.markup", "read_markdown"): "md markdown mdown mkd mdx",
    _Later("plain.markup", "read_rst"): "rst",
    _LATEX: "tex ltx latex",
    _HTML_PAGE: "html htm xhtml",
    _Later("plain.tables", "read_csv"): "csv",
    _Later("plain.tables", "read_tsv"): "tsv tab",
    _JSON: "json geojson",
    _Later("plain.json_data", "read_json_lines"): "jsonl ndjson",
    _NOTEBOOK: "ipynb",
    _FLAT_ODF: "fodt fods fodp fodg",
    _RTF: "rtf",
    _MESSAGE: "eml",
    _MAILBOX: "mbox",
    _SUBTITLES: "srt vtt",
    _CODE: (
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

_BEGINS_HTML = re.compile(
    r"\s*(?:<\?xml[^>]*+>\s*+)?(?:<!--(?>.*?-->)\s*+)*+<(?:!doctype\s+)?html\b",
    re.IGNORECASE | re.DOTALL,
)
_BEGINS_FLAT_ODF = re.compile(
    r"\s*(?:<\?xml[^>]*+>\s*+)?(?:<!--(?>.*?-->)\s*+)*+<office:document\b", re.DOTALL
)
_BEGINS_LATEX = re.compile(r"(?:\s*+%[^\n]*+\n)*+\s*+\\documentclass\b")
# What was saved by a mail program, not what is written like a mail.
_SENT = re.compile(r"^(?:MIME-Version|Received|Message-ID):", re.IGNORECASE | re.MULTILINE)
_BEGINS_NOTEBOOK = re.compile(r'\s*\{\s*"(?:cells|metadata|nbformat)"')


def reader_for(name: str, data: bytes) -> Reader:
    """What reads a file. Raises `ReadError` for what no reader can."""
    suffix = PurePath(name).suffix.lower()
    if suffix not in _DOCUMENT_SUFFIXES:
        return _reader_for(name, suffix, data)
    if not data.strip(b"\0 \r\n\t"):
        raise _misnamed(suffix, "empty")
    try:
        reader = _reader_for(name, suffix, data)
    except NoTextError as error:
        raise _misnamed(suffix, error.reason.partition(": it is ")[2] or "not text") from error
    if reader in (_TEXT, _HTML_PAGE) and not is_pdf(data):
        raise _misnamed(suffix, "a web page" if reader is _HTML_PAGE else "plain text")
    return reader


def _reader_for(name: str, suffix: str, data: bytes) -> Reader:
    if is_pdf(data):
        return _PDF
    if data.startswith(ZIP_MARKS):
        from mplus_cli.readers.containers.archive_format import document_format

        try:
            return _ARCHIVES[document_format(data)]
        except ReadError as error:
            if suffix != ".zip":
                raise
            raise NoTextError(error.reason, _UNPACK) from error
    if data.startswith(OLE_MARK):
        from mplus_cli.readers.containers.ole import ole_reader

        return ole_reader(name, data)
    if data.startswith(GZIP_MARK):
        from mplus_cli.readers.containers.gzipped import packed_reader

        return packed_reader(name)
    if is_rtf(data):
        return _RTF
    _refuse_unreadable(data)
    return _BY_SUFFIX.get(suffix) or _by_beginning(data, suffix in _TEXT_SUFFIXES)


def refuse_early(name: str, data: bytes) -> None:
    """Raise `ReadError` for most of what can't be read, without reading it all."""
    is_document = PurePath(name).suffix.lower() in _DOCUMENT_SUFFIXES
    if is_document or data.startswith((*ZIP_MARKS, OLE_MARK, GZIP_MARK)):
        reader_for(name, data)
    elif not is_pdf(data):
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
    from mplus_cli.readers.mail.reader import looks_like_mailbox, looks_like_message
    from mplus_cli.readers.plain.subtitles import looks_like_subtitles

    text = head(data)
    is_message = looks_like_message(text) and (not as_text or _SENT.search(text) is not None)
    signs: tuple[tuple[object, Reader], ...] = (
        (not as_text and _BEGINS_HTML.match(text), _HTML_PAGE),
        (not as_text and _BEGINS_FLAT_ODF.match(text), _FLAT_ODF),
        (looks_like_mailbox(data), _MAILBOX),
        (is_message, _MESSAGE),
        (looks_like_subtitles(text), _SUBTITLES),
        (as_text, _TEXT),
        (_BEGINS_NOTEBOOK.match(text) and b'"nbformat"' in data, _NOTEBOOK),
        (text.lstrip().startswith(("{", "[")), _JSON),
        (_BEGINS_LATEX.match(text), _LATEX),
        (text.startswith("#!"), _CODE),
    )
    return next((reader for sign, reader in signs if sign), _TEXT)
