"""Whether an HTML page nests too deeply for its parser, told before the parser sees it.

The parser looks through all open elements for many a tag, so a page of deep nesting takes it time
without end. What is counted here is at least as deep as what the parser will open: where the HTML
standard is in doubt, an end tag closes nothing.
"""

from __future__ import annotations

import re
from collections import Counter

from mplus_cli.errors import ReadError

MAX_DEPTH = 500


def tags(names: str) -> frozenset[str]:
    """A set of tags, written in one line."""
    return frozenset(names.split())


VOID_TAGS = tags("area base br col embed hr img input link meta param source track wbr")
"""Elements that hold nothing and have no end tag."""

# How the HTML standard closes elements. What nests no deeper than what is around it:
_FLAT = VOID_TAGS | tags(
    "p td th tr tbody thead tfoot colgroup caption html head body form frameset"
)
# what ends by one of its kind:
_SIBLINGS = {"li": {"li"}, "dd": {"dd", "dt"}, "dt": {"dd", "dt"}}
# what the end tag of an element around it can't close:
_BOUNDS = tags("table template applet marquee object select")
# and what the end tags of all others stop at.
_SPECIAL = _BOUNDS | tags(
    "address article aside blockquote button center dd details dir div dl dt fieldset figcaption"
    " figure footer h1 h2 h3 h4 h5 h6 header hgroup iframe li listing main menu nav noscript ol"
    " pre search section summary ul xmp"
)
# The commonest that nest no deeper are passed over at once.
_TAG = re.compile(r"<(/?)(?!(?:td|tr|th|p|br|img)[\s/>])([a-zA-Z][^\s/>]*)")


class TooDeepError(ReadError):
    """A page, or a part of something larger, nests too deeply to be read."""


def refuse_deep(text: str) -> None:
    """Raise `TooDeepError` for a page that nests too deeply."""
    if is_deep(text):
        raise TooDeepError(
            f"nested too deeply: more than {MAX_DEPTH:,} elements",
            "save its text in another format",
        )


def is_deep(text: str) -> bool:
    """Whether elements of a page may nest deeper than `MAX_DEPTH`."""
    opened = _Open()
    for match in _TAG.finditer(text):
        closes, tag = match.groups()
        tag = tag.lower()
        if tag in _FLAT:
            continue
        if closes:
            opened.end(tag)
        else:
            opened.begin(tag)
            if opened.depth > MAX_DEPTH:
                return True
    return False


class _Open:
    """The elements that are open at one place of a page."""

    def __init__(self) -> None:
        self.depth = 0
        # Special elements, each with what else is open in it.
        self._stack: list[list[str]] = [[""]]
        # How many special ones of a kind are open, within every bound anew.
        self._counts: list[Counter[str]] = [Counter()]

    def begin(self, tag: str) -> None:
        if len(self._stack[-1]) == 1 and self._stack[-1][0] in _SIBLINGS.get(tag, ()):
            self._close()
        if tag in _BOUNDS:
            self._counts.append(Counter())
        if tag in _SPECIAL:
            self._stack.append([tag])
            self._counts[-1][tag] += 1
        else:
            self._stack[-1].append(tag)
        self.depth += 1

    def end(self, tag: str) -> None:
        if tag not in _SPECIAL:
            self._close_within(self._stack[-1], tag)
        elif self._counts[-1][tag] and (tag != "li" or self._stack[-1][0] == "li"):
            while self._close() != tag:
                pass
            if tag in _BOUNDS:
                self._counts.pop()

    def _close(self) -> str:
        """Close the last special element with all in it; its tag."""
        element = self._stack.pop()
        self.depth -= len(element)
        self._counts[-1][element[0]] -= 1
        return element[0]

    def _close_within(self, element: list[str], tag: str) -> None:
        """Close the last element of a kind within a special one, with what is open in it."""
        if tag in element[1:]:
            while element.pop() != tag:
                self.depth -= 1
            self.depth -= 1
