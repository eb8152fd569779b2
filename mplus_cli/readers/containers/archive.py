"""Zip archives of parts, most of them XML, opened and read within limits."""

from __future__ import annotations

import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from mplus_cli.errors import ReadError
from mplus_cli.readers.containers.xml_tree import events, local, parsed, parsed_as_far
from mplus_cli.readers.damage import damage_told

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from mplus_cli.readers.job import Job

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

_DIRECTORY_ENTRY = b"PK\x01\x02"

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
