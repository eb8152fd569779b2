"""The numbers and bullets of lists and headings in OpenDocument files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mplus_cli.readers.containers.xml_tree import attribute, local
from mplus_cli.readers.numerals import letters, numbered
from mplus_cli.readers.odf.inline import Styles, whole_number

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_LEVELS = 20
_BULLET = "- "


class Counter:
    """Counts the items of the lists of one style, or the headings."""

    def __init__(self, style: Element | None) -> None:
        self._levels = {
            whole_number(level, "level"): level for level in (style if style is not None else ())
        }
        self._counts: dict[int, int] = {}

    def leave(self, level: int) -> None:
        """End the lists below a level."""
        self._counts = {at: count for at, count in self._counts.items() if at <= level}

    def mark(self, level: int, start: str = "") -> str:
        """The mark of the next item of a level, with the space behind it."""
        self.leave(level)
        style = self._levels.get(level)
        if style is None:
            return _BULLET
        first = start or attribute(style, "start-value", "1")
        if start or level not in self._counts:
            self._counts[level] = int(first) if first.isdecimal() and len(first) < 9 else 1
        else:
            self._counts[level] += 1
        if "number" not in local(style.tag) and local(style.tag) != "outline-level-style":
            return _BULLET
        if not attribute(style, "num-format"):
            return ""
        shown = min(whole_number(style, "display-levels"), level)
        numbers = [self._number(at) for at in range(level - shown + 1, level + 1)]
        text = ".".join(number for number in numbers if number)
        return f"{attribute(style, 'num-prefix')}{text}{attribute(style, 'num-suffix')} "

    def _number(self, level: int) -> str:
        style = self._levels.get(level)
        written = attribute(style, "num-format") if style is not None else ""
        return _in_letters(self._counts.get(level, 1), written) if written else ""


class Lists:
    """The marks of all lists of a document."""

    def __init__(self, styles: Styles) -> None:
        self._styles = styles
        self._counters: dict[str, Counter] = {}
        self.headings = Counter(styles.outline)

    def counter(self, style: str) -> Counter:
        if style not in self._counters:
            self._counters[style] = Counter(self._styles.lists.get(style))
        return self._counters[style]

    def heading(self, element: Element, level: int) -> str:
        """The number of a heading, where its outline has one."""
        if self._styles.outline is None or attribute(element, "is-list-header") == "true":
            return ""
        start = attribute(element, "start-value")
        if not start and attribute(element, "restart-numbering") == "true":
            start = "1"
        mark = self.headings.mark(level, start)
        return mark if mark != _BULLET and mark.strip() else ""


def _in_letters(count: int, written: str) -> str:
    """A number in one of the ways "1", "a", "A", "i" and "I"."""
    if written in ("i", "I"):
        return numbered(count, "lowerRoman" if written == "i" else "upperRoman")
    if written in ("a", "A") and count > 0:
        return letters(count) if written == "a" else letters(count).upper()
    return str(count)
