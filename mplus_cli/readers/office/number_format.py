"""Number formats of spreadsheets: a number as its cell shows it, 7.5% and not 0.075.

A format has up to four sections: for positive numbers, negative ones, zero, and text; or the first
ones have conditions such as [>=1000]. Numbers have 15 digits, as in Excel, and halves are rounded
away from zero; what has no format of its own (General) is shown with all of them. The codes, and
those with a number alone, are those of ECMA-376, part 1, sections 18.8.30 and 18.8.31.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from math import isfinite

from mplus_cli.readers.office.number_dates import DateSection, Token
from mplus_cli.readers.office.number_digits import Digits

MAX_CODE_CHARACTERS = 500

BUILT_IN: dict[int, str] = {
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    5: '"$"#,##0_);\\("$"#,##0\\)',
    6: '"$"#,##0_);\\("$"#,##0\\)',
    7: '"$"#,##0.00_);\\("$"#,##0.00\\)',
    8: '"$"#,##0.00_);\\("$"#,##0.00\\)',
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    14: "m/d/yyyy",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "m/d/yyyy h:mm",
    37: "#,##0_);\\(#,##0\\)",
    38: "#,##0_);\\(#,##0\\)",
    39: "#,##0.00_);\\(#,##0.00\\)",
    40: "#,##0.00_);\\(#,##0.00\\)",
    41: '_(* #,##0_);_(* \\(#,##0\\);_(* "-"_);_(@_)',
    42: '_("$"* #,##0_);_("$"* \\(#,##0\\);_("$"* "-"_);_(@_)',
    43: '_(* #,##0.00_);_(* \\(#,##0.00\\);_(* "-"??_);_(@_)',
    44: '_("$"* #,##0.00_);_("$"* \\(#,##0.00\\);_("$"* "-"??_);_(@_)',
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "##0.0E+0",
    49: "@",
    # Of East Asian programs.
    27: "yyyy/m",
    **dict.fromkeys((28, 29, 51, 54, 58), "m/d"),
    30: "m/d/yyyy",
    31: "yyyy/m/d",
    32: "h:mm",
    33: "h:mm:ss",
    34: "h:mm AM/PM",
    35: "h:mm:ss AM/PM",
    **dict.fromkeys((36, 50, 52, 57), "yyyy/m"),
    53: "m/d",
    55: "h:mm AM/PM",
    56: "h:mm:ss AM/PM",
    # Of Thai ones.
    **dict(zip(range(59, 63), ("0", "0.00", "#,##0", "#,##0.00"), strict=True)),
    **dict(zip(range(67, 71), ("0%", "0.00%", "# ?/?", "# ??/??"), strict=True)),
    **dict.fromkeys((71, 72), "d/m/yyyy"),
    **dict(zip(range(73, 82), (
        "d mmm yyyy", "d mmm", "mmm yyyy", "h:mm", "h:mm:ss", "d/m/yyyy h:mm", "mm:ss",
        "[h]:mm:ss", "mm:ss.0",
    ), strict=True)),
}  # fmt: skip
"""Number -> the code of the formats that workbooks name by number alone."""

_TOKEN = re.compile(
    r"""
    "(?P<quoted>[^"]*)"?
    | \\(?P<escaped>.)
    | _(?P<space>.)
    | \*(?P<fill>.)
    | \[(?P<bracket>[^\]]*)\]
    | (?P<general>General|G/通用格式)
    | (?P<half>AM/PM|A/P|上午/下午)
    | (?P<exponent>E[+-])
    | (?P<date>y+|m+|d+|h+|s+|e+|g+|b+)
    | (?P<digit>[0\#?])
    | (?P<sign>[.,%/@;])
    | (?P<other>.)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?[\d.]+(?:E[+-]?\d+)?)", re.IGNORECASE)
_COMPARED: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}
_UNCHANGED = ("", "@", "general", "standard")
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
_FIFTEEN = Context(prec=15, rounding=ROUND_HALF_UP)
_PLAIN_FROM, _PLAIN_TO = 1e-9, 1e21


def general(raw: str) -> str:
    """A number without a format: up to 15 digits, and all of a whole number."""
    if raw.isdecimal() and raw.isascii() and raw[0] != "0":
        return raw
    value = float(raw)
    shown = f"{value:.15g}"
    if "e" not in shown:
        return "0" if shown == "-0" else shown
    if _PLAIN_FROM <= abs(value) < _PLAIN_TO:
        return f"{Decimal(shown):f}"
    mantissa, _, exponent = shown.partition("e")
    return f"{mantissa}E{exponent}"


class NumberFormat:
    """A format, ready for many numbers."""

    def __init__(self, code: str, from_1904: bool = False) -> None:
        if len(code) > MAX_CODE_CHARACTERS:
            code = "General"
        sections = [_Section(tokens, from_1904) for tokens in _sections(code)]
        has_text = len(sections) > 3 or (sections[-1].has_text and not sections[-1].is_number)
        self._text = sections[min(len(sections), 4) - 1] if has_text else None
        self._numbers = sections[: min(len(sections) - has_text, 3)]
        self._only = self._numbers[0] if len(self._numbers) == 1 else None
        if self._only and self._only.condition:
            self._only = None
        _default_conditions(self._numbers)

    def number(self, raw: str) -> str:
        """A number as the sheet shows it. Raises `ValueError` for what is none."""
        section = self._only
        if section is not None and section.digits is not None:
            return section.digits.shown(_FIFTEEN.create_decimal(raw))
        value = float(raw)
        if not isfinite(value):
            return raw
        if section is None:
            section = next((one for one in self._numbers if one.holds(value)), None)
        return general(raw) if section is None else section.shown(raw, value)

    def text(self, text: str) -> str:
        """A text as the sheet shows it."""
        return text if self._text is None else self._text.around(text)


@lru_cache(maxsize=4096)
def number_format(code: str, from_1904: bool = False) -> NumberFormat | None:
    """The format of a code; None for the one that shows numbers and texts as they are."""
    return None if code.lower() in _UNCHANGED else NumberFormat(code, from_1904)


class _Section:
    """One section of a format."""

    def __init__(self, tokens: list[Token], from_1904: bool) -> None:
        self.condition: tuple[str, float] | None = None
        for kind, text in tokens:
            if kind == "condition" and (found := _CONDITION.match(text)):
                self.condition = (found[1], float(found[2]))
        self._tokens = [token for token in tokens if token[0] != "condition"]
        kinds = {kind for kind, _ in self._tokens}
        self.has_text = ("sign", "@") in self._tokens
        self._general = "general" in kinds
        self.unsigned = False
        self.date: DateSection | None = None
        self.digits: Digits | None = None
        if _shows_moment(self._tokens):
            self.date = DateSection(_seconds_apart(self._tokens), from_1904)
        elif "digit" in kinds and not self._general:
            self.digits = Digits(self._tokens)

    @property
    def is_number(self) -> bool:
        return self._general or self.date is not None or self.digits is not None

    def holds(self, value: float) -> bool:
        if self.condition is None:
            return True
        return _COMPARED[self.condition[0]](value, self.condition[1])

    def shown(self, raw: str, value: float) -> str:
        if self.date is not None:
            found = self.date.shown(value)
            return general(raw) if found is None else found
        sign = "-" if value < 0 and not self.unsigned else ""
        if self.digits is not None:
            return self.digits.shown(abs(_FIFTEEN.create_decimal(raw)), sign)
        if self._general or self.has_text:
            return sign + self.around(general(raw).lstrip("-"))
        return self.around("")

    def around(self, text: str) -> str:
        """A text among the section's literals."""
        parts = []
        for kind, shown in self._tokens:
            if kind == "general" or (kind, shown) == ("sign", "@"):
                parts.append(text)
            else:
                parts.append(shown)
        return "".join(parts).strip(" ")


def _default_conditions(sections: list[_Section]) -> None:
    """Give sections without a condition of their own the one that their place means."""
    if len(sections) == 2 and sections[0].condition is None and sections[1].condition is None:
        sections[0].condition = (">=", 0.0)
    elif len(sections) == 3:
        first, second, _ = sections
        if first.condition is None:
            first.condition = (">", 0.0)
        if second.condition is None:
            second.condition = ("<", 0.0)
    for at, section in enumerate(sections):
        sign, limit = section.condition or ("", 0.0)
        below = (sign == "<" and limit <= 0) or (sign == "<=" and limit < 0)
        rest = at == 1 and len(sections) == 2 and sections[0].condition == (">=", 0.0)
        section.unsigned = below or (rest and section.condition is None)


def _sections(code: str) -> list[list[Token]]:
    sections: list[list[Token]] = [[]]
    for found in _TOKEN.finditer(code):
        kind, text = found.lastgroup or "other", found[found.lastgroup or "other"]
        if (kind, text) == ("sign", ";"):
            sections.append([])
        elif kind in ("quoted", "escaped", "other"):
            sections[-1].append(("literal", text))
        elif kind == "space":
            sections[-1].append(("literal", " "))
        elif kind == "bracket":
            sections[-1] += _bracket(text)
        elif kind == "date":
            sections[-1].append((kind, text.lower()))
        elif kind != "fill":
            sections[-1].append((kind, text))
    return sections


def _bracket(text: str) -> list[Token]:
    """What stands in brackets: a currency, a condition, elapsed time; colours show nothing."""
    if text.startswith("$"):
        return [("literal", text[1:].partition("-")[0])]
    if _CONDITION.match(text):
        return [("condition", text)]
    return [("elapsed", text.lower())] if _ELAPSED.fullmatch(text) else []


def _shows_moment(tokens: list[Token]) -> bool:
    """Whether a section shows dates or times; letters among digits are words nobody quoted."""
    if any(kind == "elapsed" for kind, _ in tokens):
        return True
    if not any(kind == "date" and text[0] in "ymdhs" for kind, text in tokens):
        return False
    return not any(kind == "digit" for kind, _ in _seconds_apart(tokens))


def _seconds_apart(tokens: list[Token]) -> list[Token]:
    """The tokens of a moment: fractions of seconds as one, and every other sign as it is."""
    told: list[Token] = []
    for kind, text in tokens:
        last = told[-1] if told else ("", "")
        if kind == "digit" and text == "0" and last[0] == "fraction":
            told[-1] = ("fraction", last[1] + text)
        elif kind == "digit" and last == ("literal", ".") and _is_second(told):
            told[-1] = ("fraction", "." + text)
        elif kind in ("sign", "exponent", "general"):
            told.append(("literal", "." if text == "," and _is_second([*told, last]) else text))
        else:
            told.append((kind, text))
    return told


def _is_second(told: list[Token]) -> bool:
    """Whether seconds stand before the last token."""
    kind, text = told[-2] if len(told) > 1 else ("", "")
    return kind in ("date", "elapsed") and text.startswith("s")
