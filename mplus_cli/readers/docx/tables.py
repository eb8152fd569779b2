"""Tables of a Word document: which cells stand where, and which tables are only layout."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mplus_cli.readers.containers.ooxml import chosen
from mplus_cli.readers.containers.xml_tree import attribute, inner, local, whole
from mplus_cli.readers.docx.runs import SKIPPED
from mplus_cli.readers.docx.styles import OFF
from mplus_cli.readers.grid import Grid, repeated

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_FIRST_ROW = 0x20  # among the looks of a table


@dataclass
class Cell:
    """A cell; what comes `from_above` or `from_before` belongs to the cell there."""

    element: Element
    across: int = 1
    from_above: bool = False
    from_before: bool = False


@dataclass
class Row:
    """The cells of a row, behind so many columns `before` them without any."""

    before: int
    cells: list[Cell]


def found(element: Element, tags: frozenset[str]) -> Iterator[Element]:
    """The outermost elements of some names, also in content controls and the like."""
    pending = [*reversed(element)]
    while pending:
        part = pending.pop()
        tag = local(part.tag)
        if tag in tags:
            yield part
        elif tag == "AlternateContent":
            pending.extend(reversed(chosen(part)))
        elif tag not in SKIPPED:
            pending.extend(reversed(part))


def rows_of(table: Element) -> list[Row]:
    """The rows that are not deleted, with their cells."""
    rows = []
    for row in found(table, frozenset({"tr"})):
        before, deleted = 0, False
        for properties in row:
            for part in properties if local(properties.tag) == "trPr" else ():
                if local(part.tag) == "gridBefore":
                    before = whole(attribute(part, "val"))
                deleted |= local(part.tag) == "del"
        if not deleted:
            cells = [_cell(cell) for cell in found(row, frozenset({"tc"}))]
            rows.append(Row(before, [cell for cell in cells if cell is not None]))
    return rows


def _cell(element: Element) -> Cell | None:
    cell = Cell(element)
    for properties in element:
        for part in properties if local(properties.tag) == "tcPr" else ():
            tag, value = local(part.tag), attribute(part, "val", "continue")
            if tag == "gridSpan":
                cell.across = max(whole(value, 1), 1)
            elif tag == "vMerge":
                cell.from_above = value == "continue"
            elif tag == "hMerge":
                cell.from_before = value == "continue"
            elif tag == "cellDel":
                return None
    return cell


def squared(rows: list[Row], text_of: Callable[[Cell], str]) -> list[list[str]]:
    """The texts of all cells in their columns; one that reaches over others stands in each."""
    grid = Grid()
    above: dict[int, str] = {}
    for row in rows:
        grid.begin_row()
        at = 0
        texts: dict[int, str] = {}
        if row.before:
            grid.cell("", across=row.before)
            at = row.before
        last = ""
        for cell in row.cells:
            text = text_of(cell)
            if not text.strip() and (cell.from_above or cell.from_before):
                text = repeated(above.get(at, "") if cell.from_above else last)
            grid.cell(text, across=cell.across)
            texts[at] = last = text
            at += cell.across
        above = texts
    grid.end_row()
    return grid.rows


def is_layout(rows: list[Row]) -> bool:
    """Whether a table only puts things side by side, or a frame around them."""
    if all(len(row.cells) < 2 for row in rows):
        return True
    return len(rows) == 1 and any(_is_page(cell.element) for cell in rows[0].cells)


def _is_page(cell: Element) -> bool:
    """Whether a cell holds several paragraphs with text, or a table."""
    blocks = [*found(cell, frozenset({"p", "tbl"}))]
    if any(local(block.tag) == "tbl" for block in blocks):
        return True
    return sum(any(local(part.tag) == "t" for part in inner(block)) for block in blocks) > 1


def has_header(table: Element) -> bool:
    """Whether the first row is marked as one of column names, or looks so."""
    for part in inner(table, frozenset({"tc"})):
        if local(part.tag) == "tblHeader":
            return attribute(part, "val", "1") not in OFF
        if local(part.tag) == "tblLook":
            look = attribute(part, "firstRow")
            if look == "1" or (not look and _hexadecimal(attribute(part, "val")) & _FIRST_ROW):
                return True
    return False


def _hexadecimal(text: str) -> int:
    try:
        return int(text[:8], 16)
    except ValueError:
        return 0
