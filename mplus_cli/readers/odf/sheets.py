"""Spreadsheets of OpenDocument: what their cells show, sheet by sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mplus_cli.readers.blocks import Blocks
from mplus_cli.readers.containers.xml_tree import attribute, local
from mplus_cli.readers.grid import MAX_COLUMNS, repeated
from mplus_cli.readers.job import Job
from mplus_cli.readers.numerals import letters
from mplus_cli.readers.odf.inline import SHAPES, Inline, whole_number
from mplus_cli.readers.office.sheets import (
    MAX_ROWS,
    Around,
    Row,
    add_sheet,
    hidden,
    place,
)
from mplus_cli.readers.remarks import comment, counted

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_GROUPS = ("table-header-rows", "table-rows", "table-row-group")
_SHORT_DATE = re.compile(r"\d{1,4}([./-])\d{1,2}\1\d{1,4}")
_ISO_DATE = re.compile(r"-?\d{4,}-\d\d-\d\d")
_TIME = re.compile(r"(-?)PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S")


def add_sheets(body: Element, inline: Inline, blocks: Blocks, job: Job) -> None:
    """Add the sheets of a workbook."""
    unsaved = 0
    for table in body:
        if local(table.tag) == "table":
            sheet = _Sheet(table, inline)
            name = attribute(table, "name")
            if inline.styles.hides("table", attribute(table, "style-name")):
                name = hidden(name)
            add_sheet(name, sheet.rows(), sheet.around, blocks)
            unsaved += sheet.unsaved
            if sheet.hidden:
                rows = counted(sheet.hidden, "hidden row")
                job.note(f"sheet {attribute(table, 'name')}: {rows} read like the others")
    if unsaved:
        job.note(f"{counted(unsaved, 'formula')} without a saved result: read as formulas")


class _Sheet:
    """The rows of a sheet; what is around them is complete when they are all read."""

    def __init__(self, table: Element, inline: Inline) -> None:
        self._table, self._inline = table, inline
        self.around = Around()
        self.hidden = self.unsaved = 0
        self._look()
        for part in table:
            if local(part.tag) == "shapes":
                self.around.texts += [(1, text) for text in self._shapes(part) if text.strip()]

    def _look(self) -> None:
        """Keep which cells reach over others, and what is noted on them."""
        for number, _, row in _numbered(self._table):
            column = 0
            for cell in row:
                down = whole_number(cell, "number-rows-spanned")
                across = whole_number(cell, "number-columns-spanned")
                if down > 1 or across > 1:
                    area = (number, column, number + down - 1, column + across - 1)
                    self.around.merged.append(area)
                for part in cell:
                    if local(part.tag) == "annotation":
                        self._comment(number, column, part)
                column += whole_number(cell, "number-columns-repeated")

    def rows(self) -> Iterator[Row]:
        widest = 0
        for number, count, row in _numbered(self._table):
            cells = self._cells(number, row, widest)
            if not any(cells):
                continue
            widest = max(widest, len(cells))
            self.hidden += attribute(row, "visibility") in ("collapse", "filter")
            for at in range(count):
                yield number + at, cells

    def _cells(self, number: int, row: Element, widest: int) -> list[str]:
        cells: list[str] = []
        column = 0
        for cell in row:
            covered = local(cell.tag) == "covered-table-cell"
            if not covered and local(cell.tag) != "table-cell":
                continue
            text = "" if covered else self._styled(cell)
            count = whole_number(cell, "number-columns-repeated")
            for at in range(min(count, MAX_COLUMNS) if text else 0):
                place(cells, column + at, repeated(text) if at else text, widest)
            for part in cell:
                if local(part.tag) in SHAPES:
                    said = "\n".join([self._inline.shape(part), *self._inline.lines(part)])
                    self.around.texts += [(number, said)] if said.strip() else []
            column += count
        return cells

    def _styled(self, cell: Element) -> str:
        style = attribute(cell, "style-name")
        return self._inline.styles.struck("table-cell", style, self._text(cell))

    def _text(self, cell: Element) -> str:
        """What a cell shows; a short date as 2026-03-15, whichever part it begins with."""
        lines = [self._inline.text(part) for part in cell if local(part.tag) == "p"]
        shown = "\n".join(lines)
        kind = attribute(cell, "value-type")
        if shown.strip():
            iso = _ISO_DATE.match(attribute(cell, "date-value")) if kind == "date" else None
            return _SHORT_DATE.sub(iso[0], shown, count=1) if iso else shown
        if kind in ("float", "currency"):
            return " ".join((attribute(cell, "value"), attribute(cell, "currency"))).strip()
        if kind == "percentage":
            return f"{float(attribute(cell, 'value')) * 100:.15g}%"
        if kind == "time" and (found := _TIME.fullmatch(attribute(cell, "time-value"))):
            return f"{found[1]}{int(found[2])}:{found[3]:0>2}:{found[4]:0>2}"
        if kind:
            return attribute(cell, f"{kind}-value").replace("T", " ")
        formula = attribute(cell, "formula").partition("=")[2]
        self.unsaved += bool(formula)
        return f"={formula}" if formula else ""

    def _comment(self, number: int, column: int, element: Element) -> None:
        author = next((part.text or "" for part in element if local(part.tag) == "creator"), "")
        text = " ".join(" ".join(self._inline.lines(element)).split())
        if said := comment(text, author, f"{letters(column + 1).upper()}{number}"):
            self.around.comments.setdefault(number, []).append(said)

    def _shapes(self, element: Element) -> list[str]:
        return [self._inline.shape(part) for part in element] + self._inline.lines(element)


def _numbered(table: Element) -> Iterator[tuple[int, int, Element]]:
    """Number, repetitions and the rows of a sheet, those in groups, too."""
    number = 1
    pending = list(reversed(table))
    while pending:
        part = pending.pop()
        tag = local(part.tag)
        if tag in _GROUPS:
            pending.extend(reversed(part))
        elif tag == "table-row":
            count = whole_number(part, "number-rows-repeated")
            if number > MAX_ROWS:
                return
            yield number, min(count, MAX_ROWS - number + 1), part
            number += count
