"""A document's whole text with its places, as the index and snapshots keep it: once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class TextSpan:
    """A stretch of the text, in characters, half-open, and its place (see `ChunkRow`).

    `heading`: whether it begins with the last part of `section`. `header`: the names of the columns
    that the rows of a table stand under.
    """

    start: int
    end: int
    first: int | None
    last: int | None
    section: str
    heading: bool
    header: str


_MOST = (1 << 63) - 1  # SQLite has no larger numbers, and chunks take theirs from here
_NONE = TextSpan(0, 0, None, None, "", False, "")  # before the first


@dataclass(frozen=True)
class WholeText:
    """All that a reader made of a document: its text, its spans in reading order, their unit, and
    what it is called.
    """

    text: str
    spans: tuple[TextSpan, ...]
    unit: str
    title: str = ""

    def passage(self, start: int, end: int) -> str:
        """The characters [start,end). Raises `ValueError` where the text hasn't got them."""
        if not 0 <= start <= end <= len(self.text):
            raise ValueError(f"characters {start} to {end} of {len(self.text)}")
        return self.text[start:end]


def described(whole: WholeText) -> dict[str, Any]:
    """A whole text as JSON has it.

    Sections and headers repeat from span to span, so they stand once, in `names`, and spans count
    into these. Of places the differences are written, which repeat, too, and so pack well: a table
    has a span for each row. A title that is none is left out.
    """
    names: dict[str, int] = {}
    spans = []
    before = _NONE
    for span in whole.spans:
        section, header = (
            names.setdefault(name, len(names)) for name in (span.section, span.header)
        )
        spans.append(
            [
                span.start - before.end,
                span.end - span.start,
                None if span.first is None else span.first - (before.first or 0),
                None if span.last is None else span.last - (span.first or 0),
                section,
                int(span.heading),
                header,
            ]
        )
        before = span
    told = {"text": whole.text, "unit": whole.unit, "names": list(names), "spans": spans}
    return told | ({"title": whole.title} if whole.title else {})


def from_described(found: dict[str, Any]) -> WholeText:
    """The whole text that `described` describes. Raises `KeyError`, `TypeError` and `ValueError`
    where it is none.
    """
    text, unit, names, title = found["text"], found["unit"], found["names"], found.get("title", "")
    fields = 5 if "title" in found else 4
    strings = (text, unit, title, *names)
    if len(found) != fields or not all(isinstance(each, str) for each in strings):
        raise TypeError("a text has other fields")
    spans = [_NONE]
    for numbers in found["spans"]:
        spans.append(_span(numbers, names, spans[-1]))
        if spans[-1].end > len(text):
            raise ValueError("a span lies behind the text")
    return WholeText(text, tuple(spans[1:]), unit, title)


def _span(numbers: list[Any], names: list[str], before: TextSpan) -> TextSpan:
    gap, length, step, more, section, heading, header = numbers
    placed = [number for number in (step, more) if number is not None]
    if any(type(each) is not int for each in (gap, length, section, heading, header, *placed)):
        raise TypeError(f"a span is {numbers!r}")
    start = before.end + gap
    first = None if step is None else (before.first or 0) + step
    last = None if more is None else (first or 0) + more
    counts = (start, length, first or 0, last or 0, section, heading, 1 - heading, header)
    if min(counts) < 0 or max(counts) > _MOST or max(section, header) >= len(names):
        raise ValueError(f"a span is {numbers!r}")
    return TextSpan(start, start + length, first, last, names[section], heading == 1, names[header])
