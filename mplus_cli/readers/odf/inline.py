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
from mplus_cli.readers.letters.scripts import lowered, note_mark, raised, struck
from mplus_cli.readers.odf.charts import chart_text
from mplus_cli.readers.remarks import EMPTY, TICKED, comment, counted

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_SPACE = re.compile(r"[ \t\r\n]+")
_MAX_SPACES = 100
_MAX_BASES = 10  # that a style is based on, one on the other
# What is deleted, or stands elsewhere, or is no text.
_UNSEEN = "tracked-changes annotation-end hidden-paragraph note-citation script forms"
_SKIPPED = frozenset([*_UNSEEN.split(), "binary-data", "sequence-decls"])
_DRAWN = "custom-shape rect ellipse circle line polyline polygon path connector caption g"
SHAPES = frozenset(["frame", "control", *_DRAWN.split()])
"""What may hang on a paragraph, or stand on a page by itself."""
_MARGINS = [f"{kind}{of}" for kind in ("header", "footer") for of in ("", "-left", "-first")]
_PAGE_FIELDS = ("page-number", "page-count")
_FORM_FIELDS = ("text", "textarea", "formatted-text", "number", "date", "time")


class Styles:
    """What the styles of a document do to its text."""

    def __init__(self) -> None:
        self.lists: dict[str, Element] = {}
        self.outline: Element | None = None
        self.margins: list[Element] = []
        """The headers and footers of all kinds of pages."""
        self._scripts: dict[tuple[str, str], str] = {}
        self._hidden: set[tuple[str, str]] = set()
        self._struck: dict[tuple[str, str], bool] = {}
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
            elif tag == "master-page":
                margins = (part for part in style if local(part.tag) in _MARGINS)
                self.margins += (one for one in margins if attribute(one, "display") != "false")

    def _add(self, style: Element) -> None:
        key = (attribute(style, "family"), attribute(style, "name"))
        self._bases[key] = attribute(style, "parent-style-name")
        if listed := attribute(style, "list-style-name"):
            self._lists_of[key[1]] = listed
        for part in style:
            if position := attribute(part, "text-position"):
                self._scripts[key] = position.split()[0]
            for line in ("text-line-through-type", "text-line-through-style"):
                if through := attribute(part, line):
                    self._struck[key] = through != "none"
            off = attribute(part, "display") in ("none", "false")
            if off or attribute(part, "visibility") == "hidden":
                self._hidden.add(key)

    def marked(self, name: str, text: str) -> str:
        """A span's text as its style has it: raised, lowered, or hidden."""
        keys = list(self._with_bases("text", name))
        if not self._hidden.isdisjoint(keys):
            return ""
        position = next((self._scripts[key] for key in keys if key in self._scripts), "")
        if position == "super" or (position[:1].isdigit() and position != "0%"):
            text = raised(text)
        elif position == "sub" or position.startswith("-"):
            text = lowered(text)
        return self.struck("text", name, text)

    def struck(self, family: str, name: str, text: str) -> str:
        """A text as a style of a family strikes it out, or not."""
        keys = self._with_bases(family, name) if self._struck else ()
        is_struck = next((self._struck[key] for key in keys if key in self._struck), False)
        return struck(text) if is_struck else text

    def _with_bases(self, family: str, name: str) -> Iterator[tuple[str, str]]:
        """The keys of a style and of those that it is based on."""
        key = (family, name)
        for _ in range(_MAX_BASES):
            if key not in self._bases:
                return
            yield key
            key = (family, self._bases[key])

    def hides(self, family: str, name: str) -> bool:
        return (family, name) in self._hidden

    def list_of(self, paragraph_style: str) -> str:
        """The style of the lists of a paragraph, by its own style."""
        for _ in range(_MAX_BASES):
            if paragraph_style in self._lists_of:
                return self._lists_of[paragraph_style]
            paragraph_style = self._bases.get(("paragraph", paragraph_style), "")
        return ""


# A picture beside these shows the same.
_SHOWN_BY_IMAGES = {"object", "object-ole", "plugin", "text-box", "table"}


class Inline:
    """The text of paragraphs; what hangs on them waits in `behind` and `frames` to be taken."""

    def __init__(self, styles: Styles, archive: Archive | None, body: Element, job: Job) -> None:
        self.styles = styles
        self.behind: list[str] = []
        self.frames: list[Element] = []
        self.with_pages = True
        """Whether the numbers of pages are read."""
        self.with_charts = True
        """Whether charts are read; the values of those in a workbook stand in its cells."""
        self._archive = archive
        self._pictures = 0
        self._links = job.options.links
        self._unread: Counter[str] = Counter()
        self._fields = dict(_fields(body))

    def text(self, element: Element) -> str:
        parts: list[str] = []
        self._inside(element, parts)
        text = "".join(parts)
        if local(element.tag) in ("p", "h"):
            return self.styles.struck("paragraph", attribute(element, "style-name"), text)
        return text

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

    def miss(self, what: str) -> None:
        """Count what is met and not read."""
        self._unread[what] += 1

    def say(self, job: Job) -> None:
        """Note what was met and not read."""
        job.pictures += self._pictures
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
            parts.append(self._span(element))
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
        elif self._is_read(element, tag):
            self._inside(element, parts)

    def _is_read(self, element: Element, tag: str) -> bool:
        if tag == "hidden-text" and attribute(element, "is-hidden") != "false":
            self.miss("hidden text")
            return False
        return tag not in _SKIPPED and (self.with_pages or tag not in _PAGE_FIELDS)

    def _span(self, element: Element) -> str:
        inside = self.text(element)
        shown = self.styles.marked(attribute(element, "style-name"), inside)
        if inside.strip() and not shown:
            self.miss("hidden text")
        return shown

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
            self.miss("embedded object")
        told = next((parts[name] for name in ("title", "desc") if name in parts), None)
        text = " ".join((told.text or "").split()) if told is not None else ""
        if "image" in parts and not text and not parts.keys() & _SHOWN_BY_IMAGES:
            self._pictures += 1
        return f"[{text}]" if text and "image" in parts else ""

    def _object(self, element: Element) -> str:
        """A formula as it was typed; a chart goes behind, other objects are not read."""
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
            self.miss("embedded object")
            return ""
        typed = [one.text or "" for one in inner(root) if local(one.tag) == "annotation"]
        if local(root.tag) == "math":
            return " ".join((typed[0] if typed else " ".join(root.itertext())).split())
        charted = any(local(one.tag) == "chart" for one in inner(root))
        values = chart_text(root) if charted and self.with_charts else ""
        if values:
            self.behind.append(values)
        else:
            self.miss("chart" if charted else "embedded object")
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
