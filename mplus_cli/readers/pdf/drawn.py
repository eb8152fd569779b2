"""A page of a PDF as a picture, with a frame around a passage."""

from __future__ import annotations

import ctypes
import math
import struct
import zlib
from collections.abc import Iterator
from typing import Any

from mplus_cli.readers.pdf.pdfium import Pdf, damaged, letters_of
from mplus_cli.readers.pdf.runs import characters

_WIDTH_PIXELS, _MOST_PIXELS = 1000, 4_000_000
_SEED, _STEP = 16, 8  # letters and digits of a passage that are looked for together
_WHITE, _FRAME = 0xFFFFFFFF, 0xFF1E6FD9  # ABGR, as the bytes of a picture come
_MARGIN, _THICK = 6, 3  # pixels
_FLAGS = 0x01 | 0x10  # with annotations; red first

Box = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels."""


def page_picture(data: bytes, number: int, passage: str) -> bytes:
    """A page, counted from 1, as PNG, framed where it has the words of a passage; a text in it
    named `frame` says where that is: left, top, right and bottom in pixels.

    Raises `DamagedError` where there is no such page, and `ReadError` for a PDF that can't be read.
    """
    with Pdf(data) as pdf:
        if not 1 <= number <= pdf.count:
            raise damaged()
        with pdf.page(number - 1) as (c, page):
            if page is None:
                raise damaged()
            return _drawn(c, page, passage)


def _drawn(c: Any, page: Any, passage: str) -> bytes:
    width, height = _size(c.FPDF_GetPageWidthF(page), c.FPDF_GetPageHeightF(page))
    bitmap = c.FPDFBitmap_CreateEx(width, height, c.FPDFBitmap_BGR, None, 0)
    if not bitmap:
        raise damaged()
    try:
        c.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, _WHITE)
        c.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, _FLAGS)
        box = _found(c, page, passage, width, height)
        for left, top, right, bottom in _frame(box):
            c.FPDFBitmap_FillRect(bitmap, left, top, right - left, bottom - top, _FRAME)
        stride = c.FPDFBitmap_GetStride(bitmap)
        pixels = ctypes.string_at(c.FPDFBitmap_GetBuffer(bitmap), stride * height)
    finally:
        c.FPDFBitmap_Destroy(bitmap)
    return _png(
        width, height, [pixels[at : at + 3 * width] for at in range(0, len(pixels), stride)], box
    )


def _size(width: float, height: float) -> tuple[int, int]:
    """Pixels of a page of so many points, whatever it says."""
    width, height = max(width, 1.0), max(height, 1.0)
    scale = min(_WIDTH_PIXELS / width, math.sqrt(_MOST_PIXELS / (width * height)))
    most = _MOST_PIXELS
    return min(most, max(1, int(width * scale))), min(most, max(1, int(height * scale)))


def _found(c: Any, page: Any, passage: str, width: int, height: int) -> Box | None:
    """What is around all stretches of a passage that the page has once."""
    with letters_of(page) as letters:
        if letters is None:
            return None
        boxes = [
            _box(c, page, letters, at, width, height)
            for at in _matched(characters(c, letters), passage)
        ]
    lefts, tops, rights, bottoms = zip(*boxes, strict=True) if boxes else ((), (), (), ())
    return (min(lefts), min(tops), max(rights), max(bottoms)) if boxes else None


def _matched(there: str, passage: str) -> Iterator[int]:
    """Places in a page's text of the letters that a passage has, too."""
    places = [at for at, letter in enumerate(there) if letter.isalnum()]
    page = "".join(there[at].lower()[:1] for at in places)
    words = "".join(letter.lower()[:1] for letter in passage if letter.isalnum())
    for start in range(0, max(1, len(words) - _SEED + 1), _STEP):
        seed = words[start : start + _SEED]
        if seed and page.count(seed) == 1:
            at = page.index(seed)
            yield from places[at : at + len(seed)]


def _box(c: Any, page: Any, letters: Any, at: int, width: int, height: int) -> Box:
    """Where a letter is in the picture."""
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    c.FPDFText_GetCharBox(letters, at, left, right, bottom, top)
    corners = []
    for x, y in ((left, top), (right, bottom)):
        across, down = ctypes.c_int(), ctypes.c_int()
        c.FPDF_PageToDevice(page, 0, 0, width, height, 0, x, y, across, down)
        corners.append((across.value, down.value))
    (x0, y0), (x1, y1) = corners
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _frame(box: Box | None) -> Iterator[Box]:
    """The four sides of a frame around a box."""
    if box is None:
        return
    left, top, right, bottom = box
    left, top, right, bottom = left - _MARGIN, top - _MARGIN, right + _MARGIN, bottom + _MARGIN
    yield left, top, right, top + _THICK
    yield left, bottom - _THICK, right, bottom
    yield left, top, left + _THICK, bottom
    yield right - _THICK, top, right, bottom


def _png(width: int, height: int, rows: list[bytes], box: Box | None) -> bytes:
    """Rows of pixels, three bytes each, as PNG (W3C PNG, sections 5 and 11)."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compress(b"".join(b"\0" + row for row in rows), 6)
    said = [] if box is None else [(b"tEXt", b"frame\0" + " ".join(map(str, box)).encode())]
    parts = [(b"IHDR", head), *said, (b"IDAT", packed), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
