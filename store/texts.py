"""A document's whole text with its places, as the index and snapshots keep it: once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_SPAN_FIELDS = 7


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


@dataclass(frozen=True)
class WholeText:
    """All that a reader made of a document: its text, its spans in reading order, their unit."""

    text: str
    spans: tuple[TextSpan, ...]
    unit: str

    def passage(self, start: int, end: int) -> str:
        """The characters [start,end). Raises `ValueError` where the text hasn't got them."""
        if not 0 <= start <= end <= len(self.text):
            raise ValueError(f"characters {start} to {end} of {len(self.text)}")
        return self.text[start:end]


def described(whole: WholeText) -> dict[str, Any]:
    """A whole text as JSON has it.

    Sections and headers repeat from span to span, so they stand once, in `names`, and spans count
    into these.
    """
    names: dict[str, int] = {}
    spans = [
        [
            span.start,
            span.end,
            span.first,
            span.last,
            names.setdefault(span.section, len(names)),
            int(span.heading),
            names.setdefault(span.header, len(names)),
        ]
        for span in whole.spans
    ]
    return {"text": whole.text, "unit": whole.unit, "names": list(names), "spans": spans}


def from_described(found: dict[str, Any]) -> WholeText:
    """The whole text that `described` describes. Raises `KeyError`, `TypeError` and `ValueError`
    where it is none.
    """
    text, unit, names = found["text"], found["unit"], found["names"]
    if len(found) != 4 or not all(isinstance(each, str) for each in (text, unit, *names)):
        raise TypeError("a text has other fields")
    return WholeText(text, tuple(_span(each, names, len(text)) for each in found["spans"]), unit)


def _span(numbers: list[Any], names: list[str], characters: int) -> TextSpan:
    if len(numbers) != _SPAN_FIELDS:
        raise ValueError(f"a span has {len(numbers)} numbers")
    start, end, first, last, section, heading, header = numbers
    placed = [number for number in (first, last) if number is not None]
    if not all(type(each) is int and each >= 0 for each in (start, section, header, *placed)):
        raise TypeError(f"a span is {numbers!r}")
    if type(end) is not int or not start <= end <= characters or heading not in (0, 1):
        raise ValueError(f"a span is {numbers!r}")
    if max(section, header) >= len(names):
        raise ValueError(f"a span is {numbers!r}")
    return TextSpan(start, end, first, last, names[section], bool(heading), names[header])
