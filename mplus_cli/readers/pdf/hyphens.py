"""Words that a line's end divides are put together, with their hyphen where it is theirs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mplus_cli.readers.pdf.runs import HYPHEN

_HYPHENS = f"-\u2010\u2011\u00ad{HYPHEN}"
_DIVIDED = re.compile(rf"([\w'\u2019]+(?:[-\u2010\u2011][\w'\u2019]+)*)([{_HYPHENS}])$")
_RANGE = re.compile(r"(?<![\w.,])\d+(\u2013)$")
_ADDRESS = re.compile(r"://|@|^www\.")
_REST = re.compile(r"([\w'\u2019]+(?:[-\u2010\u2011][\w'\u2019]+)*)(\S*)")
# "two- and three-storey", "Vor- und Nachteile": the hyphen stands for the rest of another word.
_JOINING = {"and", "or", "to", "und", "oder", "bis", "sowie", "et", "ou", "y", "o", "e", "en", "of"}
_JOINING |= {"och", "og", "eller", "als"}
# Where nothing else tells: parts that mostly stand with a hyphen, before it and behind it.
_FIRST = {"self", "well", "half", "quasi", "cross", "e"}
_FIRST |= {"two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"}
_SECOND = {"term", "based", "known", "called", "level", "free", "driven", "style", "oriented"}
_SECOND |= {"related", "specific", "defined", "sized", "shaped", "looking", "friendly", "old"}
_CLOSED = {"pre", "over", "under", "inter", "non", "dis", "mis", "out"}
_SECOND_NEEDS = 3  # letters before it: unknown is one word
_MIN_LETTERS_IN_CAPITALS = 3  # IT, AB: they may be a cell's end
_AROUND_WORDS = ".,;:!?()\"'\u201c\u201d\u201e\u00ab\u00bb"
_MAX_LINE = 2_000  # characters: a line may not swallow a page, word by word
_LOOKED_AT = 200  # characters at a line's end
_MIN_WORDS_BEFORE_A_RANGE = 3


class Joiner:
    """Joins the divided words of a document; its other words decide how they are written."""

    def __init__(self, pages: Sequence[Sequence[str]]) -> None:
        self._pages = pages
        self._words: set[str] | None = None

    def joined(self, lines: Sequence[str]) -> str:
        """The text of some lines, a line a line; what is left of a divided word goes up."""
        written: list[str] = []
        before = ""
        for line in lines:
            rest = line
            if (
                written
                and len(written[-1]) < _MAX_LINE
                and written[-1][-1:]
                and written[-1][-1] in f"{_HYPHENS}\u2013"
            ):
                whole, rest = self._put_together(written[-1], line, before)
                written[-1] = whole
                if not rest:
                    continue
            written.append(rest)
            before = line
        return "\n".join(written).replace(HYPHEN, "-")

    def _put_together(self, line: str, following: str, printed: str) -> tuple[str, str]:
        """A line with the rest of its last word, and the line that follows without it.

        `printed` is the line as it was before the rest of a word went up from it.
        """
        rest = _REST.match(following)
        if rest is None:
            return line, following
        before, end = line[:-_LOOKED_AT], line[-_LOOKED_AT:]
        divided = _DIVIDED.search(end) or _RANGE.search(end)
        word = self._word(printed, divided, rest[1]) if divided else None
        if divided is None or word is None:
            return line, following
        word += rest[2]
        return f"{before}{end[: divided.start()]}{word}", following[rest.end() :].lstrip(" ")

    def _word(self, line: str, divided: re.Match[str], rest: str) -> str | None:
        """The whole word; None where the hyphen divides none."""
        first = divided[1]
        if divided.re is _RANGE:
            return divided[0] + rest if rest[0].isdigit() else None
        kept = f"{first}-{rest}"
        if first[-1].isdigit() or rest[0].isdigit():
            return kept if _go_together(line, first, rest) else None
        if _ADDRESS.search(line[-_LOOKED_AT:].rsplit(maxsplit=1)[-1]):
            return kept  # no word of an address is divided
        if rest.lower() in _JOINING:
            return f"{first}- {rest}"
        if _may_be_one_word(first, rest) or self._is_known(first + rest.partition("-")[0]):
            return self._as_elsewhere(first, rest, kept)
        # Names, and X-ray; but no grade or blood group at the end of a cell: A-
        return kept if rest[0].islower() or not _is_grade(first) else None

    def _as_elsewhere(self, first: str, rest: str, kept: str) -> str:
        joined = first + rest
        if self._is_known(joined.partition("-")[0] if "-" in rest else joined):
            return joined
        one, other = first.lower(), rest.lower()
        compound = other in _SECOND and len(one) >= _SECOND_NEEDS and one not in _CLOSED
        return kept if compound or one in _FIRST or self._is_known(kept) else joined

    def _is_known(self, word: str) -> bool:
        if self._words is None:
            lines = (line for page in self._pages for line in page)
            self._words = {one.strip(_AROUND_WORDS) for line in lines for one in line.split()}
        return not self._words.isdisjoint({word, word.lower(), word.capitalize()})


def _may_be_one_word(first: str, rest: str) -> bool:
    if "-" in first or "-" in rest:
        return False
    if first.isupper():
        return len(first) > 1 and rest[:2].isupper()
    return rest[0].islower() and (first.islower() or first.istitle())


def _is_grade(first: str) -> bool:
    return first.isupper() and len(first) < _MIN_LETTERS_IN_CAPITALS


def _go_together(line: str, first: str, rest: str) -> bool:
    """Whether a number and what follows its hyphen are one term: 2024-2026, COVID-19, 12-month."""
    if not rest[0].isdigit():
        return rest[0].islower()
    if not first[-1].isdigit():
        return True
    whole = line[:-1].rsplit(maxsplit=1)[-1] == first  # and no amount such as 12,50-
    return whole and len(line.split()) >= _MIN_WORDS_BEFORE_A_RANGE
