"""Dates, times and durations of a number format: dates as 2026-03-15, times as the sheet has them.

A format that shows no year, or no day, gets none: `d-mmm` is "15 March", `mmm yy` "March 2026".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

Token = tuple[str, str]
"""A kind ("literal", "date", "elapsed", "half", "fraction", …) and its text."""

MONTHS: tuple[str, ...] = ("January", "February", "March", "April", "May", "June", "July")
MONTHS += ("August", "September", "October", "November", "December")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAY_0, _DAY_0_1904 = date(1899, 12, 30), date(1904, 1, 1)
_LEAP_DAY = 60  # 29 February 1900, which Excel counts though it never was
_END = 2_958_466  # the year 10000
_SECONDS_A_DAY = 86_400
_WORD = re.compile(r"[^\W\d_]{2}")
# What dates of East Asia have behind year, month and day.
_UNITS_OF_DATES = frozenset("年月日号號년월일")
_HALVES = {"AM/PM": ("AM", "PM"), "A/P": ("A", "P"), "上午/下午": ("上午", "下午")}


@dataclass(frozen=True, slots=True)
class _Moment:
    """A date, its day None where none is meant, and the seconds since midnight or in all."""

    year: int
    month: int
    day: int
    weekday: int
    seconds: int
    fraction: str


class DateSection:
    """A section of a number format that shows a date, a time or a duration."""

    def __init__(self, tokens: Sequence[Token], from_1904: bool) -> None:
        self._from_1904 = from_1904
        self._elapsed = any(kind == "elapsed" for kind, _ in tokens)
        self._half = next((text for kind, text in tokens if kind == "half"), "")
        self._digits = max(
            (len(text) - 1 for kind, text in tokens if kind == "fraction"), default=0
        )
        self._tokens = _with_minutes(tokens)
        asked = [text for kind, text in self._tokens if kind == "date"]
        self._year = any(text[0] in "yeb" for text in asked)
        self._month = max((text for text in asked if text[0] == "m"), key=len, default="")
        self._day_of = next((text for text in asked if text in ("d", "dd")), "")
        self._weekday = max((text for text in asked if text.startswith("ddd")), key=len, default="")
        self._parts = self._arranged()

    def shown(self, value: float) -> str | None:
        """A number of days in words; None for what is no date."""
        units = 10**self._digits
        count = int(abs(value) * _SECONDS_A_DAY * units + 0.5)
        seconds, fraction = divmod(count, units)
        sign = "-" if value < 0 and count else ""
        if self._elapsed:
            moment = _Moment(0, 0, 0, 0, seconds, f"{fraction:0{self._digits}}")
        else:
            days, rest = divmod(seconds, _SECONDS_A_DAY)
            if sign or days >= _END:
                return None
            moment = _Moment(*self._date(days), rest, f"{fraction:0{self._digits}}")
        parts = [
            text if kind == "literal" else self._part(kind, moment) for kind, text in self._parts
        ]
        return sign + " ".join("".join(parts).split())

    def _date(self, days: int) -> tuple[int, int, int, int]:
        if self._from_1904:
            found = _DAY_0_1904 + timedelta(days)
        elif days == _LEAP_DAY:
            return 1900, 2, 29, 2
        elif days == 0:
            return 1900, 1, 0, 5
        else:
            found = _DAY_0 + timedelta(days + (days < _LEAP_DAY))
        return found.year, found.month, found.day, found.weekday()

    def _arranged(self) -> list[Token]:
        """What is written: literals, and "date" and "time" as wholes, in the format's order."""
        at = {
            part: [place for place, (kind, _) in enumerate(self._tokens) if kind in kinds]
            for part, kinds in (("date", ("date",)), ("time", _TIME_KINDS))
        }
        ends = {part: (places[0], places[-1]) for part, places in at.items() if places}
        order = sorted(ends, key=lambda part: ends[part])
        if not order:
            return []
        before = self._literals(0, ends[order[0]][0])
        behind = self._literals(max(last for _, last in ends.values()) + 1, len(self._tokens))
        if order[-1] == "date" and behind in _UNITS_OF_DATES:
            behind = ""
        parts: list[Token] = [("literal", before), (order[0], "")]
        if len(order) == 2:
            between = self._literals(ends[order[0]][1] + 1, ends[order[1]][0])
            parts += [("literal", between if _WORD.search(between) else " "), (order[1], "")]
        return [*parts, ("literal", behind)]

    def _literals(self, start: int, stop: int) -> str:
        return "".join(text for kind, text in self._tokens[start:stop] if kind == "literal")

    def _part(self, kind: str, moment: _Moment) -> str:
        return self._day(moment) if kind == "date" else self._time(moment)

    def _day(self, moment: _Moment) -> str:
        words = []
        if self._weekday:
            words.append(_WEEKDAYS[moment.weekday][: 3 if len(self._weekday) == 3 else None])
        named = len(self._month) > 2
        if self._year and self._month and self._day_of:
            words.append(f"{moment.year}-{moment.month:02}-{moment.day:02}")
        elif self._month and self._day_of:
            words.append(f"{moment.day} {MONTHS[moment.month - 1]}")
        elif self._year and self._month:
            month = MONTHS[moment.month - 1]
            iso = f"{moment.year}-{moment.month:02}"
            words.append(f"{month} {moment.year}" if named else iso)
        elif self._month:
            number = f"{moment.month:0{len(self._month)}}"
            words.append(MONTHS[moment.month - 1] if named else number)
        else:
            words += [f"{moment.day:0{len(self._day_of)}}"] if self._day_of else []
            words += [str(moment.year)] if self._year else []
        return " ".join(words)

    def _time(self, moment: _Moment) -> str:
        places = [at for at, (kind, _) in enumerate(self._tokens) if kind in _TIME_KINDS]
        shown = []
        left = moment.seconds
        for kind, text in self._tokens[places[0] : places[-1] + 1]:
            if kind == "elapsed":
                unit = {"h": 3600, "m": 60, "s": 1}[text[0]]
                count, left = divmod(left, unit)
                shown.append(f"{count:0{len(text)}}")
            elif kind in ("h", "m", "s"):
                shown.append(f"{self._clock(kind, moment.seconds):0{min(len(text), 2)}}")
            elif kind == "half":
                shown.append(_HALVES[text.upper()][moment.seconds % _SECONDS_A_DAY >= 43_200])
            elif kind == "fraction":
                shown.append(f".{moment.fraction}"[: len(text)])
            elif kind == "literal":
                shown.append(text)
        return "".join(shown)

    def _clock(self, unit: str, seconds: int) -> int:
        if unit == "h":
            hours = seconds // 3600 % 24
            return (hours % 12 or 12) if self._half else hours
        return seconds // 60 % 60 if unit == "m" else seconds % 60


_TIME_KINDS = ("h", "m", "s", "half", "fraction", "elapsed")


def _with_minutes(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with those of times named by their letter: `m` is a minute beside `h` or `s`."""
    told: list[Token] = []
    last = ""
    for at, (kind, text) in enumerate(tokens):
        unit = kind
        if kind == "elapsed":
            last = text[0]
        elif kind == "date":
            if text[0] == "m" and len(text) < 3 and (last == "h" or _next(tokens, at) == "s"):
                unit = "m"
            elif text[0] in "hs":
                unit = text[0]
            last = text[0]
        told.append((unit, text))
    return told


def _next(tokens: Sequence[Token], at: int) -> str:
    """The letter of the next token that shows a part of a moment."""
    following = (text for kind, text in tokens[at + 1 :] if kind in ("date", "elapsed"))
    return next(following, " ")[0]
