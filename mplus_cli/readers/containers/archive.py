"""Documents that are zip archives of XML parts, opened within limits."""

from __future__ import annotations

import io
import lzma
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import IO, TYPE_CHECKING, TypeVar
from xml.etree.ElementTree import ParseError

from mplus_cli.errors import NoTextError, ReadError
from mplus_cli.readers.containers.xml_tree import events, parsed, parsed_as_far
from mplus_cli.readers.damage import damage_told

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from mplus_cli.readers.job import Job

_T = TypeVar("_T")

MAX_MEMBERS = 20_000
MAX_UNPACKED_BYTES = 512 * 1024 * 1024
MAX_PART_BYTES = 64 * 1024 * 1024
"""Of a part that is held whole."""
MAX_TAGS = 4_000_000
"""Of a part that becomes a tree: an element takes much more memory than its bytes."""

_BEGINNING_BYTES = 64 * 1024
MAX_HEAD_BYTES = 1024 * 1024
"""Of what stands before the rows of a sheet."""

MAX_DEPTH = 1000
"""Of a part that is read element by element."""

_MAX_DIGITS = 18
_DIRECTORY_ENTRY = b"PK\x01\x02"
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
_CONTENT_TYPES = "[Content_Types].xml"
# Where the document lies by custom, should nothing say so.
_MAIN_PARTS = ("word/document.xml", "ppt/presentation.xml", "xl/workbook.xml")
_OOXML = {"document": "docx", "presentation": "pptx", "workbook": "xlsx"}

# What zipfile and the readers of parts let through on damaged or hostile files. RuntimeError is a
# locked member's or, as RecursionError, one that is nested too deeply; ValueError is also
# defusedxml's.
DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    ParseError,
    RuntimeError,
    TypeError,
    ValueError,
    lzma.LZMAError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


@contextmanager
def opened(data: bytes, what: str, way_out: str) -> Iterator[Archive]:
    """The archive of a document; what its parts raise where they are broken is a `ReadError`."""
    with damage_told(what, way_out, *DAMAGE):
        yield Archive(data)


def document_format(data: bytes) -> str:
    """One of "docx", "pptx", "xlsx", "epub" and "odf".

    Raises `NoTextError` for another archive, `ReadError` for a broken one.
    """
    with opened(data, "an archive", "get it again from where it came from") as archive:
        if "META-INF/container.xml" in archive:
            return "epub"
        if archive.mimetype().startswith(_OPEN_DOCUMENT) or _is_bare_open_document(archive):
            return "odf"
        if _CONTENT_TYPES in archive:
            main = main_part(archive)
            if main.endswith("workbook.bin"):
                raise ReadError(
                    "an Excel binary workbook (XLSB), which is not read",
                    "open it and save it as XLSX",
                )
            root = archive.root(main)
            if root in _OOXML:
                return _OOXML[root]
    raise NoTextError("not text: it is an archive", "unpack it and name the files in it")


def _is_bare_open_document(archive: Archive) -> bool:
    """Whether it is one that doesn't say so, as some programs write them."""
    return "content.xml" in archive and archive.root("content.xml") == "document-content"


class Archive:
    """A zip archive; reading from it raises `ReadError` beyond the limits."""

    def __init__(self, data: bytes) -> None:
        self._left_bytes = MAX_UNPACKED_BYTES
        # Before zipfile makes an object of every entry.
        if data.count(_DIRECTORY_ENTRY) > MAX_MEMBERS:
            raise ReadError(
                f"an archive of more than {MAX_MEMBERS:,} files", "unpack it and split it"
            )
        self._zip = zipfile.ZipFile(io.BytesIO(data))
        self._members = {info.filename: info for info in self._zip.infolist()}

    def __contains__(self, member: str) -> bool:
        return member in self._members

    def names(self) -> list[str]:
        return list(self._members)

    def mimetype(self) -> str:
        if "mimetype" not in self:
            return ""
        return self.read("mimetype", limit=100).decode("ascii", "replace")

    def read(self, member: str, limit: int = MAX_PART_BYTES) -> bytes:
        """A member's bytes."""
        with self._zip.open(self._members[member]) as file:
            data = file.read(min(limit, self._left_bytes) + 1)
        self._left_bytes -= len(data)
        if len(data) > limit or self._left_bytes < 0:
            raise self._too_large(member)
        return data

    def tree(self, member: str) -> Element:
        """A member's XML. Entities and what lies outside of the file are refused."""
        return parsed(self._bounded(member))

    def tree_as_far(self, member: str, what: str, job: Job) -> Element:
        """A member's XML up to where it is damaged, which is noted."""
        root, damaged = parsed_as_far(self._bounded(member))
        if damaged:
            job.note(f"{what} is damaged: what follows on the damaged place is not read")
        return root

    def _bounded(self, member: str) -> bytes:
        data = self.read(member)
        if data.count(b"<") > MAX_TAGS:
            raise self._too_large(member)
        return data

    def root(self, member: str) -> str:
        """The local name of a member's outermost element; only its beginning is read."""
        from defusedxml.ElementTree import iterparse

        with self._zip.open(self._members[member]) as file:
            _, element = next(iterparse(_Counted(file, self._spend(member)), ("start",)))
            return local(element.tag)

    def around(self, member: str, tag: str) -> tuple[bytes, bytes]:
        """What stands before and behind the element of one local name, with its end tag."""
        begin, end = (
            re.compile(rb"<%s(?:[\w.-]+:)?%s\b" % (mark, tag.encode())) for mark in (b"", b"/")
        )
        head, seen, scanned = b"", b"", 0
        with self._zip.open(self._members[member]) as file:
            while chunk := file.read(1 << 16):
                scanned += len(chunk)
                if scanned > self._left_bytes:
                    raise self._too_large(member)
                if not head and (found := begin.search(seen + chunk)):
                    head = (seen + chunk)[: found.start()]
                if found := end.search(seen + chunk):
                    tail = (seen + chunk)[found.end() :] + file.read(MAX_PART_BYTES + 1)
                    if len(tail) > MAX_PART_BYTES:
                        raise self._too_large(member)
                    return head, tail
                seen = chunk[-100:] if head else (seen + chunk)[-MAX_HEAD_BYTES:]
        return head, b""

    def elements(self, member: str, tag: str) -> Iterator[Element]:
        """The elements of one local name as they are read; each is gone when the next one comes."""
        with self._zip.open(self._members[member]) as file:
            beginning = file.read(_BEGINNING_BYTES)
        with self._zip.open(self._members[member]) as file:
            counted = _Counted(file, self._spend(member))
            open_elements: list[Element] = []
            wanted = ""
            for event, element in events(counted, beginning):
                if event == "start":
                    open_elements.append(element)
                    if len(open_elements) > MAX_DEPTH:
                        raise ReadError(
                            f"nested too deeply: more than {MAX_DEPTH:,} elements", "save it anew"
                        )
                    continue
                open_elements.pop()
                found = element.tag
                if found == wanted or (found.endswith(tag) and local(found) == tag):
                    wanted = found
                    yield element
                    element.clear()
                    if open_elements:
                        open_elements[-1].remove(element)

    def _spend(self, member: str) -> Callable[[int], None]:
        def spend(count: int) -> None:
            self._left_bytes -= count
            if self._left_bytes < 0:
                raise self._too_large(member)

        return spend

    def _too_large(self, member: str) -> ReadError:
        return ReadError(f"unpacks to too much: {member} is too large", "split it")


class _Counted:
    """A file that tells how much is read from it."""

    def __init__(self, file: IO[bytes], spend: Callable[[int], None]) -> None:
        self._file = file
        self._spend = spend

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._spend(len(data))
        return data


@lru_cache(maxsize=4096)
def local(tag: str) -> str:
    """A tag or an attribute's name without its namespace: strict and usual OOXML differ in it."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def whole(text: str, default: int = 0) -> int:
    """A number as an attribute gives it; `default` for what is none, or one of many digits."""
    try:
        return int(text) if len(text) <= _MAX_DIGITS else default
    except ValueError:
        return default


def attribute(element: Element, name: str, default: str = "") -> str:
    """An attribute's value by its local name."""
    return next((value for key, value in element.attrib.items() if local(key) == name), default)


def relation(element: Element) -> str:
    """The id by which an element names another part."""
    return next((value for key, value in element.attrib.items() if key.endswith("}id")), "")


def inner(element: Element, skip: frozenset[str] = frozenset()) -> Iterator[Element]:
    """An element and all below it in reading order, but for those of some local names."""
    pending = [element]
    while pending:
        found = pending.pop()
        if local(found.tag) not in skip:
            yield found
            pending.extend(reversed(found))


def relations(archive: Archive, part: str) -> dict[str, tuple[str, str]]:
    """Id -> the last word of the type, and the name, of the parts that a part names."""
    folder, listing = posixpath.dirname(part), _listing(part)
    if listing not in archive:
        return {}
    found = {}
    for element in archive.tree(listing):
        if element.get("TargetMode") != "External":
            target = posixpath.normpath(
                posixpath.join("/", folder, element.get("Target", ""))
            ).lstrip("/")
            found[element.get("Id", "")] = (element.get("Type", "").rpartition("/")[2], target)
    return found


def chosen(alternatives: Element) -> list[Element]:
    """What is shown of several ways to write the same: the newest, which comes first."""
    for tag in ("Choice", "Fallback"):
        for part in alternatives:
            if local(part.tag) == tag:
                return list(part)
    return []


def _listing(part: str) -> str:
    folder, file = posixpath.split(part)
    return f"{folder}/_rels/{file}.rels".lstrip("/")


def spare_links(archive: Archive, part: str) -> dict[str, str]:
    """Id -> where it leads, of the links of a part to what is outside of the file."""
    try:
        listed = archive.tree(_listing(part))
    except DAMAGE:
        return {}
    return {
        element.get("Id", ""): element.get("Target", "")
        for element in listed
        if element.get("TargetMode") == "External"
        and element.get("Type", "").endswith("/hyperlink")
    }


def spare_relations(archive: Archive, part: str, what: str, job: Job) -> dict[str, tuple[str, str]]:
    """As `relations`; none, and a note, where `what` lists them is damaged."""
    try:
        return relations(archive, part)
    except DAMAGE:
        job.note(f"{what} can't be read: damaged")
        return {}


def spare_tree(archive: Archive, part: str, what: str, job: Job) -> Element | None:
    """The XML of a part without which a document can be read.

    None, and a note that `what` is not read, where it is missing or damaged.
    """
    if part not in archive:
        job.note(f"{what} can't be read: missing in the file")
        return None
    try:
        return archive.tree(part)
    except DAMAGE:
        job.note(f"{what} can't be read: damaged")
        return None


def parts_by_type(archive: Archive, part: str) -> dict[str, str]:
    """Last word of the type -> name of the parts that a part names and that are there."""
    return {kind: target for kind, target in relations(archive, part).values() if target in archive}


def main_part(archive: Archive) -> str:
    """The part of an OOXML file that holds the document."""
    try:
        listed = [
            target for kind, target in relations(archive, "").values() if kind == "officeDocument"
        ]
    except DAMAGE:
        listed = []
    return first((name for name in [*listed, *_MAIN_PARTS] if name in archive), "document")


def first(found: Iterable[_T], what: str) -> _T:
    """The first of what must be there."""
    for one in found:
        return one
    raise LookupError(f"it has no {what}")
