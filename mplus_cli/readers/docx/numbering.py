"""The numbers and marks that Word shows before the items of lists and before headings.

Lists are those of ECMA-376, part 1, section 17.9: a `num` counts on its `abstractNum`, level by
level, and may change levels or begin anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mplus_cli.readers.containers.xml_tree import attribute, local, whole
from mplus_cli.readers.docx.styles import OFF, Styles
from mplus_cli.readers.numerals import numbered
from mplus_cli.readers.office.symbols import drawn, symbol
from mplus_cli.readers.remarks import TICKED

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

BULLET = "-"
_LEVELS = 9
_MAX_LINKS = 5  # from a list to the style that it takes its numbers from
_MAX_LABEL_CHARACTERS = 100
_PLACE = re.compile(r"%([1-9])")


@dataclass
class _Level:
    """How one level of a list counts and how it is written."""

    start: int = 1
    kind: str = "decimal"
    pattern: str = ""
    text: str = ""
    restart: int | None = None
    legal: bool = False
    style: str = ""
    font: str = ""

    @staticmethod
    def of(element: Element) -> _Level:
        level = _Level(start=0)
        for part in element.iter():
            tag, value = local(part.tag), attribute(part, "val")
            if tag == "start":
                level.start = whole(value, 1)
            elif tag == "numFmt" and not level.pattern:
                level.kind, level.pattern = value, attribute(part, "format")
            elif tag == "lvlText":
                level.text = value
            elif tag == "lvlRestart":
                level.restart = whole(value)
            elif tag == "isLgl":
                level.legal = attribute(part, "val", "1") not in OFF
            elif tag == "pStyle":
                level.style = value
            elif tag == "rFonts":
                level.font = attribute(part, "ascii") or attribute(part, "hAnsi")
        return level


@dataclass
class _List:
    """One list of a document: whose numbers it counts on, and what it has of its own."""

    counted: str
    levels: dict[int, _Level] = field(default_factory=dict)
    starts: dict[int, int] = field(default_factory=dict)


class Numbering:
    """Counts the items of all lists, in the order of the document."""

    def __init__(self, root: Element | None, styles: Styles) -> None:
        self._styles = styles
        self._levels: dict[str, dict[int, _Level]] = {}
        self._lists: dict[str, _List] = {}
        self._style_links: dict[str, str] = {}
        for element in root if root is not None else ():
            if local(element.tag) == "abstractNum":
                self._define(element)
            elif local(element.tag) == "num":
                self._list(element)
        self._counts: dict[str, list[int | None]] = {}
        self._begun: set[tuple[str, int]] = set()

    def label(self, number: str | None, level: int | None, style: str) -> str | None:
        """What stands before a paragraph of a list and counts it; None for one of no list.

        `number` and `level` are what the paragraph says itself, `style` is its style's id.
        """
        if number is None or level is None:
            of_style, level_of_style = self._styles.list_of(style)
            if number is None:
                linked = self._linked(of_style, style)
                level_of_style = level_of_style if linked is None else linked
            number = of_style if number is None else number
            level = level_of_style if level is None else level
        if number is None or number == "0":
            return None
        if number not in self._lists:
            return BULLET  # a list that is not described
        level = min(max(level or 0, 0), _LEVELS - 1)
        return self._written(self._lists[number], number, level)

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Count what stands in a text box or a note for itself."""
        kept = self._counts, self._begun
        self._counts, self._begun = {}, set()
        try:
            yield
        finally:
            self._counts, self._begun = kept

    def _define(self, element: Element) -> None:
        name = attribute(element, "abstractNumId")
        levels = self._levels.setdefault(name, {})
        for part in element:
            if local(part.tag) == "lvl":
                at = whole(attribute(part, "ilvl"))
                if 0 <= at < _LEVELS:
                    levels[at] = _Level.of(part)
            elif local(part.tag) == "numStyleLink":
                self._style_links[name] = attribute(part, "val")

    def _list(self, element: Element) -> None:
        one = self._lists[attribute(element, "numId")] = _List("")
        for part in element:
            if local(part.tag) == "abstractNumId":
                one.counted = attribute(part, "val")
            elif local(part.tag) == "lvlOverride":
                level = whole(attribute(part, "ilvl"))
                for own in part if 0 <= level < _LEVELS else ():
                    if local(own.tag) == "lvl":
                        one.levels[level] = _Level.of(own)
                    elif local(own.tag) == "startOverride":
                        one.starts[level] = whole(attribute(own, "val"), 1)

    def _linked(self, number: str | None, style: str) -> int | None:
        """The level of a list that is made for a style."""
        one = self._lists.get(number or "")
        if one is None:
            return None
        levels = self._levels.get(self._source(one), {}) | one.levels
        return next((at for at, level in levels.items() if style and level.style == style), None)

    def _source(self, one: _List) -> str:
        """The definition of a list; it may be that of a style."""
        name = one.counted
        for _ in range(_MAX_LINKS):
            if name not in self._style_links:
                break
            other = self._lists.get(self._styles.list_of(self._style_links[name])[0] or "")
            if other is None:
                break
            name = other.counted
        return name

    def _written(self, one: _List, number: str, at: int) -> str:
        source = self._source(one)
        levels = self._levels.get(source, {}) | one.levels
        level = levels.get(at, _Level(text=f"%{at + 1}."))
        counts = self._counts.setdefault(source, [None] * _LEVELS)
        self._count(one, number, at, counts, levels)
        if level.kind == "bullet":
            return _bullet(level)

        def place(match: re.Match[str]) -> str:
            other = int(match[1]) - 1
            shown = levels.get(other, _Level())
            count = counts[other]
            kind = "decimal" if level.legal and other < at else shown.kind
            return numbered(shown.start if count is None else count, kind, shown.pattern)

        return _PLACE.sub(place, drawn(level.text)[:_MAX_LABEL_CHARACTERS]).strip()

    def _count(
        self,
        one: _List,
        number: str,
        at: int,
        counts: list[int | None],
        levels: dict[int, _Level],
    ) -> None:
        for above in range(at):  # a level that is passed over counts as begun
            if counts[above] is None:
                counts[above] = levels.get(above, _Level()).start
        before = counts[at]
        start = levels.get(at, _Level()).start
        if at in one.starts and (number, at) not in self._begun:
            self._begun.add((number, at))
            counts[at] = one.starts[at]
        else:
            counts[at] = start if before is None else before + 1
        for below in range(at + 1, _LEVELS):
            restart = levels.get(below, _Level()).restart
            if restart is None or at < restart:
                counts[below] = None


def _bullet(level: _Level) -> str:
    """Bullets are dashes; a box that is ticked says something."""
    ticked = len(level.text) == 1 and symbol(ord(level.text), level.font) == TICKED
    return f"{BULLET} {TICKED}" if ticked else BULLET
