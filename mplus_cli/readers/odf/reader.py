"""OpenDocument files: texts (ODT), spreadsheets (ODS), presentations (ODP), drawings (ODG).

Packed, or flat as one XML file (FODT …). Templates are read like documents. The elements are those
of OASIS OpenDocument 1.3, part 3.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mplus_cli.errors import ReadError
from mplus_cli.readers.blocks import Blocks
from mplus_cli.readers.containers.archive import DAMAGE, Archive, opened
from mplus_cli.readers.containers.xml_tree import first, inner, local
from mplus_cli.readers.damage import damage_told
from mplus_cli.readers.document import Document
from mplus_cli.readers.job import Job
from mplus_cli.readers.odf.inline import Inline, Styles
from mplus_cli.readers.odf.sheets import add_sheets
from mplus_cli.readers.odf.text import TextBody, add_slides
from mplus_cli.readers.office.margins import Margins

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_WHAT, _WAY_OUT = "an OpenDocument file", "open it in LibreOffice and save it anew"
_CONTENT, _STYLES, _MANIFEST = "content.xml", "styles.xml", "META-INF/manifest.xml"
_META = "meta.xml"
# What a body holds -> the reader's name and its unit.
_KINDS = {
    "text": ("odt", "paragraph"),
    "spreadsheet": ("ods", "row"),
    "presentation": ("odp", "slide"),
    "drawing": ("odg", "page"),
}


def read_odf(data: bytes, job: Job) -> Document:
    """A packed file. Raises `ReadError` for one under a password."""
    with opened(data, _WHAT, _WAY_OUT) as archive:
        _refuse_locked(archive)
        styles = Styles()
        try:
            if _STYLES in archive:
                styles.add(archive.tree(_STYLES))
        except DAMAGE:
            job.note("its styles are damaged: numbers of headings and raised type may be missing")
        root = archive.tree(_CONTENT)
        document = _document(root, styles, archive, job)
        try:
            title = _title(archive.tree(_META)) if _META in archive else ""
        except DAMAGE:
            title = ""
        return replace(document, title=title)


def read_flat_odf(data: bytes, job: Job) -> Document:
    """A file that is one XML document."""
    from defusedxml.ElementTree import fromstring

    with damage_told(_WHAT, _WAY_OUT, *DAMAGE):
        root = fromstring(data)
        return replace(_document(root, Styles(), None, job), title=_title(root))


def _document(root: Element, styles: Styles, archive: Archive | None, job: Job) -> Document:
    styles.add(root)
    body = first((part for part in inner(root) if local(part.tag) == "body"), "body")
    content = first((part for part in body if local(part.tag) in _KINDS), "text")
    reader, unit = _KINDS[local(content.tag)]
    blocks = Blocks(counting=unit == "paragraph")
    inline = Inline(styles, archive, content, job)
    if unit == "paragraph":
        TextBody(inline, blocks).add(content)
        _add_margins(styles, inline, blocks, job)
    elif unit == "row":
        inline.with_charts = False
        add_sheets(content, inline, blocks, job)
    else:
        add_slides(content, inline, blocks)
    inline.say(job)
    return blocks.document(reader, unit)


def _title(root: Element) -> str:
    """The title that the properties of a file give it."""
    properties = (one for part in inner(root) if local(part.tag) == "meta" for one in part)
    return next((one.text or "" for one in properties if local(one.tag) == "title"), "")


def _add_margins(styles: Styles, inline: Inline, blocks: Blocks, job: Job) -> None:
    inline.with_pages = False
    margins = Margins(blocks, job)
    for margin in styles.margins:
        kind = "header" if "header" in local(margin.tag) else "footer"
        has_pages = any(local(part.tag) == "page-number" for part in inner(margin))
        margins.add(kind, "\n".join(inline.lines(margin)), has_pages)


def _refuse_locked(archive: Archive) -> None:
    manifest = archive.read(_MANIFEST) if _MANIFEST in archive else b""
    if b"encryption-data" in manifest or "encrypted-package" in archive:
        raise ReadError(
            "an OpenDocument file under a password, which can't be opened here",
            "open it in LibreOffice and save a copy without a password",
        )
