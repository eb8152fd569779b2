"""PowerPoint presentations (PPTX): slides with all that they show, their notes and comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mplus_cli.readers.blocks import Blocks
from mplus_cli.readers.containers.archive import Archive, opened
from mplus_cli.readers.containers.ooxml import (
    ON,
    chosen,
    core_title,
    main_part,
    relation,
    spare_links,
    spare_relations,
    spare_tree,
)
from mplus_cli.readers.containers.xml_tree import attribute, inner, local, whole
from mplus_cli.readers.document import Document
from mplus_cli.readers.grid import Grid
from mplus_cli.readers.job import Job
from mplus_cli.readers.office.graphics import add_chart, described, diagram_lines
from mplus_cli.readers.office.objects import embedded
from mplus_cli.readers.pptx.comments import authors, comments
from mplus_cli.readers.pptx.text import lines

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_TITLES = {"title", "ctrTitle"}
_PAGE_FURNITURE = {"sldNum", "sldImg"}
_FOOTERS = {"dt", "ftr", "hdr"}
_SHAPES = frozenset({"sp", "graphicFrame", "pic", "cxnSp"})
_SLIDE = re.compile(r"ppt/slides/slide(\d{1,6})\.xml")


def read_pptx(data: bytes, job: Job) -> Document:
    """A presentation, one number for each slide."""
    way_out = "open it in a presentation program and save it anew"
    with opened(data, "a presentation", way_out) as archive:
        return _Reader(archive, job).document()


class _Reader:
    """One presentation while it is read."""

    def __init__(self, archive: Archive, job: Job) -> None:
        self._archive, self._job = archive, job
        main = main_part(archive)
        self._targets = spare_relations(archive, main, "the list of the slides", job)
        self._slides = list(self._listed(archive.tree_as_far(main, "the list of slides", job)))
        parts = dict(self._targets.values())
        self._authors = authors(archive, parts, job)
        self._blocks = Blocks()
        self._blocks.title = core_title(archive)
        self._said: set[str] = set()

    def document(self) -> Document:
        for number, part in enumerate(self._slides, start=1):
            self._blocks.number = number
            self._blocks.begin()
            tree = spare_tree(self._archive, part, f"slide {number}", self._job)
            if tree is not None:
                self._slide(tree, part, number)
        return self._blocks.document("pptx", "slide")

    def _listed(self, root: Element) -> Iterator[str]:
        """The parts of the slides in their order.

        A slide that is listed again and again is read once.
        """
        ids = [relation(one) for one in inner(root) if local(one.tag) == "sldId"]
        slides = dict.fromkeys(self._targets[one][1] for one in ids if one in self._targets)
        if slides or not ids:
            yield from slides
            return
        numbers = sorted(
            int(found[1]) for name in self._archive.names() if (found := _SLIDE.fullmatch(name))
        )
        if not numbers:
            raise LookupError("it has no slides")
        self._job.note("the order of the slides can't be told: they are read by their numbers")
        yield from (f"ppt/slides/slide{number}.xml" for number in numbers)

    def _slide(self, root: Element, part: str, number: int) -> None:
        what = f"what belongs to slide {number}"
        self._near = spare_relations(self._archive, part, what, self._job)
        self._links = spare_links(self._archive, part) if self._job.options.links else {}
        shapes = list(_shapes(root))
        titles = [shape for shape in shapes if _role(shape) in _TITLES]
        hidden = attribute(root, "show", "1") not in ON
        names = [" ".join(lines(shape, self._links)) for shape in titles]
        for name in names:
            self._blocks.heading(f"{name} (hidden slide)" if hidden and name else name, 1)
        if hidden and not any(names):
            self._blocks.paragraph("(hidden slide)")
        for shape in shapes:
            if _role(shape) not in _TITLES:
                self._shape(shape)
        for kind, target in self._near.values():
            if kind == "notesSlide":
                self._notes(target, number)
            elif kind == "comments":
                tree = spare_tree(
                    self._archive, target, f"the comments on slide {number}", self._job
                )
                for comment in comments(tree, self._authors) if tree is not None else ():
                    self._blocks.paragraph(comment)

    def _shape(self, shape: Element) -> None:
        role = _role(shape)
        if role in _PAGE_FURNITURE:
            return
        if _is_hidden(shape):
            self._job.note("hidden shapes on slides are not read")
            return
        if role in _FOOTERS:
            self._footer(shape)
        elif local(shape.tag) == "graphicFrame":
            self._frame(shape)
        else:
            text = "\n".join(lines(shape, self._links)) or _described(shape)
            self._job.pictures += local(shape.tag) == "pic" and not text
            self._blocks.paragraph(text)

    def _footer(self, shape: Element) -> None:
        """Write what stands at the edge of many slides once; dates of today say nothing."""
        text = " ".join(lines(shape, self._links))
        made = any(local(part.tag) == "fld" for part in inner(shape))
        if text and not made and text not in self._said:
            self._said.add(text)
            self._blocks.paragraph(f"[Footer: {text}]")

    def _frame(self, frame: Element) -> None:
        """A table, a chart, a diagram or an embedded file."""
        self._blocks.paragraph(_described(frame))
        pending = [frame]
        while pending:
            part = pending.pop()
            tag = local(part.tag)
            if tag == "tbl":
                self._table(part)
            elif tag == "chart":
                tree = self._part(relation(part), "a chart")
                if tree is not None:
                    add_chart(tree, self._blocks, self._job)
            elif tag == "relIds":
                tree = self._part(attribute(part, "dm"), "a diagram")
                found = diagram_lines(tree) if tree is not None else []
                self._blocks.paragraph("\n".join(f"- {line}" for line in found))
            elif tag == "oleObj":
                self._object(part)
            elif tag == "AlternateContent":
                pending.extend(reversed(chosen(part)))
            else:
                pending.extend(reversed(part))

    def _object(self, part: Element) -> None:
        target = self._near.get(relation(part), ("", ""))[1]
        for text in embedded(self._archive, target, attribute(part, "progId"), self._job):
            self._blocks.paragraph(text)

    def _part(self, name: str, what: str) -> Element | None:
        target = self._near.get(name, ("", ""))[1]
        return spare_tree(self._archive, target, what, self._job)

    def _table(self, table: Element) -> None:
        grid = Grid()
        named = False
        for row in table:
            if local(row.tag) == "tblPr":
                named = attribute(row, "firstRow") in ON
            elif local(row.tag) == "tr":
                grid.begin_row()
                for cell in row:
                    if local(cell.tag) == "tc" and not _is_covered(cell):
                        across, down = (
                            max(whole(attribute(cell, name, "1"), 1), 1)
                            for name in ("gridSpan", "rowSpan")
                        )
                        grid.cell("\n".join(lines(cell, self._links)), across, down)
        grid.end_row()
        self._blocks.table([(self._blocks.number, row) for row in grid.rows], header=named)

    def _notes(self, target: str, number: int) -> None:
        tree = spare_tree(self._archive, target, f"the notes on slide {number}", self._job)
        for shape in _shapes(tree) if tree is not None else ():
            if _role(shape) not in _PAGE_FURNITURE | _FOOTERS:
                text = "\n".join(lines(shape, {}))
                self._blocks.paragraph(f"Notes: {text}" if text else "")


def _shapes(root: Element) -> Iterator[Element]:
    """The shapes of a slide in their order, those of groups, too."""
    pending = [root]
    while pending:
        part = pending.pop()
        tag = local(part.tag)
        if tag in _SHAPES:
            yield part
        elif tag == "AlternateContent":
            pending.extend(reversed(chosen(part)))
        else:
            pending.extend(reversed(part))


def _role(shape: Element) -> str:
    """What a shape stands for on the slide's layout, such as "title"."""
    for part in inner(shape, frozenset({"txBody", "graphic"})):
        if local(part.tag) == "ph":
            return attribute(part, "type", "body")
    return ""


def _described(shape: Element) -> str:
    """What its author wrote about a picture, for those who can't see it."""
    for part in inner(shape, frozenset({"txBody", "graphic"})):
        if local(part.tag) == "cNvPr":
            return described(attribute(part, "descr"))
    return ""


def _is_hidden(shape: Element) -> bool:
    return any(
        local(part.tag) == "cNvPr" and attribute(part, "hidden", "0") in ON
        for part in inner(shape, frozenset({"txBody", "graphic"}))
    )


def _is_covered(cell: Element) -> bool:
    """Whether a cell of the grid lies under one that reaches over it."""
    return any(attribute(cell, name, "0") in ON for name in ("hMerge", "vMerge"))
