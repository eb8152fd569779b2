"""Dated headings: lines that begin a day of a diary, or a session of a long dialogue."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from mplus_cli.dates import MONTH_NAMES, find_dates
from mplus_cli.readers.document import BETWEEN_HEADINGS, Document, Span

_MAX_CHARACTERS = 80
_LEAP_YEAR = 2024  # for days without a year
LETTERHEAD = 12
"""The first lines of a text: one date alone among them dates all of it."""
# A line that might be one, so that few are looked at more closely.
_LINE = re.compile(rf"^[ \t]*+(?=[^\n]*\d)[^\n]{{4,{_MAX_CHARACTERS}}}$", re.MULTILINE)
_TIME = re.compile(
    r"\b\d{1,2}[:.]\d\d(?:[:.]\d\d)?\s*(?:[ap]\.?m\b\.?|uhr|h\b)?|\b\d{1,2}\s*(?:[ap]\.?m\b\.?|uhr\b)",
    re.IGNORECASE,
)
_DAYS = (
    "monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag "
    "freitag samstag sonnabend sonntag lundi mardi mercredi jeudi vendredi samedi dimanche lunes "
    "martes miércoles jueves viernes sábado domingo mon tue tues wed thu thur thurs fri sat sun"
)
_SMALL_WORD = re.compile(r"(?<!\w)[^\W\d_A-Z]\w{2,}")
_FILLING = re.compile(
    rf"\b(?:{'|'.join(_DAYS.split())}|at|on|um|am|le|el|den|the|date|datum|entry|"
    rf"(?:session|day|tag|part|chapter|entry|week)\s*\d+)\b",
    re.IGNORECASE,
)
_NAME = r"[^\W\d_a-z][\w'’.-]*"  # noqa: RUF001
_SMALL = {*MONTH_NAMES, *_DAYS.split(), "and", "und", "with", "the", "del", "den", "uhr", "date"}
_NAMES = re.compile(rf"{_NAME}(?:(?:\s*,\s*|\s+(?:and|und|et|y|&|with)\s+|\s+){_NAME}){{0,4}}")
_ENDS = re.compile(r"^[\W_]+|[\W_]+$")
_MARKUP = " \t#*=_"
_WITHOUT = {"row", "time", "item", "message", "slide"}


def is_dated(line: str) -> bool:
    """Whether a line is a date and nothing else but its day of the week, a time and a number."""
    return _beside_date(line) == ""


def with_dated_headings(document: Document) -> Document:
    """A document whose dated lines, also with names, are headings; in code, tables and the like
    there are none.

    A date at the top of a letter is none either, for it dates all of the text, nor what stands on
    each page or in a list of dates.
    """
    if document.reader == "code" or document.unit in _WITHOUT:
        return document
    lines = {match.start(): match[0] for match in _LINE.finditer(document.text)}
    lines = {start: line.strip(_MARKUP) for start, line in lines.items() if _is_heading(line)}
    often = Counter(lines.values())
    lines = {start: line for start, line in lines.items() if often[line] == 1}
    followed = list(_followed(document.text, lines))
    top = document.text.count("\n", 0, followed[0]) if followed else 0
    if not followed or (len(followed) == 1 and top < LETTERHEAD):
        return document
    spans = tuple(_cut(document.spans, {start: lines[start] for start in followed}))
    return replace(document, spans=spans)


def _is_heading(line: str) -> bool:
    if any(word not in _SMALL for word in _SMALL_WORD.findall(line)):
        return False
    rest = _beside_date(line)
    return rest == "" or (rest is not None and _NAMES.fullmatch(rest) is not None)


def _beside_date(line: str) -> str | None:
    """What a line says beside its date; None where it has no date, or several."""
    dates = [each for each in find_dates(line, _LEAP_YEAR, day_first=True) if each.date.day]
    if len(dates) != 1:
        return None
    rest = f"{line[: dates[0].start]} , {line[dates[0].end :]}"
    return _ENDS.sub("", _FILLING.sub(" ", _TIME.sub(" ", rest)))


def _followed(text: str, lines: dict[int, str]) -> Iterator[int]:
    """Those lines that text follows, and not the next of them."""
    starts = [*lines, len(text)]
    for start, following in pairwise(starts):
        _, _, behind = text[start:following].partition("\n")
        if behind.strip():
            yield start


def _cut(spans: tuple[Span, ...], lines: dict[int, str]) -> Iterator[Span]:
    """The spans, cut before those lines, each under the last of them in its own section."""
    starts, section, dated = sorted(lines), "", ""
    for span in spans:
        if span.heading or span.section != section:
            section, dated = span.section, ""
        within = starts[bisect_left(starts, span.start) : bisect_left(starts, span.end)]
        if span.header:
            within = []
        for start, end in pairwise([span.start, *within, span.end]):
            if start in within:
                dated = lines[start]
            if start < end:
                yield replace(
                    span,
                    start=start,
                    end=end,
                    section=BETWEEN_HEADINGS.join(filter(None, (section, dated))),
                    heading=start in within or (span.heading and start == span.start),
                )
