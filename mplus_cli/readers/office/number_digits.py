"""The digits of a number format: 0 # ?, thousands, percent, powers of ten and fractions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from mplus_cli.readers.office.number_dates import Token

_WIDE = Context(prec=700, rounding=ROUND_HALF_UP)
_FRACTION = re.compile(
    r"(?P<whole>[#0?,]*?)(?P<apart>\s*)(?P<above>[#0?]+)\s*/\s*(?P<below>[#0?]+|[1-9]\d*)"
)
_MAX_DENOMINATOR_DIGITS = 7


class Digits:
    """A section of a format that shows a number in digits."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        places = [at for at, (kind, _) in enumerate(tokens) if kind == "digit"]
        first, last = places[0], places[-1]
        if first and tokens[first - 1] == ("sign", "."):
            first -= 1
        while last + 1 < len(tokens) and tokens[last + 1][1] in (",", "."):
            last += 1
        if any(token == ("sign", "/") for token in tokens[first:last]) or (
            last + 1 < len(tokens) and tokens[last + 1] == ("sign", "/")
        ):
            while last + 1 < len(tokens) and tokens[last + 1][1] in "/123456789":
                last += 1
        self._before = _literal(tokens[:first])
        self._behind = _literal(tokens[last + 1 :])
        middle = list(tokens[first : last + 1])
        self._hundreds = sum(1 for token in tokens if token == ("sign", "%"))
        self._fraction = _FRACTION.fullmatch("".join(text for _, text in middle))
        self._power, middle = _split_power(middle)
        self._whole, self._parts, self._grouped, self._thousands = _split(middle)
        self._decimals = sum(1 for kind, _ in self._parts if kind == "digit")
        self._quantum = Decimal(1).scaleb(-self._decimals)
        self._shift = 2 * self._hundreds - 3 * self._thousands
        self._plain = self._plain_pattern()

    def _plain_pattern(self) -> str | None:
        """How Python writes such a number, where it can: no optional digits, nothing among them."""
        whole = "".join(text for _, text in self._whole)
        zeros = whole.count("0")
        simple = (
            all(kind == "digit" for kind, _ in (*self._whole, *self._parts))
            and all(text == "0" for _, text in self._parts)
            and re.fullmatch(r"#*0", whole)
            and zeros == 1
            and not self._power
            and not self._fraction
        )
        return (",f" if self._grouped else "f") if simple else None

    def shown(self, value: Decimal, sign: str = "") -> str:
        """A number with what stands around it; one that is shown in thousands or millions, and
        rounded with that, has itself behind it.
        """
        if not value.is_finite():
            raise ValueError("no number")
        sign, value = ("-", -value) if value < 0 else (sign, value)
        whole = value
        if self._shift:
            value = value.scaleb(self._shift, _WIDE)
        if self._plain is not None:
            digits = format(value.quantize(self._quantum, context=_WIDE), self._plain)
        elif self._fraction:
            digits = self._as_fraction(value)
        elif self._power:
            digits = self._as_power(value)
        else:
            digits = self._in_places(value)
        shown = f"{sign}{self._before}{digits}{self._behind}".strip(" ")
        if self._thousands and value != value.quantize(self._quantum, context=_WIDE):
            return f"{shown} ({sign}{whole:,f})"
        return shown

    def _in_places(self, value: Decimal) -> str:
        text = format(value.quantize(self._quantum, context=_WIDE), "f")
        whole, _, parts = text.partition(".")
        return self._filled(whole.lstrip("0")) + self._decimals_of(parts)

    def _filled(self, digits: str) -> str:
        """The whole part, from its end: a digit a place, the first place all that are left."""
        shown: list[str] = []
        count, left = 0, len(digits)
        first = next((at for at, (kind, _) in enumerate(self._whole) if kind == "digit"), -1)
        for at in range(len(self._whole) - 1, -1, -1):
            kind, text = self._whole[at]
            if kind != "digit":
                shown.append(text[::-1])
                continue
            take = digits[:left] if at == first else digits[left - 1 : left] if left else ""
            left = max(left - len(take), 0)
            for digit in reversed(take or {"0": "0", "?": " ", "#": ""}[text]):
                if self._grouped and count and count % 3 == 0 and digit != " ":
                    shown.append(",")
                shown.append(digit)
                count += 1
        return "".join(shown)[::-1]

    def _decimals_of(self, digits: str) -> str:
        """The decimal places, without zeros that the format doesn't ask for."""
        shown: list[str] = []
        at = len(digits)
        kept = False
        for kind, text in reversed(self._parts):
            if kind != "digit":
                shown.append(text)
                continue
            at -= 1
            kept = kept or digits[at] != "0" or text == "0"
            shown.append(digits[at] if kept else " " if text == "?" else "")
        found = "".join(reversed(shown))
        return f".{found}" if found.strip() else found

    def _as_power(self, value: Decimal) -> str:
        """In powers of ten; those of a mantissa of several places are multiples of their number."""
        step = max(sum(1 for kind, _ in self._whole if kind == "digit"), 1)
        exponent = 0
        if value:
            exponent = value.adjusted() // step * step if step > 1 else value.adjusted()
        mantissa = value.scaleb(-exponent, _WIDE).quantize(self._quantum, context=_WIDE)
        if mantissa >= Decimal(10) ** step:
            exponent += step
            mantissa = value.scaleb(-exponent, _WIDE)
        sign, places = self._power[1], len(self._power) - 2
        mark = "-" if exponent < 0 else "+" if sign == "+" else ""
        return f"{self._in_places(mantissa)}E{mark}{abs(exponent):0{places}}"

    def _as_fraction(self, value: Decimal) -> str:
        assert self._fraction is not None
        below = self._fraction["below"]
        exact = Fraction(value) if value < 10**18 else Fraction(int(value))
        if below.isdecimal() and int(below):
            denominator = int(below)
            count = int(exact * denominator + Fraction(1, 2))
        else:
            limit = 10 ** min(len(below), _MAX_DENOMINATOR_DIGITS) - 1
            near = exact.limit_denominator(limit)
            count, denominator = near.numerator, near.denominator
        if not self._fraction["whole"]:
            return f"{count}/{denominator}"
        whole, count = divmod(count, denominator)
        if not count:
            return str(whole)
        return f"{whole} {count}/{denominator}" if whole else f"{count}/{denominator}"


def _literal(tokens: Sequence[Token]) -> str:
    return "".join(text for kind, text in tokens if kind != "fill")


def _split_power(tokens: list[Token]) -> tuple[str, list[Token]]:
    """The power of ten, such as "E+00", and what stands before it."""
    for at, (kind, text) in enumerate(tokens):
        if kind == "exponent":
            return text + "".join(mark for _, mark in tokens[at + 1 :]), tokens[:at]
    return "", tokens


def _split(tokens: list[Token]) -> tuple[list[Token], list[Token], bool, int]:
    """The places before and behind the decimal point, whether there are marks of thousands, and
    how many thousands the number counts.
    """
    point = next((at for at, token in enumerate(tokens) if token == ("sign", ".")), len(tokens))
    sides: list[list[Token]] = []
    grouped, thousands = False, 0
    for side in (tokens[:point], tokens[point + 1 :]):
        last = max((at for at, (kind, _) in enumerate(side) if kind == "digit"), default=-1)
        kept = []
        for at, (kind, text) in enumerate(side):
            if (kind, text) != ("sign", ","):
                kept.append((kind, text))
            elif at > last:
                thousands += 1
            else:
                grouped = True
        sides.append(kept)
    return sides[0], sides[1], grouped, thousands
