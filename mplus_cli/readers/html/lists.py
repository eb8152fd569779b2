"""The marks of list items as a page shows them: 3., c., III., or a dash."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mplus_cli.readers.html.depth import tags
from mplus_cli.readers.numerals import letters, roman

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_STYLE = re.compile(r"list-style(?:-type)?\s*:[^;]*?\b(lower|upper)-(alpha|latin|roman)", re.I)
_TYPES = {"lower-alpha": "a", "lower-latin": "a", "lower-roman": "i"}
_TYPES |= {"upper-alpha": "A", "upper-latin": "A", "upper-roman": "I"}
_MAX_ROMAN = 3999
_DASH = "- "


@dataclass
class _Numbers:
    next: int
    step: int
    type: str


class ListMarks:
    """The lists that are open at one place of a page."""

    def __init__(self) -> None:
        self._open: list[_Numbers | None] = []

    def begin(self, node: LexborNode, tag: str) -> None:
        if tag != "ol":
            self._open.append(None)
            return
        attributes = node.attributes
        back = "reversed" in attributes
        start = _number(attributes.get("start"))
        if start is None:
            start = sum(1 for child in node.iter() if child.tag == "li") if back else 1
        self._open.append(_Numbers(start, -1 if back else 1, _type(attributes)))

    def end(self) -> None:
        self._open.pop()

    def item(self, node: LexborNode) -> str:
        numbers = self._open[-1] if self._open else None
        if numbers is None:
            return _DASH
        own = _number(node.attributes.get("value"))
        number = numbers.next if own is None else own
        numbers.next = number + numbers.step
        return f"{_written(number, numbers.type)}. "


def _type(attributes: dict[str, str | None]) -> str:
    style = _STYLE.search(attributes.get("style") or "")
    if style:
        return _TYPES[f"{style[1]}-{style[2]}".lower()]
    kind = attributes.get("type") or "1"
    return kind if kind in tags("a A i I") else "1"


def _written(number: int, kind: str) -> str:
    if kind == "1" or number < 1 or (kind in "iI" and number > _MAX_ROMAN):
        return str(number)
    text = letters(number) if kind in "aA" else roman(number)
    return text.upper() if kind.isupper() else text


def _number(value: str | None) -> int | None:
    found = re.match(r"\s*([-+]?\d{1,9})(?!\d)", value or "", re.ASCII)
    return int(found[1]) if found else None
