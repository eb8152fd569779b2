"""HTML pages: headings, paragraphs, lists and tables, without scripts, styles and navigation."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from mplus_cli.errors import ReadError
from mplus_cli.readers.blocks import Blocks
from mplus_cli.readers.depth import MAX_DEPTH, VOID_TAGS, is_deep, tags
from mplus_cli.readers.document import Document
from mplus_cli.readers.encoding import decode
from mplus_cli.readers.job import Job

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

# Also where unclosed, as the parser would take it.
_UNREAD = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))|<(script|style|svg|math)\b.*?(?:</\1\b[^>]*>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_EMPTY_TAG = re.compile(rf"<(?!(?:{'|'.join(sorted(VOID_TAGS))})\b)([a-zA-Z][\w:.-]*)([^<>]*)/>")
_CHARSET = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)

_SPACE, _SPACE_IN_LINE = re.compile(r"\s+"), re.compile(r" {2,}")
_DROPPED = tags(
    "script style noscript template nav svg math iframe object select button canvas audio video"
    " head -comment"
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_IN_TABLES = tags("table tbody thead tfoot tr td th caption colgroup col")
_BLOCKS = tags(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset"
    " figcaption figure footer form header hgroup hr html legend li main menu ol p pre search"
    " section summary table tbody td tfoot th thead tr ul"
).union(_HEADINGS)


def read_html(data: bytes, job: Job) -> Document:
    """An HTML page; places are headings and numbers of paragraphs."""
    found = _CHARSET.search(data[:1024])
    text = decode(data, job.charset or (found[1].decode("ascii") if found else None), job)
    blocks = Blocks(counting=True)
    add_html(text, blocks, title="")
    return blocks.document("html", "paragraph")


def add_html(text: str, blocks: Blocks, title: str | None = None, xml: bool = False) -> None:
    """Add a page to a document: under a title of its own, or (None) under the headings so far.

    An empty `title` stands for the page's own. `xml`: `<a/>` is an element of its own, as in XHTML.
    Raises `ReadError` for a page that nests too deeply.
    """
    from selectolax.lexbor import LexborHTMLParser

    text = _UNREAD.sub(" ", text)
    if xml:
        text = _EMPTY_TAG.sub(r"<\1\2></\1>", text)
    if is_deep(text):
        raise ReadError(
            f"nested too deeply: more than {MAX_DEPTH:,} elements",
            "save its text in another format",
        )
    page = LexborHTMLParser(text)
    if title is not None:
        own = page.css_first("title")
        blocks.begin(title or (own.text() if own is not None else ""))
    if page.root is not None:
        _Page(blocks).read(page.root)


class _Page:
    """Adds what the elements of a page show, one after the other."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self._text: list[str] = []
        self._mark = ""
        self._preformatted = 0

    def read(self, root: LexborNode) -> None:
        _visit(root, self._see)
        self._flush()

    def _see(self, node: LexborNode, tag: str, enters: bool) -> bool:
        if tag == "-text":
            text = node.text_content or ""
            self._text.append(text if self._preformatted else _SPACE.sub(" ", text))
        elif tag == "br":
            self._text.append("\n" if enters else "")
        elif tag == "img":
            self._text.append(_alt(node) if enters else "")
        elif tag == "table" and enters and not _is_layout(node):
            self._flush()
            table = _Table(node)
            self._blocks.paragraph(_SPACE.sub(" ", table.caption))
            self._blocks.table([(None, row) for row in table.rows], header=table.named)
            return False
        elif tag in _BLOCKS:
            self._flush(0 if enters else _HEADINGS.get(tag, 0))
            if tag == "li":
                self._mark = "- " if enters else ""
            elif tag == "pre":
                self._preformatted += 1 if enters else -1
        return True

    def _flush(self, level: int = 0) -> None:
        """End a block."""
        text = "".join(self._text)
        self._text.clear()
        if not self._preformatted:
            text = "\n".join(line.strip() for line in _SPACE_IN_LINE.sub(" ", text).split("\n"))
        if not text.strip():
            return
        if level:
            self._blocks.heading(text, level)
        else:
            self._blocks.paragraph(self._mark + text.strip("\n"), tight=bool(self._mark))
            self._mark = ""


class _Table:
    """The rows of a table, and whether the first one names the columns."""

    def __init__(self, table: LexborNode) -> None:
        self.rows: list[list[str]] = []
        self.named = True
        self.caption = ""
        self._text: list[str] = []
        _visit(table, self._see)

    def _see(self, node: LexborNode, tag: str, enters: bool) -> bool:
        if tag == "-text":
            self._text.append(node.text_content or "")
        elif tag == "br":
            self._text.append(" ")
        elif tag == "img" and enters:
            self._text.append(_alt(node))
        elif tag == "caption" and not enters:
            self.caption = "".join(self._text)
            self._text.clear()
        elif tag == "tr" and enters:
            self.rows.append([])
        elif tag in ("td", "th") and not enters and self.rows:
            self.rows[-1].append("".join(self._text))
            self._text.clear()
            self.named = self.named and (tag == "th" or len(self.rows) > 1)
        return True


def _visit(root: LexborNode, see: Callable[[LexborNode, str, bool], bool]) -> None:
    """Show all nodes that count, in reading order, when they begin and when they end.

    `see` gets a node, its tag, and whether it begins; it says whether to look inside.
    """
    pending = [(root, True)]
    while pending:
        node, enters = pending.pop()
        tag = node.tag or ""
        if enters and _is_dropped(node, tag):
            continue
        if see(node, tag, enters) and enters and tag != "-text":
            pending.append((node, False))
            child = node.last_child
            while child is not None:
                pending.append((child, True))
                child = child.prev


def _is_dropped(node: LexborNode, tag: str) -> bool:
    if tag not in _BLOCKS:
        return tag in _DROPPED
    attributes = node.attributes
    return (
        "hidden" in attributes
        or attributes.get("role") == "navigation"
        or attributes.get("aria-hidden") == "true"
    )


def _is_layout(table: LexborNode) -> bool:
    """Whether a table has more than words in its cells, or only one column."""
    cells = widest = 0
    pending = [table]
    while pending:
        node = pending.pop()
        tag = node.tag or ""
        if tag in _BLOCKS and (tag not in _IN_TABLES or (tag == "table" and node != table)):
            return True
        cells = 0 if tag == "tr" else cells + (tag in ("td", "th"))
        widest = max(widest, cells)
        child = node.last_child
        while child is not None:
            pending.append(child)
            child = child.prev
    return widest < 2


def _alt(image: LexborNode) -> str:
    text = " ".join((image.attributes.get("alt") or "").split())
    return f" [{text}] " if text else ""
