"""What the look of a page says: what is hidden, raised, struck out, set apart, how lists count."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mplus_cli.readers.html.depth import tags
from mplus_cli.readers.html.rules import HIDDEN, OF_CONCERN, SHOWN, Rules

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_RAISED = re.compile(r"vertical-align\s*:\s*super|mso-text-raise\s*:\s*\d", re.IGNORECASE)
_LOWERED = re.compile(r"vertical-align\s*:\s*sub\b|mso-text-raise\s*:\s*-", re.IGNORECASE)
# Small type that is moved up or down by a length.
_MOVED_UP = re.compile(
    r"vertical-align\s*:\s*(?:text-top|0*\.?[1-9])"
    r"|relative[^}]*?(?:top\s*:\s*-|bottom\s*:\s*0*\.?[1-9])",
    re.IGNORECASE,
)
_MOVED_DOWN = re.compile(
    r"vertical-align\s*:\s*-|relative[^}]*?(?:bottom\s*:\s*-|top\s*:\s*0*\.?[1-9])",
    re.IGNORECASE,
)
_MAYBE_MOVED = re.compile(r"[\d+\-\u2212\u2013,.*\u2020\u2021()\s]{1,12}|\w{1,2}")
_TYPE = re.compile(r"vertical-align|mso-text-raise|relative", re.IGNORECASE)
_STRUCK = re.compile(r"text-decoration[\w-]{0,9}\s*:[^;]{0,99}line-through", re.IGNORECASE)
_LIST = re.compile(
    r"list-style(?:-type)?\s*:[^;]*?\b(none|disc|circle|square|decimal(?:-leading-zero)?"
    r"|lower-greek|(?:lower|upper)-(?:alpha|latin|roman))",
    re.IGNORECASE,
)
_BLOCK = re.compile(r"display\s*:\s*(?:block|table|list-item|flow-root)", re.IGNORECASE)
_ROW = re.compile(r"display\s*:\s*(?:inline-)?(?:flex|grid)", re.IGNORECASE)
_MAX_STYLE = 2000
# Elements that are nothing but how their text looks.
_PLAIN = tags("span b strong em i small big time cite code u font tt data")
_ROLES = {"table": "table", "grid": "table", "treegrid": "table", "row": "tr", "cell": "td"}
_ROLES |= {"gridcell": "td", "columnheader": "th", "rowheader": "th", "rowgroup": "tbody"}
_GENERIC = _PLAIN | tags("div p section ul li a button")
# A page may have a style for every cell; of what they say, this alone is of concern here.
_SAYING = (
    "display visibility mso-hide mso-text-raise vertical-align relative line-through list-style"
)
_STYLED = ",".join(f"[style*='{word}' i]" for word in _SAYING.split())
_DIGIT = re.compile(r"\d")
_DRAWN = re.compile(r"katex|mjx|mathjax", re.IGNORECASE)
_FOR_READERS = re.compile(r"sr-only|visually-?hidden|screen-?reader|off-?screen", re.IGNORECASE)
# The page behind an open dialog is hidden from screen readers alone.
_WHOLE_PAGE = frozenset({"html", "body", "main"})


class Looks:
    """How a browser shows the elements of a page, by their ids.

    From attributes, and from rules of style sheets within the page.
    """

    def __init__(self, page: LexborHTMLParser, sheets: list[str]) -> None:
        self.hidden: set[int] = set()
        self.raised: set[int] = set()
        self.lowered: set[int] = set()
        self.struck: set[int] = set()
        self.lists: dict[int, str] = {}
        """How lists and their items are marked."""
        self.are_counted = any("counter" in sheet for sheet in sheets)
        """Whether style sheets write numbers of their own before items;"""
        self.are_nested = any("counters(" in sheet for sheet in sheets)
        """and whether those are 1.1, 1.2, with the numbers of the lists around them."""
        self.shown_as: dict[int, str] = {}
        """The tags of what other elements are shown as, such as the cells of a table."""
        for node in page.css(f"[hidden],[aria-hidden],[role],[popover],dialog,{_STYLED}"):
            self._see(node)
        for node, style in Rules(page, sheets).styles():
            if not SHOWN.search((node.attributes.get("style") or "")[:_MAX_STYLE]):
                self._style(node, style)
        for inner in page.css("[aria-hidden] main,[aria-hidden] h1")[:5]:
            self._show_around(inner)
        self.any_type = bool(self.raised or self.lowered or self.struck)

    def _see(self, node: LexborNode) -> None:
        attributes = node.attributes
        if _is_hidden(node, attributes):
            self.hidden.add(node.mem_id)
            return
        if role := attributes.get("role"):
            self._role(node, role.strip().lower(), attributes)
        style = (attributes.get("style") or "")[:_MAX_STYLE]
        if OF_CONCERN.search(style):
            self._style(node, style)

    def _role(self, node: LexborNode, role: str, attributes: dict[str, str | None]) -> None:
        if node.tag not in _GENERIC:
            return
        if role in _ROLES:
            self.shown_as[node.mem_id] = _ROLES[role]
        elif role == "heading":
            level = attributes.get("aria-level") or ""
            self.shown_as[node.mem_id] = f"h{level}" if level in tags("1 2 3 4 5 6") else "h2"

    def _style(self, node: LexborNode, style: str) -> None:
        name = node.mem_id
        if HIDDEN.search(style):
            self.hidden.add(name)
        if _TYPE.search(style):
            moves = "font-size" in style and _moves(node)
            if _RAISED.search(style) or (moves and _MOVED_UP.search(style)):
                self.raised.add(name)
            elif _LOWERED.search(style) or (moves and _MOVED_DOWN.search(style)):
                self.lowered.add(name)
        if _STRUCK.search(style):
            self.struck.add(name)
        if found := _LIST.search(style):
            self.lists[name] = found[1].lower()
        if _BLOCK.search(style) and node.tag in _PLAIN:
            self.shown_as.setdefault(name, "line")
        elif _ROW.search(style):
            for child in node.iter():
                if child.tag in _PLAIN:
                    self.shown_as.setdefault(child.mem_id, "apart")

    def _show_around(self, inner: LexborNode) -> None:
        around = inner.parent
        while around is not None:
            if around.attributes.get("aria-hidden") == "true":
                self.hidden.discard(around.mem_id)
            around = around.parent


def _is_hidden(node: LexborNode, attributes: dict[str, str | None]) -> bool:
    tag = node.tag or ""
    if "hidden" in attributes:
        return (attributes["hidden"] or "").lower() != "until-found"
    if tag == "dialog":
        return "open" not in attributes
    return (
        "popover" in attributes
        or attributes.get("role") == "navigation"
        or (
            (attributes.get("aria-hidden") == "true" and tag not in _WHOLE_PAGE)
            and not _says_more(node, attributes)
        )
    )


def _says_more(node: LexborNode, attributes: dict[str, str | None]) -> bool:
    """Whether what is hidden from screen readers alone is a fact: a number that is not said again
    for them, nor the drawing of a formula.
    """
    if _DRAWN.search(attributes.get("class") or "") or not _DIGIT.search(node.text() or ""):
        return False
    beside = [node.prev, node.next]
    beside += [one.prev if at == 0 else one.next for at, one in enumerate(beside) if one]
    return not any(one and _FOR_READERS.search(one.attributes.get("class") or "") for one in beside)


def _moves(node: LexborNode) -> bool:
    """Whether an element holds what may be raised type, not a label that is moved a little."""
    return node.tag in _PLAIN and _MAYBE_MOVED.fullmatch((node.text() or "").strip()) is not None
