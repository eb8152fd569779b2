"""The marks of list items as a page shows them: 3., c., III., or a dash."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mplus_cli.readers.html.depth import tags
from mplus_cli.readers.numerals import letters, roman

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

    from mplus_cli.readers.html.looks import Looks

_TYPES = {"lower-alpha": "a", "lower-latin": "a", "lower-roman": "i", "lower-greek": "greek"}
_TYPES |= {"upper-alpha": "A", "upper-latin": "A", "upper-roman": "I", "decimal": "1"}
_TYPES |= {"decimal-leading-zero": "01", "none": "", "disc": "", "circle": "", "square": ""}
_GREEK = "αβγδεζηθικλμνξοπρστυφχψω"
_MAX_ROMAN = 3999
_DASH = "- "


@dataclass
class _Numbers:
    next: int
    step: int
    type: str
    shown: str = ""
    """The number of the last item."""


class ListMarks:
    """The lists that are open at one place of a page."""

    def __init__(self, looks: Looks) -> None:
        self._looks = looks
        self._open: list[_Numbers] = []

    def begin(self, node: LexborNode, tag: str) -> None:
        attributes = node.attributes
        back = "reversed" in attributes
        start = _number(attributes.get("start"))
        if start is None:
            start = sum(1 for child in node.iter() if child.tag == "li") if back else 1
        self._open.append(_Numbers(start, -1 if back else 1, self._type(node, tag)))

    def end(self) -> None:
        self._open.pop()

    def item(self, node: LexborNode) -> str:
        if not self._open:
            return _DASH
        numbers = self._open[-1]
        own = _number(node.attributes.get("value"))
        number = numbers.next if own is None else own
        numbers.next = number + numbers.step
        kind = _TYPES.get(self._looks.lists.get(node.mem_id, ""), numbers.type)
        if self._looks.are_counted and numbers.type:
            kind = kind or numbers.type
        numbers.shown = _written(number, kind) if kind else ""
        if not numbers.shown:
            return _DASH
        if not self._looks.are_nested:
            return f"{numbers.shown}. "
        return f"{'.'.join(one.shown for one in self._open if one.shown)}. "

    def _type(self, node: LexborNode, tag: str) -> str:
        """How a list's numbers are written; nothing for one that has dashes."""
        kind = node.attributes.get("type") or ""
        own = (kind if kind in tags("a A i I") else "1") if tag == "ol" else ""
        look = _TYPES.get(self._looks.lists.get(node.mem_id, ""))
        if look is None or (own and not look and self._looks.are_counted):
            return own
        return look


def _written(number: int, kind: str) -> str:
    if kind == "greek" and 0 < number <= len(_GREEK):
        return _GREEK[number - 1]
    if kind == "01":
        return f"{number:02}"
    if kind in ("1", "greek") or number < 1 or (kind in "iI" and number > _MAX_ROMAN):
        return str(number)
    text = letters(number) if kind in "aA" else roman(number)
    return text.upper() if kind.isupper() else text


def _number(value: str | None) -> int | None:
    found = re.match(r"\s*([-+]?\d{1,9})(?!\d)", value or "", re.ASCII)
    return int(found[1]) if found else None
