"""Raised and lowered type in a line of text: 10^6, not 106.

Readers put marks around what a format raises or lowers, and `resolved` writes it out: powers with
`^`, indices with `_` unless they are the numbers of a formula (H2O), fractions as 1 1/2, ordinals
as they are (1st), and marks of notes in brackets, apart from the word: mill [1]. The marks are
characters that Unicode keeps out of texts (noncharacters).
"""

from __future__ import annotations

import re

_RAISED, _LOWERED, _END = "\ufdd0", "\ufdd1", "\ufdd2"
_MARKS = re.compile("[\ufdd0-\ufdef]")
_SAME = re.compile(f"{_END}(\\s*){_RAISED}")  # two runs that are one
_FRACTION = re.compile(
    rf"(\d?)[ ]?{_RAISED}\s*(\d+)\s*{_END}\s*[/\u2044\u2215]\s*{_LOWERED}?\s*(\d+)\s*{_END}?"
)
_INNERMOST = re.compile(f"([{_RAISED}{_LOWERED}])([^{_RAISED}{_LOWERED}{_END}]*){_END}")
_MAX_NESTED = 5
_SEEN_BEFORE = 80  # characters of the text before a run

_NUMBERS = re.compile(r"\d{1,3}(?:\s*[,;\u2013-]\s*\d{1,3})*|[*†‡§¶#]+|[a-z]\)")
_IN_BRACKETS = re.compile(r"\[.*\]|\(\d{1,3}\)", re.DOTALL)
_ONE_TERM = re.compile(r"[-+]?[\w.,'\u2032]*[-+]?")
_YEAR = re.compile(r"(?<![\d.,])(?:1[0-9]|20)\d\d$")
_BEGINS_WORD = re.compile(r"[\"'(\u201c\u201e\u2018\u00ab]?[^\W\d_]{3}")
_WORD = re.compile(r"[^\W\d_]+$")
_IN_PARENTHESES = re.compile(r"\([^()]*\)$")
_BASE_ENDS = (")", "]", "}", "|", "'", "\u2032")
_MINUS = "\u2212"
# What a raised number behind it is a power of, though it looks like a word.
_UNITS = {"km", "hm", "dm", "cm", "mm", "nm", "pm", "fm", "um", "µm", "μm", "in", "ft", "yd", "mi"}
_UNITS |= {"ms", "ns", "min", "sec", "kg", "mg", "lb", "kW", "Pa", "kPa", "MPa", "Hz", "mol", "cd"}
_UNITS |= {"rad", "sr", "px", "ha", "ml", "cl", "dl", "meter", "metre", "meters", "metres"}
_ORDINALS = {"o", "a", "e", "r"}


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
    text = _FRACTION.sub(_fraction, _SAME.sub(r"\1", text))
    for _ in range(_MAX_NESTED):
        parts, at = [], 0
        for found in _INNERMOST.finditer(text):
            parts.append(text[at : found.start()])
            before = text[max(found.start() - _SEEN_BEFORE, 0) : found.start()]
            if found[1] == _LOWERED:
                parts.append(_lowered(before, found[2]))
            else:
                parts.append(_raised(before, found[2], text[found.end() : found.end() + 4]))
            at = found.end()
        if not parts:
            break
        text = "".join([*parts, text[at:]])
    return _MARKS.sub("", text)


def _fraction(found: re.Match[str]) -> str:
    whole, above, below = found.groups()
    return f"{whole} {above}/{below}" if whole else f"{above}/{below}"


def _raised(before: str, text: str, after: str) -> str:
    """How a raised run is written between the text before it and the characters after it."""
    inner = text.strip()
    if not inner:
        return text
    if _IN_BRACKETS.fullmatch(inner):
        return _apart(before, inner)
    if _NUMBERS.fullmatch(inner) and _takes_notes(before, after):
        mark = _apart(before, note_mark(inner.rstrip(")")))
        return f"{mark} " if after[:1].isalnum() and not before.strip() else mark
    if inner.isalpha():
        ordinal = inner in _ORDINALS and before[-1:].isdigit()
        has_base = before[-1:].isalnum() or before.endswith(_BASE_ENDS)
        if len(inner) > 1 or ordinal or not has_base:
            return inner  # 1st, M. le 2e, a trade mark
    return f"^{_term(inner)}"


def _lowered(before: str, text: str) -> str:
    inner = text.strip()
    if not inner:
        return text
    of_formula = inner.isdigit() and (before[-1:].isalpha() or before.endswith((")", "]")))
    return inner if of_formula else f"_{_term(inner)}"


def _takes_notes(before: str, after: str) -> bool:
    """Whether a raised number marks a note, in the text or before the note, and is no power."""
    last = before[-1:]
    if not last or last.isspace():
        begins_note = not before.strip() and _BEGINS_WORD.match(after) is not None
        return not after or after[0].isspace() or begins_note
    if last.isdigit():
        return _YEAR.search(before) is not None
    if last == ")":
        inside = _IN_PARENTHESES.search(before)
        return inside is None or re.search(r"[^\W\d_]{3}", inside[0]) is not None
    word = _WORD.search(before)
    # Behind a full stop or a quotation mark there is no word.
    return word is None or (len(word[0]) > 1 and word[0] not in _UNITS)


def _apart(before: str, mark: str) -> str:
    return f" {mark}" if before[-1:] and not before[-1:].isspace() else mark


def _term(inner: str) -> str:
    inner = inner.replace(_MINUS, "-")
    return inner if _ONE_TERM.fullmatch(inner) else f"({inner})"
