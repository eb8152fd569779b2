"""E-books (EPUB): chapters in reading order, with their titles."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote

from mplus_cli.errors import NoTextError, ReadError
from mplus_cli.readers.archive import Archive, attribute, first, inner, local, opened
from mplus_cli.readers.blocks import Blocks
from mplus_cli.readers.document import Document
from mplus_cli.readers.encoding import decode
from mplus_cli.readers.html import add_html
from mplus_cli.readers.job import Job

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_CONTAINER, _ENCRYPTION = "META-INF/container.xml", "META-INF/encryption.xml"
_PAGES = {"application/xhtml+xml", "text/html", "application/html"}
_CONTENTS = "application/x-dtbncx+xml"


def read_epub(data: bytes, job: Job) -> Document:
    """An e-book; places are headings, or titles of its table of contents, and numbers of parts."""
    blocks = Blocks()
    way_out = "open it in an e-book editor such as Sigil and save it anew"
    with opened(data, "an e-book", way_out) as archive:
        root = archive.tree(_CONTAINER)
        books = (
            attribute(part, "full-path") for part in inner(root) if local(part.tag) == "rootfile"
        )
        book = first(books, "package")
        package = archive.tree(book)
        items = _items(package, posixpath.dirname(book))
        pages = _pages(package, items)
        _refuse_locked(archive, pages)
        titles = _titles(archive, package, items)
        for number, page in enumerate(pages, start=1):
            blocks.number = number
            add_html(_page(archive, page), blocks, job, titles.get(page, ""), xml=True)
    return blocks.document("epub", "part")


def _items(package: Element, folder: str) -> dict[str, tuple[str, str]]:
    """Id -> the path and the type of the files that the book lists."""
    return {
        attribute(item, "id"): (
            _path(folder, attribute(item, "href")),
            attribute(item, "media-type"),
        )
        for item in inner(package)
        if local(item.tag) == "item"
    }


def _pages(package: Element, items: dict[str, tuple[str, str]]) -> list[str]:
    """The pages in reading order, each once."""
    found = [
        items[attribute(one, "idref")] for one in inner(package) if local(one.tag) == "itemref"
    ]
    return list(dict.fromkeys(path for path, media_type in found if media_type in _PAGES))


def _page(archive: Archive, page: str) -> str:
    try:
        return decode(archive.read(page))
    except NoTextError as error:
        raise NoTextError(f"{error.reason}, on its page {page}", error.hint) from error


def _refuse_locked(archive: Archive, pages: list[str]) -> None:
    """Refuse a book whose pages are encrypted; fonts often are, and do not matter."""
    if _ENCRYPTION not in archive:
        return
    references = (
        part for part in inner(archive.tree(_ENCRYPTION)) if local(part.tag) == "CipherReference"
    )
    locked = {unquote(attribute(part, "URI")) for part in references}
    if locked & set(pages):
        raise ReadError("an encrypted e-book", "get a copy without copy protection (DRM)")


def _titles(
    archive: Archive, package: Element, items: dict[str, tuple[str, str]]
) -> dict[str, str]:
    """Page -> the title that the table of contents has for it; the first one counts."""
    titles: dict[str, str] = {}
    for item in inner(package):
        path, media_type = items.get(attribute(item, "id"), ("", ""))
        if local(item.tag) != "item" or path not in archive:
            continue
        is_page = "nav" in attribute(item, "properties").split()
        if is_page or media_type == _CONTENTS:
            tree = archive.tree(path)
            for target, label in _links(tree) if is_page else _points(tree):
                page = _path(posixpath.dirname(path), target.partition("#")[0])
                titles.setdefault(page, " ".join("".join(label.itertext()).split()))
    return titles


def _links(page: Element) -> Iterator[tuple[str, Element]]:
    """What the links of a page of contents lead to, and their labels."""
    return ((attribute(one, "href"), one) for one in inner(page) if local(one.tag) == "a")


def _points(contents: Element) -> Iterator[tuple[str, Element]]:
    """The same from the contents of EPUB 2."""
    for point in inner(contents):
        if local(point.tag) == "navPoint":
            parts = {local(part.tag): part for part in point}
            yield attribute(parts["content"], "src"), parts["navLabel"]


def _path(folder: str, reference: str) -> str:
    return posixpath.normpath(posixpath.join(folder, unquote(reference)))
