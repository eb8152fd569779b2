"""What is left of a damaged PDF: a file of the pages that are found, and pages in part."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from mplus_cli.readers.pdf.tree import Objects

_STREAM = re.compile(rb">>\s*stream\r?\n")
_BEGUN = re.compile(rb"(\d{1,8})\s+\d{1,5}\s+obj\s*<<([^<>]*)$")
_MAX_HEAD = 400  # of a stream that draws a page
_NO_CONTENT = (b"/Type", b"/Subtype", b"/Length1", b"/DecodeParms")
_FILTER = re.compile(rb"/Filter\s*(?:/(\w+)|\[\s*/(\w+)\s*\])")
_KNOWN_FILTERS = {b"FlateDecode", b"Fl", b"LZWDecode", b"LZW", b"ASCII85Decode", b"A85"}
_KNOWN_FILTERS |= {b"ASCIIHexDecode", b"AHx", b"RunLengthDecode", b"RL", b"Crypt"}
_FLATE = {b"FlateDecode", b"Fl"}
_STEP = 64 * 1024
_MAX_STEPS = 4096  # 256 MiB of one stream


def put_together(data: bytes) -> bytes | None:
    """A PDF of all pages that are found in a damaged one; None if there are none.

    What is locked stays locked: without its end there is no key.
    """
    objects = Objects(data)
    pages = objects.all_pages()
    if not pages:
        return None
    tree, catalog = objects.last + 1, objects.last + 2
    kids = b" ".join(b"%d 0 R" % number for number in pages)
    added = {
        **objects.packed,
        tree: b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(pages), kids),
        catalog: b"<< /Type /Catalog /Pages %d 0 R >>" % tree,
    }
    return _written(objects, added, catalog)


def _written(objects: Objects, added: dict[int, bytes], root: int) -> bytes:
    """The file with more objects and a table of all behind it."""
    out = bytearray(objects.data)
    out += b"\nendobj\n"  # of the object that was cut
    places = dict(objects.places)
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


def broken_pages(data: bytes, with_missing: bool) -> set[int] | None:
    """The pages, counted from 1, whose drawing is damaged; None where that can't be told.

    PDFium passes over what it can't unpack, and says nothing. `with_missing`: look for drawings
    that are not there, too.
    """
    broken = set(_broken_streams(data))
    if not broken and not with_missing:
        return set()
    objects = Objects(data)
    drawn = {number: objects.contents_of(page) for number, page in objects.pages_in_order().items()}
    if with_missing:
        broken |= {one for parts in drawn.values() for one in parts if not objects.has(one)}
    pages = {number for number, parts in drawn.items() if not broken.isdisjoint(parts)}
    return None if broken and not drawn else pages


def _broken_streams(data: bytes) -> Iterator[int]:
    """The numbers of the streams that may draw pages and don't unpack."""
    for found in _STREAM.finditer(data):
        begun = _BEGUN.search(data[max(found.start() - _MAX_HEAD, 0) : found.start()])
        if begun is None or any(key in begun[2] for key in _NO_CONTENT):
            continue
        said = _FILTER.search(begun[2])
        name = (said[1] or said[2]) if said else None
        is_unknown = name is not None and name not in _KNOWN_FILTERS
        if is_unknown or (name in _FLATE and not _unpacks(data, found.end())):
            yield int(begun[1])


def _unpacks(data: bytes, start: int) -> bool:
    unpacking = zlib.decompressobj()
    rest, end = data[start : start + _STEP], start + _STEP
    for _ in range(_MAX_STEPS):
        try:
            unpacking.decompress(rest, 16 * _STEP)
        except zlib.error:
            return False
        if unpacking.eof:
            return True
        rest = unpacking.unconsumed_tail
        if not rest:
            rest, end = data[end : end + _STEP], end + _STEP
        if not rest:
            return False
    return True
