"""Whether an answer stands in a passage, and which texts stand there.

Writing does not count: case, white space, quotes, dashes, the marks of Markdown, separators of
thousands, compatible characters (NFKC), marks and articles at an answer's ends. Words do, as whole
ones: 4 does not stand in 14, and 2.4 not in 2.4.1.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import groupby

from mplus_cli.asking.ending import is_entry, is_row, sentences

TOGETHER = 3
"""Sentences that an answer may reach over, at most."""

_WRITING = str.maketrans(
    dict.fromkeys("\"'`\u00b4\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb", "'")
    | dict.fromkeys("\u2039\u203a\u2032\u2033\u300c\u300d\u300e\u300f", "'")
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
)
# Markdown's bold, and quotes but for apostrophes, are no part of what is said.
_MARKS = re.compile(r"\*\*|(?<!\w)'|'(?!\w)")
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:[,'\u2019\u00a0\u2009\u202f]\d{3})+(?!\d)")
_JOINTS = re.compile(r"\s*(?:[,;\n\u2022]|\band\b|\bor\b|&)\s*")
_ARTICLE = re.compile(r"^(?:the|an?) ")
# Scripts without spaces: a word ends anywhere.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)
_ENDS = " .,;:!?()[]{}-"
_NO_START = " ,;:!?)]}"


def written(text: str) -> str:
    """A text as all writings of it are compared; what begins it begins its whole, too."""
    text = unicodedata.normalize("NFKC", text).casefold().translate(_WRITING)
    return re.sub(r"\s+", " ", _MARKS.sub("", text)).lstrip()


def is_literal(answer: str, passages: Sequence[str]) -> bool:
    """Whether an answer stands in one of the passages; of an enumeration, its parts together in one
    of them, or each in one where no passage has them all.
    """
    texts = list(map(_comparable, passages))
    said = _comparable(answer.strip())
    if _stands(said, texts):
        return True
    each = parts(said)
    if not each or not all(_stands(part, texts) for part in each):
        return False
    whole = [passage for passage, text in zip(passages, texts, strict=True) if _all(each, text)]
    return not whole or any(_stand_together(each, passage) for passage in whole)


def _all(each: Sequence[str], text: str) -> bool:
    return all(_stands(part, [text]) for part in each)


def _stand_together(each: Sequence[str], passage: str) -> bool:
    """Whether parts stand in one sentence, row or list, or one behind the other in a few sentences
    or in the rows of a table.
    """
    found = sentences(passage)
    texts = list(map(_comparable, found))
    where = [[at for at, text in enumerate(texts) if _stands(part, [text])] for part in each]
    lists, tables = _runs(found, is_entry), _runs(found, is_row)
    stretches = ({at} for at in range(len(found)))
    for stretch in (*stretches, *map(set, lists)):
        if all(stretch.intersection(places) for places in where):
            return True
    windows = (range(at, at + TOGETHER) for at in range(len(found)))
    return any(_in_order(where, stretch) for stretch in (*windows, *tables))


def _in_order(where: Sequence[Sequence[int]], stretch: range) -> bool:
    """Whether parts stand in a stretch of sentences, none before the one in front of it."""
    at = stretch.start
    for places in where:
        following = [place for place in places if at <= place < stretch.stop]
        if not following:
            return False
        at = following[0]
    return True


def _runs(found: Sequence[str], test: Callable[[str], bool]) -> list[range]:
    """The runs of sentences that pass a test, each with the line before it, which announces it."""
    runs, start = list[range](), 0
    for passes, run in groupby(found, test):
        stop = start + len(list(run))
        if passes:
            runs.append(range(max(start - 1, 0), stop))
        start = stop
    return runs


def parts(answer: str) -> list[str]:
    """The parts of an enumeration; empty where an answer is none."""
    found = [part for part in _JOINTS.split(answer) if part.strip(_ENDS)]
    return found if len(found) > 1 else []


@lru_cache(maxsize=1024)  # an answer is looked for in many sentences, and each for many texts
def _comparable(text: str) -> str:
    return written(_THOUSANDS.sub(_joined, text))


def _joined(number: re.Match[str]) -> str:
    return re.sub(r"\D", "", number[0])


def _stands(said: str, texts: Sequence[str]) -> bool:
    bare = said.strip().rstrip(_ENDS)
    tries = dict.fromkeys((bare, bare.lstrip(" ([{"), _ARTICLE.sub("", bare)))
    return any(_places(each, text) for each in tries if each for text in texts)


def _places(said: str, text: str) -> bool:
    at = text.find(said)
    while at >= 0:
        if not cuts(text, at) and not cuts(text, at + len(said)):
            return True
        at = text.find(said, at + 1)
    return False


def cuts(text: str, at: int) -> bool:
    """Whether a word or a number goes on over a place of a text."""
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    if _is_word(before) and _is_word(after):
        return not (_UNSPACED.match(before) or _UNSPACED.match(after))
    number = text[max(at - 2, 0) : at + 1], text[at - 1 : at + 2]
    return any(re.fullmatch(r"\d[.,]\d", each) for each in number)


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


class Stretches:
    """All stretches of a passage that begin and end with a word."""

    def __init__(self, passage: str) -> None:
        self._text = text = written(passage).rstrip()
        places = (at for at, character in enumerate(text) if character not in _NO_START)
        self._starts = [at for at in places if not cuts(text, at)]

    def goes_on(self, begun: str, before: str = "") -> bool:
        """Whether what is begun is the beginning of one, and more of it than before."""
        said = written(begun)
        if len(said) <= len(written(before)):
            return False
        return any(self._text.startswith(said, at) for at in self._starts)

    def is_one(self, said: str) -> bool:
        """Whether a text is one of them, whole."""
        said = written(said).rstrip()
        return any(map(_is_word, said)) and any(
            self._text.startswith(said, at) and not cuts(self._text, at + len(said))
            for at in self._starts
        )
