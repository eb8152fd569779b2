"""What is left of a damaged PDF: a file of the pages that are found, and pages in part."""

from __future__ import annotations

import re
import zlib

from mplus_cli.errors import ReadError
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
_MAX_UNPACKED = 512 * 1024 * 1024


def put_together(data: bytes) -> bytes | None:
    """A PDF of all pages that are found in a damaged one; None if there are none.

    What is locked stays locked: without its end there is no key.
    """
    if b"/Encrypt" in data:
        return None
    objects = Objects(data)
    pages = objects.all_pages()
    if not pages:
        return None
    tree, catalog = objects.last + 1, objects.last + 2
    kids = b" ".join(b"%d 0 R" % number for number in pages)
    added = {
        **objects.packed,
        tree: b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(pages), kids),
        catalog: objects.catalog_of(tree),
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


def broken_pages(data: bytes, broken: set[int], with_missing: bool) -> set[int] | None:
    """The pages, counted from 1, whose drawing is damaged; None where that can't be told.

    `broken` are the streams that don't unpack; `with_missing`: look for drawings that are not
    there, too.
    """
    if not broken and not with_missing:
        return set()
    objects = Objects(data)
    drawn = {number: objects.contents_of(page) for number, page in objects.pages_in_order().items()}
    if with_missing:
        broken = broken | {one for parts in drawn.values() for one in parts if not objects.has(one)}
    pages = {number for number, parts in drawn.items() if not broken.isdisjoint(parts)}
    return None if broken and not drawn else pages


def broken_streams(data: bytes) -> set[int]:
    """The numbers of the streams that may draw pages and don't unpack.

    PDFium passes over them, and says nothing. Raises `ReadError` for what unpacks to too much.
    """
    broken = set()
    left = _MAX_UNPACKED
    for found in _STREAM.finditer(data):
        begun = _BEGUN.search(data[max(found.start() - _MAX_HEAD, 0) : found.start()])
        if begun is None or any(key in begun[2] for key in _NO_CONTENT):
            continue
        said = _FILTER.search(begun[2])
        name = (said[1] or said[2]) if said else None
        if name in _FLATE:
            size = _unpacked_size(data, found.end(), left)
            left -= size or 0
            if size is None:
                broken.add(int(begun[1]))
        elif name is not None and name not in _KNOWN_FILTERS:
            broken.add(int(begun[1]))
    return broken


def _unpacked_size(data: bytes, start: int, most: int) -> int | None:
    """How large a stream is when it is unpacked; None where it is damaged."""
    unpacking = zlib.decompressobj()
    rest, end = data[start : start + _STEP], start + _STEP
    size = 0
    while rest:
        try:
            size += len(unpacking.decompress(rest, 16 * _STEP))
        except zlib.error:
            return None
        if size > most:
            raise ReadError(
                f"a PDF that unpacks to more than {_MAX_UNPACKED // 1024**2} MiB of drawings",
                "split it",
            )
        if unpacking.eof:
            return size
        rest = unpacking.unconsumed_tail
        if not rest:
            rest, end = data[end : end + _STEP], end + _STEP
    return None
