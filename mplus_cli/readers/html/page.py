"""What a page shows, block by block: headings, paragraphs, items of lists, tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from mplus_cli.readers.blocks import Blocks
from mplus_cli.readers.html.line import BLOCKS, HEADINGS, Facts, Leave, Line, visit
from mplus_cli.readers.html.lists import ListMarks
from mplus_cli.readers.html.looks import Looks
from mplus_cli.readers.html.notes import Notes
from mplus_cli.readers.html.table import Table, is_layout
from mplus_cli.readers.remarks import EMPTY

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_SPACE, _SPACE_IN_LINE = re.compile(r"\s+"), re.compile(r" {2,}")


class PageBlocks(Line):
    """Adds what the elements of a page show to a document, one after the other."""

    def __init__(
        self,
        page: LexborHTMLParser,
        blocks: Blocks,
        looks: Looks,
        notes: Notes,
        shows_links: bool,
    ) -> None:
        super().__init__(Facts(page, looks, notes, shows_links))
        self._root = page.root
        self._blocks = blocks
        self._lists = ListMarks(looks)
        self._mark = ""
        self._tight = False
        self._preformatted = 0

    def read(self) -> None:
        if self._root is not None:
            visit(self._root, self)
            self._flush()

    def text(self, text: str) -> None:
        if self._preformatted:
            self.parts.append(text)
        elif text.isspace():
            if self.parts:
                self.parts.append(" ")
        else:
            self.parts.append(_SPACE.sub(" ", text))

    def enter(self, node: LexborNode, tag: str) -> Leave | Literal[False] | None:
        if tag not in BLOCKS:
            return super().enter(node, tag)
        if self.parts:
            self._flush()
        if self.hides(node, tag):
            return False
        if tag == "table" and (node.tag != tag or not is_layout(node)):
            self._table(node)
            return False
        if self._looks.any_type and (leave := self.styled(node)) is not None:
            return _then(leave, self._block(node, tag))
        return self._block(node, tag)

    def _block(self, node: LexborNode, tag: str) -> Leave:
        if tag in HEADINGS:
            return lambda: self._flush(HEADINGS[tag])
        if tag in ("ol", "ul", "menu"):
            self._lists.begin(node, tag)
            return _then(self._flush, self._lists.end)
        if tag == "li":
            self._mark, self._tight = self._lists.item(node), True
            return self._end_item
        if tag == "dd":
            self._tight = True
        elif tag == "pre":
            self._preformatted += 1
            return self._end_preformatted
        return self._flush

    def _end_item(self) -> None:
        self._flush()
        self._mark, self._tight = "", False

    def _end_preformatted(self) -> None:
        self._flush()
        self._preformatted -= 1

    def _table(self, node: LexborNode) -> None:
        table = Table(node, self._facts, bool(self._struck))
        self._blocks.paragraph(table.caption)
        self._blocks.table([(None, row) for row in table.above], header=False)
        self._blocks.table([(None, row) for row in table.rows], header=table.named)

    def _flush(self, level: int = 0) -> None:
        """End a block."""
        if not self.parts:
            return
        label = self._note
        text = self.taken()
        if not self._preformatted:
            text = _SPACE_IN_LINE.sub(" ", text).strip()
            if "\n" in text:
                text = "\n".join([line.strip() for line in text.split("\n")])
        if text.strip() in ("", EMPTY):
            return
        if level:
            self._blocks.heading(text, level)
            return
        mark = "" if label and self._mark == f"{label}. " else self._mark
        self._blocks.paragraph(mark + text.strip("\n"), tight=self._tight)
        self._mark, self._tight = "", False


def _then(first: Leave, then: Leave) -> Leave:
    def leave() -> None:
        first()
        then()

    return leave
