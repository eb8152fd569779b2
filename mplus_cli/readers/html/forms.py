"""What is filled in on a page: values behind their names, ticked boxes as yes or no."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mplus_cli.readers.html.depth import tags
from mplus_cli.readers.remarks import EMPTY, TICKED

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_NO_VALUES = tags("hidden password submit button reset image file")
_BOXES = tags("checkbox radio")


class Fields:
    """The fields of a page, and the labels that name them."""

    def __init__(self, page: LexborHTMLParser) -> None:
        self._page = page
        self._labelled: set[str] | None = None  # ids of fields that have a label elsewhere
        self._seen: set[str] = set()  # those whose label came before them
        self._answers: dict[str, str] = {}  # of boxes whose label is still to come
        self._around: list[str] = []  # the answers of boxes within open labels
        self._ends_at = (0, -1)  # the list of text, and its length behind the last value

    def label(self, node: LexborNode, parts: list[str]) -> Callable[[], None]:
        """Begin a label; what is given back ends it, with the answer of its box."""
        self._around.append("")
        name = node.attributes.get("for") or ""
        start = len(parts)

        def leave() -> None:
            answer = self._around.pop() or self._answers.pop(name, "")
            self._seen.add(name)
            if any(part.strip() for part in parts[start:]):
                self._answer(answer, parts)
            elif answer == "yes":  # one that is not ticked may be a button that looks otherwise
                parts.append(f"{TICKED} ")

        return leave

    def add(self, node: LexborNode, parts: list[str]) -> None:
        """Write what a field holds behind the text so far."""
        attributes = node.attributes
        kind = (attributes.get("type") or "text").lower() if node.tag == "input" else ""
        if kind in _BOXES:
            self._box(node, "yes" if "checked" in attributes else "no", parts)
        elif value := _value(node, kind):
            self._answer(value, parts, attributes.get("aria-label") or "")

    def _box(self, node: LexborNode, answer: str, parts: list[str]) -> None:
        name = node.attributes.get("id") or ""
        if self._around:
            self._around[-1] = answer
        elif name and name in self._seen:
            self._answer(answer, parts)
        elif name and name in self._labels():
            self._answers[name] = answer
        elif label := node.attributes.get("aria-label"):
            parts.append(f" {label.strip()}: {answer} ")
        else:
            parts.append(f"{TICKED if answer == 'yes' else EMPTY} ")

    def _labels(self) -> set[str]:
        if self._labelled is None:
            labels = self._page.css("label[for]")
            self._labelled = {label.attributes.get("for") or "" for label in labels}
        return self._labelled

    def _answer(self, value: str, parts: list[str], name: str = "") -> None:
        """Write a value; behind its name, which stands there already or is given."""
        if not value:
            return
        while parts and not parts[-1].strip(" "):
            parts.pop()
        follows = self._ends_at == (id(parts), len(parts))
        if parts and parts[-1].strip():
            parts[-1] = parts[-1].rstrip(" ")
            named = not follows and (parts[-1][-1].isalnum() or parts[-1].endswith((")", "*")))
            parts.append(f": {value} " if named else f" {value} ")
        else:
            parts.append(f"{name.strip()}: {value} " if name.strip() else f"{value} ")
        self._ends_at = (id(parts), len(parts))


def _value(node: LexborNode, kind: str) -> str:
    if node.tag == "select":
        chosen = node.css("option[selected]")
        return ", ".join(" ".join(option.text().split()) for option in chosen)
    if node.tag == "textarea":
        return (node.text() or "").strip()
    return "" if kind in _NO_VALUES else " ".join((node.attributes.get("value") or "").split())
