"""E-books (EPUB): pages in reading order, with their titles; what is missing is named."""

from __future__ import annotations

import lzma
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator

from mplus_cli.errors import NoTextError, ReadError
from mplus_cli.readers.blocks import Blocks
from mplus_cli.readers.containers.archive import Archive, opened
from mplus_cli.readers.document import Document
from mplus_cli.readers.epub.parts import Item, elements, package, points, resolved
from mplus_cli.readers.html.depth import TooDeepError, refuse_deep
from mplus_cli.readers.html.notes import Notes
from mplus_cli.readers.html.reader import add_html, declared_charset
from mplus_cli.readers.job import Job
from mplus_cli.readers.letters.encoding import decode

_CONTAINER, _ENCRYPTION = "META-INF/container.xml", "META-INF/encryption.xml"
_WAY_OUT = "open it in an e-book editor such as Sigil or Calibre and save it anew"
_MAX_SHEETS = 20  # of one page
# What a damaged member raises; RuntimeError is a locked one's.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)


def read_epub(data: bytes, job: Job) -> Document:
    """An e-book; places are headings, or titles of its table of contents, and numbers of parts."""
    blocks = Blocks()
    with opened(data, "an e-book", _WAY_OUT) as archive:
        book = _Book(archive, job)
        titles = book.titles()
        notes = Notes()
        read = 0
        for number, page in enumerate(book.pages, start=1):
            blocks.number = number
            text = book.text(page)
            if text is None:
                continue
            notes.page = page
            try:
                title, sheets = titles.get(page.casefold(), ""), book.sheets(page, text)
                add_html(text, blocks, job, title, xml=True, notes=notes, sheets=sheets)
            except TooDeepError as error:
                job.note(f"the page {page} is {error.reason}: not read")
                continue
            read += 1
        blocks.title = book.title
    if book.pages and not read:
        notes_of_pages = "; ".join(job.notes[:2])
        raise ReadError(f"an e-book that can't be read: {notes_of_pages}", _WAY_OUT)
    return blocks.document("epub", "part")


class _Book:
    """The parts of a book that are there."""

    def __init__(self, archive: Archive, job: Job) -> None:
        self._archive = archive
        self._job = job
        # Books are made where the case of names does not matter.
        self._names = {name.casefold(): name for name in archive.names()}
        self._sheets: dict[str, str] = {}
        self.items: dict[str, Item] = {}
        self.title = ""
        self.pages = self._pages()
        self._refuse_locked()

    def text(self, page: str) -> str | None:
        """A page's text; None, and a note, where there is none."""
        name = self._name(page)
        if name is None:
            self._job.note(f"the page {page} is missing from the file")
            return None
        try:
            data = self._archive.read(name)
            text = decode(data, declared_charset(data), self._job)
        except NoTextError as error:
            self._job.note(f"the page {page} is {error.reason}: not read")
            return None
        except _DAMAGE:
            self._job.note(f"the page {page} is damaged: not read")
            return None
        if not text.strip():
            self._job.note(f"the page {page} is empty")
        return text

    def sheets(self, page: str, text: str) -> list[str]:
        """The style sheets that a page links to; one that can't be read says nothing."""
        folder = posixpath.dirname(page)
        links = [
            one for one in elements(text, "link") if "stylesheet" in one.get("rel", "").lower()
        ]
        return [self._sheet(resolved(folder, one.get("href", ""))) for one in links[:_MAX_SHEETS]]

    def _sheet(self, path: str) -> str:
        if path not in self._sheets:
            try:
                self._sheets[path] = decode(self._archive.read(self._name(path) or path))
            except (ReadError, KeyError, *_DAMAGE):
                self._sheets[path] = ""
        return self._sheets[path]

    def titles(self) -> dict[str, str]:
        """Page, in lower case -> its title in the table of contents; the first one counts."""
        titles: dict[str, str] = {}
        for item in self.items.values():
            if not (item.is_contents or item.is_old_contents):
                continue
            folder = posixpath.dirname(item.path)
            try:
                text = self._part(item.path)
                links = list(_links(text) if item.is_contents else points(text))
            except (ReadError, *_DAMAGE):
                self._job.note(
                    "the table of contents can't be read: titles of pages may be missing"
                )
                continue
            for target, label in links:
                titles.setdefault(resolved(folder, target.partition("#")[0]).casefold(), label)
        return titles

    def _pages(self) -> list[str]:
        """The pages in reading order, each once."""
        path = self._package_path()
        found = package(self._part(path), posixpath.dirname(path))
        self.items, self.title = found.items, found.title
        missing = [one for one in found.spine if one not in found.items]
        if missing:
            names = ", ".join(missing[:5])
            self._job.note(f"pages that the book names but does not have: {names}")
        items = [found.items[one] for one in found.spine if one in found.items]
        if not items:
            items = [item for item in found.items.values() if not item.is_contents]
            if any(item.is_page for item in items):
                self._job.note("the order of the pages is missing: they come as they are listed")
            return list(dict.fromkeys(item.path for item in items if item.is_page))
        others = [item.path for item in items if not self._is_page(item)]
        if others:
            self._job.note(
                f"pages that are pictures or the like are not read: {', '.join(others[:5])}"
            )
        return list(dict.fromkeys(item.path for item in items if self._is_page(item)))

    def _is_page(self, item: Item) -> bool:
        """Whether what stands in the reading order is a page, whatever its type says."""
        if item.is_page:
            return True
        kind = item.media_type.partition("/")[0]
        return kind in ("", "text") or item.media_type in ("application/xml", "application/xhtml")

    def _package_path(self) -> str:
        listed = []
        if self._name(_CONTAINER) is not None:
            listed = [
                one.get("full-path", "") for one in elements(self._part(_CONTAINER), "rootfile")
            ]
        there = [path for path in listed if self._name(resolved("", path)) is not None]
        there += [name for name in self._archive.names() if name.lower().endswith(".opf")]
        if not there:
            raise ReadError(
                "an e-book that can't be read: the list of its pages (.opf) is missing", _WAY_OUT
            )
        return resolved("", there[0])

    def _part(self, path: str) -> str:
        data = self._archive.read(self._name(path) or path)
        return decode(data, declared_charset(data), self._job)

    def _name(self, path: str) -> str | None:
        return path if path in self._archive else self._names.get(path.casefold())

    def _refuse_locked(self) -> None:
        """Refuse a book most of whose pages are encrypted; fonts often are, and do not matter."""
        if _ENCRYPTION not in self._archive:
            return
        listed = elements(self._part(_ENCRYPTION), "CipherReference")
        locked = {resolved("", one.get("uri", "")) for one in listed} & set(self.pages)
        if 2 * len(locked) >= len(self.pages) > 0:
            raise ReadError("an encrypted e-book", "get a copy without copy protection (DRM)")
        for page in sorted(locked):
            self._job.note(f"the page {page} is encrypted: not read")
        self.pages = [page for page in self.pages if page not in locked]


def _links(page: str) -> Iterator[tuple[str, str]]:
    """What the links of a page of contents lead to, and their labels."""
    from selectolax.lexbor import LexborHTMLParser

    refuse_deep(page)
    for link in LexborHTMLParser(page).css("a[href]"):
        yield link.attributes.get("href") or "", " ".join((link.text() or "").split())
