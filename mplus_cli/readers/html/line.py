"""The text of what stands in one line or cell of a page, put together node by node."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal
from urllib.parse import urljoin

from mplus_cli.readers.html.depth import tags
from mplus_cli.readers.html.forms import Fields
from mplus_cli.readers.html.looks import Looks
from mplus_cli.readers.html.notes import Notes, noted
from mplus_cli.readers.letters.scripts import lowered, raised, resolved, struck

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

Leave = Callable[[], None]
"""What is done where an element ends."""

HEADINGS = {f"h{level}": level for level in range(1, 7)}
BLOCKS = tags(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset"
    " figcaption figure footer form header hgroup hr html legend li main menu ol optgroup p pre"
    " search section summary table tbody td tfoot th thead tr ul"
).union(HEADINGS)
_DROPPED = tags(
    "script style noscript template nav svg math iframe object canvas audio video datalist"
    " head rp -comment !doctype"
)
_NAMES = tags("th summary dt legend caption").union(HEADINGS)
_MAX_AROUND_BUTTON = 3
_LINE_END = "\r"
"""Where a line ends unless it does already."""
_LINE_ENDS = re.compile(r" *\r[ \r]*\n?[ \r]*")
_MAX_RUNS = 12
"""Raised in raised type, and the like; what nests deeper is text as the rest."""
_SHOWN_LINKS = ("http:", "https:", "mailto:", "tel:", "ftp:")


class Facts:
    """What is known of a page while it is read."""

    def __init__(
        self, page: LexborHTMLParser, looks: Looks, notes: Notes, shows_links: bool
    ) -> None:
        self.looks = looks
        self.notes = notes
        self.shows_links = shows_links
        self.fields = Fields(page)
        self.has_spans = page.css_first("[colspan],[rowspan]") is not None
        self.has_links = shows_links or page.css_first("a[href*='#']") is not None
        base = page.css_first("base[href]") if shows_links else None
        self.base = (base.attributes.get("href") or "") if base is not None else ""


class Line:
    """Text that grows node by node; what stands in an element may be written otherwise than it
    stands there, once the element ends.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._looks = facts.looks
        self._hidden = facts.looks.hidden
        self.shown_as = facts.looks.shown_as
        self._notes = facts.notes
        self.parts: list[str] = []
        self._runs: list[int] = []  # where in `parts` those elements began
        self._struck: list[int] = []  # which of those are struck out
        self._raised = 0
        self._readings: list[list[str]] = []  # of ruby
        self._note = ""  # the label of the note that begins here

    def text(self, text: str) -> None:
        self.parts.append(text)

    def taken(self) -> str:
        """The text so far, which begins anew."""
        if self._struck:  # around a block: what follows within is struck out on its own
            start = self._runs[self._struck[0]]
            self.parts[start:] = [struck("".join(self.parts[start:]))]
        text = "".join(self.parts)
        if _LINE_END in text:
            text = _LINE_ENDS.sub("\n", text)
        self.parts.clear()
        self._runs = [0] * len(self._runs)
        if self._note and text.strip():
            label, self._note = self._note, ""
            return noted(label, text)
        return text

    def enter(self, node: LexborNode, tag: str) -> Leave | Literal[False] | None:
        """Take an element in. False: not what is in it; else what is to be done at its end."""
        if self.hides(node, tag):
            return False
        write = _WRITERS.get(tag)
        if write is not None:
            return write(self, node)
        return self.styled(node) if self._looks.any_type else None

    def hides(self, node: LexborNode, tag: str) -> bool:
        """Whether nothing of an element is shown; if it is, a note may begin with it."""
        if tag in _DROPPED:
            return True
        if self._notes.awaited and (label := self._notes.begun(node)):
            self._note = label
            return False  # notes may be hidden until their mark is pressed
        return bool(self._hidden) and node.mem_id in self._hidden

    def styled(self, node: LexborNode) -> Leave | None:
        """Begin what a style raises, lowers or strikes out."""
        looks = self._looks
        if node.mem_id in looks.raised:
            return self._raise(node)
        if node.mem_id in looks.lowered:
            return self.run(lowered)
        return self._strike(node) if node.mem_id in looks.struck else None

    def run(self, write: Callable[[str], str]) -> Leave | None:
        """Have the text of the element that begins here written by `write`."""
        if len(self._runs) >= _MAX_RUNS:
            return None
        self._runs.append(len(self.parts))

        def leave() -> None:
            start = self._runs.pop()
            text = "".join(self.parts[start:])
            del self.parts[start:]
            self.parts.append(write(text))

        return leave

    def _strike(self, node: LexborNode) -> Leave | None:
        at = len(self._runs)
        leave = self.run(struck)
        if leave is None:
            return None
        self._struck.append(at)

        def end() -> None:
            self._struck.pop()
            leave()

        return end

    def _raise(self, node: LexborNode) -> Leave | None:
        self._raised += 1
        leave = self.run(raised)

        def lower() -> None:
            self._raised -= 1
            if leave is not None:
                leave()

        return lower

    def _link(self, node: LexborNode) -> Leave | None:
        if not self._facts.has_links:
            return None
        target = (node.attributes.get("href") or "").strip()
        if "#" not in target and not self._facts.shows_links:
            return None
        in_raised = self._raised > 0

        def write(text: str) -> str:
            if self._note and resolved(text).strip(" [().]") == self._note:
                return ""  # it leads back from the note to its mark
            mark = self._notes.mark(node, text, in_raised) if "#" in target else None
            if mark is not None:
                return mark
            return text + self._target(node, text, target) if self._facts.shows_links else text

        return self.run(write)

    def _target(self, node: LexborNode, text: str, target: str) -> str:
        if target.startswith("#") or (not text.strip() and (node.text() or "").strip()):
            return ""
        address = urljoin(self._facts.base, target) if self._facts.base else target
        scheme = address.partition(":")[0] if ":" in address.partition("/")[0] else ""
        odd = scheme and not address.lower().startswith(_SHOWN_LINKS)
        if not address or odd or address in text:
            return ""
        return f" <{address}>" if text.strip() else f"<{address}> "

    def _ruby(self, node: LexborNode) -> Leave:
        self._readings.append([])

        def leave() -> None:
            reading = "".join(self._readings.pop()).strip()
            self.parts.append(f"({reading})" if reading else "")

        return leave

    def _reading(self, node: LexborNode) -> Leave | None:
        def write(text: str) -> str:
            if not self._readings:
                return text
            self._readings[-1].append(text.strip())
            return ""

        return self.run(write)

    def _image(self, node: LexborNode) -> None:
        text = " ".join((node.attributes.get("alt") or "").split())
        if text:
            self.parts.append(f" [{text}] ")

    def apart(self, sign: str = " ") -> Leave:
        """Have spaces, or line ends, around what stands in an element."""
        self.parts.append(sign)
        return lambda: self.parts.append(sign)

    def _button(self, node: LexborNode) -> Literal[False] | None:
        """What a button says is said where it opens a section or sorts by a column."""
        around = node.parent
        for _ in range(_MAX_AROUND_BUTTON):
            if around is None or self._looks.shown_as.get(around.mem_id, around.tag) in _NAMES:
                break
            around = around.parent
        else:
            return False
        return False if around is None else None

    def _label(self, node: LexborNode) -> Leave:
        return self._facts.fields.label(node, self.parts)

    def _field(self, node: LexborNode) -> Literal[False]:
        self._facts.fields.add(node, self.parts)
        return False


_WRITERS: dict[str, Callable[[Line, LexborNode], Leave | Literal[False] | None]] = {
    "sup": Line._raise,
    "sub": lambda line, node: line.run(lowered),
    "s": Line._strike,
    "del": Line._strike,
    "strike": Line._strike,
    "q": lambda line, node: line.run(lambda text: f"“{text}”"),
    "a": Line._link,
    "ruby": Line._ruby,
    "rt": Line._reading,
    "br": lambda line, node: line.parts.append("\n"),
    "img": Line._image,
    "label": Line._label,
    "apart": lambda line, node: line.apart(),
    "line": lambda line, node: line.apart(_LINE_END),
    "button": Line._button,
    "input": Line._field,
    "select": Line._field,
    "textarea": Line._field,
}


def visit(root: LexborNode, line: Line) -> None:
    """Let a line take in all nodes below one, in reading order."""
    enter, text, shown_as = line.enter, line.text, line.shown_as
    pending: list[LexborNode | Leave] = []
    push, pop = pending.append, pending.pop
    child = root.last_child
    while child is not None:
        push(child)
        child = child.prev
    while pending:
        one = pop()
        if callable(one):
            one()
            continue
        tag = one.tag or ""
        if tag == "-text":
            text(one.text_content or "")
            continue
        if shown_as:
            tag = shown_as.get(one.mem_id, tag)
        leave = enter(one, tag)
        if leave is False:
            continue
        if leave:
            push(leave)
        child = one.last_child
        while child is not None:
            push(child)
            child = child.prev
