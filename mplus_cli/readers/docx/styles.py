"""What the styles of a Word document say of its text: headings, lists, raised and hidden type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from mplus_cli.readers.containers.xml_tree import attribute, local, whole

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

OFF = {"0", "false", "off", "none"}
BODY_TEXT_LEVEL = 9
_HEADING = re.compile(r"heading ?([1-9])", re.IGNORECASE)
_MAX_BASES = 10  # that a style is based on, one on the other
_RAISED_BY = 4  # half points; less is a matter of alignment


class Look(NamedTuple):
    """What properties say of a run; None where they say nothing.

    `script`: superscript, subscript or baseline. `moved`: raised or lowered by hand, in half
    points. `struck`: struck out, by one line or two.
    """

    script: str | None = None
    moved: int | None = None
    hidden: bool | None = None
    font: str | None = None
    struck: bool | None = None

    def over(self, other: Look) -> Look:
        """These properties, and where they say nothing those of another."""
        if other is PLAIN:
            return self
        return Look(
            other.script if self.script is None else self.script,
            other.moved if self.moved is None else self.moved,
            other.hidden if self.hidden is None else self.hidden,
            other.font if self.font is None else self.font,
            other.struck if self.struck is None else self.struck,
        )

    @property
    def stands(self) -> int:
        """1 for raised type, -1 for lowered."""
        if self.script in ("superscript", "subscript"):
            return 1 if self.script == "superscript" else -1
        moved = self.moved or 0
        return 0 if abs(moved) < _RAISED_BY else 1 if moved > 0 else -1


PLAIN = Look()


def look_of(properties: Iterable[Element]) -> Look:
    """What a run's properties say themselves."""
    script, moved, hidden, font, struck = PLAIN
    for part in properties:
        tag = local(part.tag)
        if tag == "vertAlign":
            script = attribute(part, "val")
        elif tag == "position":
            moved = whole(attribute(part, "val"))
        elif tag == "vanish":
            hidden = attribute(part, "val", "1") not in OFF
        elif tag == "rFonts":
            font = attribute(part, "ascii") or attribute(part, "hAnsi") or None
        elif tag in ("strike", "dstrike"):
            struck = struck or attribute(part, "val", "1") not in OFF
    look = Look(script, moved, hidden, font, struck)
    return PLAIN if look == PLAIN else look


class _Style:
    """One style: what it says itself."""

    def __init__(self, element: Element) -> None:
        self.kind = attribute(element, "type", "paragraph")
        self.default = attribute(element, "default", "0") not in OFF
        self.base = ""
        self.level: int | None = None
        self.list: str | None = None
        self.list_level: int | None = None
        self.look = PLAIN
        for part in element:
            tag, value = local(part.tag), attribute(part, "val")
            if tag == "name":
                self._name(value)
            elif tag == "basedOn":
                self.base = value
            elif tag == "rPr":
                self.look = look_of(part)
            elif tag == "pPr":
                self._paragraph(part)

    def _name(self, name: str) -> None:
        if match := _HEADING.fullmatch(name):
            self.level = int(match[1])
        elif name.lower() == "title":
            self.level = 0

    def _paragraph(self, properties: Element) -> None:
        for part in properties:
            tag = local(part.tag)
            if tag == "outlineLvl" and self.level is None:
                self.level = outline_level(part)
            elif tag == "numPr":
                self.list, self.list_level = list_of(part)


class Styles:
    """The styles by their ids; one that is based on another has what that one has."""

    def __init__(self, styles: Iterable[Element] | None) -> None:
        self._known = styles is not None
        self._styles = {
            attribute(style, "styleId"): _Style(style)
            for style in styles or ()
            if local(style.tag) == "style"
        }
        self.default = next(
            (
                name
                for name, style in self._styles.items()
                if style.default and style.kind == "paragraph"
            ),
            "",
        )
        self._looks: dict[str, Look] = {}
        self._lists: dict[str, tuple[str | None, int | None]] = {}

    def level(self, name: str) -> int | None:
        """The level of headings of a style, 0 for the title; None for other text."""
        if not self._known:  # their ids are mostly made of their names
            found = _HEADING.fullmatch(name)
            return int(found[1]) if found else 0 if name == "Title" else None
        levels = (style.level for style in self._bases(name) if style.level is not None)
        found_level = next(levels, None)
        return None if found_level == BODY_TEXT_LEVEL + 1 else found_level

    def list_of(self, name: str) -> tuple[str | None, int | None]:
        """The id of a style's list and the level in it, where it has them."""
        if name in self._lists:
            return self._lists[name]
        bases = list(self._bases(name))
        lists = (style.list for style in bases if style.list is not None)
        levels = (style.list_level for style in bases if style.list_level is not None)
        found = self._lists[name] = next(lists, None), next(levels, None)
        return found

    def look(self, name: str) -> Look:
        if name not in self._looks:
            look = PLAIN
            for style in self._bases(name):
                look = look.over(style.look)
            self._looks[name] = look
        return self._looks[name]

    def _bases(self, name: str) -> Iterator[_Style]:
        """A style and those that it is based on."""
        for _ in range(_MAX_BASES):
            style = self._styles.get(name)
            if style is None:
                return
            yield style
            name = style.base


def outline_level(element: Element) -> int | None:
    """The level of headings that an outline level means; text of the body has one beyond all."""
    value = whole(attribute(element, "val"), -1)
    return value + 1 if 0 <= value <= BODY_TEXT_LEVEL else None


def list_of(properties: Element) -> tuple[str | None, int | None]:
    """The id of a list and the level in it, as `numPr` names them."""
    number, level = None, None
    for part in properties:
        if local(part.tag) == "numId":
            number = attribute(part, "val")
        elif local(part.tag) == "ilvl":
            level = whole(attribute(part, "val"))
    return number, level
