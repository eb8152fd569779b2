"""What the look of a page says: what is hidden, raised, lowered or struck out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_HIDDEN = re.compile(
    r"(?:^|[;\s{])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all)",
    re.IGNORECASE,
)
_SHOWN = re.compile(r"(?:^|[;\s{])(?:display\s*:\s*(?!none)|visibility\s*:\s*visible)", re.I)
_RAISED = re.compile(r"vertical-align\s*:\s*(?:super|top-text)", re.IGNORECASE)
_LOWERED = re.compile(r"vertical-align\s*:\s*sub\b", re.IGNORECASE)
_STRUCK = re.compile(r"text-decoration[\w-]{0,9}\s*:[^;]{0,99}line-through", re.IGNORECASE)
_MAX_STYLE, _MAX_RULES = 2000, 50_000

_CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_BRACE = re.compile(r"[{}]")
_SIMPLE = re.compile(r"[\w-]*([.#][\w-]+)")
_TYPE = re.compile(r"vertical-align\s*:\s*su|line-through", re.IGNORECASE)
_NAME = re.compile(r"[.#][\w-]+")
# A page may have a style for every cell; of what they say, this alone is of concern here.
_SAYING = ("display", "visibility", "mso-hide", "vertical-align", "line-through")
_STYLED = ",".join(f"[style*='{word}' i]" for word in _SAYING)
# The page behind an open dialog is hidden from screen readers alone.
_WHOLE_PAGE = frozenset({"html", "body", "main"})


class Looks:
    """The elements of a page that a browser hides, raises, lowers or strikes out, by their ids.

    From attributes, and from rules of style sheets within the page that name one class or id. What
    another rule shows again, as with tabs, counts as shown.
    """

    def __init__(self, page: LexborHTMLParser, sheets: list[str]) -> None:
        self.hidden: set[int] = set()
        self.raised: set[int] = set()
        self.lowered: set[int] = set()
        self.struck: set[int] = set()
        for node in page.css(f"[hidden],[aria-hidden],[role],[popover],dialog,{_STYLED}"):
            self._see(node)
        rules = _rules(sheets)
        if rules:
            for node in page.css("[class],[id]"):
                self._apply(node, rules)
        for inner in page.css("[aria-hidden] main,[aria-hidden] h1")[:5]:
            self._show_around(inner)
        self.any_type = bool(self.raised or self.lowered or self.struck)

    def _see(self, node: LexborNode) -> None:
        attributes = node.attributes
        if _is_hidden(node, attributes):
            self.hidden.add(node.mem_id)
        elif style := attributes.get("style"):
            self._style(node.mem_id, style[:_MAX_STYLE])

    def _style(self, node: int, style: str) -> None:
        if _HIDDEN.search(style):
            self.hidden.add(node)
        if "vertical-align" in style or "VERTICAL-ALIGN" in style:
            if _RAISED.search(style):
                self.raised.add(node)
            elif _LOWERED.search(style):
                self.lowered.add(node)
        if _STRUCK.search(style):
            self.struck.add(node)

    def _apply(self, node: LexborNode, rules: dict[str, str]) -> None:
        attributes = node.attributes
        names = [f".{name}" for name in (attributes.get("class") or "").split()]
        names.append(f"#{attributes.get('id')}")
        style = ";".join(rules[name] for name in names if name in rules)
        if style and not _SHOWN.search((attributes.get("style") or "")[:_MAX_STYLE]):
            self._style(node.mem_id, style)

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
        or (attributes.get("aria-hidden") == "true" and tag not in _WHOLE_PAGE)
    )


def _rules(sheets: list[str]) -> dict[str, str]:
    """Class or id -> what style sheets say of it, where that is of concern here."""
    rules: dict[str, str] = {}
    shown: set[str] = set()
    for selectors, style, is_sure in islice(_all_rules(sheets), _MAX_RULES):
        if _SHOWN.search(style):
            shown.update(_NAME.findall(selectors))
        if not is_sure or not (_HIDDEN.search(style) or _TYPE.search(style)):
            continue
        for selector in selectors.split(","):
            if simple := _SIMPLE.fullmatch(selector.strip()):
                rules[simple[1]] = f"{rules.get(simple[1], '')};{style}"[-_MAX_STYLE:]
    return {
        name: style
        for name, style in rules.items()
        if name not in shown or not _HIDDEN.search(style)
    }


def _all_rules(sheets: list[str]) -> Iterator[tuple[str, str, bool]]:
    """Selectors, styles, and whether they hold anywhere, not only in print and the like."""
    for sheet in sheets:
        text = _CSS_COMMENT.sub("", sheet.partition(">")[2])
        depth, before, end = 0, "", 0
        for brace in _BRACE.finditer(text):
            inside, end = text[end : brace.start()], brace.end()
            if brace[0] == "{":
                depth += 1
                before = inside
                continue
            if before:
                yield before[-_MAX_STYLE:], inside[:_MAX_STYLE], depth == 1
            depth, before = max(depth - 1, 0), ""
