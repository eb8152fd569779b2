"""Layers of recognised text whose letters have no width: PDFium passes over them, and says nothing.

Such a layer is invisible and lies over a picture of the page; its font tells no widths.
"""

from __future__ import annotations

import ctypes
from typing import Any

_SEEN = 60  # objects of a page; a layer of text begins early
_MIN_OBJECTS = 3
_INVISIBLE = 3  # the mode of drawing text


def has_text_without_width(c: Any, page: Any) -> bool:
    """Whether most of the invisible text is such; single spaces look like it."""
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    found = others = 0
    for index in range(min(c.FPDFPage_CountObjects(page), _SEEN)):
        item = c.FPDFPage_GetObject(page, index)
        if c.FPDFPageObj_GetType(item) != c.FPDF_PAGEOBJ_TEXT:
            continue
        if c.FPDFTextObj_GetTextRenderMode(item) != _INVISIBLE:
            continue
        c.FPDFPageObj_GetBounds(item, left, bottom, right, top)
        if left.value == right.value and bottom.value == top.value:
            found += 1
        else:
            others += 1
    return found >= max(_MIN_OBJECTS, others)
