"""A question's words as the texts of a memory write them: capitals, typing mistakes, missing
spaces.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Protocol

from mplus_cli.dates import DAYS, MONTHS
from store.index.vocabulary import edits
from store.index.words import EMPTY, MOST_LETTERS

_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
SHORT = 4  # letters of a word that has too many neighbours to be taken for one
MOST_UNKNOWN = 20
"""Words of a question that are set right: where more are unknown it is of other things, or in
another language.
"""
_LEAST_CAPITALS = 0.8  # of a question's letters, for it to be typed in capitals
_LEAST_LETTERS = 4  # that it then has
_ENDINGS = ("s", "es", "ed", "d", "ing", "er", "ers", "ly", "'s", "\u2019s")
_MONTHS_AND_DAYS = frozenset(map(str.lower, (*MONTHS, *DAYS)))
# Of these two may have been typed as one.
_SMALL = frozenset(
    re.findall(
        r"\w+",
        "a an and are at be by can do does for from has have how in is it many much my not of on "
        "or our the to was what when where which who why will with you your",
    )
)


class Words(Protocol):
    """What is asked of `store.index.vocabulary.Vocabulary`."""

    def forms(self, word: str) -> list[str]: ...

    def near(self, word: str) -> list[str]: ...


@dataclass(frozen=True)
class Spelled:
    """A text as it was understood; `read`: what was typed -> what it was taken for; `near`: other
    words that it may mean.
    """

    text: str
    read: dict[str, str]
    near: tuple[str, ...]


class Speller:
    """Spells questions by the words of a memory's texts."""

    def __init__(self, words: Words, is_word: Callable[[str], bool]) -> None:
        """is_word: whether this, in small letters, is a common word, be it in the texts or not."""
        self._words, self._is_word = words, is_word

    def spelled(self, text: str) -> Spelled:
        """A question with capitals where the texts have them, if it was typed in capitals; and with
        words that no text has and nobody knows as those they are nearest to.

        One in small letters stays so: the default model answers it as well.
        """
        shouted = self._is_shouted(text)
        read, near, parts, end, unknown = dict[str, str](), list[str](), list[str](), 0, 0
        for found in _WORD.finditer(text):
            word = right = found[0]
            begun = not parts or text[end : found.start()].strip() in (".", "?", "!")
            looked_at = unknown < MOST_UNKNOWN and not _is_joined(text, found)
            if looked_at and not self._known(word):
                unknown += 1
                right, others = self._meant(word, begun or shouted or word[0].islower())
                near += others
                if right != word:
                    read[word] = right
            if right == word and shouted:
                right = self._written(word, _is_beside_number(text, found))
            parts += [text[end : found.start()], right]
            end = found.end()
        spelled = "".join(parts) + text[end:]
        if shouted:
            spelled = _capital(spelled)
        return Spelled(spelled, read, tuple(near))

    def _is_shouted(self, text: str) -> bool:
        """Whether it is typed in capitals, and no abbreviation that no text writes small."""
        letters = [char for char in text if char.isalpha()]
        capitals = sum(map(str.isupper, letters))
        if len(letters) < _LEAST_LETTERS or capitals < _LEAST_CAPITALS * len(letters):
            return False
        return len(text.split()) > 1 or bool(self._words.forms(text.strip(" ?!.").lower()))

    def _written(self, word: str, dated: bool) -> str:
        """A word typed in capitals as the texts write it: small, if one does."""
        small = word.lower()
        if small == "i" or small.startswith(("i'", "i\u2019")):
            return "I" + small[1:]
        if small in _MONTHS_AND_DAYS and (dated or small not in ("may", "march")):
            return small.capitalize()
        base, mark, rest = re.match(r"([^'\u2019]*)(['\u2019]?)(.*)", small).groups()  # type: ignore[union-attr]
        forms = self._words.forms(base)
        if base in forms or not forms or base in _SMALL | EMPTY:
            return small
        title = [form for form in forms if form[1:] != form[1:].upper()]
        return (title or forms)[0] + mark + rest

    def _known(self, word: str) -> bool:
        """Whether it is in a text, be it with another ending, or a common word."""
        small = word.lower()
        if (
            not 3 <= len(small) <= MOST_LETTERS
            or not small.isalpha()
            or small in _SMALL
            or self._words.forms(small)
        ):
            return True
        if any(map(self._is_word, {word, small, small.capitalize()})):
            return True
        stems = [small[: -len(ending)] for ending in _ENDINGS if small.endswith(ending)]
        others = [stem + more for stem in stems if len(stem) > 2 for more in ("", "e")]
        others += [small + ending for ending in _ENDINGS]
        return any(map(self._words.forms, others))

    def _meant(self, word: str, may_be_common: bool) -> tuple[str, list[str]]:
        """What an unknown word was meant to be, and others that it may be; two words, where a space
        is missing. It stays as it is where only its ending is another, or it is short or a
        compound.

        may_be_common: it is no name by its capital.
        """
        small = word.lower()
        asking = [each for each in _SMALL if _is_mistyped(small, each) and self._is_word(each)]
        if asking:
            return self._shaped(min(asking), word), []
        near = [self._shaped(each, word) for each in self._words.near(small)]
        if near and len(small) > SHORT and not _same_but_ending(small, near[0].lower()):
            return near[0], near[1:]
        if near or not may_be_common:
            return word, near
        parted = self._parted(small)
        if parted and _SMALL.isdisjoint(parted.split()):
            return word, [parted]  # motorhome is as good as motor home
        return parted or self._common(small) or word, []

    def _shaped(self, found: str, typed: str) -> str:
        """A word of the vocabulary as the texts write it."""
        forms = self._words.forms(found) or [found]
        small = [form for form in forms if form == form.lower()]
        if small and typed[:1].isupper() and not typed.isupper():
            return small[0].capitalize()
        return (small or forms)[0]

    def _parted(self, word: str) -> str:
        """Two words that were typed as one, cut where the shorter one is longest; else empty."""
        found = [
            (min(at, len(word) - at), f"{word[:at]} {word[at:]}")
            for at in range(2, len(word) - 1)
            if self._is_part(word[:at]) and self._is_part(word[at:])
        ]
        return max(found)[1] if found else ""

    def _common(self, word: str) -> str:
        """The one common word that is an edit away from one that no text has; else empty."""
        if len(word) <= SHORT + 1 or not word.isascii():
            return ""
        cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
        others = {front + back[1:] for front, back in cuts if back}
        others |= {front + back[1] + back[0] + back[2:] for front, back in cuts if len(back) > 1}
        others |= {front + letter + back for front, back in cuts for letter in ascii_lowercase}
        others |= {
            front + letter + back[1:] for front, back in cuts if back for letter in ascii_lowercase
        }
        found = [other for other in others if self._is_word(other)]
        return found[0] if len(found) == 1 else ""

    def _is_part(self, word: str) -> bool:
        return word in _SMALL or (len(word) > 2 and bool(self._words.forms(word)))


def _is_joined(text: str, word: re.Match[str]) -> bool:
    """Whether a word is a part of a path, an address or a name with signs in it."""
    before, behind = ("/", "\\", "@", "_", ".", "-"), ("/", "\\", "@", "_")
    return text.endswith(before, 0, word.start()) or text.startswith(behind, word.end())


def _is_beside_number(text: str, word: re.Match[str]) -> bool:
    near = slice(max(0, word.start() - 3), word.start()), slice(word.end(), word.end() + 3)
    return bool(re.search(r"\d\W*$", text[near[0]]) or re.match(r"\W*\d", text[near[1]]))


def _is_mistyped(word: str, small: str) -> bool:
    """Whether a small word was typed with two letters in each other's place, or one too many or too
    few.
    """
    longer = len(word) != len(small) and min(len(word), len(small)) > 3
    return (sorted(word) == sorted(small) or longer) and edits(word, small, 1) == 1


def _same_but_ending(word: str, other: str) -> bool:
    """Whether two words begin alike, down to the last letter of the shorter one."""
    alike = min(len(word), len(other)) - 1
    return word[:alike] == other[:alike]


def _capital(text: str) -> str:
    """With a capital at the beginning of each sentence."""
    return re.sub(
        r"(^|[.!?]\s+)([\"'(]*)([^\W\d_])",
        lambda found: found[1] + found[2] + found[3].upper(),
        text,
    )
