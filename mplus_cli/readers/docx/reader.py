"""Word documents (DOCX): what stands in them, in order; tracked changes as if accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mplus_cli.readers.blocks import Blocks, clean
from mplus_cli.readers.containers.archive import Archive, opened
from mplus_cli.readers.containers.ooxml import core_title, main_part
from mplus_cli.readers.containers.xml_tree import attribute, local
from mplus_cli.readers.document import Document
from mplus_cli.readers.docx.notes import ENDNOTES, FOOTNOTES, Comment
from mplus_cli.readers.docx.numbering import BULLET
from mplus_cli.readers.docx.parts import Parts
from mplus_cli.readers.docx.runs import Hung, Runs
from mplus_cli.readers.docx.styles import BODY_TEXT_LEVEL, OFF, list_of, look_of, outline_level
from mplus_cli.readers.docx.tables import Cell, found, has_header, is_layout, rows_of, squared
from mplus_cli.readers.grid import on_one_line
from mplus_cli.readers.job import Job
from mplus_cli.readers.letters.scripts import note_mark
from mplus_cli.readers.office.graphics import add_chart, diagram_lines
from mplus_cli.readers.office.margins import Margins
from mplus_cli.readers.office.objects import embedded

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_BLOCKS = frozenset({"p", "tbl", "altChunk", "subDoc"})
_MAX_NESTED = 20  # tables and boxes in each other
_MAX_NOTES_IN_TITLE = 20


def read_docx(data: bytes, job: Job) -> Document:
    """A Word document; places are headings and numbers of paragraphs."""
    way_out = "open it in a word processor and save it anew"
    with opened(data, "a Word document", way_out) as archive:
        return _Reader(archive, job, core_title(archive)).document()


class _Paragraph:
    """What the properties of a paragraph say."""

    def __init__(self, element: Element) -> None:
        self.style = ""
        self.outline: int | None = None
        self.list: str | None = None
        self.list_level: int | None = None
        self.joins_next = False
        self.hidden = False
        self.ends_section = False
        for properties in element:
            if local(properties.tag) == "pPr":
                for part in properties:
                    self._look(part)

    def _look(self, part: Element) -> None:
        tag = local(part.tag)
        if tag == "pStyle":
            self.style = attribute(part, "val")
        elif tag == "outlineLvl":
            self.outline = outline_level(part)
        elif tag == "numPr":
            self.list, self.list_level = list_of(part)
        elif tag == "sectPr":
            self.ends_section = True
        elif tag == "framePr":
            self.joins_next |= attribute(part, "dropCap", "none") not in OFF
        elif tag == "rPr":  # of the paragraph's end
            self.joins_next |= any(local(one.tag) in ("del", "moveFrom") for one in part)
            self.hidden = bool(look_of(part).hidden)


class _Reader:
    """One document while it is read."""

    def __init__(self, archive: Archive, job: Job, title: str) -> None:
        self._job = job
        self._parts = Parts(archive, main_part(archive), job)
        self._styles, self._numbering = self._parts.styles, self._parts.numbering
        self._notes, self._comments = self._parts.notes, self._parts.comments
        self._runs = Runs(self._styles, self._notes, self._parts.links, job)
        self._blocks = Blocks(counting=True)
        self._blocks.title = title
        self._depth = 0
        self._carried = ""  # from paragraphs that go on in the next one

    def document(self) -> Document:
        for element in found(self._parts.root, _BLOCKS):
            self._block(element)
        if self._carried.strip():
            self._blocks.paragraph(self._carried)
        for comment in self._comments.rest():
            self._remark(comment)
        for kind in (FOOTNOTES, ENDNOTES):
            if missing := self._notes[kind].missing:
                what = kind if missing > 1 else kind.removesuffix("s")
                self._job.note(f"the text of {missing} {what} is missing in the file")
        self._margins()
        return self._blocks.document("docx", "paragraph")

    def _block(self, element: Element) -> None:
        tag = local(element.tag)
        if tag == "p":
            self._paragraph(element)
        elif tag == "tbl":
            self._table(element)
        elif tag == "altChunk":
            self._embedded(attribute(element, "id"), "")
        else:
            self._job.note("documents that are linked to this one are not read")

    def _paragraph(self, element: Element) -> None:
        paragraph = _Paragraph(element)
        text = self._carried + self._runs.text(element, paragraph.style)
        self._carried = text if paragraph.joins_next else ""
        if not paragraph.joins_next:
            label = None if paragraph.hidden and not text.strip() else self._label(paragraph)
            level = paragraph.outline
            level = self._styles.level(paragraph.style) if level is None else level
            if not text.strip():
                pass
            elif level is not None and level <= BODY_TEXT_LEVEL:
                self._heading(text, level, label)
            elif label is None:
                self._blocks.paragraph(text)
            else:
                self._blocks.paragraph(f"{label} {text.strip()}", tight=True)
            self._hung()
        if paragraph.ends_section:
            for notes in self._notes.values():
                notes.end_section()

    def _label(self, paragraph: _Paragraph) -> str | None:
        style = paragraph.style or self._styles.default
        return self._numbering.label(paragraph.list, paragraph.list_level, style)

    def _heading(self, text: str, level: int, label: str | None) -> None:
        """A heading; marks of notes in it stand in the text, not in the heading path."""
        if label and label != BULLET:
            text = f"{label} {text}"
        title = text = " ".join(clean(text).split())
        for hung in self._runs.hung[:_MAX_NOTES_IN_TITLE]:
            if hung.kind in self._notes:
                title = title.replace(f" {note_mark(hung.label)}", "", 1)
        self._blocks.section(text, level, title)

    def _hung(self) -> None:
        """Write what hangs on what was just written: boxes and pictures, notes, comments."""
        while self._runs.hung:
            hung, self._runs.hung = self._runs.hung, []
            for order in (_Reader._drawing, _Reader._note, _Reader._comment):
                for one in hung:
                    order(self, one)

    def _drawing(self, hung: Hung) -> None:
        if hung.kind == "box" and hung.element is not None:
            with self._numbering.apart():
                self._inside(hung.element)
        elif hung.kind == "chart":
            self._chart(hung.name)
        elif hung.kind == "diagram":
            tree = self._parts.part(hung.name, "a diagram")
            for line in diagram_lines(tree) if tree is not None else ():
                self._blocks.paragraph(f"{BULLET} {line}", tight=True)
        elif hung.kind == "object":
            self._embedded(hung.name, hung.label)

    def _note(self, hung: Hung) -> None:
        if hung.kind in self._notes:
            note = self._notes[hung.kind].take(hung.name)
            if note is not None:
                self._blocks.paragraph(f"{note_mark(hung.label)} {self._story(note)}")

    def _comment(self, hung: Hung) -> None:
        if hung.kind == "comment":
            for comment in self._comments.take(hung.name):
                self._remark(comment)

    def _remark(self, comment: Comment) -> None:
        self._blocks.paragraph(comment.around(self._story(comment.element)))

    def _chart(self, name: str) -> None:
        tree = self._parts.part(name, "a chart")
        if tree is not None:
            add_chart(tree, self._blocks, self._job)

    def _embedded(self, name: str, program: str) -> None:
        for text in embedded(self._parts.archive, self._parts.target(name), program, self._job):
            self._blocks.paragraph(text)

    def _inside(self, element: Element) -> None:
        """What stands in a box or in a cell of a table that is only layout."""
        if self._too_deep():
            return
        self._depth += 1
        carried, self._carried = self._carried, ""
        for one in found(element, _BLOCKS):
            self._block(one)
        self._carried = carried
        self._depth -= 1

    def _too_deep(self) -> bool:
        if self._depth >= _MAX_NESTED:
            self._job.note(f"what lies in more than {_MAX_NESTED} tables or boxes is not read")
            return True
        return False

    # Tables

    def _table(self, table: Element) -> None:
        rows = rows_of(table)
        if is_layout(rows):
            for row in rows:
                for cell in row.cells:
                    self._inside(cell.element)
            return
        texts = squared(rows, self._cell)
        self._blocks.table([(None, row) for row in texts], header=has_header(table))
        self._hung()

    def _cell(self, cell: Cell) -> str:
        before, self._runs.hung = self._runs.hung, []
        text = self._flat(cell.element)
        boxes = [one.element for one in self._runs.hung if one.kind == "box"]
        self._runs.hung = before + [one for one in self._runs.hung if one.kind != "box"]
        for box in boxes:
            if box is not None:
                text = f"{text}\n{self._story(box)}"
        return text

    def _flat(self, element: Element) -> str:
        """The text of a cell or a note, a line for each paragraph and each table in it."""
        if self._too_deep():
            return ""
        self._depth += 1
        lines, carried = [], ""
        for one in found(element, _BLOCKS):
            if local(one.tag) == "tbl":
                lines.append(self._nested(one))
                continue
            paragraph = _Paragraph(one)
            carried += self._runs.text(one, paragraph.style)
            if not paragraph.joins_next:
                label = self._label(paragraph)
                if label and (carried.strip() or label != BULLET):
                    carried = f"{label} {carried.strip()}"
                lines.append(carried)
                carried = ""
        self._depth -= 1
        return "\n".join(line for line in [*lines, carried] if line.strip())

    def _story(self, element: Element) -> str:
        """The text of a note or the like, whose lists count for themselves."""
        with self._numbering.apart():
            return self._flat(element).strip()

    def _nested(self, table: Element) -> str:
        """A table within a cell."""
        return on_one_line(
            [" ".join(self._cell(cell).split()) for cell in row.cells] for row in rows_of(table)
        )

    # Headers and footers

    def _margins(self) -> None:
        self._runs.with_pages = False
        margins = Margins(self._blocks, self._job)
        for kind, tree in self._parts.margins():
            text = "\n".join([self._story(tree), *self._margin_boxes()])
            margins.add(kind, text, "PAGE" in self._parts.codes(tree))

    def _margin_boxes(self) -> list[str]:
        boxes = [one.element for one in self._runs.hung if one.kind == "box"]
        self._runs.hung = []
        return [self._story(box) for box in boxes if box is not None]
