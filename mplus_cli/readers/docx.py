"""Word documents (DOCX): paragraphs, headings, tables, notes; tracked changes as if accepted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from mplus_cli.readers.archive import (
    attribute,
    inner,
    local,
    main_part,
    opened,
    parts_by_type,
)
from mplus_cli.readers.blocks import Blocks
from mplus_cli.readers.document import Document
from mplus_cli.readers.job import Job

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_HEADING_NAME = re.compile(r"heading ([1-9])", re.IGNORECASE)
# A fallback repeats what an older program can draw, and what is deleted or moved away is not there.
_SKIPPED = frozenset({"Fallback", "del", "moveFrom", "pPr", "rPr"})
_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_BODY_TEXT_LEVEL = 9
_MAX_BASES = 10  # that a style is based on, one on the other
_OFF = {"0", "false", "off"}


def read_docx(data: bytes, job: Job) -> Document:
    """A Word document; places are headings and numbers of paragraphs."""
    blocks = Blocks(counting=True)
    way_out = "open it in a word processor and save it anew"
    with opened(data, "a Word document", way_out) as archive:
        main = main_part(archive)
        parts = parts_by_type(archive, main)
        styles = _Styles(archive.tree(parts["styles"]) if "styles" in parts else ())
        for element in _body(archive.tree(main)):
            if local(element.tag) == "tbl":
                _table(element, blocks)
            else:
                _paragraph(element, styles, blocks)
        for kind in ("footnotes", "endnotes"):
            if kind in parts:
                _notes(archive.tree(parts[kind]), kind, blocks)
    return blocks.document("docx", "paragraph")


def _body(root: Element) -> Iterator[Element]:
    """The paragraphs and tables, also those in content controls and the like."""
    pending = [root]
    while pending:
        element = pending.pop()
        if local(element.tag) in ("p", "tbl"):
            yield element
        elif local(element.tag) not in _SKIPPED:
            pending.extend(reversed(element))


def _paragraph(element: Element, styles: _Styles, blocks: Blocks) -> None:
    level, listed = None, False
    for part in next((part for part in element if local(part.tag) == "pPr"), ()):
        if local(part.tag) == "pStyle":
            level = styles.levels.get(attribute(part, "val"))
            listed = attribute(part, "val") in styles.lists
        elif local(part.tag) == "outlineLvl" and int(attribute(part, "val")) < _BODY_TEXT_LEVEL:
            level = int(attribute(part, "val")) + 1
        elif local(part.tag) == "numPr":
            listed = True
    text = _text(element)
    if level is not None:
        blocks.heading(text, level)
    elif text.strip():
        blocks.paragraph(f"- {text.strip()}" if listed else text, tight=listed)


def _text(element: Element) -> str:
    """The text of a paragraph or of a cell, in which paragraphs lie."""
    parts = []
    for part in inner(element, _SKIPPED):
        tag = local(part.tag)
        if tag == "t":
            parts.append(part.text or "")
        elif tag in _SIGNS:
            parts.append(_SIGNS[tag])
        elif tag == "p" and parts:
            parts.append("\n")
    return "".join(parts)


def _table(table: Element, blocks: Blocks) -> None:
    rows = [row for row in inner(table, _SKIPPED | {"tc"}) if local(row.tag) == "tr"]
    cells = [
        [_text(cell) for cell in inner(row) if local(cell.tag) == "tc"]
        for row in rows
        if _is_own(row)
    ]
    if all(len(row) < 2 for row in cells):  # a frame around text
        for row in cells:
            blocks.paragraph("\n".join(row))
        return
    blocks.table([(None, row) for row in cells], header=_has_header(table))


def _is_own(row: Element) -> bool:
    return any(local(part.tag) in ("tc", "sdt") for part in row)


def _has_header(table: Element) -> bool:
    """Whether the first row is marked as one of column names, or looks so."""
    for part in inner(table, frozenset({"tc"})):
        if local(part.tag) == "tblHeader":
            return attribute(part, "val") not in _OFF
        if local(part.tag) == "tblLook" and attribute(part, "firstRow") == "1":
            return True
    return False


def _notes(root: Element, title: str, blocks: Blocks) -> None:
    texts = [_text(note) for note in root if attribute(note, "type", "normal") == "normal"]
    if any(text.strip() for text in texts):
        blocks.begin()
        blocks.heading(title.capitalize(), 1)
        for text in texts:
            blocks.paragraph(text)


class _Styles:
    """The heading level of each style that has one, and the styles of lists.

    A style that is based on another one has what that one has.
    """

    def __init__(self, styles: Iterable[Element]) -> None:
        self.levels: dict[str, int] = {}
        self.lists: set[str] = set()
        bases: dict[str, str] = {}
        for style in styles:
            number = attribute(style, "styleId")
            for part in inner(style):
                if local(part.tag) == "basedOn":
                    bases[number] = attribute(part, "val")
                else:
                    self._note(number, local(part.tag), attribute(part, "val"))
        for _ in range(_MAX_BASES):
            for number, base in bases.items():
                if base in self.levels:
                    self.levels.setdefault(number, self.levels[base])
                if base in self.lists:
                    self.lists.add(number)

    def _note(self, number: str, tag: str, value: str) -> None:
        if tag == "name" and (match := _HEADING_NAME.fullmatch(value)):
            self.levels[number] = int(match[1])
        elif tag == "name" and value.lower() == "title":
            self.levels[number] = 0
        elif tag == "outlineLvl" and int(value) < _BODY_TEXT_LEVEL:
            self.levels.setdefault(number, int(value) + 1)
        elif tag == "numPr":
            self.lists.add(number)
