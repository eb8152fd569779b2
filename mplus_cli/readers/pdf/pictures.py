"""What a page shows without letters."""

from __future__ import annotations

import ctypes
from enum import Enum
from typing import Any

FEW_LETTERS = 100
"""A page with fewer may have its text in a picture, with a number or a stamp upon it."""
_MAX_OBJECTS = 2_000
_MAX_NESTED = 3
_COVERING = 0.6  # of the page
_DRAWN_LETTERS = 20  # outlines; fewer are lines and frames


class Shown(Enum):
    """What there is on a page beside letters, the most telling."""

    NOTHING = "nothing"
    SHAPES = "shapes"
    DRAWING = "drawing"
    PICTURE = "picture"


def shown_on(c: Any, page: Any, covering: bool = False) -> Shown:
    """What a page shows beside letters; `covering`: only pictures that cover most of it count."""
    found = _Found(c)
    found.look(page, c.FPDFPage_CountObjects, c.FPDFPage_GetObject)
    area = c.FPDF_GetPageWidthF(page) * c.FPDF_GetPageHeightF(page)
    if found.pictures > (_COVERING * area if covering else 0):
        return Shown.PICTURE
    if found.shapes > _DRAWN_LETTERS:
        return Shown.DRAWING
    return Shown.SHAPES if found.shapes or found.pictures else Shown.NOTHING


class _Found:
    """The area of the pictures and the number of shapes, also of those in other objects."""

    def __init__(self, c: Any) -> None:
        self._c = c
        self._left = _MAX_OBJECTS
        self.pictures, self.shapes = 0.0, 0

    def look(self, holder: Any, count: Any, get: Any, depth: int = 0) -> None:
        c = self._c
        for index in range(min(count(holder), self._left)):
            self._left -= 1
            item = get(holder, index)
            kind = c.FPDFPageObj_GetType(item)
            if kind == c.FPDF_PAGEOBJ_IMAGE:
                self.pictures += self._area(item)
            elif kind in (c.FPDF_PAGEOBJ_PATH, c.FPDF_PAGEOBJ_SHADING):
                self.shapes += 1
            elif kind == c.FPDF_PAGEOBJ_FORM and depth < _MAX_NESTED:
                self.look(item, c.FPDFFormObj_CountObjects, c.FPDFFormObj_GetObject, depth + 1)
                if self.pictures:
                    self.pictures = max(self.pictures, self._area(item))

    def _area(self, item: Any) -> float:
        left, bottom, right, top = (ctypes.c_float() for _ in range(4))
        if not self._c.FPDFPageObj_GetBounds(item, left, bottom, right, top):
            return 0.0
        return max(abs((right.value - left.value) * (top.value - bottom.value)), 1.0)
