"""What an Excel sheet has beside its rows: comments, tables, links, drawings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from itertools import islice
from typing import TYPE_CHECKING

from mplus_cli.readers.containers.archive import DAMAGE, Archive
from mplus_cli.readers.containers.ooxml import ON, relations, spare_links
from mplus_cli.readers.containers.xml_tree import attribute, inner, local
from mplus_cli.readers.job import Job
from mplus_cli.readers.office.graphics import described
from mplus_cli.readers.office.margins import is_bare
from mplus_cli.readers.office.sheets import Area, Around
from mplus_cli.readers.remarks import comment, counted
from mplus_cli.readers.xlsx.cells import column_number, string

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")
_MERGED = re.compile(rb"<(?:[\w.-]+:)?mergeCell\s[^>]*?\bref\s*=\s*[\"']([A-Z0-9:]+)")
_LINK = re.compile(rb"<(?:[\w.-]+:)?hyperlink\s([^>]*)>")
_COLUMN = re.compile(rb"<(?:[\w.-]+:)?col\s([^>]*)>")
_MARGIN = re.compile(
    rb"<(?:[\w.-]+:)?(odd|even|first)(Header|Footer)(?:\s[^>]*)?>([^<]*)</(?:[\w.-]+:)?\1\2>"
)
# What a header may hold beside text: its parts, its type, and what is filled in by the program.
_CODE = re.compile(r"&(&|\"[^\"]*\"|\d+|K[0-9A-Fa-f]{6}|K\d\d[+-]\d{3}|[A-Za-z])")
_PAGE = re.compile("&[PN]")
_MAX_MARGINS = 6
_ATTRIBUTE = re.compile(r"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_UNREAD = {
    "chart": "chart",
    "chartex": "chart",
    "diagramData": "diagram",
    "oleObject": "embedded object",
    "package": "embedded file",
    "ctrlProp": "form control",
    "slicer": "slicer",
}


class SheetParts:
    """What lies around the rows of one sheet; what of it is damaged, or not read, is noted."""

    def __init__(self, archive: Archive, part: str, name: str) -> None:
        self._archive, self._name = archive, name
        self._head, self._tail = archive.around(part, "sheetData")
        self._part = part
        self._targets = relations(archive, part)
        self._unread: Counter[str] = Counter()

    def around(self, people: dict[str, str], job: Job) -> Around:
        found = Around(merged=list(self._merged()))
        for kind, target in self._targets.values():
            if kind in _UNREAD:
                self._unread[_UNREAD[kind]] += 1
            elif kind in ("comments", "threadedComment", "table", "drawing"):
                try:
                    self._add(kind, target, people, found)
                except DAMAGE:
                    job.note(f"sheet {self._name}: its {_NAMES[kind]} are damaged: not read")
        found.texts += ((1, text) for text in dict.fromkeys(self._margins()))
        for what, count in self._unread.items():
            job.note(f"sheet {self._name}: {counted(count, what)} not read")
        return found

    def _margins(self) -> Iterator[str]:
        """What stands in the headers and footers of a sheet when it is printed."""
        for found in islice(_MARGIN.finditer(self._tail), _MAX_MARGINS):
            written = unescape(found[3].decode("utf-8", "replace"))
            text = " ".join(_CODE.sub(_coded, written).split())
            if text and not (_PAGE.search(written) and is_bare(text)):
                yield f"[{found[2].decode()}: {text}]"

    def links(self) -> dict[str, str]:
        """Cell -> where its link leads to."""
        if b"hyperlink" not in self._tail:
            return {}
        targets = spare_links(self._archive, self._part)
        found = {}
        for link in _LINK.finditer(self._tail):
            attributes = _attributes(link[1])
            number = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            if number in targets:
                found[attributes.get("ref", "").partition(":")[0]] = targets[number]
        return found

    def hidden_columns(self) -> int:
        """How many columns the sheet doesn't show."""
        count = 0
        for column in _COLUMN.finditer(self._head):
            attributes = _attributes(column[1])
            if attributes.get("hidden") in ON:
                first, last = attributes.get("min", "1"), attributes.get("max", "1")
                if first.isdecimal() and last.isdecimal() and int(last) < 16_384:
                    count += int(last) - int(first) + 1
        return count

    def _merged(self) -> Iterator[Area]:
        for found in _MERGED.finditer(self._tail):
            area = _area(found[1].decode())
            if area:
                yield area

    def _add(self, kind: str, target: str, people: dict[str, str], found: Around) -> None:
        tree = self._archive.tree(target)
        if kind == "comments":
            self._comments(tree, found)
        elif kind == "threadedComment":
            self._threads(tree, people, found)
        elif kind == "drawing":
            self._drawing(tree, target, found)
        elif int(attribute(tree, "headerRowCount", "1")):
            area = _area(attribute(tree, "ref"))
            if area:
                found.tables.append((area[0], area[2]))

    def _comments(self, tree: Element, found: Around) -> None:
        """Notes; where a thread of comments stands, they only say that it does."""
        authors = [one.text or "" for one in inner(tree) if local(one.tag) == "author"]
        threaded = any(kind == "threadedComment" for kind, _ in self._targets.values())
        for one in inner(tree):
            if local(one.tag) != "comment":
                continue
            number = attribute(one, "authorId")
            author = (
                authors[int(number)] if number.isdecimal() and int(number) < len(authors) else ""
            )
            if threaded and author.startswith("tc="):
                continue
            text = string(one).strip().removeprefix(f"{author}:") if author else string(one)
            _note(found, attribute(one, "ref"), text, author)

    def _threads(self, tree: Element, people: dict[str, str], found: Around) -> None:
        for one in inner(tree):
            if local(one.tag) == "threadedComment":
                text = "".join(part.text or "" for part in one if local(part.tag) == "text")
                author = people.get(attribute(one, "personId"), "")
                _note(found, attribute(one, "ref"), text, author)

    def _drawing(self, tree: Element, target: str, found: Around) -> None:
        """The texts of shapes, at the rows that they hang on."""
        for anchor in tree:
            row = next((part.text for part in inner(anchor) if local(part.tag) == "row"), "0")
            for body in inner(anchor, _SKIPPED):
                if local(body.tag) == "txBody":
                    lines = [_line(part) for part in body if local(part.tag) == "p"]
                    text = "\n".join(line for line in lines if line.strip())
                    if text:
                        found.texts.append((min(int(row or 0), 1_048_575) + 1, text))
                elif local(body.tag) == "pic":
                    told = (described(attribute(one, "descr")) for one in inner(body))
                    if text := next(filter(None, told), ""):
                        found.texts.append((min(int(row or 0), 1_048_575) + 1, text))
                    else:
                        self._unread["undescribed picture"] += 1
        for kind, _ in relations(self._archive, target).values():
            if kind in _UNREAD:
                self._unread[_UNREAD[kind]] += 1


_NAMES = {
    "comments": "comments",
    "threadedComment": "comments",
    "table": "tables",
    "drawing": "drawings",
}
_SKIPPED = frozenset({"Fallback"})


def people(archive: Archive, parts: dict[str, str]) -> dict[str, str]:
    """Id -> name of those who comment in threads."""
    if "person" not in parts:
        return {}
    return {
        attribute(one, "id"): attribute(one, "displayName") for one in archive.tree(parts["person"])
    }


def _coded(code: re.Match[str]) -> str:
    return "&" if code[1] == "&" else " " if code[1] in "LCR" else ""


def _note(found: Around, place: str, text: str, author: str) -> None:
    reference = _REFERENCE.match(place)
    row = int(reference[2]) if reference else 1
    if said := comment(" ".join(text.split()), author, place):
        found.comments.setdefault(row, []).append(said)


def _line(paragraph: Element) -> str:
    return "".join(part.text or "" for part in inner(paragraph) if local(part.tag) == "t")


def _area(reference: str) -> Area | None:
    first, _, last = reference.partition(":")
    begin, end = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last or first)
    if begin is None or end is None:
        return None
    return int(begin[2]), column_number(begin[1]), int(end[2]), column_number(end[1])


def _attributes(tag: bytes) -> dict[str, str]:
    return {
        name: unescape(one or other)
        for name, one, other in _ATTRIBUTE.findall(tag.decode("utf-8", "replace"))
    }
