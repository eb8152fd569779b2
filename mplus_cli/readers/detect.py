"""What a file is, by its magic bytes and structure, then its suffix, then how its text begins."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePath

from mplus_cli.readers.archive import ZIP_MARKS, document_format
from mplus_cli.readers.document import Document
from mplus_cli.readers.docx import read_docx
from mplus_cli.readers.encoding import head, refuse_nul
from mplus_cli.readers.epub import read_epub
from mplus_cli.readers.html import read_html
from mplus_cli.readers.job import Job
from mplus_cli.readers.json_data import read_json, read_json_lines
from mplus_cli.readers.mail import (
    looks_like_mailbox,
    looks_like_message,
    read_mailbox,
    read_message,
)
from mplus_cli.readers.markup import read_latex, read_markdown, read_rst
from mplus_cli.readers.notebook import read_notebook
from mplus_cli.readers.odf import read_flat_odf, read_odf
from mplus_cli.readers.ole import OLE_MARK, ole_reader
from mplus_cli.readers.packed import GZIP_MARK, packed_reader
from mplus_cli.readers.pdf import read_pdf
from mplus_cli.readers.pptx import read_pptx
from mplus_cli.readers.rtf import MARK as RTF_MARK
from mplus_cli.readers.rtf import read_rtf
from mplus_cli.readers.subtitles import looks_like_subtitles, read_subtitles
from mplus_cli.readers.tables import read_csv, read_tsv
from mplus_cli.readers.text import read_code, read_text
from mplus_cli.readers.xlsx import read_xlsx

Reader = Callable[[bytes, Job], Document]

# Not in mid-line: a text that speaks of the mark is no PDF.
_PDF_MARK = re.compile(rb"(?:\A|[\r\n\0]|\xef\xbb\xbf)%PDF-")
_PDF_MARK_WITHIN_BYTES = 1024

_ARCHIVES: dict[str, Reader] = {
    "docx": read_docx,
    "pptx": read_pptx,
    "xlsx": read_xlsx,
    "epub": read_epub,
    "odf": read_odf,
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
_NOTEBOOK = re.compile(r'\s*\{\s*"(?:cells|metadata|nbformat)"')


def reader_for(name: str, data: bytes) -> Reader:
    """What reads a file. Raises `ReadError` for what no reader can."""
    if _is_pdf(data):
        return read_pdf
    if data.startswith(ZIP_MARKS):
        return _ARCHIVES[document_format(data)]
    if data.startswith(OLE_MARK):
        return ole_reader(name, data)
    if data.startswith(GZIP_MARK):
        return packed_reader(name)
    if data[:100].lstrip().startswith(RTF_MARK):
        return read_rtf
    by_name = _BY_SUFFIX.get(PurePath(name).suffix.lower())
    return by_name or _by_beginning(data)


def refuse_early(name: str, data: bytes) -> None:
    """Raise `NoTextError` for most of what can't be read, without reading it all."""
    if data.startswith((*ZIP_MARKS, OLE_MARK, GZIP_MARK)):
        reader_for(name, data)
    elif not _is_pdf(data):
        refuse_nul(data)


def _by_beginning(data: bytes) -> Reader:
    text = head(data)
    signs: tuple[tuple[object, Reader], ...] = (
        (_HTML.match(text), read_html),
        (_FLAT_ODF.match(text), read_flat_odf),
        (looks_like_mailbox(data), read_mailbox),
        (looks_like_message(text), read_message),
        (looks_like_subtitles(text), read_subtitles),
        (_NOTEBOOK.match(text) and b'"nbformat"' in data, read_notebook),
        (text.lstrip().startswith(("{", "[")), read_json),
        (_LATEX.match(text), read_latex),
        (text.startswith("#!"), read_code),
    )
    return next((reader for sign, reader in signs if sign), read_text)


def _is_pdf(data: bytes) -> bool:
    return _PDF_MARK.search(data[:_PDF_MARK_WITHIN_BYTES]) is not None
