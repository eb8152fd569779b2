"""Rich text (RTF): paragraphs, headings, lists, tables, notes; tracked changes as if accepted."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from mplus_cli.errors import ReadError
from mplus_cli.readers.blocks import Blocks, clean
from mplus_cli.readers.document import Document
from mplus_cli.readers.job import Job
from mplus_cli.readers.letters.scripts import note_mark, raised
from mplus_cli.readers.marks import RTF_MARK
from mplus_cli.readers.office.margins import Margins
from mplus_cli.readers.remarks import EMPTY, TICKED, comment
from mplus_cli.readers.rtf.scan import BODY_LEVEL, Field, Scanner, State
from mplus_cli.readers.rtf.table import CELL_FLAGS, RtfTable
from mplus_cli.readers.rtf.words import (
    CHARACTERS,
    CHARSETS,
    NO_TEXT,
    OF_PROGRAMS,
    PARAGRAPH_ENDS,
    SIGNS,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_HEADING = re.compile(r"heading ([1-9])", re.IGNORECASE)
_BULLET = re.compile(r"[^\w(]+$")
_LINK = re.compile(r"HYPERLINK\s+(?:\\[a-z]\s+)*\"?([^\"\s]+)", re.IGNORECASE)
_STRIKES = ("strike", "striked")
_PAGE = re.compile(r"\s*(?:PAGE|NUMPAGES|SECTIONPAGES)\b", re.IGNORECASE)
_SCRIPTS = ("super", "sub", "nosupersub", "up", "dn")
_CHARACTER_WORDS = ("plain", "v", "deleted", "f", "uc", *_SCRIPTS, *_STRIKES)
_PARAGRAPH_WORDS = ("pard", "outlinelevel", "s", "intbl", "itap")
_TABLE_WORDS = ("trowd", "trhdr", "cellx", "cell", "row", "nestcell", "nestrow", *CELL_FLAGS)
_DOCUMENT_WORDS = ("ansicpg", "deff", "fcharset", "cpg", "ffres", "ffdefres", *OF_PROGRAMS)
# The word that begins a group, or stands for what is there -> what the reader does.
_GROUPS = {
    "fonttbl": "_font_table",
    "stylesheet": "_style_sheet",
    "footnote": "_note",
    "chftn": "_note_number",
    "annotation": "_comment",
    "atnauthor": "_comment_author",
    "listtext": "_list_mark",
    "pntext": "_list_mark",
    "objdata": "_object",
    "shptxt": "_box_text",
    "dptxbxtext": "_box_text",
    "field": "_field",
    "fldinst": "_instruction",
    "fldrslt": "_field_result",
    "ffl": "_field_item",
    "ud": "_unicode_version",
    "chpgn": "_page_number",
    **dict.fromkeys(("header", "headerf", "headerl", "headerr"), "_header"),
    **dict.fromkeys(("footer", "footerf", "footerl", "footerr"), "_footer"),
}


def read_rtf(data: bytes, job: Job) -> Document:
    """A text; places are headings and numbers of paragraphs."""
    if not data.lstrip().startswith(RTF_MARK):
        raise ReadError("no RTF: it does not begin like one", "save it anew, or name it .txt")
    blocks = Blocks(counting=True)
    reader = _Reader(data, blocks, job)
    reader.read()
    reader.end()
    return blocks.document("rtf", "paragraph")


class _Reader(Scanner):
    """Makes paragraphs, tables and notes of the words of a text."""

    def __init__(self, data: bytes, blocks: Blocks, job: Job) -> None:
        self._main: list[str] = []
        super().__init__(data, self._main)
        self._blocks, self._job = blocks, job
        self._font_names: list[str] = ["font"]
        self._style_names: list[str] = ["style"]
        self._levels: dict[int, int] = {}
        self._table = RtfTable()
        self._listed = ""
        self._behind: list[str] = []
        self._notes = 0
        self._author = ""
        self._margins: list[tuple[str, str, bool]] = []
        self._has_pages = False  # the header that is read

    def character(self, character: str) -> None:
        if character in "\r\n":
            self._paragraph()
        else:
            self.emit(CHARACTERS.get(character, ""))

    def word(self, name: str, number: int | None, starred: bool) -> None:
        on = number != 0
        if name in SIGNS:
            self.emit(SIGNS[name])
        elif name in PARAGRAPH_ENDS:
            self._paragraph()
        elif name in _CHARACTER_WORDS:
            self._formatted(name, number, on)
        elif name in _PARAGRAPH_WORDS:
            self._set(name, number)
        elif name in _TABLE_WORDS:
            self._tabled(name, number)
        elif name in _DOCUMENT_WORDS:
            self._declared(name, number)
        elif name in _GROUPS:
            getattr(self, _GROUPS[name])()
        elif name in NO_TEXT or starred:
            self.state.spare, self.state.sink = self.state.sink, None

    def _formatted(self, name: str, number: int | None, on: bool) -> None:
        state = self.state
        if name == "plain":
            state.script, state.font = "", -1
            state.hidden = state.deleted = state.struck = False
        elif name in ("super", "sub", "nosupersub"):
            state.script = {"super": "raised", "sub": "lowered"}.get(name, "") if on else ""
        elif name in ("up", "dn"):
            moved = 6 if number is None else number
            state.script = {"up": "raised", "dn": "lowered"}[name] if moved else ""
        elif name == "v":
            state.hidden = on
        elif name == "deleted":
            state.deleted = on
        elif name in _STRIKES:
            state.struck = on
        elif name == "f":
            state.font = number or 0
        elif name == "uc":
            state.skipped = max(number or 0, 0)

    def _set(self, name: str, number: int | None) -> None:
        state = self.state
        if name == "pard":
            state.level, state.style, state.in_table, state.nesting = BODY_LEVEL, -1, False, 1
        elif name == "outlinelevel":
            state.level = number or 0
        elif name == "s":
            state.style = number or 0
        elif name == "intbl":
            state.in_table = True
        else:
            state.nesting = max(number or 0, 0)

    def _declared(self, name: str, number: int | None) -> None:
        if name == "ansicpg":
            self.codec = _known(f"cp{number}", self.codec)
        elif name in OF_PROGRAMS:
            self.codec = OF_PROGRAMS[name]
        elif name == "deff":
            self.default_font = number or 0
        elif self.state.font >= 0 and name in ("fcharset", "cpg"):
            codec = CHARSETS.get(number or 0, self.codec) if number != 1 else self.codec
            codec = "symbol" if name == "fcharset" and number == 2 else codec
            codec = _known(f"cp{number}", codec) if name == "cpg" else codec
            self.fonts[self.state.font] = (codec, "")
        elif self.state.form is not None and number is not None:
            if name == "ffres":
                self.state.form.result = number
            else:
                self.state.form.default = number

    def _tabled(self, name: str, number: int | None) -> None:
        if self.state.sink is not self._main and name != "nestrow":
            self.emit({"cell": "\t", "row": "\n"}.get(name, ""))
        elif name == "cell":
            self._table.cell(self._taken())
        elif name == "row":
            self._table.end_row()
        elif name == "nestcell":
            self._table.inner_cell(self._taken())
        elif name == "nestrow":
            self._table.end_inner_row()
        else:
            self._table.define(name, number or 0)

    def _taken(self) -> str:
        """The text of the paragraph so far, with the mark of its list."""
        text = "".join(self._main)
        self._main.clear()
        mark, self._listed = self._listed, ""
        return f"{mark}{text.lstrip()}" if mark and text.strip() else text

    def _paragraph(self) -> None:
        state = self.state
        if state.sink is not self._main:
            self.emit("\n")
            return
        if state.in_table or state.nesting > 1:
            self._main.append("\n")
            return
        self._table.flush(self._blocks)
        listed = bool(self._listed)
        text = self._taken()
        level = min(state.level, self._levels.get(state.style, BODY_LEVEL))
        if level < BODY_LEVEL and text.strip():
            self._blocks.heading(text, level + 1)
        else:
            self._blocks.paragraph(text, tight=listed)
        self._add_behind()

    def _add_behind(self) -> None:
        for text in self._behind:
            self._blocks.paragraph(text)
        self._behind.clear()

    def end(self) -> None:
        """End the last paragraph."""
        self.flush()
        self.state = State(self._main)
        self._paragraph()
        margins = Margins(self._blocks, self._job)
        for kind, text, has_pages in self._margins:
            margins.add(kind, text, has_pages)
        if self.has_hidden:
            self._job.note("hidden text is not read")
        if self.stack:
            self._job.note("the text ends in the middle: its end is missing")

    # Groups

    def _collect(self, then: Callable[[str], None]) -> None:
        """Give the text of the group to `then`, and none of it to what is around."""
        sink: list[str] = []
        self.state.sink, self.state.script = sink, ""
        self.state.closing = lambda: then("".join(sink))

    def left(self) -> None:
        """Keep what a group of the table of fonts or styles has named."""
        state = self.state
        if state.sink is None or state.sink not in (self._font_names, self._style_names):
            return
        name = "".join(state.sink[1:]).strip(" ;")
        del state.sink[1:]
        if state.sink is self._font_names:
            if state.font >= 0:
                self.fonts[state.font] = (self.fonts.get(state.font, (self.codec, ""))[0], name)
        elif state.style >= 0:
            heading = _HEADING.match(name)
            self._levels[state.style] = int(heading[1]) - 1 if heading else state.level

    def _font_table(self) -> None:
        self.state.sink = self._font_names

    def _style_sheet(self) -> None:
        self.state.sink = self._style_names

    def _note(self) -> None:
        if self.state.sink is None:
            return
        marked = "".join(self._main[-1:])
        before = clean(marked).strip() if marked.startswith(raised("")[0]) else "*"
        mark = before if before.startswith("[") else note_mark(before.strip("^"))

        def add(text: str) -> None:
            self._behind.append(f"{mark} {' '.join(text.split())}")

        self._collect(add)

    def _note_number(self) -> None:
        if self.state.sink is self._main:
            self._notes += 1
            self._main.append(raised(note_mark(str(self._notes))))

    def _comment(self) -> None:
        author = self._author

        def add(text: str) -> None:
            self._behind.append(comment(" ".join(text.split()), author))

        self._collect(add)

    def _comment_author(self) -> None:
        def keep(text: str) -> None:
            self._author = text.strip()

        self._collect(keep)

    def _list_mark(self) -> None:
        sink, in_table = self.state.sink, self.state.in_table
        if sink is not self._main:
            return

        def keep(text: str) -> None:
            mark = text.strip()
            mark = "- " if _BULLET.match(mark) or mark == "o" else f"{mark} " if mark else ""
            if in_table:
                self._main.append(mark)
            else:
                self._listed = mark

        self._collect(keep)

    def _object(self) -> None:
        self._job.note("embedded objects are not read")
        self.state.sink = None

    def _box_text(self) -> None:
        def add(text: str) -> None:
            if text.strip():
                self._behind.append(text.strip())

        self._collect(add)

    def _header(self) -> None:
        self._margin("header")

    def _footer(self) -> None:
        self._margin("footer")

    def _margin(self, kind: str) -> None:
        self._has_pages = False

        def keep(text: str) -> None:
            self._margins.append((kind, text, self._has_pages))

        self._collect(keep)

    def _page_number(self) -> None:
        self._has_pages = True

    def _field(self) -> None:
        self.state.form = Field()

    def _instruction(self) -> None:
        field, outside = self.state.form, self.state.sink

        def follow(text: str) -> None:
            if field is None or outside is None:
                return
            field.is_page = _PAGE.match(text) is not None
            link = _LINK.search(text)
            field.link = link[1] if link else ""
            chosen = field.default if field.result in (None, 25) else field.result or 0
            if "FORMCHECKBOX" in text:
                outside.append(TICKED if chosen else EMPTY)
            elif "FORMDROPDOWN" in text and 0 <= chosen < len(field.items):
                outside.append(field.items[chosen])

        self._collect(follow)

    def _field_item(self) -> None:
        if self.state.form is not None:
            self._collect(self.state.form.items.append)

    def _field_result(self) -> None:
        field, sink = self.state.form, self.state.sink
        if field is not None and field.is_page and sink is not self._main:
            self._has_pages, self.state.sink = True, None
        if field is not None and field.link and sink is not None and self._job.options.links:
            self.state.closing = lambda: sink.append(f" <{field.link}>")

    def _unicode_version(self) -> None:
        self.state.sink = self.state.spare


def _known(codec: str, otherwise: str) -> str:
    try:
        return {"cp65001": "utf-8", "cp10000": "mac_roman"}.get(codec) or codecs.lookup(codec).name
    except LookupError:
        return otherwise
