"""PowerPoint presentations (PPTX): slides with their titles, texts, tables and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mplus_cli.readers.archive import (
    attribute,
    inner,
    local,
    main_part,
    opened,
    relation,
    relations,
)
from mplus_cli.readers.blocks import Blocks
from mplus_cli.readers.document import Document
from mplus_cli.readers.job import Job

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_TITLES = {"title", "ctrTitle"}
_FURNITURE = {"sldNum", "dt", "ftr", "hdr"}
_SKIPPED = frozenset({"Fallback"})


def read_pptx(data: bytes, job: Job) -> Document:
    """A presentation, one number for each slide."""
    blocks = Blocks()
    way_out = "open it in a presentation program and save it anew"
    with opened(data, "a presentation", way_out) as archive:
        main = main_part(archive)
        targets = relations(archive, main)
        slides = [
            targets[relation(one)][1]
            for one in inner(archive.tree(main))
            if local(one.tag) == "sldId"
        ]
        # A slide that is listed again and again is read once.
        for number, part in enumerate(dict.fromkeys(slides), start=1):
            blocks.number = number
            blocks.begin()
            _slide(archive.tree(part), blocks)
            for kind, target in relations(archive, part).values():
                if kind == "notesSlide" and target in archive:
                    _notes(archive.tree(target), blocks)
    return blocks.document("pptx", "slide")


def _slide(root: Element, blocks: Blocks) -> None:
    shapes = [shape for shape in inner(root, _SKIPPED) if local(shape.tag) in ("sp", "tbl")]
    titles = [shape for shape in shapes if _role(shape) in _TITLES]
    for shape in titles:
        blocks.heading(" ".join(_paragraphs(shape)), 1)
    for shape in shapes:
        if local(shape.tag) == "tbl":
            _table(shape, blocks)
        elif _role(shape) not in _TITLES | _FURNITURE:
            blocks.paragraph("\n".join(_paragraphs(shape)))


def _table(shape: Element, blocks: Blocks) -> None:
    rows = [
        ["\n".join(_paragraphs(cell)) for cell in row if local(cell.tag) == "tc"]
        for row in shape
        if local(row.tag) == "tr"
    ]
    properties = next((part for part in shape if local(part.tag) == "tblPr"), None)
    named = properties is not None and properties.get("firstRow") == "1"
    blocks.table([(blocks.number, row) for row in rows], header=named)


def _notes(root: Element, blocks: Blocks) -> None:
    for shape in inner(root, _SKIPPED):
        if local(shape.tag) == "sp" and _role(shape) == "body":
            text = "\n".join(_paragraphs(shape))
            blocks.paragraph(f"Notes: {text}" if text else "")


def _role(shape: Element) -> str:
    """What a shape stands for on the slide's layout, such as "title"."""
    for part in inner(shape, frozenset({"txBody"})):
        if local(part.tag) == "ph":
            return attribute(part, "type", "body")
    return ""


def _paragraphs(shape: Element) -> list[str]:
    texts = []
    for paragraph in inner(shape, _SKIPPED):
        if local(paragraph.tag) == "p":
            texts.append("".join(map(_run, inner(paragraph))).strip())
    return [text for text in texts if text]


def _run(part: Element) -> str:
    tag = local(part.tag)
    if tag == "br":
        return "\n"
    return (part.text or "") if tag == "t" else ""
