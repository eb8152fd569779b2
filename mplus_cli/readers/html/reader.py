"""HTML pages: headings, paragraphs, lists, tables and filled forms, as a browser shows them."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mplus_cli.errors import NoTextError
from mplus_cli.readers.blocks import Blocks
from mplus_cli.readers.document import Document
from mplus_cli.readers.html.depth import VOID_TAGS, refuse_deep
from mplus_cli.readers.html.looks import Looks
from mplus_cli.readers.html.mathml import in_one_line
from mplus_cli.readers.html.notes import Notes
from mplus_cli.readers.html.page import PageBlocks
from mplus_cli.readers.job import Job
from mplus_cli.readers.letters.encoding import decode

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

# Also where unclosed, as the parser would take it.
_UNREAD = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))|<(script|style|svg|math)(?=[\s/>]).*?(?:</\1\b[^>]*>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_TEX_SCRIPT = re.compile(
    r"<script[^>]*\btype\s*=\s*[\"']?math/tex[^>]*>(.*?)(?:</|\Z)", re.I | re.S
)
_DRAWN_TEXT = re.compile(r"<text[\s>]", re.IGNORECASE)
_EMPTY_TAG = re.compile(rf"<(?!(?:{'|'.join(sorted(VOID_TAGS))})\b)([a-zA-Z][\w:.-]*)([^<>]*)/>")
_CDATA = re.compile(r"<!\[CDATA\[(.*?)(\]\]>|\Z)", re.DOTALL)
_XHTML = re.compile(
    r"\s*<\?xml\b|\s*(?:<!DOCTYPE[^>]*XHTML[^>]*>\s*)?<html\s[^>]*xhtml", re.IGNORECASE
)

_XHTML_WITHIN = 2000

_DECLARED_WITHIN_BYTES = 64 * 1024  # browsers go on after the first 1,024, too
_DECLARED = re.compile(
    rb"<(?:meta\b[^>]{0,500}?\bcharset|\?xml\b[^>]{0,200}?\bencoding)"
    rb"\s*=\s*[\"']?\s*([\w.:-]+)",
    re.IGNORECASE,
)
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_FEW_CHARACTERS = 400
_SCRIPTS = re.compile(r"\bjava\s?script\b|\bscripts?\b", re.IGNORECASE)
_NEEDING = re.compile(r"<(?:frameset|noscript)", re.IGNORECASE)
_NEEDS_SCRIPTS = "the page says that it needs JavaScript; its text may not be in it"
_WITHOUT_TEXT = {
    "scripts": (
        "a page that shows its text only with JavaScript",
        "open it in a browser and save it as PDF or as text",
    ),
    "frames": ("a page that only puts other pages together (frames)", "read those pages"),
}


def read_html(data: bytes, job: Job) -> Document:
    """An HTML page; places are headings and numbers of paragraphs.

    Raises `NoTextError` for a page that leaves its text to scripts or to other pages.
    """
    text = decode(data, job.charset or declared_charset(data), job)
    blocks = Blocks(counting=True)
    needs = add_html(text, blocks, job, title="")
    document = blocks.document("html", "paragraph")
    if needs and not document.text.strip():
        raise NoTextError(*_WITHOUT_TEXT[needs])
    if needs == "scripts" and len(document.text) < _FEW_CHARACTERS:
        job.note(_NEEDS_SCRIPTS)
    return document


def declared_charset(data: bytes) -> str | None:
    """The character set that a page names; one whose name would be unreadable in it counts not."""
    found = _DECLARED.search(_COMMENT.sub(b"", data[:_DECLARED_WITHIN_BYTES]))
    label = found[1].decode("ascii", "replace") if found else ""
    return None if not label or label.lower().startswith(("utf-16", "utf-32", "ucs-")) else label


def add_html(
    text: str,
    blocks: Blocks,
    job: Job,
    title: str | None = None,
    xml: bool = False,
    notes: Notes | None = None,
    sheets: Sequence[str] = (),
) -> str:
    """Add a page to a document: under a title of its own, or (None) under the headings so far.

    An empty `title` stands for the page's own. `xml`: `<a/>` is an element of its own, as in XHTML.
    `notes`: those of a book of several pages; `sheets`: style sheets that lie beside the page.
    Gives back what the page may need to show its text:
    "scripts", "frames" or nothing. Raises `TooDeepError` for a page that nests too deeply.
    """
    from selectolax.lexbor import LexborHTMLParser

    found_sheets = list(sheets)

    def read_apart(found: re.Match[str]) -> str:
        return _read_apart(found, found_sheets, job)

    if xml or _XHTML.match(text[:_XHTML_WITHIN]):
        # Before anything else: an empty script would reach to the end of the page.
        text = _EMPTY_TAG.sub(r"<\1\2></\1>", _CDATA.sub(_escaped, text))
    text = _UNREAD.sub(read_apart, text)
    refuse_deep(text)
    page = LexborHTMLParser(text)
    if title is not None:
        own = page.css_first("title")
        blocks.title = own.text() if own is not None else ""
        blocks.begin(title or blocks.title)
    if page.root is not None:
        looks = Looks(page, found_sheets)
        PageBlocks(page, blocks, looks, notes or Notes(), job.options.links).read()
    return _needs(page) if _NEEDING.search(text) else ""


def _escaped(found: re.Match[str]) -> str:
    return html.escape(found[1]) if found[2] else found[0]


def _read_apart(found: re.Match[str], sheets: list[str], job: Job) -> str:
    """What stands in a page for a comment, a script, a style sheet, a drawing or a formula."""
    tag = (found[1] or "").lower()
    if tag == "math":
        return f"<span>{html.escape(in_one_line(found[0]))}</span>"
    if tag == "script":
        tex = _TEX_SCRIPT.match(found[0])
        return f"<span>{html.escape(tex[1])}</span>" if tex else ""
    if tag == "style":
        sheets.append(found[0].partition(">")[2])
    elif tag == "svg":
        if _DRAWN_TEXT.search(found[0]):
            job.note("text within drawings (SVG) is not read")
        return " "
    return ""


def _needs(page: LexborHTMLParser) -> str:
    if page.css_first("frameset") is not None:
        return "frames"
    asks = (_SCRIPTS.search(node.text() or "") for node in page.css("noscript")[:10])
    return "scripts" if any(asks) else ""
