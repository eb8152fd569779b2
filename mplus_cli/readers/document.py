"""What a reader makes of a file: its text, and where each stretch of the text came from."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

BETWEEN_HEADINGS = " > "
# A stretch in one of these begins a part of its own; lines, rows, paragraphs and times flow on.
_APART = {"page", "slide", "part", "message", "cell", "item"}
FLOWING = frozenset({"row", "line", "paragraph", "time"})
"""The other units: what lies in the next one goes on from the one before."""
_SECONDS_PER_HOUR, _SECONDS_PER_MINUTE = 3600, 60


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the text, in characters, half-open, and its place.

    `first` and `last` count in the document's unit. `section` is the heading path over the stretch,
    the chapter's title or the sheet's name; `heading` says whether the stretch itself begins with
    its last part. `header` is the line of column names that the rows of a table need to make sense.
    """

    start: int
    end: int
    first: int | None = None
    last: int | None = None
    section: str = ""
    heading: bool = False
    header: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stretch of text lies: numbers in a unit, and the section's name.

    Units are "page", "line", "row" and the like, counted from 1, or "time", in seconds.
    """

    unit: str
    first: int | None
    last: int | None
    section: str = ""

    def label(self) -> str:
        """The place in words, such as "page 3" or "Guide > Install, lines 12-20"."""
        section = f"sheet {self.section}" if self.section and self.unit == "row" else self.section
        return ", ".join(part for part in (section, self._numbers()) if part)

    def _numbers(self) -> str:
        if self.first is None or self.last is None:
            return ""
        if self.unit == "time":
            return f"{_clock(self.first)}-{_clock(self.last)}"
        return (
            f"{self.unit} {self.first}"
            if self.first == self.last
            else f"{self.unit}s {self.first}-{self.last}"
        )


@dataclass(frozen=True)
class Document:
    """The text of one file, and its spans in reading order.

    `reader` names the format. Where spans have no numbers of their own, places are lines. `notes`
    say what of the file is not in the text, or may be wrong. `title` says in a line what the whole
    is; "" where nothing does.
    """

    text: str
    spans: tuple[Span, ...]
    reader: str
    unit: str = "line"
    notes: tuple[str, ...] = ()
    title: str = ""

    def place(self, start: int, end: int) -> Place:
        """Where text[start:end] lies; white space at its ends does not count."""
        first, last = self._inked(start, end)
        one, other = self.span_at(first), self.span_at(last)
        section = _over(one.section, other.section)
        if one.first is None and self.unit == "line":
            return Place("line", self._line(first), self._line(last), section)
        if self.unit == "row" and one.section != other.section:
            # Rows count anew in every sheet.
            return Place("row", None, None, section)
        return Place(self.unit, one.first, other.last, section)

    def span_at(self, position: int) -> Span:
        """The span around or before a position."""
        if not self.spans:
            return Span(0, len(self.text))
        return self.spans[max(bisect_right(self._span_starts, position) - 1, 0)]

    def section_starts(self) -> list[int]:
        """Where pages, slides, sections and the like begin, in order."""
        starts = []
        previous = Span(0, 0)
        for span in self.spans:
            apart = self.unit in _APART and span.first is not None
            if apart or span.heading or span.section != previous.section:
                starts.append(span.start)
            previous = span
        return starts

    def _inked(self, start: int, end: int) -> tuple[int, int]:
        """The first and the last character of text[start:end] that is not white space."""
        stretch = self.text[start:end]
        if not stretch.strip():
            return start, start
        return end - len(stretch.lstrip()), start + len(stretch.rstrip()) - 1

    @cached_property
    def _span_starts(self) -> list[int]:
        return [span.start for span in self.spans]

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        for line in self.text.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        return starts

    def _line(self, position: int) -> int:
        return bisect_right(self._line_starts, position)


def _over(first: str, last: str) -> str:
    """The section over two: what their heading paths share, else both."""
    if first == last or not last:
        return first
    if not first:
        return last
    shared = []
    for one, other in zip(
        first.split(BETWEEN_HEADINGS), last.split(BETWEEN_HEADINGS), strict=False
    ):
        if one != other:
            break
        shared.append(one)
    return BETWEEN_HEADINGS.join(shared) or f"{first} … {last}"


def _clock(seconds: int) -> str:
    hours, rest = divmod(seconds, _SECONDS_PER_HOUR)
    minutes, rest = divmod(rest, _SECONDS_PER_MINUTE)
    return f"{hours}:{minutes:02}:{rest:02}"
