"""Who says what in a passage: dialogues, chats, minutes, threads of mail."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from mplus_cli.dates import DAYS, MONTHS

_WORD = r"[^\W\d_][\w.'\N{RIGHT SINGLE QUOTATION MARK}-]*"
_WEEKDAY = rf"(?:{'|'.join(day[:3] for day in DAYS)})[a-z]*,?[ \t]+"
_MONTH = rf"(?:{'|'.join(month[:3] for month in MONTHS)})[a-z]*"
_STAMP = (
    rf"[*_]{{0,2}}[\[(<]?(?:{_WEEKDAY})?"
    rf"\d(?:[\d/.:, \-]|[aApP]\.?[mM]\b|T(?=\d)|(?<=\d)Z|at\b|{_MONTH}\b){{2,36}}"
    r"[\])>]?[*_]{0,2}[ \t]*[-\N{EN DASH}]?[ \t]*"
)
# "Anna: text", also in bold, behind a time, or with a remark: "[14/01/2024, 10:33] Anna (ill): …"
_TURN = re.compile(
    rf"^[ \t>*-]{{0,4}}(?:{_STAMP})?"
    rf"[*_]{{0,2}}(?P<name>{_WORD}(?: {_WORD}){{0,2}})[*_]{{0,2}}"
    r"(?: \([^)\n]{1,30}\))?[ \t]?:[*_]{0,2}[ \t]+(?=\S)",
    re.MULTILINE,
)
_SENDER = re.compile(rf"^From:[ \t]*\"?(?P<name>{_WORD}(?:,? {_WORD}){{0,2}})", re.MULTILINE)
_NO_NAMES = {"date", "from", "to", "cc", "subject", "note", "time", "place", "http", "https"}
_SENTENCE_END = re.compile(r"(?<=[.!?\N{HORIZONTAL ELLIPSIS}])[\"')*_]*\s+|\n+")


@dataclass(frozen=True)
class Turn:
    """A stretch of a text that one person says, or nobody (""): its characters, half-open, and
    where the words begin.
    """

    speaker: str
    start: int
    said: int
    end: int


def is_turn(line: str) -> bool:
    """Whether a line looks like something that somebody says."""
    match = _TURN.match(line)
    return match is not None and match["name"].split()[0].lower() not in _NO_NAMES


def is_dialogue(text: str) -> bool:
    """Whether people speak by turns in a text; a mail is none."""
    return bool(_speaking(text))


def speakers(text: str) -> frozenset[str]:
    """The names in front of what is said, and of who sends a mail."""
    return frozenset(_speaking(text) | {match["name"] for match in _SENDER.finditer(text)})


def _speaking(text: str) -> set[str]:
    """The names in front of what is said: at least two, of which one speaks again."""
    counts = Counter(match["name"] for match in _TURN.finditer(text))
    names = {name for name in counts if name.split()[0].lower() not in _NO_NAMES}
    names = {name for name in names if name[0].isupper()}
    if len(names) < 2 or max(counts[name] for name in names) < 2:
        return set()
    return names


def turns(text: str, names: frozenset[str]) -> list[Turn]:
    """The turns of a text, in order, all of it: what stands before the first and behind a blank
    line in a dialogue is nobody's.
    """
    starts = [(match.start(), match.end(), match["name"]) for match in _TURN.finditer(text)]
    starts += [(match.start(), match.end(), match["name"]) for match in _SENDER.finditer(text)]
    found, at, mail = list[Turn](), 0, bool(_SENDER.search(text))
    known = sorted(each for each in starts if each[2] in names)
    for (start, said, name), (following, *_) in pairwise([*known, (len(text), 0, "")]):
        found += _nobody(text, at, start)
        at = min(_end(text, said, mail), following)
        found.append(Turn(name, start, said, at))
    return found + _nobody(text, at, len(text))


def _nobody(text: str, start: int, end: int) -> list[Turn]:
    return [Turn("", start, start, end)] if text[start:end].strip() else []


def _end(text: str, start: int, mail: bool) -> int:
    """Where a turn ends that nobody interrupts: at a blank line, but for a mail."""
    blank = -1 if mail else text.find("\n\n", start)
    return len(text) if blank < 0 else blank


def sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The characters of the sentences, and of the lines, of a stretch of a text."""
    found, at = list[tuple[int, int]](), start
    for match in _SENTENCE_END.finditer(text, start, end):
        if text[at : match.start()].strip():
            found.append((at, match.start()))
        at = match.end()
    return [*found, (at, end)] if text[at:end].strip() else found
