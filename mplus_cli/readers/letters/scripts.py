"""Raised and lowered type in a line of text: 10^6, not 106.

Readers put marks around what a format raises or lowers, and `resolved` writes it out: powers with
`^`, indices with `_` unless they are the numbers of a formula (H2O), fractions as 1 1/2, ordinals
as they are (1st), and marks of notes in brackets, apart from the word: mill [1]. The marks are
characters that Unicode keeps out of texts (noncharacters).
"""

from __future__ import annotations

import re


def _words(names: str) -> set[str]:
    return set(names.split())


_RAISED, _LOWERED, _END = "\ufdd0", "\ufdd1", "\ufdd2"
_MARKS = re.compile("[\ufdd0-\ufdef]")
_SAME = re.compile(  # runs that are one
    "|".join(
        f"{mark}[^{_RAISED}{_LOWERED}{_END}]*"
        f"(?:{_END}\\s*{mark}[^{_RAISED}{_LOWERED}{_END}]*)+{_END}"
        for mark in (_RAISED, _LOWERED)
    )
)
_FRACTION = re.compile(
    rf"(?:(\d)[ ]?)?(?<!{_END}){_RAISED}\s*(\d+)\s*{_END}"
    rf"\s*[/\u2044\u2215]\s*{_LOWERED}?\s*(\d+)\s*{_END}?"
)
_INNERMOST = re.compile(f"([{_RAISED}{_LOWERED}])([^{_RAISED}{_LOWERED}{_END}]*){_END}")
_MAX_NESTED = 5
_SEEN_BEFORE = 80  # characters of the text before a run

_NUMBERS = re.compile(r"\d{1,3}(?:\s*[,;\u2013-]\s*\d{1,3})*|[*†‡§¶#]+|[a-z]\)")
_IN_BRACKETS = re.compile(r"\[.*\]|\(\d{1,3}\)", re.DOTALL)
_ONE_TERM = re.compile(r"[-+]?[\w.,'\u2032]*[-+]?|[*\u2217†‡?°]|\([^()]*\)")
_YEAR = re.compile(r"(?<![\d.,])(?:1[0-9]|20)\d\d$")
_POWER = re.compile("[²³]$")
# No number that is raised to a power: in groups of thousands; large, and raised to the first.
_GROUPED, _LARGE = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+$"), re.compile(r"\d[\d.,]+\d$")
_BEGINS_WORD = re.compile(r"[\"'(\u201c\u201e\u2018\u00ab]?[^\W\d_]{3}")
_WORD = re.compile(r"[^\W\d_]+$")
_OF_A_FORMULA = re.compile(r"[\u03b1-\u03d5][a-zA-Z]|[a-zA-Z][\u03b1-\u03d5]")  # πr
_IN_PARENTHESES = re.compile(r"\([^()]*\)$")
_BASE_ENDS = (")", "]", "}", "|", "'", "\u2032")
_PART = re.compile(r"[.,]?\d\d|\d\d?[/\u2044]\d\d?")
_PRICE = re.compile(r"([$€£¥]\s?)?(?<![\d.,^])\d{1,3}(?:[., ]?\d{3})*$")
_HOUR, _OF_A_TIME = re.compile(r"(?<![\d.,])[012]?\d$"), re.compile(r"\s?(?:Uhr|[ap]\.?m|[AP]M)")
_OF_A_MEASURE = re.compile(r"\s?(?:in|cup|ts|tbs|ft|lb|oz|mi|ya|ho|[\"%\u2033])")
_USUAL_CENTS = re.compile(r"[.,]\d\d|00|25|29|[3-9][0589]")
_CURRENCY = re.compile(r"\s?(?:[€£¥]|EUR|USD|CHF|GBP|kr|zł)")
_MINUS = "\u2212"
_DEGREES = re.compile(r"\s?[CF]\b")
# What a raised number behind it is a power of, though it looks like a word.
_UNITS = {"km", "hm", "dm", "cm", "mm", "nm", "pm", "fm", "um", "µm", "μm", "in", "ft", "yd", "mi"}
_UNITS |= {"ms", "ns", "min", "sec", "kg", "mg", "lb", "kW", "Pa", "kPa", "MPa", "Hz", "mol", "cd"}
_UNITS |= {
    "rad",
    "sr",
    "px",
    "ha",
    "ml",
    "cl",
    "dl",
}
_METRES = re.compile(r"(?:kilo|centi|milli)?m[eèé]t(?:er|re|ro|ri)[ns]?", re.IGNORECASE)
_UNITS |= {"sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "log", "exp", "chi"}
_UNITS |= {"det", "var", "cov", "year", "day", "hour"}
# Words of two letters that are no product of two variables.
_SHORT_WORDS = _words(
    "am an as at be by do go he if is it me my no of on or so to up us we da du er"
)
_SHORT_WORDS |= _words("es im ja ob um wo zu au ce de en et il je la le ne ni ou se te tu un va al")
_SHORT_WORDS |= _words("el lo mi si su ya yo di ma ha ho ed")
# Ends of words that are set higher: of numbers, and of words that are cut short.
_ENDS_OF_NUMBERS = _words("a o e r st nd rd th er re ère ème me eme os as ter bis de nde")
_ENDS_OF_WORDS = _words("th me mes lle lles gr rs r ieur")
_SIGNS = {"TM": "™", "tm": "™", "SM": "℠", "®": "®", "™": "™", "©": "©", "°": "°"}


def raised(text: str) -> str:
    """A run of a line that stands higher, marked."""
    return f"{_RAISED}{text}{_END}"


def lowered(text: str) -> str:
    """A run of a line that stands lower, marked."""
    return f"{_LOWERED}{text}{_END}"


def note_mark(label: str) -> str:
    """The mark of a note, in the text and before the note itself."""
    return f"[{' '.join(label.split())}]"


def resolved(text: str) -> str:
    """A text without marks, its raised and lowered runs written out."""
    if not _MARKS.search(text):
        return text
    # Fractions first, too: one may follow other raised type behind a space.
    text = _FRACTION.sub(_fraction, _SAME.sub(_joined, _FRACTION.sub(_fraction, text)))
    for _ in range(_MAX_NESTED):
        parts, at = [], 0
        for found in _INNERMOST.finditer(text):
            parts.append(text[at : found.start()])
            before = "".join(parts[-5:])[-_SEEN_BEFORE:]
            if found[1] == _LOWERED:
                parts.append(_lowered(before, found[2]))
            else:
                parts.append(_raised(before, found[2], text[found.end() : found.end() + 4]))
            at = found.end()
        if not parts:
            break
        text = "".join([*parts, text[at:]])
    return _MARKS.sub("", text)


def _joined(found: re.Match[str]) -> str:
    return found[0][0] + _MARKS.sub("", found[0]).replace("][", "] [") + _END


def _fraction(found: re.Match[str]) -> str:
    whole, above, below = found.groups()
    return f"{whole} {above}/{below}" if whole else f"{above}/{below}"


def _raised(before: str, text: str, after: str) -> str:
    """How a raised run is written between the text before it and the characters after it."""
    before = before.rpartition("\n")[2]
    inner = text.strip()
    if not inner:
        return text
    if _IN_BRACKETS.fullmatch(inner):
        return _apart(before, inner)
    if _PART.fullmatch(inner) and (mark := _mark_of_part(before, inner, after)):
        return f"{mark}{inner.lstrip('.,')}"
    if _NUMBERS.fullmatch(inner) and _takes_notes(before, inner, after):
        mark = _apart(before, note_mark(inner.rstrip(")")))
        return f"{mark} " if after[:1].isalnum() and not before.strip() else mark
    if inner in _SIGNS or (inner in ("o", "0") and _is_degree(before, after)):
        return _SIGNS.get(inner, "°")
    return inner if _ends_word(before, inner) else f"^{_term(inner)}"


def _ends_word(before: str, inner: str) -> bool:
    """Whether raised letters are those of 1st or Mme, or stand alone, and are no power."""
    last = before[-1:]
    if last.isdigit():
        return inner in _ENDS_OF_NUMBERS
    if last.isalpha():
        return inner in _ENDS_OF_WORDS
    return inner.isalpha() and not before.endswith(_BASE_ENDS)


def _mark_of_part(before: str, inner: str, after: str) -> str:
    """What stands before cents, minutes or a fraction of a measure; nothing before a power."""
    if "/" in inner or "\u2044" in inner:
        return " " if before[-1:].isdigit() and _OF_A_MEASURE.match(after) else ""
    if _HOUR.search(before) and _OF_A_TIME.match(after):
        return ":"
    price = _PRICE.search(before)
    if price is None or not (price[1] or _CURRENCY.match(after)):
        return ""
    if not _USUAL_CENTS.fullmatch(inner):
        return ""  # a power, or the mark of a note
    return "." if price[1] else ","


def _is_degree(before: str, after: str) -> bool:
    return before[-1:].isdigit() and _DEGREES.match(after) is not None


def _lowered(before: str, text: str) -> str:
    inner = text.strip()
    if not inner:
        return text
    if inner.isalpha() and len(inner) > 1 and (not before or before[-1].isspace()):
        return inner  # a word
    of_formula = inner.isdigit() and (before[-1:].isalpha() or before.endswith((")", "]")))
    return inner if of_formula else f"_{_term(inner)}"


def _takes_notes(before: str, inner: str, after: str) -> bool:
    """Whether a raised number marks a note, in the text or before the note, and is no power."""
    last = before[-1:]
    if last.isspace() and before.rstrip()[-1:].isdigit() and not _YEAR.search(before.rstrip()):
        return False
    if not last or last.isspace():
        begins_note = not before.strip() and _BEGINS_WORD.match(after) is not None
        return not after or after[0].isspace() or begins_note
    if last.isdigit():
        return _is_no_base(before, inner)
    if last == ")":
        inside = _IN_PARENTHESES.search(before)
        return inside is None or re.search(r"[^\W\d_]{3}", inside[0]) is not None
    word = _WORD.search(before)
    # Behind a full stop or a quotation mark there is no word.
    if word is None:
        return True
    is_word = len(word[0]) > 2 or word[0].lower() in _SHORT_WORDS
    is_unit = word[0] in _UNITS or _METRES.fullmatch(word[0]) is not None
    return is_word and not is_unit and not _OF_A_FORMULA.fullmatch(word[0])


def _is_no_base(before: str, inner: str) -> bool:
    """Whether the number before a raised one is hardly raised to a power."""
    if inner == "1" and _LARGE.search(before):
        return True
    return any(one.search(before) for one in (_YEAR, _GROUPED, _POWER))


def _apart(before: str, mark: str) -> str:
    return f" {mark}" if before[-1:] and not before[-1:].isspace() else mark


def _term(inner: str) -> str:
    inner = inner.replace(_MINUS, "-")
    return inner if _ONE_TERM.fullmatch(inner) else f"({inner})"
