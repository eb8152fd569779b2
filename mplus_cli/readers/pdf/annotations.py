"""What lies upon a page: fields of a form, comments, links."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from mplus_cli.readers.job import Job
from mplus_cli.readers.pdf.pdfium import Pdf
from mplus_cli.readers.remarks import comment

MAX_ANNOTATIONS = 10_000
MAX_CHARACTERS = 4_000_000
"""Of one page."""
_MAX_TEXT_BYTES = 2 * 1024 * 1024
# Flags of ISO 32000-1, sections 12.5.3 and 12.7.4.3: Hidden and NoView; Password.
_HIDDEN = 2 | 32
_PASSWORD_FIELD = 1 << 13
_TAG = re.compile(r"<[^<>]*>")
_URI_ACTION = 3
_UNTICKED = ("", "Off")


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the page, in points."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form as it is filled in; `ticked` is None for all but boxes and buttons."""

    name: str
    value: str
    box: Box
    ticked: bool | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Where a rectangle of the page leads to."""

    box: Box
    target: str


@dataclass
class Annotations:
    """Those of one page, in the order of the file."""

    fields: list[Field] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)


def annotations_of(c: Any, pdf: Pdf, page: Any, letters: Any, job: Job, number: int) -> Annotations:
    """What lies upon a page and is seen there."""
    found = Annotations()
    count = c.FPDFPage_GetAnnotCount(page)
    if count > MAX_ANNOTATIONS:
        job.note(f"page {number}: {count - MAX_ANNOTATIONS:,} more comments and fields: not read")
    reader = _Reader(c, pdf, page, letters)
    for annotation in reader.seen(min(count, MAX_ANNOTATIONS)):
        if reader.size > MAX_CHARACTERS:
            job.note(f"page {number}: more comments and fields: not read")
            break
        kind = c.FPDFAnnot_GetSubtype(annotation)
        if kind == c.FPDF_ANNOT_WIDGET:
            found.fields += reader.fields(annotation)
        elif kind == c.FPDF_ANNOT_LINK:
            found.links += reader.links(annotation) if job.options.links else ()
        elif kind != c.FPDF_ANNOT_POPUP:
            found.comments += reader.comments(annotation, kind)
    return found


class _Reader:
    """Asks PDFium for what an annotation says; `size` bounds all of a page."""

    def __init__(self, c: Any, pdf: Pdf, page: Any, letters: Any) -> None:
        self._c, self._pdf, self._page, self._letters = c, pdf, page, letters
        self.size = 0  # of all that was said so far

    def seen(self, count: int) -> Iterator[Any]:
        for index in range(count):
            annotation = self._c.FPDFPage_GetAnnot(self._page, index)
            if not annotation:
                continue
            try:
                if not self._c.FPDFAnnot_GetFlags(annotation) & _HIDDEN:
                    yield annotation
            finally:
                self._c.FPDFPage_CloseAnnot(annotation)

    def fields(self, annotation: Any) -> Iterator[Field]:
        c, form = self._c, self._pdf.form
        if form is None:
            return
        kind = c.FPDFAnnot_GetFormFieldType(form, annotation)
        name = self._field_text(c.FPDFAnnot_GetFormFieldAlternateName, annotation)
        name = name or self._field_text(c.FPDFAnnot_GetFormFieldName, annotation).split(".")[-1]
        if kind in (c.FPDF_FORMFIELD_CHECKBOX, c.FPDF_FORMFIELD_RADIOBUTTON):
            is_radio = kind == c.FPDF_FORMFIELD_RADIOBUTTON
            state = self._value(annotation, b"AS")
            if not state and not is_radio:
                state = self._field_text(c.FPDFAnnot_GetFormFieldValue, annotation)
            value = state if is_radio else "yes"
            yield Field(name, value, self._box(annotation), state not in _UNTICKED)
        elif kind in (c.FPDF_FORMFIELD_COMBOBOX, c.FPDF_FORMFIELD_LISTBOX):
            chosen = self._chosen(annotation)
            value = chosen or self._field_text(c.FPDFAnnot_GetFormFieldValue, annotation)
            yield from self._filled(name, value, annotation)
        elif kind == c.FPDF_FORMFIELD_TEXTFIELD and not (
            c.FPDFAnnot_GetFormFieldFlags(form, annotation) & _PASSWORD_FIELD
        ):
            value = self._field_text(c.FPDFAnnot_GetFormFieldValue, annotation)
            yield from self._filled(name, value, annotation)

    def _filled(self, name: str, value: str, annotation: Any) -> Iterator[Field]:
        self.size += len(value)
        if value.strip():
            yield Field(name, value, self._box(annotation))

    def _chosen(self, annotation: Any) -> str:
        """What of a list is chosen, in the words that are shown."""
        c, form = self._c, self._pdf.form
        count = min(c.FPDFAnnot_GetOptionCount(form, annotation), MAX_ANNOTATIONS)
        chosen = [at for at in range(count) if c.FPDFAnnot_IsOptionSelected(form, annotation, at)]
        return ", ".join(
            self._field_text(c.FPDFAnnot_GetOptionLabel, annotation, at) for at in chosen
        )

    def comments(self, annotation: Any, kind: int) -> Iterator[str]:
        c = self._c
        if c.FPDFAnnot_HasKey(annotation, b"StateModel"):
            return  # a reply such as "Accepted"
        text = self._value(annotation, b"Contents")
        text = text or " ".join(_TAG.sub(" ", self._value(annotation, b"RC")).split())
        if kind == c.FPDF_ANNOT_STAMP:
            text = text or self._value(annotation, b"Name").lstrip("#")
        is_struck = kind == c.FPDF_ANNOT_STRIKEOUT
        if not text.strip() and not is_struck:
            return
        author = self._value(annotation, b"T").strip()
        marked = self._marked(annotation)
        self.size += len(text) + len(marked)
        if text.strip():
            yield comment(text, author, f'{"struck out " * is_struck}"{marked}"' if marked else "")
        elif marked:
            yield f'[Struck out{f" by {author}" if author else ""}: "{marked}"]'

    def _marked(self, annotation: Any) -> str:
        """The text that a comment marks, if it marks some."""
        c = self._c
        quad = c.FS_QUADPOINTSF()
        parts = []
        for index in range(min(c.FPDFAnnot_CountAttachmentPoints(annotation), 100)):
            if not c.FPDFAnnot_GetAttachmentPoints(annotation, index, quad):
                continue
            xs, ys = (quad.x1, quad.x2, quad.x3, quad.x4), (quad.y1, quad.y2, quad.y3, quad.y4)
            where = (self._letters, min(xs), max(ys), max(xs), min(ys))
            size = min(c.FPDFText_GetBoundedText(*where, None, 0), 1000)
            units = (ctypes.c_ushort * (size + 1))()
            c.FPDFText_GetBoundedText(*where, units, size)
            parts.append(bytes(units)[: 2 * size].decode("utf-16-le", "replace").rstrip("\0"))
        return " ".join(" ".join(parts).replace("\ufffe", "").split())

    def links(self, annotation: Any) -> Iterator[Link]:
        c = self._c
        link = c.FPDFAnnot_GetLink(annotation)
        action = c.FPDFLink_GetAction(link) if link else None
        if not action or c.FPDFAction_GetType(action) != _URI_ACTION:
            return
        size = c.FPDFAction_GetURIPath(self._pdf.handle, action, None, 0)
        target = ctypes.create_string_buffer(min(size, _MAX_TEXT_BYTES))
        c.FPDFAction_GetURIPath(self._pdf.handle, action, target, len(target))
        address = target.value.decode("utf-8", "replace").strip()
        if address:
            yield Link(self._box(annotation), address)

    def _box(self, annotation: Any) -> Box:
        rectangle = self._c.FS_RECTF()
        self._c.FPDFAnnot_GetRect(annotation, rectangle)
        x0, x1 = sorted((rectangle.left, rectangle.right))
        y0, y1 = sorted((rectangle.bottom, rectangle.top))
        return Box(x0, y0, x1, y1)

    def _value(self, annotation: Any, key: bytes) -> str:
        return utf16_text(lambda *room: self._c.FPDFAnnot_GetStringValue(annotation, key, *room))

    def _field_text(self, function: Any, annotation: Any, *more: int) -> str:
        return utf16_text(lambda *room: function(self._pdf.form, annotation, *more, *room))


def utf16_text(function: Any) -> str:
    """What a function of PDFium writes as UTF-16 into the room that it is given."""
    size = function(None, 0)
    if size <= 2 or size > _MAX_TEXT_BYTES:
        return ""
    units = (ctypes.c_ushort * (size // 2 + 1))()
    function(units, size)
    return bytes(units)[: size - 2].decode("utf-16-le", "replace").replace("\0", "")
