"""On which date a place in a text was said or written: what relative times there count from."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import Literal

from mplus_cli.asking.settling.turns import is_dialogue, is_turn
from mplus_cli.dates import DAYS, Date, Dated, date_in_name, days_first, find_dates

_LETTERHEAD_LINES = 12
_HEADING_CHARACTERS, _HEADING_WORDS = 90, 12
# What stands before the date of a line: "[10:33, 7/17/2023]", "<Mon 17 Jul 2023>".
_IN_FRONT = re.compile(
    rf"[\s>*_\[(<-]*(?:(?:{'|'.join(day[:3] for day in DAYS)})[a-z]*,?\s+)?"
    r"(?:\d{1,2}:\d\d(?::\d\d)?(?:\s?[ap]m)?,?\s+)?",
    re.IGNORECASE,
)
_LONGEST_DATE = 60  # characters, with those around it that tell a date from a number
_MARKED = re.compile(r"\s*(?:[#\[=*]|Date:)")
_SENTENCE_END = re.compile(r"[.!?,;]\s*$")
_LINE = re.compile(r"^.*$", re.MULTILINE)


@dataclass(frozen=True)
class Base:
    """A date, and where it stands: in front of the line, in the nearest heading above, among the
    first lines of the document, or in its name.
    """

    date: Date
    where: Literal["line", "heading", "document", "name"]

    @property
    def near(self) -> bool:
        """Whether it dates a part of the text, as in diaries and dialogues."""
        return self.where in ("line", "heading")


@dataclass(frozen=True)
class Bases:
    """The dates that the places of a stretch of a document count from.

    head: how the document begins; path: its name may have a date, too.
    """

    text: str
    head: str
    path: str

    def at(self, place: int) -> Base | None:
        start = self.text.rfind("\n", 0, place) + 1
        end = self.text.find("\n", start)
        end = end if end >= 0 else len(self.text)
        in_front = _IN_FRONT.match(self.text, start, end)
        begins = in_front.end() if in_front else start
        front = self.text[start : min(end, begins + _LONGEST_DATE)]
        for dated in [] if self.is_heading(start, end) else self._days(front):
            if start + dated.start <= begins:
                return Base(dated.date, "line")
        above = bisect_right(self._heading_ends, place) - 1
        return Base(self.headings[above][1], "heading") if above >= 0 else self.document

    @cached_property
    def headings(self) -> list[tuple[int, Date]]:
        """Where each line ends that stands apart and is a date, with names at most; the date.

        One at the top of what is no dialogue is none: as a letter's it dates the whole document.
        """
        found = self._dated_lines
        if len({when for _, when in found}) > 1 or not self.document or is_dialogue(self.text):
            return found
        top = list(self._dated(self.head))
        is_one = len({when for _, when in (*top, *found)}) == 1
        is_letter = top and self.head.count("\n", 0, top[0][0]) < _LETTERHEAD_LINES
        return [] if is_one and is_letter else found

    def is_heading(self, start: int, end: int) -> bool:
        """Whether a stretch of the text is a dated line and no more, but for white space."""
        ends = self._dated_ends
        return bisect_right(ends, start) < bisect_right(ends, end + 1)

    @cached_property
    def _heading_ends(self) -> list[int]:
        return [end for end, _ in self.headings]

    @cached_property
    def _dated_ends(self) -> list[int]:
        return [end for end, _ in self._dated_lines]

    @cached_property
    def _dated_lines(self) -> list[tuple[int, Date]]:
        return list(self._dated(self.text))

    def _dated(self, text: str) -> Iterator[tuple[int, Date]]:
        for match in _LINE.finditer(text):
            line, (start, end) = match.group(), match.span()
            if not 4 <= len(line) <= _HEADING_CHARACTERS or not any(map(str.isdigit, line)):
                continue
            before, behind = text[max(0, start - 2) : start], text[end : end + 2]
            apart = _MARKED.match(line) or before in ("", "\n", "\n\n") or behind in ("", "\n\n")
            short = len(line.split()) <= _HEADING_WORDS and not _SENTENCE_END.search(line)
            if apart and short and not is_turn(line):
                days = self._days(line)
                if len(days) == 1:
                    yield end, days[0].date

    @cached_property
    def document(self) -> Base | None:
        """The date of the whole document: among its first lines, else in its name."""
        for line in self.head.split("\n")[:_LETTERHEAD_LINES]:
            days = find_dates(line) if len(line) <= _HEADING_CHARACTERS else []
            if days and days[0].date.month:
                return Base(days[0].date, "document")
        named = date_in_name(PurePath(self.path).name)
        return Base(named, "name") if named else None

    @cached_property
    def _day_first(self) -> bool | None:
        return days_first(f"{self.head}\n{self.text}")

    def _days(self, line: str) -> list[Dated]:
        year = self.document.date.year if self.document else None
        found = find_dates(line, year, self._day_first)
        return [dated for dated in found if dated.date.day]
