"""Footnotes, endnotes and comments of a Word document: their marks, their texts, their authors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mplus_cli.readers.containers.xml_tree import attribute, inner, local, whole
from mplus_cli.readers.numerals import numbered
from mplus_cli.readers.remarks import comment

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

FOOTNOTES, ENDNOTES = "footnotes", "endnotes"
_PROPERTIES = {FOOTNOTES: "footnotePr", ENDNOTES: "endnotePr"}
_FORMATS = {FOOTNOTES: "decimal", ENDNOTES: "lowerRoman"}


@dataclass
class _Count:
    """How notes are numbered, as a section or the whole document says it."""

    kind: str
    start: int = 1
    restarts: bool = False

    def told(self, properties: Iterable[Element], tag: str) -> _Count:
        """The same, with what the properties of a section or of the document say."""
        found = _Count(self.kind, self.start, self.restarts)
        for one in properties:
            for part in one if local(one.tag) == tag else ():
                value = attribute(part, "val")
                if local(part.tag) == "numFmt":
                    found.kind = value
                elif local(part.tag) == "numStart":
                    found.start = whole(value, 1)
                elif local(part.tag) == "numRestart":
                    found.restarts = value == "eachSect"
        return found


class Notes:
    """The footnotes or endnotes of a document, numbered in the order of their marks."""

    def __init__(
        self,
        kind: str,
        root: Element | None,
        settings: Iterable[Element],
        sections: list[Element],
    ) -> None:
        self.notes = {
            attribute(note, "id"): note
            for note in (root if root is not None else ())
            if attribute(note, "type", "normal") == "normal"
        }
        tag = _PROPERTIES[kind]
        overall = _Count(_FORMATS[kind]).told(settings, tag)
        self._sections = [overall.told(section, tag) for section in sections] or [overall]
        self._section = 0
        self._value = self._sections[0].start - 1
        self.missing = 0

    def end_section(self) -> None:
        if self._section + 1 < len(self._sections):
            self._section += 1
            count = self._sections[self._section]
            if count.restarts:
                self._value = count.start - 1

    def label(self) -> str:
        """The number of the next note."""
        self._value += 1
        return numbered(self._value, self._sections[self._section].kind)

    def take(self, name: str) -> Element | None:
        """A note by its id, once; that there is none is counted."""
        note = self.notes.pop(name, None)
        self.missing += note is None
        return note


@dataclass
class Comment:
    """One comment: who wrote it, what it answers, and whether it is done with."""

    element: Element
    author: str
    resolved: bool = False
    replies: list[str] = field(default_factory=list)
    is_reply: bool = False

    def around(self, text: str) -> str:
        """The comment, whose text is this."""
        return comment(text, self.author, reply=self.is_reply, resolved=self.resolved)


class Comments:
    """The comments of a document by their ids; each is taken once, with its replies behind it."""

    def __init__(self, root: Element | None, extended: Element | None) -> None:
        self._comments: dict[str, Comment] = {}
        by_paragraph: dict[str, str] = {}
        for element in root if root is not None else ():
            name = attribute(element, "id")
            author = " ".join(attribute(element, "author").split())
            self._comments[name] = Comment(element, author)
            for part in inner(element):
                if local(part.tag) == "p" and (paragraph := attribute(part, "paraId")):
                    by_paragraph[paragraph] = name
        for element in extended if extended is not None else ():
            answer = self._comments.get(by_paragraph.get(attribute(element, "paraId"), ""))
            parent = self._comments.get(by_paragraph.get(attribute(element, "paraIdParent"), ""))
            if answer is not None:
                answer.resolved = attribute(element, "done") == "1"
                if parent is not None and parent is not answer:
                    answer.is_reply = True
                    name = by_paragraph[attribute(element, "paraId")]
                    parent.replies.append(name)

    def take(self, name: str) -> Iterator[Comment]:
        pending = [name]
        while pending:
            found = self._comments.pop(pending.pop(), None)
            if found is not None:
                yield found
                pending.extend(reversed(found.replies))

    def rest(self) -> Iterator[Comment]:
        """Those that nothing in the text refers to."""
        for name in list(self._comments):
            yield from self.take(name)
