"""The objects of a PDF's bytes (ISO 32000-1, section 7.5), without PDFium: for what is damaged."""

from __future__ import annotations

import re
import zlib

MAX_PAGES = 20_000
_MAX_DEPTH = 50
_MAX_UNPACKED = 64 * 1024 * 1024
_MAX_DICTIONARY = 200_000
_OBJECT = re.compile(rb"(?<![\d.])(\d{1,8})[ \t\r\n]+\d{1,5}[ \t\r\n]+obj\b")
_PAGE = re.compile(rb"/Type\s*/Page\b")
_ROOT = re.compile(rb"/Root\s+(\d{1,8})\s+\d{1,5}\s+R")
_CATALOG = re.compile(rb"<<.*/Type\s*/Catalog\b.*>>", re.DOTALL)
_PAGES = re.compile(rb"/Pages\s+(\d{1,8})\s+\d{1,5}\s+R")
_KIDS = re.compile(rb"/Kids\s*\[([^\]]*)\]")
_CONTENTS = re.compile(rb"/Contents\s*(\[[^\]]*\]|\d{1,8}\s+\d{1,5}\s+R)")
_REFERENCE = re.compile(rb"(\d{1,8})\s+\d{1,5}\s+R\b")
_OBJECT_STREAM = re.compile(rb"/Type\s*/ObjStm\b")
_STREAM = re.compile(rb"\bstream\r?\n")
_NUMBER = re.compile(rb"\d{1,9}")


class Objects:
    """The objects of a file by their numbers: where they begin, and those packed in streams."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.places = {int(found[1]): found.start() for found in _OBJECT.finditer(data)}
        self.packed = self._unpacked()

    @property
    def last(self) -> int:
        return max([0, *self.places, *self.packed])

    def head(self, number: int) -> bytes:
        """An object without its stream, at most its first part."""
        if number in self.packed:
            return self.packed[number][:_MAX_DICTIONARY]
        return self._head_at(self.places[number]) if number in self.places else b""

    def stream(self, number: int, most: int) -> bytes:
        """What follows an object's beginning as its stream, at most so many bytes."""
        begun = _STREAM.search(self.data, self.places[number])
        return self.data[begun.end() : begun.end() + most] if begun else b""

    def all_pages(self) -> list[int]:
        """All objects that are pages, in the order of the file."""
        numbers = [*sorted(self.places, key=self.places.__getitem__), *self.packed]
        return [number for number in numbers if _PAGE.search(self.head(number))][:MAX_PAGES]

    def catalog_of(self, tree: int) -> bytes:
        """The file's catalog with another tree of pages: it leads to the form and to other files.

        Where there is none any more, a new one.
        """
        for number in (*self.places, *self.packed):
            found = _CATALOG.search(self.head(number))
            if found and _PAGES.search(found[0]):
                return _PAGES.sub(b"/Pages %d 0 R" % tree, found[0])
        return b"<< /Type /Catalog /Pages %d 0 R >>" % tree

    def has(self, number: int) -> bool:
        return number in self.places or number in self.packed

    def pages_in_order(self) -> dict[int, int]:
        """The pages that the tree of pages names, by their numbers from 1.

        There are none where it can't be followed.
        """
        roots = _ROOT.findall(self.data)
        tree = _PAGES.search(self.head(int(roots[-1]))) if roots else None
        pages: list[int] = []
        waiting = [(int(tree[1]), 0)] if tree else []
        seen: set[int] = set()
        while waiting and len(pages) < MAX_PAGES:
            number, depth = waiting.pop()
            head = self.head(number)
            kids = _KIDS.search(head)
            if number in seen or depth > _MAX_DEPTH:
                return {}
            seen.add(number)
            if kids is None:
                pages.append(number)
            else:
                inner = [(int(one), depth + 1) for one in _REFERENCE.findall(kids[1])]
                waiting += reversed(inner)
        return dict(enumerate(pages, start=1))

    def contents_of(self, page: int) -> set[int]:
        """The streams that draw a page."""
        found = _CONTENTS.search(self.head(page))
        return {int(one) for one in _REFERENCE.findall(found[1])} if found else set()

    def _head_at(self, start: int) -> bytes:
        end = self.data.find(b"endobj", start, start + _MAX_DICTIONARY)
        part = self.data[start : end if end >= 0 else start + _MAX_DICTIONARY]
        return _STREAM.split(part, maxsplit=1)[0]

    def _unpacked(self) -> dict[int, bytes]:
        packed: dict[int, bytes] = {}
        room = _MAX_UNPACKED
        for start in self.places.values():
            head = self._head_at(start)
            begun = _STREAM.match(self.data, start + len(head))
            if begun is None or room <= 0 or not _OBJECT_STREAM.search(head):
                continue
            try:
                body = zlib.decompressobj().decompress(self.data[begun.end() :], room)
            except zlib.error:
                continue  # what lay in it is missing, and told page by page
            room -= len(body)
            packed |= _members(head, body)
        return {number: body for number, body in packed.items() if number not in self.places}


def _members(head: bytes, body: bytes) -> dict[int, bytes]:
    """The objects of one stream: it begins with their numbers and places."""
    count, first = (re.search(key + rb"\s+(\d{1,8})", head) for key in (rb"/N", rb"/First"))
    if count is None or first is None:
        return {}
    start = int(first[1])
    numbers = [int(one) for one in _NUMBER.findall(body[:start])][: 2 * int(count[1])]
    places = list(zip(numbers[::2], numbers[1::2], strict=False))
    ends = [*(start + place for _, place in places[1:]), len(body)][: len(places)]
    return {
        number: body[start + place : end]
        for (number, place), end in zip(places, ends, strict=True)
        if start + place < len(body)
    }
