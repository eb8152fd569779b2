"""What stands in the lines of an OpenDocument file: spans, notes, comments, fields, frames."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from mplus_cli.readers.containers.archive import DAMAGE, Archive
from mplus_cli.readers.containers.xml_tree import attribute, inner, local
from mplus_cli.readers.job import Job
from mplus_cli.readers.letters.scripts import lowered, note_mark, raised
from mplus_cli.readers.remarks import EMPTY, TICKED, comment, counted

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_SPACE = re.compile(r"[ \t\r\n]+")
_MAX_SPACES = 100
_MAX_BASES = 10  # that a style is based on, one on the other
# What is deleted, or stands elsewhere, or is no text.
_UNSEEN = "tracked-changes annotation-end hidden-text hidden-paragraph note-citation script forms"
_SKIPPED = frozenset([*_UNSEEN.split(), "binary-data", "sequence-decls"])
_DRAWN = "custom-shape rect ellipse circle line polyline polygon path connector caption g"
SHAPES = frozenset(["frame", "control", *_DRAWN.split()])
"""What may hang on a paragraph, or stand on a page by itself."""
_FORM_FIELDS = ("text", "textarea", "formatted-text", "number", "date", "time")


class Styles:
    """What the styles of a document do to its text."""

    def __init__(self) -> None:
        self.lists: dict[str, Element] = {}
        self.outline: Element | None = None
        self._scripts: dict[tuple[str, str], str] = {}
        self._hidden: set[tuple[str, str]] = set()
        self._bases: dict[tuple[str, str], str] = {}
        self._lists_of: dict[str, str] = {}

    def add(self, root: Element) -> None:
        for style in inner(root, frozenset({"body"})):
            tag = local(style.tag)
            if tag == "list-style":
                self.lists[attribute(style, "name")] = style
            elif tag == "outline-style":
                self.outline = style
            elif tag == "style":
                self._add(style)

    def _add(self, style: Element) -> None:
        key = (attribute(style, "family"), attribute(style, "name"))
        self._bases[key] = attribute(style, "parent-style-name")
        if listed := attribute(style, "list-style-name"):
            self._lists_of[key[1]] = listed
        for part in style:
            if position := attribute(part, "text-position"):
                self._scripts[key] = position.split()[0]
            off = attribute(part, "display") in ("none", "false")
            if off or attribute(part, "visibility") == "hidden":
                self._hidden.add(key)

    def marked(self, name: str, text: str) -> str:
        """A span's text as its style has it: raised, lowered, or hidden."""
        key = ("text", name)
        for _ in range(_MAX_BASES):
            if key in self._hidden:
                return ""
            if key in self._scripts:
                position = self._scripts[key]
                if position == "super" or (position[:1].isdigit() and position != "0%"):
                    return raised(text)
                return lowered(text) if position == "sub" or position.startswith("-") else text
            key = ("text", self._bases.get(key, ""))
        return text

    def hides(self, family: str, name: str) -> bool:
        return (family, name) in self._hidden

    def list_of(self, paragraph_style: str) -> str:
        """The style of the lists of a paragraph, by its own style."""
        for _ in range(_MAX_BASES):
            if paragraph_style in self._lists_of:
                return self._lists_of[paragraph_style]
            paragraph_style = self._bases.get(("paragraph", paragraph_style), "")
        return ""


class Inline:
    """The text of paragraphs; what hangs on them waits in `behind` and `frames` to be taken."""

    def __init__(self, styles: Styles, archive: Archive | None, body: Element, job: Job) -> None:
        self.styles = styles
        self.behind: list[str] = []
        self.frames: list[Element] = []
        self._archive = archive
        self._links = job.options.links
        self._unread: Counter[str] = Counter()
        self._fields = dict(_fields(body))

    def text(self, element: Element) -> str:
        parts: list[str] = []
        self._inside(element, parts)
        return "".join(parts)

    def shape(self, element: Element) -> str:
        """What a shape says in its line; one with text of its own waits in `frames`."""
        parts: list[str] = []
        self._add(element, parts)
        return "".join(parts)

    def taken(self) -> list[str]:
        """The notes and comments of what was read since the last time."""
        behind, self.behind = self.behind, []
        return behind

    def lines(self, element: Element) -> list[str]:
        """The texts of all paragraphs below an element."""
        return [self.text(part) for part in _paragraphs(element)]

    def say(self, job: Job) -> None:
        """Note what was met and not read."""
        for what, count in self._unread.items():
            job.note(f"{counted(count, what)} not read")

    def _inside(self, element: Element, parts: list[str]) -> None:
        parts.append(_SPACE.sub(" ", element.text or ""))
        for child in element:
            self._add(child, parts)
            parts.append(_SPACE.sub(" ", child.tail or ""))

    def _add(self, element: Element, parts: list[str]) -> None:
        tag = local(element.tag)
        if tag == "s":
            count = attribute(element, "c", "1")
            parts.append(" " * min(int(count) if count.isdecimal() else 1, _MAX_SPACES))
        elif tag in ("tab", "line-break"):
            parts.append("\t" if tag == "tab" else "\n")
        elif tag == "span":
            inside = self.text(element)
            parts.append(self.styles.marked(attribute(element, "style-name"), inside))
        elif tag == "note":
            parts.append(self._note(element))
        elif tag == "annotation":
            self.behind.append(self.comment(element))
        elif tag == "a":
            target = attribute(element, "href") if self._links else ""
            parts.append(self.text(element))
            if target and not target.startswith("#"):
                parts.append(f" <{target}>")
        elif tag == "ruby-text":
            parts.append(f"({self.text(element)})")
        elif tag == "control":
            parts.append(self._fields.get(attribute(element, "control"), ""))
        elif tag == "frame":
            parts.append(self._frame(element))
        elif tag in SHAPES:
            self.frames.append(element)
        elif tag not in _SKIPPED:
            self._inside(element, parts)

    def _note(self, element: Element) -> str:
        """The mark of a note; the note itself goes behind the paragraph."""
        parts = {local(part.tag): part for part in element}
        citation = parts.get("note-citation")
        mark = note_mark("".join(citation.itertext()) if citation is not None else "*")
        body = " ".join(self.lines(parts["note-body"])) if "note-body" in parts else ""
        self.behind.append(f"{mark} {body.strip()}")
        return raised(mark)

    def comment(self, element: Element) -> str:
        author = next((part.text or "" for part in element if local(part.tag) == "creator"), "")
        text = " ".join(" ".join(self.lines(element)).split())
        return comment(text, author)

    def _frame(self, element: Element) -> str:
        """What a frame says in its line: a formula, or the description of a picture."""
        parts = {local(part.tag): part for part in element}
        if "text-box" in parts or "table" in parts:
            self.frames.append(element)
        elif "object" in parts:
            return self._object(parts["object"])
        elif "object-ole" in parts or "plugin" in parts:
            self._unread["embedded object"] += 1
        told = next((parts[name] for name in ("title", "desc") if name in parts), None)
        text = " ".join((told.text or "").split()) if told is not None else ""
        return f"[{text}]" if text and "image" in parts else ""

    def _object(self, element: Element) -> str:
        """A formula as it was typed; charts and other objects are counted as not read."""
        part = posixpath.normpath(f"{attribute(element, 'href')}/content.xml").lstrip("/")
        root: Element | None = None
        try:
            if self._archive is not None and part in self._archive:
                root = self._archive.tree(part)
            elif len(element):
                root = element[0]
        except DAMAGE:
            root = None
        if root is None:
            self._unread["embedded object"] += 1
            return ""
        typed = [one.text or "" for one in inner(root) if local(one.tag) == "annotation"]
        if local(root.tag) == "math":
            return " ".join((typed[0] if typed else " ".join(root.itertext())).split())
        charted = any(local(one.tag) == "chart" for one in inner(root))
        self._unread["chart" if charted else "embedded object"] += 1
        return ""


def whole_number(element: Element, name: str) -> int:
    """An attribute that counts, 1 where there is none."""
    value = attribute(element, name, "1")
    return max(int(value), 1) if value.isdecimal() and len(value) < 10 else 1


def _paragraphs(element: Element) -> Iterator[Element]:
    pending = list(reversed(element))
    while pending:
        part = pending.pop()
        if local(part.tag) in ("p", "h"):
            yield part
        elif local(part.tag) not in _SKIPPED and local(part.tag) != "annotation":
            pending.extend(reversed(part))


def _fields(body: Element) -> Iterable[tuple[str, str]]:
    """Id -> value of the fields of forms, as they stand in the text."""
    for form in inner(body):
        if local(form.tag) != "form":
            continue
        for field in form:
            tag, number = local(field.tag), attribute(field, "id")
            value = attribute(field, "current-value") or attribute(field, "value")
            if tag in ("checkbox", "radio"):
                state = attribute(field, "current-state") or attribute(field, "state")
                on = state == "checked" or attribute(field, "current-selected") == "true"
                yield number, f"{TICKED if on else EMPTY} {attribute(field, 'label')}".rstrip()
            elif tag in ("listbox", "combobox"):
                chosen = (
                    attribute(one, "label")
                    for one in field
                    if attribute(one, "current-selected") == "true"
                )
                yield number, ", ".join(chosen) or value
            elif tag in _FORM_FIELDS:
                yield number, value
