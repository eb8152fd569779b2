"""The text of one paragraph of a Word document, and what hangs on it: notes, comments, boxes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mplus_cli.readers.containers.ooxml import chosen, relation
from mplus_cli.readers.containers.xml_tree import attribute, inner, local
from mplus_cli.readers.docx.fields import PAGE_FIELDS, Field, link_of
from mplus_cli.readers.docx.notes import ENDNOTES, FOOTNOTES, Notes
from mplus_cli.readers.docx.styles import OFF, PLAIN, Look, Styles, look_of
from mplus_cli.readers.job import Job
from mplus_cli.readers.letters.scripts import lowered, note_mark, raised, struck
from mplus_cli.readers.office.graphics import described
from mplus_cli.readers.office.math import apart, math_text
from mplus_cli.readers.office.symbols import drawn, is_symbol_font, named_symbol
from mplus_cli.readers.remarks import EMPTY, TICKED

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

SKIPPED = frozenset({
    "del", "moveFrom", "pPr", "rPr", "sdtPr", "sdtEndPr", "sectPr", "tblPr", "tblGrid",
    "tblPrEx", "trPr", "tcPr", "rubyPr", "smartTagPr", "customXmlPr", "delInstrText", "delText",
    "footnoteRef", "endnoteRef", "annotationRef", "fldData", "softHyphen", "bookmarkStart",
    "bookmarkEnd", "proofErr", "lastRenderedPageBreak", "commentRangeStart", "binData",
})  # fmt: skip
"""What is deleted or moved away is not there; properties are looked at where they count."""

_SIGNS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_NOTES = {"footnoteReference": FOOTNOTES, "endnoteReference": ENDNOTES}
_GRAPHICS = {"chart": "chart", "relIds": "diagram", "OLEObject": "object"}
_MAX_MOVED_CHARACTERS = 20  # of type raised by hand; more is a matter of layout


@dataclass
class Hung:
    """What is written behind a paragraph: its kind, its id, and a note's label or the like."""

    kind: str
    name: str = ""
    label: str = ""
    element: Element | None = None


@dataclass(frozen=True)
class _Mark:
    """Where a stretch begins, or ends and is made into its text by `finish`."""

    finish: Callable[[str], str] | None = None


_BEGIN = _Mark()


class Runs:
    """Reads paragraphs one after the other; fields may reach over several of them.

    `links`: where links lead to, by id, if that is to be shown.
    """

    def __init__(
        self, styles: Styles, notes: dict[str, Notes], links: dict[str, str] | None, job: Job
    ) -> None:
        self._styles, self._notes, self._links, self._job = styles, notes, links, job
        self._is_described = False
        self.hung: list[Hung] = []
        self.with_pages = True
        """Whether the numbers of pages are read."""
        self._look = PLAIN
        self._fields: list[Field] = []
        self._in_code = 0
        self._out: list[str] = []
        self._open: list[list[str]] = []
        self._pending: list[Element | _Mark] = []

    def text(self, paragraph: Element, style: str = "") -> str:
        """A paragraph's text; what hangs on it is added to `hung`."""
        self._look = self._styles.look(style or self._styles.default)
        self._out, self._open, self._pending = [], [], [*reversed(paragraph)]
        while self._pending:
            part = self._pending.pop()
            if isinstance(part, _Mark):
                self._marked(part)
                continue
            tag = local(part.tag)
            if tag == "t":
                self._say((part.text or "").replace("\n", " "))
            elif handle := _HANDLERS.get(tag):
                handle(self, part)
            elif tag not in SKIPPED:
                self._pending.extend(reversed(part))
        while self._in_code:  # an instruction ends with its paragraph
            self._in_code -= self._fields.pop().in_code
        return drawn("".join(self._out))

    def _marked(self, mark: _Mark) -> None:
        if mark.finish is None:
            self._open.append(self._out)
            self._out = []
        else:
            text = "".join(self._out)
            self._out = self._open.pop()
            self._out.append(mark.finish(text))

    def _say(self, text: str) -> None:
        if self._in_code:
            return
        if self._fields and text:
            field = self._fields[-1]
            field.shown = True
            if not self.with_pages and field.name in PAGE_FIELDS:
                return
        self._out.append(text)

    def _enclose(self, inside: Iterable[Element], finish: Callable[[str], str]) -> None:
        """Have what is inside read next, and then its text made by `finish`."""
        self._pending.append(_Mark(finish))
        self._pending.extend([*inside][::-1])
        self._pending.append(_BEGIN)

    def _run(self, run: Element) -> None:
        look, own = self._look, PLAIN
        custom = False
        for part in run:
            tag = local(part.tag)
            if tag == "rPr":
                own = look_of(part)
                for one in part:
                    if local(one.tag) == "rStyle":
                        look = self._styles.look(attribute(one, "val")).over(look)
            elif tag in _NOTES:
                custom = attribute(part, "customMarkFollows", "0") not in OFF
        look = own.over(look)
        if look is PLAIN and not custom:
            self._pending.extend(reversed(run))
        else:
            self._enclose(run, lambda text: self._looking(text, look, custom))

    def _looking(self, text: str, look: Look, custom: bool) -> str:
        """The text of a run as its properties have it."""
        if look.hidden:
            if text.strip():
                self._job.note("hidden text is not read")
            return ""
        if look.font and is_symbol_font(look.font):
            text = drawn(text, look.font)
        if custom and self.hung:
            self.hung[-1].label = text.strip()
            return raised(note_mark(text))
        # What is moved as a whole, as drop caps are, doesn't stand higher.
        whole = look.script is None and (len(text) > _MAX_MOVED_CHARACTERS or not self._out)
        if look.stands and text.strip() and not whole:
            text = raised(text) if look.stands > 0 else lowered(text)
        return struck(text) if look.struck else text

    def _note(self, reference: Element) -> None:
        kind = _NOTES[local(reference.tag)]
        label = ""
        if attribute(reference, "customMarkFollows", "0") in OFF:
            label = self._notes[kind].label()
            self._say(raised(note_mark(label)))
        self.hung.append(Hung(kind, attribute(reference, "id"), label))

    def _comment(self, reference: Element) -> None:
        self.hung.append(Hung("comment", attribute(reference, "id")))

    def _sign(self, part: Element) -> None:
        self._say(_SIGNS[local(part.tag)])

    def _symbol(self, part: Element) -> None:
        self._say(named_symbol(attribute(part, "char"), attribute(part, "font")))

    def _math(self, part: Element) -> None:
        self._say_apart(math_text(part))

    def _say_apart(self, text: str) -> None:
        self._say(apart(self._out[-1] if self._out else "", text))

    # Fields

    def _instruct(self, part: Element) -> None:
        if self._fields:
            self._fields[-1].instruct(part.text or "")

    def _field(self, part: Element) -> None:
        kind = attribute(part, "fldCharType")
        if kind == "begin":
            self._fields.append(Field(part))
            self._in_code += 1
        elif self._fields and kind == "separate":
            self._in_code -= self._fields[-1].in_code
            self._fields[-1].in_code = False
        elif self._fields and kind == "end":
            field = self._fields.pop()
            self._in_code -= field.in_code
            self._say_apart(self._ended(field))

    def _simple_field(self, part: Element) -> None:
        field = Field(part)
        field.instruct(attribute(part, "instr"))

        def finish(text: str) -> str:
            field.shown = bool(text)
            shown = self.with_pages or field.name not in PAGE_FIELDS
            return f"{text}{self._ended(field)}" if shown else ""

        self._enclose(part, finish)

    def _ended(self, field: Field) -> str:
        """What follows on a field's result, or stands for it."""
        if field.shown:
            address = link_of(field.code) if self._links is not None else ""
            return f" <{address}>" if address else ""
        made = field.made()
        if made is None and field.in_code:
            self._job.note(f"fields without a saved result are not read, such as {field.name}")
        return made or ""

    def _link(self, part: Element) -> None:
        address = (self._links or {}).get(relation(part), "")
        if address:
            self._enclose(part, lambda text: _leading(text, address))
        else:
            self._pending.extend(reversed(part))

    # Parts of other kinds

    def _ruby(self, part: Element) -> None:
        """A word with its reading: the reading follows in parentheses."""
        parts = {local(one.tag): one for one in part}
        if "rt" in parts:
            self._enclose(parts["rt"], lambda text: f"({text})" if text.strip() else "")
        if "rubyBase" in parts:
            self._pending.extend(reversed(parts["rubyBase"]))

    def _control(self, part: Element) -> None:
        """A content control; a box is told by its state, whatever it shows."""
        for one in part:
            if local(one.tag) == "sdtPr":
                for box in one:
                    if local(box.tag) == "checkbox":
                        self._say(TICKED if _is_checked(box) else EMPTY)
                        return
        self._pending.extend(reversed(part))

    def _alternatives(self, part: Element) -> None:
        self._pending.extend(reversed(chosen(part)))

    def _described(self, part: Element) -> None:
        text = described(attribute(part, "descr") or attribute(part, "alt"))
        self._is_described = bool(text)
        if text:
            before = " " if self._out and not self._out[-1][-1:].isspace() else ""
            self._say(f"{before}{text} ")
        self._pending.extend(reversed(part))

    def _picture(self, part: Element) -> None:
        self._job.pictures += not self._is_described
        self._is_described = False

    def _art(self, part: Element) -> None:
        self._say(attribute(part, "string"))

    def _box(self, part: Element) -> None:
        self.hung.append(Hung("box", element=part))

    def _graphic(self, part: Element) -> None:
        name = attribute(part, "dm") or relation(part)
        self.hung.append(Hung(_GRAPHICS[local(part.tag)], name, attribute(part, "ProgID")))

    def _active(self, part: Element) -> None:
        self._job.note("form controls of the ActiveX kind are not read")

    def _paragraph(self, part: Element) -> None:
        """A paragraph in a drawing, which has no box of its own."""
        self._say("\n")
        self._pending.extend(reversed(part))


def _leading(text: str, address: str) -> str:
    """The text of a link and where it leads, unless that is the text."""
    return text if address in text or not text.strip() else f"{text} <{address}>"


def _is_checked(box: Element) -> bool:
    return any(
        local(part.tag) == "checked" and attribute(part, "val", "1") not in OFF
        for part in inner(box)
    )


_HANDLERS: dict[str, Callable[[Runs, Element], None]] = {
    "r": Runs._run,
    "tab": Runs._sign,
    "ptab": Runs._sign,
    "br": Runs._sign,
    "cr": Runs._sign,
    "noBreakHyphen": Runs._sign,
    "sym": Runs._symbol,
    "oMath": Runs._math,
    "oMathPara": Runs._math,
    "footnoteReference": Runs._note,
    "endnoteReference": Runs._note,
    "commentReference": Runs._comment,
    "commentRangeEnd": Runs._comment,
    "instrText": Runs._instruct,
    "fldChar": Runs._field,
    "fldSimple": Runs._simple_field,
    "hyperlink": Runs._link,
    "ruby": Runs._ruby,
    "sdt": Runs._control,
    "AlternateContent": Runs._alternatives,
    "docPr": Runs._described,
    "shape": Runs._described,
    "blip": Runs._picture,
    "imagedata": Runs._picture,
    "textpath": Runs._art,
    "txbxContent": Runs._box,
    "chart": Runs._graphic,
    "relIds": Runs._graphic,
    "OLEObject": Runs._graphic,
    "control": Runs._active,
    "p": Runs._paragraph,
}
