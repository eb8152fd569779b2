"""Which type of answer a question's words ask for, and answers that are certainly of another one.

Only clear cases count: "how much" answered with a day, "who" with an amount. Where a question may
mean something else ("when is it free?": "over 50 euros"), any answer fits.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Literal

from mplus_cli.dates import DAYS, find_dates

AnswerType = Literal["date", "clock", "money", "percent", "measure", "duration", "number", "person"]
Asked = Literal["price", "count", "amount", "person", "call", "place", "time", "event", "clock"]

_ASIDE = r"\W*(?:and\s+)?(?:(?:at|by|for|from|in|of|on|to|with|since|until)\s+)?"
_CURRENCY = r"(?:euros?|dollars?|pounds?|francs?|cents?|pence|EUR|USD|GBP|CHF)"
_DATES = r"(?:what|which)\s+(?:exact\s+)?(?:date|day|month|year)\b(?!\s+of\b)"
_WORDS: dict[Asked, str] = {
    "price": r"how much\s+(?:(?:money|rent)\s+)?(?:is|are|was|were|do|does|did|has|have|had|will|"
    r"would|can|could|should|must|may|am)\b(?=.*\b(?:costs?|prices?|fees?|rent|pa(?:y|id)|charged?|bill|"
    r"deposit|salary|worth|spen[dt]|earn(?:ed)?|sold|bought|euros?|dollars?)\b)",
    "count": rf"how many\s+(?!(?:\w+\s+){{0,2}}?{_CURRENCY}\b)",
    "amount": r"how (?:much|many)\b",
    "call": r"whom?\b(?=.*\b(?:call|phone|ring|dial|text|contact|reach|notify)(?:s|ed)?\b)",
    "person": r"(?:who|whom|whose)\b",
    "place": r"where\b(?!.*\b(?:start|begin|end|stand|stood|lie|rank|peak|limit)s?\b)",
    "event": rf"(?:when\s+(?:did|was|were)|{_DATES})\b",
    "clock": r"what time\b(?!\s+(?:of|zone|signal|limit))",
    "time": r"when\b",
}
_ASKED = {asked: re.compile(_ASIDE + words, re.IGNORECASE) for asked, words in _WORDS.items()}
_UNFIT: dict[Asked, set[AnswerType]] = {
    "price": {"date", "clock", "person", "duration", "measure"},
    "count": {"date", "person", "money"},
    "amount": {"date", "person"},
    "person": {"date", "clock", "money", "percent", "measure", "duration", "number"},
    "call": {"date", "clock", "money", "percent"},
    "place": {"date", "clock", "money", "percent"},
    "event": {"money", "percent", "person"},
    "clock": {"date", "money", "percent", "person"},
    "time": {"person"},
}
_SECOND = re.compile(
    r"\b(?:and|or)\s+(?:\w+\s+)?(?:who|whom|when|where|what|which|why|how)\b", re.I
)

_NUMBER = r"[+-]?\d+(?:[.,'\u2019 ]\d+)*(?:\s*(?:thousand|million|billion|k|bn)\b)?"
_COUNT = rf"(?:{_NUMBER}|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty)"
_SIGN = r"[\u20ac$\u00a3\u00a5]"
_MONEY = rf"(?:{_SIGN}|\b{_CURRENCY})\s?{_NUMBER}|{_NUMBER}\s?(?:{_SIGN}|{_CURRENCY}\b)"
_PER = r"(?:\s+(?:a|an|per|each|every|in)\b[\w\s]*)?"
_TIME = (
    r"(?:[01]?\d|2[0-3]):[0-5]\d(?!\d)(?:\s*[ap]\.?m\b\.?)?|"
    r"\d{1,2}\s*(?:[ap]\.?m\b\.?|o'clock)|noon|midnight"
)
_FORMS: dict[AnswerType, str] = {
    "money": _MONEY,
    "percent": rf"{_NUMBER}\s?(?:%|per ?cent\b)",
    "measure": rf"{_NUMBER}\s?(?:[mck]?m|k?g|m?l|k?w|\u00b0[cf]?|"
    r"(?:kilo|centi|milli)?met(?:re|er)s?|(?:kilo)?grams?|lit(?:re|er)s?|degrees|miles?|inch(?:es)?|feet)\b",
    "duration": rf"{_COUNT}\s(?:second|minute|hour|day|night|week|month|year)s?\b",
    "number": _NUMBER,
}
_TYPES = {one: re.compile(rf"(?:{form}){_PER}", re.IGNORECASE) for one, form in _FORMS.items()}
_MONEY_HERE = re.compile(rf"(?<![\w.,])(?:{_MONEY})", re.IGNORECASE)
_CLOCK_HERE = re.compile(rf"(?<![\w:.])(?:{_TIME})", re.IGNORECASE)
_TITLED = re.compile(r"(?:Mrs?|Ms|Miss|Dr|Prof|Herr|Frau|Sir|Lady)\.?(?: [A-Z][\w.'-]*){1,3}")
_ABOUT = re.compile(
    r"(?:(?:about|around|some|roughly|only|just|at|by|for|from|of|on|in|to|with|the|since|until|"
    r"over|under|up to|at (?:least|most)|(?:more|less) than)\s+)*",
    re.IGNORECASE,
)
_DAY = re.compile(
    rf"\b(?:(?:{'|'.join(DAYS)})s?|(?:yester|to)day|tomorrow|(?:last|next)\s+(?:week|month|year))\b",
    re.IGNORECASE,
)
_BESIDE_DATES = re.compile(
    r"\b(?:on|in|at|the|of|from|to|until|till|by|since|and|between|every|last|next|morning|evening|"
    r"afternoon)\b|[\W_]",
    re.IGNORECASE,
)
_LEAP_YEAR = 2024  # for days without a year


def is_unfit(question: str, answer: str, speakers: Collection[str] = ()) -> bool:
    """Whether an answer is certainly of another type than the one asked for."""
    asked = _asked(question)
    return asked is not None and _type(answer, speakers) in _UNFIT[asked]


def only_fitting(question: str, sentence: str) -> tuple[int, int] | None:
    """The characters of the one price, or date, or time of the day that a sentence has, where this
    is asked for; None where it has none, or several.
    """
    asked = _asked(question)
    found = list[tuple[int, int]]()
    if asked == "price":
        found = [match.span() for match in _MONEY_HERE.finditer(sentence)]
    elif asked == "event":
        found = list(_dates(sentence))
    elif asked == "clock":
        found = [match.span() for match in _CLOCK_HERE.finditer(sentence)]
    return found[0] if len(found) == 1 else None


def _asked(question: str) -> Asked | None:
    """What a question's word asks for; None where that is unclear, or several things are."""
    if _SECOND.search(question):
        return None
    return next((asked for asked, pattern in _ASKED.items() if pattern.match(question)), None)


def _type(answer: str, speakers: Collection[str]) -> AnswerType | None:
    """The type of a whole answer; None where it is unclear."""
    bare = answer.strip(" \t\n.,;:!?()*\"'")
    bare = _ABOUT.sub("", bare, count=1)
    if _TITLED.fullmatch(bare) or (bare and bare in speakers):
        return "person"
    if dated := _is_date(bare):
        return dated
    return next((one for one, pattern in _TYPES.items() if pattern.fullmatch(bare)), None)


def _is_date(text: str) -> AnswerType | None:
    """Whether a text is days or times of the day and nothing else; a year alone may be a number."""
    days, times = list(_dates(text)), [match.span() for match in _CLOCK_HERE.finditer(text)]
    days += [match.span() for match in _DAY.finditer(text)]
    rest = "".join(
        " " if any(start <= at < end for start, end in (*days, *times)) else character
        for at, character in enumerate(text)
    )
    if _BESIDE_DATES.sub("", rest):
        return None
    return "clock" if times else "date" if days else None


def _dates(text: str) -> Iterator[tuple[int, int]]:
    """Where a text has days, and months of a year."""
    for each in find_dates(text, _LEAP_YEAR, day_first=True):
        said = text[each.start : each.end]
        if each.date.month and (said != said.lower() or re.search(r"\d{4}|\d[./]\d", said)):
            yield each.start, each.end
