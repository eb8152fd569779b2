"""Relative times: "yesterday" said on 3 July 2023 is 2 July 2023."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mplus_cli.asking.alike import PAST
from mplus_cli.dates import DAYS, MONTHS, Date, Dated, find_dates

_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_COUNT = {word: at for at, word in enumerate(_NUMBERS, 1)} | {"a": 1, "an": 1}
_DAYS = tuple(name.lower() for name in DAYS)
_MONTHS = tuple(name.lower() for name in MONTHS)
_SIDE = {"last": -1, "this": 0, "coming": 1, "next": 1}
_BESIDE = {-2: "two {}s before", -1: "the {} before", 0: "the {} of", 1: "the {} after"}
_HALF_A_YEAR = 183  # days
_GENERAL = re.compile(r"(?:on|since|in)\s|.*\d", re.IGNORECASE)
_LEAP_YEAR = 2024  # for days without a year
_FUTURE = re.compile(
    r"\b(?:will|won't|shall|going to|plan(?:s|ned|ning)?|hope to|tomorrow|next|soon|must|"
    r"ha(?:s|ve) to|to be|due|deadline)\b|'ll\b",
    re.IGNORECASE,
)
_GOING_ON = re.compile(r"(?:\b(?:am|are|is)|'m|'re) \w+ing\b", re.IGNORECASE)
_PAST = re.compile(rf"\b(?:\w{{3,}}ed|{'|'.join(PAST)})\b", re.IGNORECASE)


Ahead = bool | None
"""Whether what a sentence tells lies ahead; None where it does not say."""


@dataclass(frozen=True)
class Meaning:
    """What a relative time means: in words, and as ISO 8601 has it: a day, a month, a year or an
    interval first/last; "" where it is too vague.
    """

    words: str
    iso: str


@dataclass(frozen=True)
class RelativeTime:
    """A relative time in a text: its characters, half-open, and what it means."""

    start: int
    end: int
    meaning: Meaning


def relative_times(text: str, base: Date, told: str = "") -> list[RelativeTime]:
    """The relative times of a text that was said or written on a date, in order.

    What the date is too coarse for is left out: yesterday of a month. told: the sentence around the
    text (else the text itself), whose tense tells whether "on Friday" lies before or behind.
    """
    found: list[RelativeTime] = []
    ahead = lies_ahead(told or text)
    if ahead is None and _GOING_ON.search(told or text):
        ahead = True  # "they are visiting in two weeks"
    for pattern, meaning in _EXPRESSIONS:
        for match in pattern.finditer(text):
            means = meaning(match, base, ahead)
            if means is not None and _apart(match.start(), match.end(), found):
                found.append(RelativeTime(match.start(), match.end(), means))
    if base.day:
        dates = find_dates(text)
        for dated in find_dates(text, year=base.year):
            means = _nearest(dated.date, base, ahead) if dated.date.day else None
            if means and dated not in dates and _apart(dated.start, dated.end, [*found, *dates]):
                found.append(RelativeTime(dated.start, dated.end, means))
    return sorted(found, key=lambda each: each.start)


def may_be_general(said: str) -> bool:
    """Whether a time may be a rule's or a term's, and none that counts from the day of a document
    that is dated as a whole: "on Friday".
    """
    return bool(_GENERAL.match(said))


def with_meaning(said: str, meaning: Meaning, amid: bool = False) -> str:
    """A time with what it means behind it, amid other words in brackets; a day with its year."""
    if not said or not meaning.words:
        return said or meaning.words
    if find_dates(said, _LEAP_YEAR):  # "18 February", "March 4"
        return f"{said}{',' if said[-1].isdigit() else ''} {meaning.iso[:4]}"
    return f"{said} ({meaning.words})" if amid else f"{said}: {meaning.words}"


def lies_ahead(told: str) -> Ahead:
    """Whether what a sentence tells is to come, by its verbs."""
    if _FUTURE.search(told):
        return True
    return False if _PAST.search(told) else None


def _apart(start: int, end: int, found: Sequence[RelativeTime | Dated]) -> bool:
    return all(end <= each.start or each.end <= start for each in found)


def _nearest(day: Date, base: Date, ahead: Ahead) -> Meaning | None:
    """Of a day that is named without a year ("the 15th of May") the last one, the next, or the
    nearest.
    """
    days = (day.first - base.first).days
    if ahead is None:
        year = base.year + (days < -_HALF_A_YEAR) - (days > _HALF_A_YEAR)
    else:
        year = base.year + (ahead and days < 0) - (not ahead and days > 0)
    if day.day > calendar.monthrange(year, day.month)[1]:
        return None
    return _meant(Date(year, day.month, day.day))


# What the expressions mean: (match, base, whether it lies ahead) -> meaning


def _meant(when: Date) -> Meaning:
    return Meaning(when.words, when.iso)


def _date(day: date) -> Date:
    return Date(day.year, day.month, day.day)


def _day(base: Date, days: int) -> Meaning | None:
    return _meant(_date(base.first + timedelta(days))) if base.day else None


def _month(base: Date, months: int) -> Meaning | None:
    if not base.month:
        return None
    year, month = divmod(base.year * 12 + base.month - 1 + months, 12)
    return _meant(Date(year, month + 1))


def _fixed(days: int) -> Callable[[re.Match[str], Date, Ahead], Meaning | None]:
    return lambda match, base, ahead: _day(base, days)


def _beside(match: re.Match[str], base: Date, ahead: Ahead) -> Meaning | None:
    """Last week, this month, next year; the weekend before last."""
    side = _SIDE[match["side"].lower()] if match["side"] else -2
    return _units(match["unit"].lower(), side, base)


def _ago(match: re.Match[str], base: Date, ahead: Ahead) -> Meaning | None:
    return _units(match["unit"].lower(), -_counted(match), base, exactly=True)


def _hence(match: re.Match[str], base: Date, ahead: Ahead) -> Meaning | None:
    """In two weeks, of what is to come: else it is how long something takes."""
    return _units(match["unit"].lower(), _counted(match), base, exactly=True) if ahead else None


def _counted(match: re.Match[str]) -> int:
    return _COUNT.get(match["count"].lower()) or int(match["count"])


def _units(unit: str, side: int, base: Date, exactly: bool = False) -> Meaning | None:
    """So many days, weeks, weekends, months or years from a date. exactly: a week is seven days,
    not from Monday to Sunday.
    """
    if unit == "year":
        return _meant(Date(base.year + side)) if base.year + side > 0 else None
    if unit == "month":
        return _month(base, side)
    if unit in ("day", "night"):
        return _day(base, side)
    if not base.day:
        return None
    if exactly and unit in ("week", "fortnight"):
        day = _date(base.first + timedelta(side * (14 if unit == "fortnight" else 7)))
        return Meaning(f"about {day.words}", day.iso)
    words = _BESIDE.get(side, f"{abs(side)} {{}}s {'before' if side < 0 else 'after'}").format(unit)
    weekday = base.first.weekday()
    if unit == "weekend":  # the next one comes this week, but for a weekend's own days
        first, days = side * 7 + 5 - weekday - (7 if side > 0 and weekday < 5 else 0), 2
    else:
        first, days = side * 7 - weekday, 7
    start = base.first + timedelta(first)
    iso = f"{start.isoformat()}/{(start + timedelta(days - 1)).isoformat()}"
    return Meaning(f"{words} {base.words}", iso)


def _vague(match: re.Match[str], base: Date, ahead: Ahead) -> Meaning | None:
    """A few days ago, the other day."""
    if not base.day:
        return None
    many, unit = (match["many"] or "a few").lower(), (match["unit"] or "day").lower()
    return Meaning(f"{many} {unit}s before {base.words}", "")


def _weekday(match: re.Match[str], base: Date, ahead: Ahead) -> Meaning | None:
    """Last Friday, this Friday, on Friday; next Friday is that of the next week."""
    side, day = match["side"].lower(), _DAYS.index(match["day"].lower())
    if not base.day:
        return None
    weekday = base.first.weekday()
    behind = (weekday - day) % 7
    if side == "next":
        return _day(base, 7 - weekday + day)
    if side in ("last", "since"):
        return _day(base, -(behind or 7))
    if ahead is False and side != "coming":
        return _day(base, -behind) if behind else None
    return _day(base, 7 - behind)


def _named_month(match: re.Match[str], base: Date, ahead: Ahead) -> Meaning | None:
    """Last August, next August, in August."""
    if not base.month:
        return None
    side, month = match["side"].lower(), _MONTHS.index(match["month"].lower()) + 1
    if side == "next" or (side == "in" and ahead is not False):
        return _meant(Date(base.year + (month <= base.month), month))
    if side == "this":
        return _meant(Date(base.year, month))
    same = side == "last" and month == base.month
    return _meant(Date(base.year - (month > base.month or same), month))


def _season(match: re.Match[str], base: Date, ahead: Ahead) -> Meaning | None:
    """Last summer: when it was depends on the hemisphere."""
    side = _SIDE[match["side"].lower()]
    return Meaning(f"{_BESIDE[side].format(match['season'].lower())} {base.words}", "")


_PART = r"(?:\s+(?:early\s+|late\s+)?(?:in\s+the\s+)?(?:morning|afternoon|evening|night))?"
_MANY = rf"(?P<count>{'|'.join(_COUNT)}|\d{{1,3}})"
_UNIT = r"(?P<unit>day|night|week|fortnight|weekend|month|year)s?"
_BESIDE_UNIT = r"(?P<unit>week|weekend|month|year)"
_EXPRESSIONS: tuple[
    tuple[re.Pattern[str], Callable[[re.Match[str], Date, Ahead], Meaning | None]], ...
] = tuple(
    (re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE), meaning)
    for pattern, meaning in (
        (rf"the\s+day\s+before\s+yesterday{_PART}|the\s+night\s+before\s+last", _fixed(-2)),
        (rf"the\s+day\s+after\s+tomorrow{_PART}", _fixed(2)),
        (rf"yesterday{_PART}|last\s+night", _fixed(-1)),
        (rf"tomorrow{_PART}", _fixed(1)),
        (r"(?:earlier\s+)?today|tonight|this\s+(?:morning|afternoon|evening)", _fixed(0)),
        (rf"the\s+{_BESIDE_UNIT}\s+before\s+last(?P<side>)", _beside),
        # "In the last year" is how long, not when.
        (rf"(?<!\bthe\s)(?P<side>last|this|coming|next)\s+{_BESIDE_UNIT}", _beside),
        (rf"{_MANY}\s+{_UNIT}\s+(?:ago|back)", _ago),
        (rf"in\s+{_MANY}\s+{_UNIT}", _hence),
        (rf"(?P<many>a few|several|some|a couple of|many)\s+{_UNIT}\s+(?:ago|back)", _vague),
        (r"the\s+other\s+day(?P<many>)(?P<unit>)", _vague),
        (rf"(?P<side>last|this|coming|next|on|since)\s+(?P<day>{'|'.join(_DAYS)}){_PART}",
         _weekday),
        (rf"(?P<side>last|this|next|in)\s+(?P<month>{'|'.join(_MONTHS)})(?!,?\s*\d)",
         _named_month),
        (r"(?P<side>last|this|next)\s+(?P<season>spring|summer|autumn|fall|winter)", _season),
    )
)  # fmt: skip
