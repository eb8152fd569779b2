"""Dates in text as people write them: 2 July 2023, July 2nd 2023, 2023-07-02, 3. Juni 2024."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

MONTHS = tuple(calendar.month_name)[1:]
DAYS = tuple(calendar.day_name)
# English, German, French, Spanish, Italian, Dutch; each at least three letters.
_NAMES = (
    "january jan januar jänner jänn janvier janv enero ene gennaio gen januari",
    "february feb februar feber février fevrier févr fevr febrero febbraio februari",
    "march mar märz maerz mär mrz mars marzo maart mrt",
    "april apr avril avr abril abr aprile",
    "may mai mayo maggio mag mei",
    "june jun juni juin junio giugno giu",
    "july jul juli juillet juil julio luglio lug",
    "august aug août aout agosto ago augustus",
    "september sep sept septembre septiembre settembre set",
    "october oct oktober okt octobre octubre ottobre ott",
    "november nov novembre noviembre",
    "december dec dezember dez décembre decembre déc diciembre dic dicembre",
)
_MONTH = {name: at for at, names in enumerate(_NAMES, 1) for name in names.split()}
MONTH_NAMES = frozenset(_MONTH)
"""All that months are called, in lower case."""
# Longest first, for "mar" is the beginning of "march".
_ANY_MONTH = "|".join(sorted(_MONTH, key=len, reverse=True))

_DIGITS = r"(?P<y>(?:1[89]|20)\d\d)"
_YEAR = rf"{_DIGITS}(?!\w|[.,]\d)"
_DAY = r"(?P<d>[12]\d|3[01]|0?[1-9])"
_MONTH_DIGITS = r"(?P<m>1[0-2]|0?[1-9])"
_NAME = rf"(?P<m>{_ANY_MONTH})\b\.?"
_BETWEEN = r"(?:\s*,\s*|\s+(?:(?:of|de|del)\s+)?|-)"  # a month and its year
# What a number has behind it that counts something, so that it is no year.
_COUNTED = (
    r"\s*(?:[%€$£°]|(?:euros?|dollars?|pounds?|francs?|k?m|k?g|m[gl]|l|k?w|h|hz|rpm|kb|mb|gb|px|"
    r"metres?|meters?|miles?|litres?|liters?|watts?|people|pages?|words?|tokens?|bytes?|users?|"
    r"hours?|days?|steps?|times)\b)"
)
_FORMS = tuple(
    re.compile(rf"(?<![\w.,/-]){form}", re.IGNORECASE)
    for form in (
        rf"{_DIGITS}(?P<s>[-/.]){_MONTH_DIGITS}(?P=s){_DAY}(?!\d|[-/.]\d)",
        rf"{_DIGITS}年{_MONTH_DIGITS}月(?:{_DAY}日)?",
        rf"(?:\d\d?-)?{_DAY}(?:st|nd|rd|th|er|º|\.)?(?:\s+(?:of|de)\s+|\s*|-){_NAME}(?:{_BETWEEN}{_YEAR})?",
        rf"{_NAME}\s+{_DAY}(?:st|nd|rd|th)?(?!\d|[.,:]\d)(?:{_BETWEEN}{_YEAR})?",
        rf"{_NAME}{_BETWEEN}{_YEAR}",
        rf"{_DIGITS}-(?P<m>1[0-2]|0[1-9])(?!\w|[-/.]\d)",
        rf"(?P<a>\d\d?)(?P<s>[./-])(?P<b>\d\d?)(?P=s){_DIGITS}(?!\d|[-/.]\d)",
        r"(?P<a>\d\d?)(?P<s>/)(?P<b>\d\d?)/(?P<y>\d\d)(?!\d|[-/.]\d)",
        r"(?P<a>\d\d)(?P<s>\.)(?P<b>\d\d)\.(?P<y>\d\d)(?!\d|[-/.]\d)",
        rf"(?<![$€£] )(?<![$€£]){_YEAR}(?![-/]\d)(?!{_COUNTED})",
    )
)
_DIGIT = re.compile(r"\d")
_COMPACT = re.compile(r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<m>1[0-2]|0[1-9])(?P<d>[12]\d|3[01]|0[1-9])")


@dataclass(frozen=True, order=True)
class Date:
    """A day, a month (day is 0) or a year (both are 0)."""

    year: int
    month: int = 0
    day: int = 0

    @property
    def first(self) -> date:
        """The first day of it."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def last(self) -> date:
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    @property
    def iso(self) -> str:
        """As ISO 8601 writes it: 2023-07-02, 2023-07, 2023."""
        return self.first.isoformat()[: 10 if self.day else 7 if self.month else 4]

    @property
    def words(self) -> str:
        """2 July 2023, July 2023, 2023."""
        parts = [self.day, MONTHS[self.month - 1] if self.month else 0, self.year]
        return " ".join(str(part) for part in parts if part)

    def holds(self, other: Date) -> bool:
        """Whether another date lies within this one, as a day does in its month."""
        return self.first <= other.first and other.last <= self.last


@dataclass(frozen=True)
class Dated:
    """A date in a text: its characters, half-open."""

    start: int
    end: int
    date: Date


def find_dates(text: str, year: int | None = None, day_first: bool | None = None) -> list[Dated]:
    """The dates of a text, in order; none lies within another.

    year: of days that are named without one ("4. Juni"), which are no dates without it. day_first:
    how 02/07/2023 is meant; None: as the text's other dates tell, and no date where none does.
    """
    if not _DIGIT.search(text):
        return []
    if day_first is None:
        day_first = days_first(text)
    found: list[Dated] = []
    taken = bytearray(len(text))
    for form in _FORMS:
        for match in form.finditer(text):
            if any(taken[match.start() : match.end()]):
                continue
            if when := _date(match, year, day_first):
                end = match.end() - match[0].endswith(".")  # "on 16 April."
                found.append(Dated(match.start(), end, when))
                taken[match.start() : match.end()] = b"\1" * (match.end() - match.start())
    return sorted(found, key=lambda each: each.start)


def date_in_name(name: str) -> Date | None:
    """The first date of a file's name: "2023-05-08 notes.txt", "minutes_20230508.docx"."""
    words = name.replace("_", "-")
    if compact := _COMPACT.search(words):
        return _valid(int(compact["y"]), int(compact["m"]), int(compact["d"]))
    # A date in a name is parted from it by hyphens, too: "2023-policy", "notes-2023-05-08".
    for way in (words, re.sub(r"(?<!\d)-|-(?!\d)", " ", words)):
        if found := find_dates(way):
            return found[0].date
    return None


def days_first(text: str) -> bool | None:
    """Whether dates such as 17/07/2023 have the day first; None where none of them tells."""
    for match in _ambiguous(text):
        first, second = int(match["a"]), int(match["b"])
        if first > 12 >= second or second > 12 >= first:
            return first > 12
    return None


def _ambiguous(text: str) -> Iterator[re.Match[str]]:
    for form in _FORMS:
        if "a" in form.groupindex:
            yield from (match for match in form.finditer(text) if match["s"] != ".")


def _date(match: re.Match[str], year: int | None, day_first: bool | None) -> Date | None:
    part = match.groupdict()
    if part["y"] is not None:
        year = int(part["y"])
        year += 2000 if year < 70 else 1900 if year < 100 else 0
    if year is None:
        return None
    if "a" in part:
        return _numeric(part, year, day_first)
    month, day = part.get("m") or "0", int(part.get("d") or 0)
    if month.isdigit():
        return _valid(year, int(month), day)
    if part["y"] is None and month.islower() and match.group().startswith(month):
        return None  # "it may 5 times"
    return _valid(year, _MONTH[month.lower()], day)


def _numeric(part: dict[str, str], year: int, day_first: bool | None) -> Date | None:
    """Of 2.7.2023 (the day is first), 17/07/2023, 07-17-2023."""
    first, second = int(part["a"]), int(part["b"])
    if part["s"] == "." or first > 12 or first == second:
        day_first = True
    elif second > 12:
        day_first = False
    if day_first is None or not first or not second:
        return None
    return _valid(year, *((second, first) if day_first else (first, second)))


def _valid(year: int, month: int, day: int) -> Date | None:
    found = Date(year, month, day)
    try:
        found.first.isoformat()
    except ValueError:
        return None
    return found
