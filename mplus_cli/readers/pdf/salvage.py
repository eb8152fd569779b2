"""A PDF without its end, or with a broken tree of pages: its pages found one by one."""

from __future__ import annotations

import re
import zlib

MAX_PAGES = 20_000
_MAX_UNPACKED = 64 * 1024 * 1024
_OBJECT = re.compile(rb"(?<![\d.])(\d{1,8})[ \t\r\n]+(\d{1,5})[ \t\r\n]+obj\b")
_PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")
_OBJECT_STREAM = re.compile(rb"/Type\s*/ObjStm\b")
_STREAM = re.compile(rb"stream\r?\n")
_NUMBER_AFTER = rb"\s+(\d{1,8})"
_MAX_DICTIONARY = 20_000


def put_together(data: bytes) -> bytes | None:
    """A PDF of all pages that are found in a damaged one; None if there are none.

    What is locked stays locked: without its end there is no key.
    """
    objects = {int(found[1]): found.start() for found in _OBJECT.finditer(data)}
    pages = [
        number
        for number, start in sorted(objects.items(), key=lambda item: item[1])
        if _PAGE.search(_dictionary(data, start))
    ]
    inner = _unpacked(data, objects)
    pages += [number for number, body in inner.items() if _PAGE.search(body[:_MAX_DICTIONARY])]
    pages = pages[:MAX_PAGES]
    if not pages:
        return None
    tree, catalog = max([*objects, *inner]) + 1, max([*objects, *inner]) + 2
    kids = b" ".join(b"%d 0 R" % number for number in pages)
    added = {
        **inner,
        tree: b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(pages), kids),
        catalog: b"<< /Type /Catalog /Pages %d 0 R >>" % tree,
    }
    return _written(data, objects, added, catalog)


def _dictionary(data: bytes, start: int) -> bytes:
    """The beginning of an object, up to its stream or end."""
    end = data.find(b"endobj", start, start + _MAX_DICTIONARY)
    part = data[start : end if end >= 0 else start + _MAX_DICTIONARY]
    return _STREAM.split(part, 1)[0]


def _unpacked(data: bytes, objects: dict[int, int]) -> dict[int, bytes]:
    """The objects that lie packed in streams."""
    inner: dict[int, bytes] = {}
    room = _MAX_UNPACKED
    for start in objects.values():
        head = _dictionary(data, start)
        if not _OBJECT_STREAM.search(head):
            continue
        begun = _STREAM.search(data, start)
        count, first = (re.search(key + _NUMBER_AFTER, head) for key in (rb"/N", rb"/First"))
        if begun is None or count is None or first is None:
            continue
        try:
            body = zlib.decompressobj().decompress(data[begun.end() :], room)
        except zlib.error:
            continue
        room -= len(body)
        inner |= _members(body, int(count[1]), int(first[1]))
        if room <= 0:
            break
    return {number: body for number, body in inner.items() if number not in objects}


def _members(body: bytes, count: int, first: int) -> dict[int, bytes]:
    numbers = [int(number) for number in re.findall(rb"\d{1,9}", body[:first])][: 2 * count]
    places = list(zip(numbers[::2], numbers[1::2], strict=False))
    ends = [first + place for _, place in places[1:]] + [len(body)]
    return {
        number: body[first + place : end]
        for (number, place), end in zip(places, ends, strict=True)
        if first + place < len(body)
    }


def _written(data: bytes, objects: dict[int, int], added: dict[int, bytes], root: int) -> bytes:
    """The file with more objects and a table of all behind it."""
    out = bytearray(data)
    out += b"\nendobj\n"  # of the object that was cut
    places = dict(objects)
    for number, body in added.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in sorted(places.items()):
        out += b"%d 1\n%010d 00000 n \n" % (number, place)
    out += b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        root + 1,
        root,
        start,
    )
    return bytes(out)
