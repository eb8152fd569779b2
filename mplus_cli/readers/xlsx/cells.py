"""The cells of an Excel workbook as its sheets show them: strings, numbers in their formats."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mplus_cli.readers.containers.archive import DAMAGE, Archive
from mplus_cli.readers.containers.ooxml import ON
from mplus_cli.readers.containers.xml_tree import attribute, inner, local
from mplus_cli.readers.job import Job
from mplus_cli.readers.letters.scripts import lowered, raised, struck
from mplus_cli.readers.office.number_format import BUILT_IN, NumberFormat, general, number_format
from mplus_cli.readers.office.sheets import MAX_ROWS, Row, place

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_NOT_SHOWN = frozenset({"rPh", "phoneticPr"})
_SCRIPTS = {"superscript": raised, "subscript": lowered}
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Cells:
    """What the cells of a workbook refer to, and what was amiss with them."""

    def __init__(self, archive: Archive, parts: dict[str, str], from_1904: bool, job: Job) -> None:
        self._strings: list[str] = []
        try:
            if "sharedStrings" in parts:
                for item in archive.elements(parts["sharedStrings"], "si"):
                    self._strings.append(string(item))
        except DAMAGE:
            job.note("its table of texts is damaged: cells with texts may be missing")
        self._formats: dict[str, NumberFormat | None] = {}
        self._struck: set[str] = set()
        try:
            if "styles" in parts:
                styles = archive.tree(parts["styles"])
                self._struck = _struck_styles(styles)
                self._formats = _formats(styles, from_1904)
        except DAMAGE:
            job.note("its styles are damaged: numbers and dates are read without their formats")
        self._columns: dict[str, int] = {}
        self.links: dict[str, str] = {}
        self.damaged = self.unsaved = self.masked = 0

    def rows(self, archive: Archive, part: str) -> Iterator[tuple[Row, bool]]:
        """Each row that holds something, and whether the sheet hides it."""
        number = widest = 0
        for row in archive.elements(part, "row"):
            number = int(row.get("r") or number + 1)
            if not 0 < number <= MAX_ROWS:
                raise ValueError(f"it has a row {number}")
            cells = self._row(row, widest)
            if cells:
                widest = max(widest, len(cells))
                yield (number, cells), row.get("hidden") in ON

    def _row(self, row: Element, widest: int) -> list[str]:
        cells: list[str] = []
        space = row.tag[: -len("row")]
        value, formula, inline = f"{space}v", f"{space}f", f"{space}is"
        for cell in row:
            raw, of = "", None
            for part in cell:
                if part.tag == value:
                    raw = part.text or ""
                elif part.tag == formula:
                    of = part
                elif part.tag == inline:
                    raw = string(part)
            text = self._text(cell, raw, of) if raw or of is not None else ""
            if self._struck and cell.get("s") in self._struck:
                text = struck(text)
            reference = cell.get("r", "")
            if text and reference in self.links:
                text = f"{text} <{self.links[reference]}>"
            column = self._column(reference, len(cells))
            if column == len(cells):
                cells.append(text)
            else:
                place(cells, column, text, widest)
        while cells and not cells[-1]:
            cells.pop()
        return cells

    def _column(self, reference: str, following: int) -> int:
        """The number of a cell's column, from 0."""
        letters = reference.rstrip("0123456789")
        column = self._columns.get(letters)
        if column is None:
            column = following
            if letters:
                column = self._columns[letters] = column_number(letters)
        return column

    def _text(self, cell: Element, raw: str, formula: Element | None) -> str:
        kind = cell.get("t", "n")
        if not raw:
            self.unsaved += formula is not None
            text = (formula.text if formula is not None else "") or ""
            return f"={text}" if text else ""
        style = self._formats.get(cell.get("s", ""))
        try:
            if kind == "n":
                text = style.number(raw) if style else general(raw)
                self.masked += not text and float(raw) != 0
                return text
            if kind == "s":
                raw = self._strings[int(raw)]
            elif kind == "b":
                return "TRUE" if raw.strip() in ON else "FALSE"
            elif kind == "d":
                return raw.replace("T", " ").removesuffix(" 00:00:00")
            elif kind == "str":
                raw = unescaped(raw)
        except (ArithmeticError, ValueError, LookupError):
            self.damaged += 1
            return "" if kind == "s" else raw
        text = style.text(raw) if style and kind != "e" else raw
        self.masked += bool(raw.strip()) and not text
        return text


def string(element: Element) -> str:
    """The runs of a string, without its reading aids."""
    parts = []
    script, is_struck = "", False
    for part in inner(element, _NOT_SHOWN):
        tag = local(part.tag)
        if tag == "r":
            script, is_struck = "", False
        elif tag == "strike":
            is_struck = _is_on(part)
        elif tag == "vertAlign":
            script = attribute(part, "val")
        elif tag == "t" and part.text:
            text = unescaped(part.text)
            marked = _SCRIPTS.get(script)
            text = marked(text) if marked else text
            parts.append(struck(text) if is_struck else text)
    return "".join(parts)


def _is_on(switch: Element) -> bool:
    return attribute(switch, "val", "1") not in ("0", "false")


def unescaped(text: str) -> str:
    """A text without the escapes that Excel has for characters that XML can't hold."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def column_number(letters: str) -> int:
    """A column's number from 0: A, B, … Z, AA, …"""
    number = 0
    for letter in letters:
        if not "A" <= letter <= "Z" or number > MAX_ROWS:
            raise ValueError(f"it has a column {letters[:9]}")
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _formats(styles: Element, from_1904: bool) -> dict[str, NumberFormat | None]:
    """Number of a cell style -> the format of its numbers, where it has one."""
    codes = {str(number): code for number, code in BUILT_IN.items()}
    for part in inner(styles):
        if local(part.tag) == "numFmt":
            codes[attribute(part, "numFmtId")] = attribute(part, "formatCode")
    cell_styles = next((part for part in styles if local(part.tag) == "cellXfs"), ())
    return {
        str(number): number_format(codes.get(one.get("numFmtId", "0"), ""), from_1904)
        for number, one in enumerate(cell_styles)
    }


def _struck_styles(styles: Element) -> set[str]:
    """The numbers of the cell styles whose font is struck out."""
    fonts, cell_styles = (
        next((part for part in styles if local(part.tag) == tag), ())
        for tag in ("fonts", "cellXfs")
    )
    lined = {
        str(number)
        for number, font in enumerate(fonts)
        if any(local(part.tag) == "strike" and _is_on(part) for part in font)
    }
    return {str(number) for number, one in enumerate(cell_styles) if one.get("fontId") in lined}
