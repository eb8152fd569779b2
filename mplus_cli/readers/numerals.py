"""Numbers of lists, notes, pages and columns as documents write them: 4, iv, d, 4th, ④.

Word's formats have the names of ECMA-376, part 1, section 17.18.59 (ST_NumberFormat).
"""

from __future__ import annotations

from collections.abc import Callable

_LARGEST = 32_767
"""Beyond, a number is written in digits whatever its format is."""
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_RUSSIAN = "абвгдежзиклмнопрстуфхцчшщыэюя"
_SIGNS = "*†‡§"
_MAX_REPEATED = 30
_CIRCLED, _FULLWIDTH_ZERO = 0x2460, 0xFF10
_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
_TENS = (
    "zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
)  # fmt: skip
_ORDINAL_WORDS = {"one": "first", "two": "second", "three": "third", "five": "fifth"}
_ORDINAL_WORDS |= {"eight": "eighth", "nine": "ninth", "twelve": "twelfth"}
_HAN = "零一二三四五六七八九"


def numbered(value: int, kind: str, pattern: str = "") -> str:
    """A number in one of Word's formats; those that are not known here are written in digits.

    `pattern` is that of a custom format, such as "001, 002, 003, ...".
    """
    if kind == "custom":
        return str(value).zfill(len(pattern.partition(",")[0].strip()[:9]))
    if kind in ("none", "bullet"):
        return ""
    if not 0 < value <= _LARGEST:
        return str(value)
    write = _FORMATS.get(kind)
    return write(value) if write else str(value)


def letters(value: int) -> str:
    """A number from 1 in letters, as spreadsheets count columns: … y, z, aa, ab."""
    written = ""
    while value > 0:
        value, at = divmod(value - 1, len(_LATIN))
        written = _LATIN[at] + written
    return written


def roman(value: int) -> str:
    """A number from 1 in Roman letters."""
    parts = []
    for size, letters in _ROMAN:
        parts.append(letters * (value // size))
        value %= size
    return "".join(parts)


def _repeated(signs: str) -> Callable[[int], str]:
    """Letters as Word counts them: … y, z, aa, bb."""

    def write(value: int) -> str:
        times, at = divmod(value - 1, len(signs))
        return signs[at] * (times + 1) if times < _MAX_REPEATED else str(value)

    return write


def _ordinal(value: int) -> str:
    teens = value % 100 in (11, 12, 13)
    return f"{value}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(value % 10, 'th')}"


def _words(value: int) -> str:
    if value < len(_UNITS):
        return _UNITS[value]
    if value < 100:
        tens, units = divmod(value, 10)
        return _TENS[tens] + (f"-{_UNITS[units]}" if units else "")
    return str(value)


def _ordinal_words(value: int) -> str:
    if value >= 100:
        return _ordinal(value)
    before, hyphen, last = _words(value).rpartition("-")
    if last not in _ORDINAL_WORDS:
        last = f"{last[:-1]}ie" if last.endswith("y") else last
    return f"{before}{hyphen}{_ORDINAL_WORDS.get(last, f'{last}th')}"


def _han(value: int) -> str:
    if value >= 100:
        return "".join(_HAN[int(digit)] for digit in str(value))
    tens, units = divmod(value, 10)
    before = "" if not tens else "十" if tens == 1 else f"{_HAN[tens]}十"
    return before + (_HAN[units] if units else "")


def _circled(value: int) -> str:
    return chr(_CIRCLED + value - 1) if value <= 20 else str(value)


def _fullwidth(value: int) -> str:
    return "".join(chr(_FULLWIDTH_ZERO + int(digit)) for digit in str(value))


_FORMATS: dict[str, Callable[[int], str]] = {
    "decimalZero": lambda value: f"{value:02}",
    "lowerLetter": _repeated(_LATIN),
    "upperLetter": _repeated(_LATIN.upper()),
    "lowerRoman": roman,
    "upperRoman": lambda value: roman(value).upper(),
    "ordinal": _ordinal,
    "cardinalText": lambda value: _words(value).capitalize(),
    "ordinalText": lambda value: _ordinal_words(value).capitalize(),
    "hex": lambda value: f"{value:X}",
    "chicago": _repeated(_SIGNS),
    "numberInDash": lambda value: f"- {value} -",
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "decimalEnclosedFullstop": lambda value: f"{value}.",
    "decimalEnclosedParen": lambda value: f"({value})",
    "decimalFullWidth": _fullwidth,
    "decimalFullWidth2": _fullwidth,
    "russianLower": _repeated(_RUSSIAN),
    "russianUpper": _repeated(_RUSSIAN.upper()),
    "chineseCounting": _han,
    "chineseCountingThousand": _han,
    "japaneseCounting": _han,
    "ideographDigital": _han,
    "taiwaneseCounting": _han,
}
