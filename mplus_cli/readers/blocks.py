"""A document put together from the headings, paragraphs and tables of a format with structure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mplus_cli.errors import ReadError
from mplus_cli.readers.document import BETWEEN_HEADINGS, FLOWING, Document, Span
from mplus_cli.readers.letters.characters import tidy
from mplus_cli.readers.letters.scripts import resolved

MAX_CHARACTERS = 100 * 1024 * 1024
"""Of one document's text: a small file may name the same long text again and again."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_MAX_TITLE_CHARACTERS = 100
_CELLS = " | "


def clean(text: str) -> str:
    """Text as a document holds it: its characters written in one way, raised type written out.

    UTF-8 can hold it, it has no control characters, and its lines end by "\\n".
    """
    if text.isascii():
        if text.isprintable():
            return text
        return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return resolved(tidy(text))


def too_much_text() -> ReadError:
    """What is raised beyond `MAX_CHARACTERS`."""
    return ReadError(
        f"too much text: more than {MAX_CHARACTERS // 1024**2} million characters", "split it"
    )


def titled(text: str) -> str:
    """A heading's text on one line of bounded length, fit for a heading path."""
    line = " ".join(text.split())
    return line if len(line) <= _MAX_TITLE_CHARACTERS else line[: _MAX_TITLE_CHARACTERS - 2] + " …"


class HeadingPath:
    """The headings over the place that is being read. Levels count up from 0, the highest."""

    def __init__(self, title: str = "") -> None:
        self._title = titled(title)
        self._open: list[tuple[int, str]] = []

    def enter(self, level: int, title: str) -> None:
        self.leave(level)
        self._open.append((level, titled(title)))

    def leave(self, level: int) -> None:
        while self._open and self._open[-1][0] >= level:
            self._open.pop()

    def __str__(self) -> str:
        return BETWEEN_HEADINGS.join(title for _, title in self._open if title) or self._title


class Blocks:
    """The text and the spans of a document, block by block.

    With `counting`, every block has its number; else `number` is whatever the reader set last, such
    as that of the slide; `title` is what the format says of the whole. Raises `ReadError` once the
    text grows beyond `MAX_CHARACTERS`.
    """

    def __init__(self, counting: bool = False) -> None:
        self.number: int | None = 0 if counting else None
        self.title = ""
        self._counting = counting
        self._path = HeadingPath()
        self._parts: list[str] = []
        self._spans: list[Span] = []
        self._length = 0

    def __len__(self) -> int:
        """The characters of the text so far."""
        return self._length

    def begin(self, title: str = "") -> None:
        """Leave all headings; until the next one, `title` names the section."""
        self._path = HeadingPath(title)

    def leave(self, level: int) -> None:
        """Leave the headings of a level, and those below it."""
        self._path.leave(level)

    def heading(self, text: str, level: int) -> None:
        text = " ".join(clean(text).split())
        if text:
            self._path.enter(level, text)
            self._add(text, heading=True)

    def paragraph(self, text: str, tight: bool = False, last: int | None = None) -> None:
        """Add a block of text; a `tight` one is not set off by an empty line."""
        text = clean(text).strip("\n ")
        if text.strip():
            self._add(text, between="\n" if tight else "\n\n", last=last)

    def opening(self, text: str) -> None:
        """Add a block that begins what `begin` named, as a heading would."""
        text = clean(text).strip("\n ")
        if text.strip():
            self._add(text, heading=True)

    def section(self, text: str, level: int, title: str) -> None:
        """Add a block that begins with its heading."""
        self._path.enter(level, title)
        self.opening(text)

    def table(self, rows: Iterable[tuple[int | None, Sequence[str]]], header: bool) -> None:
        """Add rows, each with its number if it has one; `header`: the first names the columns."""
        names = ""
        between = "\n\n"
        for number, cells in rows:
            if not any(cells):
                continue
            if number is not None:
                self.number = number
            line = joined(cells)
            if header and not names:
                names = line
                self._add(line, between=between)
            else:
                self._add(line, between=between, header=names)
            between = "\n"

    def include(self, document: Document, title: str) -> None:
        """Add a document under the headings so far and a title of its own.

        Its pages, slides and sheets become sections; its rows, lines and paragraphs do not.
        """
        titles = [part for part in (str(self._path), titled(clean(title))) if part]
        self._add(titles[-1], heading=True, section=BETWEEN_HEADINGS.join(titles))
        end = document.spans[0].start if document.spans else 0
        between = "\n\n"
        for span in document.spans:
            text = document.text[span.start : span.end]
            between = document.text[end : span.start] or between
            place = _place_within(document, span)
            section = BETWEEN_HEADINGS.join([*titles, place] if place else titles)
            self._add(text, between, span.heading, span.header, section=section)
            end, between = span.end, "\n"

    def document(self, reader: str, unit: str) -> Document:
        text, title = "".join(self._parts), clean(self.title)
        return Document(text, tuple(self._spans), reader, unit, title=title)

    def _add(
        self,
        text: str,
        between: str = "\n\n",
        heading: bool = False,
        header: str = "",
        last: int | None = None,
        section: str | None = None,
    ) -> None:
        if self._counting and self.number is not None:
            self.number += 1
        if not self._parts:
            between = ""
        start = self._length + len(between)
        self._length = start + len(text)
        if self._length > MAX_CHARACTERS:
            raise too_much_text()
        self._parts += [between, text] if between else [text]
        last = self.number if last is None else last
        section = str(self._path) if section is None else section
        span = Span(start, self._length, self.number, last, section, heading, header)
        before = self._spans[-1] if self._spans else None
        if before is not None and not heading and _goes_on(before, span):
            self._spans[-1] = Span(before.start, span.end, *_place(before), before.heading, header)
        else:
            self._spans.append(span)


def joined(cells: Sequence[str]) -> str:
    """The cells of a row on one line."""
    line = _CELLS.join([" ".join(cell.split()) for cell in cells])
    if line.isascii():
        return clean(line)
    return _CELLS.join(" ".join(clean(cell).split()) for cell in cells)


def _goes_on(before: Span, span: Span) -> bool:
    return _place(before) == _place(span) and before.header == span.header


def _place_within(document: Document, span: Span) -> str:
    """The place of a span in words, without numbers that would part what flows on."""
    if span.first is None or document.unit in FLOWING or document.reader == "email":
        return f"sheet {span.section}" if span.section and document.unit == "row" else span.section
    return document.place(span.start, span.end).label().replace(", ", BETWEEN_HEADINGS)


def _place(span: Span) -> tuple[int | None, int | None, str]:
    return span.first, span.last, span.section
