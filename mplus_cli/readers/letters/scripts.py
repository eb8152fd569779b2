"""Raised, lowered and struck type in a line of text: 10^6, not 106.

Readers put marks around what a format raises or lowers, and `resolved` writes it out: powers with
`^`, indices with `_` unless they are the numbers of a formula (H2O), fractions as 1 1/2, ordinals
as they are (1st), and marks of notes in brackets, apart from the word: mill [1]. What is struck out
stands between tildes, so that it does not look valid: ~~120~~ 80. The marks are characters that
Unicode keeps out of texts (noncharacters).
"""

from __future__ import annotations

import re


def _words(names: str) -> set[str]:
    return set(names.split())


_RAISED, _LOWERED, _END = "\ufdd0", "\ufdd1", "\ufdd2"
_STRUCK, _STRUCK_END = "\ufdd3", "\ufdd4"
_MARKS = re.compile("[\ufdd0-\ufdef]")
_STRUCK_MARKS = re.compile(f"[{_STRUCK}{_STRUCK_END}]")
_STRUCK_OUT = re.compile(f"{_STRUCK}([^{_STRUCK}{_STRUCK_END}]*){_STRUCK_END}")
_SAME = re.compile(  # runs that are one
    "|".join(
        f"{mark}[^{_RAISED}{_LOWERED}{_END}]*"
        f"(?:{_END}\\s*{mark}[^{_RAISED}{_LOWERED}{_END}]*)+{_END}"
        for mark in (_RAISED, _LOWERED)
    )
)
_FRACTION = re.compile(
    rf"(?:(\d)[ ]?)?(?<!{_END}){_RAISED}\s*(\d+)\s*{_END}"
    rf"\s*[/\u2044\u2215]\s*{_LOWERED}?\s*(\d+)(?:\s*{_END})?"
)
_INNERMOST = re.compile(f"([{_RAISED}{_LOWERED}])([^{_RAISED}{_LOWERED}{_END}]*){_END}")
_MAX_NESTED = 5
_SEEN_BEFORE = 80  # characters of the text before a run

_NUMBERS = re.compile(
    r"(?P<open>\()?(?:\d{1,3}(?:\s*[,;\u2013-]\s*\d{1,3})*|[*†‡§¶#]+|(?P<letter>[a-z]))"
    r"(?P<close>\))?"
)
_IN_BRACKETS = re.compile(r"\[.*\]", re.DOTALL)
_ONE_TERM = re.compile(r"[-+]?[\w.,'\u2032]*[-+]?|[*\u2217†‡?°]|\([^()]*\)")
_YEAR = re.compile(r"(?<![\d.,])(?:1[0-9]|20)\d\d$")
_POWER = re.compile("[²³]$")
# No number that is raised to a power: in groups of thousands; large, and raised to the first.
_GROUPED, _LARGE = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+$"), re.compile(r"\d[\d.,]+\d$")
_CALCULATED = re.compile(r"\s*[=\u2248<>\u00d7\u00b7\u22c5+/^]")
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
_OF_A_PHRASE = re.compile(r"\w{3}")
_MINUS = re.compile("\u2212|^\u2013(?=\\d)")
_DEGREES = re.compile(r"\s?[CF]\b")
# What a raised number behind it is a power of, though it looks like a word.
_UNITS = {"km", "hm", "dm", "cm", "mm", "nm", "pm", "fm", "um", "µm", "μm", "in", "ft", "yd", "mi"}
_UNITS |= {"ms", "ns", "min", "sec", "kg", "mg", "lb", "kW", "Pa", "kPa", "MPa", "Hz", "mol", "cd"}
_UNITS |= {"rad", "sr", "px", "ha", "ml", "cl", "dl"}
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


def struck(text: str) -> str:
    """A run of a line that is struck out, marked."""
    return f"{_STRUCK}{_STRUCK_MARKS.sub('', text)}{_STRUCK_END}" if text.strip() else text


def note_mark(label: str) -> str:
    """The mark of a note, in the text and before the note itself."""
    return f"[{' '.join(label.split())}]"


def resolved(text: str) -> str:
    """A text without marks, its raised, lowered and struck runs written out."""
    if not _MARKS.search(text):
        return text
    text = text.replace(f"{_STRUCK_END}{_STRUCK}", "")
    # Fractions first, too: one may follow other raised type behind a space.
    text = _FRACTION.sub(_fraction, _SAME.sub(_joined, _FRACTION.sub(_fraction, text)))
    for _ in range(_MAX_NESTED):
        parts, at = [], 0
        for found in _INNERMOST.finditer(text):
            parts.append(text[at : found.start()])
            before = _MARKS.sub("", "".join(parts[-5:])[-_SEEN_BEFORE:])
            if found[1] == _LOWERED:
                parts.append(_lowered(before, found[2]))
            else:
                parts.append(_raised(before, found[2], text[found.end() : found.end() + 4]))
            at = found.end()
        if not parts:
            break
        text = "".join([*parts, text[at:]])
    return _MARKS.sub("", _STRUCK_OUT.sub(_struck_out, text))


def _struck_out(found: re.Match[str]) -> str:
    inner = found[1].strip()
    return found[1].replace(inner, f"~~{inner}~~", 1) if inner else found[1]


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
    begins = not before.strip() or before[-1].isspace()
    if _IN_BRACKETS.fullmatch(inner) or (begins and _is_phrase(inner)):
        return _apart(before, inner)
    if _PART.fullmatch(inner) and (mark := _mark_of_part(before, inner, after)):
        return f"{mark}{inner.lstrip('.,')}"
    if _is_note(inner) and (_is_sure(inner, before, after) or _takes_notes(before, inner, after)):
        mark = _apart(before, note_mark(inner.strip("()")))
        return f"{mark} " if after[:1].isalnum() and begins else mark
    if inner in _SIGNS or (inner in ("o", "0") and _is_degree(before, after)):
        return _SIGNS.get(inner, "°")
    return inner if _ends_word(before, inner) else f"^{_term(inner)}"


def _is_phrase(inner: str) -> bool:
    """Whether these are no power, but words that stand higher."""
    return sum(1 for word in inner.split() if _OF_A_PHRASE.search(word)) > 1


def _is_note(inner: str) -> bool:
    """Whether raised type may be the mark of a note: 1, 2-4, *, a), (1) or (a)."""
    found = _NUMBERS.fullmatch(inner)
    if found is None or (found["open"] and not found["close"]):
        return False
    return found["letter"] is None or found["close"] is not None


def _is_sure(inner: str, before: str, after: str) -> bool:
    """Whether a mark can be no power: (1) behind a number, * behind one or before a word."""
    last = before[-1:]
    if inner.startswith("("):
        return last.isdigit()
    is_sign = not any(map(str.isalnum, inner))
    return is_sign and (last.isdigit() or (after[:1].isalpha() and not last.strip()))


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
        return _is_no_base(before, inner) and not _CALCULATED.match(after)
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
    inner = _MINUS.sub("-", inner)
    return inner if _ONE_TERM.fullmatch(inner) else f"({inner})"
