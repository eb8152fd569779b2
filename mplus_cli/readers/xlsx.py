"""Excel workbooks (XLSX): sheets as rows of text. Only cells that are there cost anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING

from mplus_cli.readers.archive import (
    Archive,
    attribute,
    inner,
    local,
    main_part,
    opened,
    parts_by_type,
    relation,
    relations,
)
from mplus_cli.readers.blocks import Blocks
from mplus_cli.readers.document import Document
from mplus_cli.readers.job import Job
from mplus_cli.readers.tables import add_rows

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|AM/PM|A/P|General', re.IGNORECASE)
_EPOCH, _EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
_LETTERS = re.compile(r"[A-Z]{1,3}")
_MAX_ROWS = 1_048_576
_MAX_GAP = 16
_NOT_SHOWN = frozenset({"rPh", "phoneticPr"})


def read_xlsx(data: bytes, job: Job) -> Document:
    """A workbook: of each sheet its name and its rows, formulas by the values that were saved."""
    blocks = Blocks()
    way_out = "open it in a spreadsheet program and save it anew"
    with opened(data, "a workbook", way_out) as archive:
        main = main_part(archive)
        workbook = archive.tree(main)
        cells = _Cells(archive, workbook, parts_by_type(archive, main))
        targets = relations(archive, main)
        sheets = {
            relation(one): attribute(one, "name")
            for one in inner(workbook)
            if local(one.tag) == "sheet"
        }
        for number, title in sheets.items():
            kind, part = targets[number]
            if kind == "worksheet":
                _sheet(archive, part, title, cells, blocks)
    return blocks.document("xlsx", "row")


def _sheet(archive: Archive, part: str, title: str, cells: _Cells, blocks: Blocks) -> None:
    rows = (one for one in cells.rows(archive, part) if any(one[1]))
    first = next(rows, None)
    if first is not None:
        blocks.begin()
        blocks.number = first[0]
        blocks.heading(title, 1)
        add_rows(chain([first], rows), blocks)


class _Cells:
    """What the cells of a workbook refer to: shared strings and the formats of dates."""

    def __init__(self, archive: Archive, workbook: Element, parts: dict[str, str]) -> None:
        self._strings = []
        if "sharedStrings" in parts:
            self._strings = [_text(item) for item in archive.elements(parts["sharedStrings"], "si")]
        self._dates = _date_styles(archive.tree(parts["styles"])) if "styles" in parts else set()
        properties = (part for part in workbook if local(part.tag) == "workbookPr")
        from_1904 = any(attribute(part, "date1904") in ("1", "true") for part in properties)
        self._epoch = _EPOCH_1904 if from_1904 else _EPOCH

    def rows(self, archive: Archive, part: str) -> Iterator[tuple[int, list[str]]]:
        """Each row's number and its cells."""
        number = 0
        for row in archive.elements(part, "row"):
            number = int(row.get("r") or number + 1)
            if not 0 < number <= _MAX_ROWS:
                raise ValueError(f"it has a row {number}")
            yield number, self._row(row)

    def _row(self, row: Element) -> list[str]:
        cells: list[str] = []
        for cell in row:
            letters = _LETTERS.match(cell.get("r", ""))
            missing = _column(letters[0]) - len(cells) if letters else 0
            # A cell far to the right of all others comes next to them.
            cells += [""] * min(max(missing, 0), _MAX_GAP)
            cells.append(self._value(cell))
        while cells and not cells[-1]:
            cells.pop()
        return cells

    def _value(self, cell: Element) -> str:
        kind = cell.get("t", "n")
        texts = {local(part.tag): part for part in cell}
        if kind == "inlineStr":
            return _text(texts["is"]) if "is" in texts else ""
        raw = (texts["v"].text or "") if "v" in texts else ""
        if not raw and "f" in texts:
            return f"={texts['f'].text}" if texts["f"].text else ""
        if kind == "s":
            return self._strings[int(raw)] if raw else ""
        if kind == "b":
            return "TRUE" if raw == "1" else "FALSE"
        if kind == "n" and raw:
            return self._number(float(raw), cell.get("s", ""))
        return raw

    def _number(self, value: float, style: str) -> str:
        if style in self._dates and 0 <= value < 2_958_466:  # the year 10000
            return _date(self._epoch, value)
        return f"{value:.15g}"


def _date(epoch: datetime, days: float) -> str:
    moment = epoch + timedelta(seconds=round(days * 86_400))
    if days < 1 and epoch == _EPOCH:
        return moment.strftime("%H:%M:%S")
    return moment.strftime("%Y-%m-%d" if days == int(days) else "%Y-%m-%d %H:%M:%S")


def _date_styles(styles: Element) -> set[str]:
    """The numbers of the cell styles that show dates or times."""
    formats = set(_DATE_FORMATS)
    for part in inner(styles):
        if local(part.tag) == "numFmt":
            shown = _QUOTED.sub("", attribute(part, "formatCode"))
            if re.search(r"[ymdhs]", shown, re.IGNORECASE):
                formats.add(int(attribute(part, "numFmtId")))
    cell_styles = next((part for part in styles if local(part.tag) == "cellXfs"), ())
    return {
        str(number)
        for number, one in enumerate(cell_styles)
        if int(one.get("numFmtId", "0")) in formats
    }


def _column(letters: str) -> int:
    """A column's number from 0: A, B, … Z, AA, …"""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _text(element: Element) -> str:
    """The runs of a string, without its reading aids."""
    return "".join(part.text or "" for part in inner(element, _NOT_SHOWN) if local(part.tag) == "t")
