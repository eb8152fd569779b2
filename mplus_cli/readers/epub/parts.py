"""The lists inside of an e-book, read with patience: what its pages are, and their titles.

They are XML that no parser would take from many a book: entities that nobody declared, an `&`
alone, an end that is missing. Only a few tags of them count, so those are looked for.
"""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple
from urllib.parse import unquote

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_ATTRIBUTE = re.compile(r"(?<![\w:.-])([\w:.-]++)\s*+=\s*+(?:\"([^\"]*)\"|'([^']*)')")
_TAGS = re.compile(r"<[^<>]*>")
_LABEL = re.compile(r"<(?:\w+:)?text\b[^<>]*>([^<]*)")
_SOURCE = re.compile(r"<(?:\w+:)?content\b([^<>]*)>")
_TITLE = re.compile(r"<(?:\w+:)?title\b[^<>]*>([^<]*)")
_POINT = re.compile(r"<(?:\w+:)?navPoint\b")
_ITEMS = 20_000

_PAGE_TYPES = {"application/xhtml+xml", "text/html", "application/html", "text/x-oeb1-document"}
_PAGE_SUFFIXES = (".xhtml", ".html", ".htm", ".xht")
_CONTENTS = "application/x-dtbncx+xml"


class Item(NamedTuple):
    """A file that a book lists."""

    path: str
    media_type: str
    properties: str

    @property
    def is_page(self) -> bool:
        return self.media_type in _PAGE_TYPES or self.path.lower().endswith(_PAGE_SUFFIXES)

    @property
    def is_contents(self) -> bool:
        return "nav" in self.properties.split()

    @property
    def is_old_contents(self) -> bool:
        return self.media_type == _CONTENTS or self.path.lower().endswith(".ncx")


class Package(NamedTuple):
    """The files of a book by their ids, the ids of its pages in reading order, and its title."""

    items: dict[str, Item]
    spine: list[str]
    title: str


def package(text: str, folder: str) -> Package:
    """What a package document lists, its paths seen from the archive."""
    text = _COMMENT.sub("", text)
    items = {
        found.get("id", ""): Item(
            resolved(folder, found.get("href", "")),
            found.get("media-type", "").strip().lower(),
            found.get("properties", ""),
        )
        for found in elements(text, "item")
    }
    spine = [found.get("idref", "") for found in elements(text, "itemref")]
    title = _TITLE.search(text)
    return Package(items, spine, plain(title[1]) if title else "")


def elements(text: str, name: str) -> Iterator[dict[str, str]]:
    """The attributes of the elements of one local name."""
    tags = re.finditer(rf"<(?:[\w-]+:)?{name}\b([^<>]*)>", text)
    for found in islice(tags, _ITEMS):
        yield _attributes(found[1])


def points(text: str) -> Iterator[tuple[str, str]]:
    """What the entries of an EPUB 2 table of contents lead to, and their labels."""
    pieces = _POINT.split(_COMMENT.sub("", text))[1 : _ITEMS + 1]
    for piece in pieces:
        label, source = _LABEL.search(piece), _SOURCE.search(piece)
        if label and source:
            yield _attributes(source[1]).get("src", ""), plain(label[1])


def plain(markup: str) -> str:
    """Markup without its tags, on one line."""
    return " ".join(html.unescape(_TAGS.sub("", markup)).split())


def resolved(folder: str, reference: str) -> str:
    """The path in the archive of what a file in a folder names."""
    reference = unquote(reference.strip()).replace("\\", "/")
    return posixpath.normpath(posixpath.join(folder, reference)).lstrip("/")


def _attributes(text: str) -> dict[str, str]:
    return {
        name.rpartition(":")[2].lower(): html.unescape(one or other)
        for name, one, other in _ATTRIBUTE.findall(text)
    }
