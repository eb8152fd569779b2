"""Style sheets within a page: which rules say something of an element."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_MAX_RULES, _MAX_STYLE, _MAX_COMPOUNDS = 50_000, 2000, 6
_MAX_PER_NAME, _MAX_TAGS = 20, 50
_MAX_STEPS = 3_000_000
"""From elements to those around them, on one page."""
_CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_BRACE = re.compile(r"[{}]")
_COMPOUND = re.compile(r"(?:\*|[a-zA-Z][\w-]*)?(?:[.#][\w-]+)*")
_NONE: frozenset[str] = frozenset()
_NAME = re.compile(r"[.#][\w-]+")
_PARTING = re.compile(r"\s*(>)\s*|\s+")
HIDDEN = re.compile(
    r"(?:^|[;\s{])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all)",
    re.IGNORECASE,
)
SHOWN = re.compile(r"(?:^|[;\s{])(?:display\s*:\s*(?!none)|visibility\s*:\s*visible)", re.I)
OF_CONCERN = re.compile(
    r"vertical-align\s*:\s*(?:su|text-top|-?[\d.]*[1-9])|line-through|mso-text-raise"
    r"|relative[^}]*font-size|font-size[^}]*relative|display\s*:"
    r"|visibility\s*:|mso-hide|list-style[^;}]*(?:none|alpha|latin|roman|greek|decimal)",
    re.IGNORECASE,
)
_Names = dict[int, frozenset[str]]
"""Elements -> their classes and ids, as selectors write them."""


class _Compound(NamedTuple):
    """What one element of a selector must be; `is_parent`: of the next one, not just around it."""

    tag: str
    names: frozenset[str]
    is_parent: bool

    def fits(self, node: LexborNode, names: _Names) -> bool:
        return self.tag in ("", node.tag) and self.names <= names.get(node.mem_id, _NONE)


class _Rule(NamedTuple):
    compounds: list[_Compound]
    style: str


class Rules:
    """The rules of style sheets that are of concern, by a class, id or tag that they name.

    Selectors of tags, classes and ids, one in the other, count; rules with any other, and those
    for print and the like, do not. What another rule shows again, as with tabs, is not hidden.
    """

    def __init__(self, page: LexborHTMLParser, sheets: list[str]) -> None:
        self._rules: dict[str, list[_Rule]] = {}
        self._page = page
        self._names: _Names = {}
        self._steps = _MAX_STEPS
        if not any(OF_CONCERN.search(sheet) for sheet in sheets):
            return
        self._names = {node.mem_id: _names(node) for node in page.css("[class],[id]")}
        there = frozenset().union(*self._names.values())
        shown: set[str] = set()
        for sheet in sheets:
            for selectors, style, is_sure in _rules_of(sheet):
                for selector in selectors.split(","):
                    self._add(selector.strip(), style, is_sure, there, shown)
        for name in shown & self._rules.keys():
            rules = self._rules[name]
            self._rules[name] = [rule for rule in rules if not HIDDEN.search(rule.style)]

    def _add(
        self, selector: str, style: str, is_sure: bool, there: frozenset[str], shown: set[str]
    ) -> None:
        compounds = _compounds(selector)
        if SHOWN.search(style):
            shown.update(_NAME.findall(selector))
            shown.add(_key(compounds))
        if is_sure and compounds and all(one.names <= there for one in compounds):
            rules = self._rules.setdefault(_key(compounds), [])
            if len(rules) < _MAX_PER_NAME:
                rules.append(_Rule(compounds, style))

    def styles(self) -> Iterator[tuple[LexborNode, str]]:
        """The elements of which rules say something, and what they say."""
        if not self._rules:
            return
        tags = [name for name in self._rules if name[:1] not in (".", "#")]
        selectors = ["[class]", "[id]", *tags[:_MAX_TAGS]]
        for node in self._page.css(",".join(selectors)):
            keys = [*self._names.get(node.mem_id, ()), node.tag or ""]
            rules = [rule for key in keys for rule in self._rules.get(key, ())]
            style = ";".join(rule.style for rule in rules if self._fits(rule, node))
            if style:
                yield node, style[-_MAX_STYLE:]

    def _fits(self, rule: _Rule, node: LexborNode) -> bool:
        """Whether an element and those around it are what the selector says."""
        if not rule.compounds[-1].fits(node, self._names):
            return False
        around = node.parent
        for wanted in reversed(rule.compounds[:-1]):
            while around is not None and not wanted.fits(around, self._names):
                self._steps -= 1
                around = None if wanted.is_parent or self._steps < 0 else around.parent
            if around is None:
                return False
            around = around.parent
        return True


def _names(node: LexborNode) -> frozenset[str]:
    attributes = node.attributes
    names = [f".{name}" for name in (attributes.get("class") or "").split()]
    if name := attributes.get("id"):
        names.append(f"#{name}")
    return frozenset(names)


def _compounds(selector: str) -> list[_Compound]:
    """The elements of a selector, the outermost first; none where it asks for more."""
    parts = _PARTING.split(selector)
    texts, signs = parts[::2], parts[1::2]
    if len(texts) > _MAX_COMPOUNDS or not all(text and _COMPOUND.fullmatch(text) for text in texts):
        return []
    found = []
    for text, sign in zip(texts, [*signs, None], strict=True):
        tag = re.split("[.#]", text, maxsplit=1)[0].lower().replace("*", "")
        found.append(_Compound(tag, frozenset(_NAME.findall(text)), sign is not None))
    return found if _key(found) else []


def _key(compounds: list[_Compound]) -> str:
    """What a rule is found by: a name of its last element, else its tag."""
    if not compounds:
        return ""
    return min(compounds[-1].names, default=compounds[-1].tag)


@lru_cache(maxsize=20)  # the pages of a book have their style sheets in common
def _rules_of(sheet: str) -> list[tuple[str, str, bool]]:
    """Selectors, styles, and whether they hold anywhere, not only in print and the like."""
    rules = (rule for rule in _all_rules(sheet) if OF_CONCERN.search(rule[1]))
    return list(islice(rules, _MAX_RULES))


def _all_rules(sheet: str) -> Iterator[tuple[str, str, bool]]:
    text = _CSS_COMMENT.sub("", sheet)
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
