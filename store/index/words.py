"""Texts and questions split into words in one way, for the text index.

SQLite's own splitting takes a run of Chinese or Thai for one word, parts `7.5` and `TK-4471`, and
leaves full-width letters, ligatures and soft hyphens as they are. So the words come from here.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

MOST_LETTERS = 40  # of a word that several were joined to: what is longer, nobody types
# Written without spaces: Thai, Lao, Burmese, Khmer; Chinese, Japanese, Korean.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+"
    "|[\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    "\U00020000-\U0003ffff]+"
)
_JOINED = re.compile(
    r"(?<![^\W_])(?:[^\W_]++(?:[-'.,_^&@]++[^\W_]++)++|[a-z](?:\+\+|#))"  # c++ and c#
)
_WORD = re.compile("[a-z0-9\x80-\U0010ffff]+")  # as the text index cuts what it is given
_HUMPS = re.compile(r"(?<![^\W_])[A-Z]*+[a-z]++[A-Z][^\W_]*+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_THOUSANDS = re.compile(r"\b\d{1,3}(?: \d{3})+\b")
_SEPARATED = re.compile(r"\d{1,3}([,.'])\d{3}(?:\1\d{3})*")  # 1,680 or 1.680 or 1'680
_DECIMAL = re.compile(r"\d+[.,]\d+")
_POWER = re.compile(r"\d+\^\d+")
_SHORTENED = {"t", "re", "ve", "ll", "d", "m"}  # don't is dont, and l'eau is l and eau
_RAISED = "\u02c6"  # in 10^6: a letter, so that it parts nothing
_SIGNS = {"++": "plusplus", "#": "sharp"}
# Letters that Unicode takes for no others with a mark.
_LETTERS = {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "\u0131": "i", "þ": "th", "ð": "d"}
_APOSTROPHES, _HYPHENS = "\u2019\u02bc\u2018\u05f3", "\u2010\u2011\u2212"
_HARAKAT = range(0x064B, 0x0660)  # vowels of Arabic and, next, of Hebrew, which few write
_NIQQUD = range(0x0591, 0x05C8)
_MARKS = range(0x0300, 0x0370)


class _Folded(dict[int, str]):
    """What becomes of each character, found when it is first met."""

    def __missing__(self, code: int) -> str:
        found = self[code] = _folded(chr(code))
        return found


def _folded(char: str) -> str:
    if char in _APOSTROPHES:
        return "'"
    if char in _HYPHENS:
        return "-"
    code, kind = ord(char), unicodedata.category(char)
    if kind == "Cf" or code == 0x0640 or any(code in each for each in (_MARKS, _HARAKAT, _NIQQUD)):
        return ""
    if kind == "Nd":
        return str(unicodedata.digit(char))
    if code > 0x7F and kind[0] not in "LMN":
        return " "
    folded = char.casefold()
    # Elsewhere a mark makes another letter: が is not か.
    if code < 0x0530 or 0x1E00 <= code < 0x2000:
        parts = unicodedata.normalize("NFKD", folded)
        folded = "".join(part for part in parts if ord(part) not in _MARKS)
    return "".join(_LETTERS.get(letter, letter) for letter in folded)


_FOLDED = _Folded()


def fold(text: str) -> str:
    """A text in small letters without diacritics, ligatures, full-width forms and soft hyphens,
    with digits, hyphens and apostrophes of one kind; other signs beyond ASCII are spaces.
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text).translate(_FOLDED)


def indexed(text: str) -> str:
    """A text's words as the text index takes them: what stands between ASCII's own signs.

    What is put together of several (`e-mail`, `1,680`, `TK-4471`, `readFile`) is there in parts and
    whole; a run without spaces as its pairs of characters and each by itself.
    """
    folded = fold(_parted(text))
    folded = _JOINED.sub(_joined, _THOUSANDS.sub(_thousands, folded))
    return folded if folded.isascii() else _UNSPACED.sub(_pairs, folded)


def asked(text: str) -> list[str]:
    """The words that a question looks for, each once; of a run without spaces its pairs, in which
    the order of its characters counts.
    """
    folded = fold(_parted(text))
    runs = [_clusters(run[0]) for run in _UNSPACED.finditer(folded)]
    paired = [word for run in runs for word in (_two(run) or run)]
    rest = indexed(_UNSPACED.sub(" ", folded))
    return list(dict.fromkeys([*_WORD.findall(rest), *paired]))


def _parted(text: str) -> str:
    """With the parts of names such as readFile in front of these."""
    return _HUMPS.sub(_humps, text) if _HUMP.search(text) else text


def _humps(found: re.Match[str]) -> str:
    return f"{_HUMP.sub(' ', found[0])} {found[0]}"


def _thousands(found: re.Match[str]) -> str:
    return f"{found[0]} {found[0].replace(' ', '')}"


def _joined(found: re.Match[str]) -> str:
    """Parts and whole of what signs join."""
    word = found[0]
    if word[1:] in _SIGNS:
        return word[0] + _SIGNS[word[1:]]
    if _POWER.fullmatch(word):
        return f"{word} {word.replace('^', _RAISED)}"
    first, _, end = word.rpartition("'")
    if end == "s":
        return _JOINED.sub(_joined, first)
    parts = re.split(r"[-'.,_^&@]+", word)
    whole = "".join(parts)
    if first and end in _SHORTENED:
        return whole
    wholes = [whole] if len(whole) <= MOST_LETTERS else []
    separated, decimal = _SEPARATED.fullmatch(word), _DECIMAL.fullmatch(word)
    if separated or decimal:  # 1,5 is 1.5, and 1.680 may be a thousand or not two
        return " ".join(["·".join(parts)] * bool(decimal) + [whole] * bool(separated))
    return " ".join([*parts, *wholes])


def _pairs(found: re.Match[str]) -> str:
    run = _clusters(found[0])
    return f" {' '.join([*_two(run), *run])} "


def _two(run: list[str]) -> list[str]:
    return [first + second for first, second in pairwise(run)]


def _clusters(run: str) -> list[str]:
    """Characters, each with the marks that follow it."""
    found = [""]
    for char in run:
        if found[-1] and unicodedata.category(char)[0] != "M":
            found.append("")
        found[-1] += char
    return found


_RUN = re.compile(r"[^\W\d_]{2,}")


def forms(text: str) -> set[tuple[str, str]]:
    """The words of a text, each folded and as it is written; of scripts that have capitals, and no
    numbers, codes or single letters.
    """
    found = set(_RUN.findall(text))
    return {(fold(form), form) for form in found if form.lower() != form.upper()}


# Words that questions are made of and that say nothing of what they are about.
EMPTY = frozenset(
    re.findall(
        r"\w+",
        "a an and are at be been by can could did do does for from had has have how i if in is it "
        "its me my of on or our shall should so than that the their them there these they this "
        "those to was we were what when where which while who whom whose why will with would you "
        "your",
    )
)


def telling(words: list[str]) -> list[str]:
    """Without those that every text has; all, where there is no other."""
    return [word for word in words if word not in EMPTY] or words
