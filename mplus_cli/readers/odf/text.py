"""Texts and presentations of OpenDocument: headings, lists, tables, frames, slides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mplus_cli.errors import ReadError
from mplus_cli.readers.blocks import Blocks
from mplus_cli.readers.containers.xml_tree import attribute, inner, local
from mplus_cli.readers.grid import MAX_COLUMNS, Grid, on_one_line, repeated
from mplus_cli.readers.odf.inline import SHAPES, Inline, whole_number
from mplus_cli.readers.odf.lists import MAX_LEVELS, Lists

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_ROW_GROUPS = ("table-header-rows", "table-rows", "table-row-group")
_MAX_REPEATED = 100
_MAX_CELLS = 2_000_000
_TITLES = ("title",)
_FURNITURE = ("header", "footer", "date-time", "page-number", "page")


class TextBody:
    """Adds what stands in a body, in reading order."""

    def __init__(self, inline: Inline, blocks: Blocks) -> None:
        self._inline, self._blocks = inline, blocks
        self._lists = Lists(inline.styles)
        self._cells = 0

    def add(self, element: Element) -> None:
        """Add the paragraphs, lists and tables below an element."""
        for part in element:
            tag = local(part.tag)
            if tag == "h":
                self._heading(part)
            elif tag == "p":
                self._paragraph(part)
            elif tag == "list":
                self._list(part, 1, "")
            elif tag == "table":
                self._table(part)
            elif tag == "section" and attribute(part, "display") == "none":
                self._inline.miss("hidden section")
            elif tag in SHAPES:
                self.shape(part)
            elif tag not in ("tracked-changes", "forms", "sequence-decls", "variable-decls"):
                self.add(part)

    def _heading(self, element: Element, mark: str = "") -> None:
        level = min(whole_number(element, "outline-level"), MAX_LEVELS)
        number = mark or self._lists.heading(element, level)
        text = self._inline.text(element)
        if text.strip():
            self._blocks.heading(number + text, level)
        self._behind()

    def _paragraph(self, element: Element, mark: str = "") -> None:
        text = self._inline.text(element)
        if text.strip():
            self._blocks.paragraph(mark + (text.strip() if mark else text), tight=bool(mark))
        self._behind()

    def _behind(self) -> None:
        """Add what hangs on the last paragraph: notes, comments, frames."""
        for text in self._inline.taken():
            self._blocks.paragraph(text)
        frames, self._inline.frames = self._inline.frames, []
        for frame in frames:
            self.add(frame)

    def shape(self, element: Element) -> None:
        """Add a shape that hangs on no paragraph."""
        self._blocks.paragraph(self._inline.shape(element))
        self._behind()

    def _list(self, element: Element, level: int, style: str) -> None:
        style = attribute(element, "style-name") or style
        if level == 1:
            style = style or self._style_below(element)
        counter = self._lists.counter(style)
        continued = attribute(element, "continue-numbering") == "true"
        if not continued and not attribute(element, "continue-list"):
            counter.leave(level - 1)
        for item in element:
            named = local(item.tag) == "list-item"
            mark = counter.mark(level, attribute(item, "start-value")) if named else ""
            for part in item:
                tag = local(part.tag)
                if tag == "list":
                    self._list(part, min(level + 1, MAX_LEVELS), style)
                    continue
                if tag == "h":
                    self._heading(part, mark if mark != "- " else "")
                elif tag == "p":
                    self._paragraph(part, mark)
                mark = ""

    def _style_below(self, element: Element) -> str:
        """The style that the paragraphs of a list give it."""
        first = next((part for part in inner(element) if local(part.tag) in ("p", "h")), None)
        if first is None:
            return ""
        return self._inline.styles.list_of(attribute(first, "style-name"))

    def _table(self, element: Element) -> None:
        grid, named = Grid(), False
        for row, heads in _rows(element, False):
            named = named or (heads and not grid.rows)
            self._row(row, grid)
        grid.end_row()
        notes = self._inline.taken()
        if all(len(row) < 2 for row in grid.rows):  # a frame around text
            for cells in grid.rows:
                self._blocks.paragraph("\n".join(cells))
        else:
            self._blocks.table([(None, cells) for cells in grid.rows], header=named)
        for note in notes:
            self._blocks.paragraph(note)
        self._behind()

    def _row(self, row: Element, grid: Grid) -> None:
        cells = [(self._cell(cell), cell) for cell in row if local(cell.tag) == "table-cell"]
        for _ in range(min(whole_number(row, "number-rows-repeated"), _MAX_REPEATED)):
            grid.begin_row()
            for text, cell in cells:
                across = whole_number(cell, "number-columns-spanned")
                down = whole_number(cell, "number-rows-spanned")
                count = min(whole_number(cell, "number-columns-repeated"), MAX_COLUMNS)
                self._cells += count
                if self._cells > _MAX_CELLS:
                    raise ReadError(f"a table of more than {_MAX_CELLS:,} cells", "split it")
                for at in range(count):
                    grid.cell(repeated(text) if at else text, across, down)

    def _cell(self, element: Element) -> str:
        """A cell's text; a table in it is written once, on one line."""
        lines = []
        for part in element:
            if local(part.tag) == "table":
                rows = (row for row, _ in _rows(part, False))
                lines.append(
                    on_one_line(
                        [self._cell(cell) for cell in row if local(cell.tag) == "table-cell"]
                        for row in rows
                    )
                )
            elif local(part.tag) in ("p", "h"):
                lines.append(self._inline.text(part))
            else:
                lines += self._inline.lines(part)
        return "\n".join(line for line in lines if line.strip())


def add_slides(body: Element, inline: Inline, blocks: Blocks) -> None:
    """Add the pages of a presentation or a drawing, one number for each."""
    pages = [page for page in body if local(page.tag) == "page"]
    for number, page in enumerate(pages, start=1):
        blocks.number = number
        blocks.begin()
        _slide(page, inline, blocks)


def _slide(page: Element, inline: Inline, blocks: Blocks) -> None:
    shapes = [shape for shape in page if attribute(shape, "class") not in _FURNITURE]
    titles = [shape for shape in shapes if attribute(shape, "class") in _TITLES]
    hidden = inline.styles.hides("drawing-page", attribute(page, "style-name"))
    aside = "(hidden slide)" if hidden else ""
    for shape in titles:
        title = " ".join(inline.lines(shape))
        blocks.heading(f"{title} {aside}".strip() if title.strip() else "", 1)
    if not titles:
        blocks.paragraph(aside)
    body = TextBody(inline, blocks)
    for shape in shapes:
        tag = local(shape.tag)
        if tag == "notes":
            text = "\n".join(line for line in _notes(shape, inline) if line.strip())
            blocks.paragraph(f"Notes: {text}" if text else "")
        elif tag == "annotation":
            blocks.paragraph(inline.comment(shape))
        elif shape not in titles and tag != "forms":
            body.shape(shape)


def _notes(element: Element, inline: Inline) -> list[str]:
    frames = [one for one in element if attribute(one, "class") not in _FURNITURE]
    return [line for frame in frames for line in inline.lines(frame)]


def _rows(table: Element, heads: bool) -> list[tuple[Element, bool]]:
    """The rows of a table, and whether they are marked as heads."""
    rows = []
    for part in table:
        tag = local(part.tag)
        if tag == "table-row":
            rows.append((part, heads))
        elif tag in _ROW_GROUPS:
            rows += _rows(part, heads or tag == "table-header-rows")
    return rows
