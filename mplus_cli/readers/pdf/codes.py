"""Letters whose font tells nothing, but whose codes are those of ASCII.

PDFium gives such a letter's code in its place. Fonts that programs draw themselves (Type 3, as
matplotlib and TeX's printer drivers make them) mostly keep the codes of ASCII; others number their
letters as they come. Which it is, the letters show: those of a language are used unevenly.
"""

from __future__ import annotations

import re

# TeX's own codes (OT1) beside those of ASCII.
_TEX = {"\x0b": "ff", "\x0c": "fi", "\r": "fl", "\x0e": "ffi", "\x0f": "ffl", "\x10": "i"}
_ASCII = re.compile(r"[ -~]")
_NUMBERS = re.compile(r"[\d.,:;%+*/()\- ]+")
_LETTERS = re.compile(r"[a-z]", re.IGNORECASE)
_FREQUENT, _VOWELS = frozenset("etaoinsrhld"), frozenset("aeiouy")
_MIN_LETTERS = 8
_FREQUENT_SHARE, _WORD_SHARE = 0.5, 0.6
_VOWEL_SHARE = (0.2, 0.65)


def tell(codes: str) -> bool:
    """Whether codes that a font does not explain can be taken for letters of ASCII."""
    plain = "".join(_ASCII.findall(codes))
    if len(plain) < _WORD_SHARE * len(codes):
        return False
    letters = "".join(_LETTERS.findall(plain)).lower()
    if len(letters) < _MIN_LETTERS:
        return len(plain) == len(codes) and _NUMBERS.fullmatch(plain) is not None
    words = sum(character.isalnum() or character.isspace() for character in plain)
    least, most = _VOWEL_SHARE
    vowels = sum(letter in _VOWELS for letter in letters) / len(letters)
    frequent = sum(letter in _FREQUENT for letter in letters) / len(letters)
    return (
        words >= _WORD_SHARE * len(plain)
        and frequent >= _FREQUENT_SHARE
        and least <= vowels <= most
    )


def letter(code: str) -> str | None:
    """What a code stands for; None where ASCII and TeX have nothing there."""
    return code if _ASCII.fullmatch(code) else _TEX.get(code)
