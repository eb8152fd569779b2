"""Passages of other documents that say the same sentence with another answer in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import PurePath

from mplus_cli.asking.alike import stems
from mplus_cli.asking.settling.designations import are_of_others
from mplus_cli.asking.settling.scene import Scene
from mplus_cli.dates import Date, find_dates

_ALIKE = 0.7
"""Share of the words around the answer that both sentences have."""
_LEAST_WORDS = 3
_MOST_WORDS = 60  # of a sentence: comparing the order of words takes their product
_TITLES_ALIKE = 0.5  # from here on titles that differ name two things of one kind
_MOST = 3
_TOP = 1_000  # characters of a document that say of which thing it is
_REPLACES = re.compile(r"\b(?:replaces?|supersedes?|ersetzt)\b[^!?\n]{,120}", re.IGNORECASE)
_SIGNS = " %\u2030\u00b0\u20ac"
_SIGN = re.compile(rf" ?[{_SIGNS.strip()}]")
_WORD = re.compile(r"\d[\d.,:/]*\d|\w+")
_OF_EDITIONS = re.compile(
    r"(?:new|newer|old|older|current|former|draft|final|revised|version|edition|updated?|copy|rev)"
)


@dataclass(frozen=True)
class Otherwise:
    """What another passage has in the place of an answer."""

    text: str
    scene: Scene


def disagreeing(
    question: str, scene: Scene, start: int, end: int, others: Sequence[Scene]
) -> list[Otherwise]:
    """What other documents have in the place of the answer scene.text[start:end], at most three.

    Passages about another thing that the question names, or that their titles name, say nothing
    else; nor do those that say the same.
    """
    own = next((each for each in scene.sentences if each.start <= start < each.end), None)
    if own is None or own.turn.speaker or len(own.text) > 1_000:
        return []
    found = list[Otherwise]()
    for other in others:
        if other.path == scene.path:
            continue
        for each in other.sentences:
            text = _in_place(own.text, start - own.start, end - own.start, each.text)
            if not text or _normal(text) == _normal(scene.text[start:end]):
                continue
            if _about_same(question, scene, other):
                found.append(Otherwise(text, other))
                break
    return found[:_MOST]


def dated(scene: Scene) -> Date | None:
    """The date of a passage: of its section, of its document's first lines, of its name."""
    base = scene.bases.at(scene.start)
    if base is not None and base.where != "name":
        return base.date
    years = find_dates(title_of(scene))
    return years[0].date if years else base.date if base else None


def newest(question: str, own: Scene, found: Sequence[Otherwise]) -> Otherwise | None:
    """The passage to answer from in the own one's place: that of the date which the question names,
    else a newer one; None where it is the own one, or dates do not tell.
    """
    asked = [each.date for each in find_dates(question)]
    date = dated(own)
    if asked:
        if date is not None and _fits(date, asked):
            return None
        fitting = [each for each in found if (at := dated(each.scene)) and _fits(at, asked)]
        return fitting[0] if len(fitting) == 1 else None
    if date is None:
        return None
    if replacing := [each for each in found if _replaces(each.scene, date)]:
        return replacing[0]
    newer = [(at.first, each) for each in found if (at := dated(each.scene))]
    last = max(newer, key=lambda each: each[0], default=None)
    return last[1] if last and last[0] > date.last else None


def _replaces(one: Scene, date: Date) -> bool:
    """Whether a document says that it replaces what is of a date."""
    said = (match.group() for match in _REPLACES.finditer(f"{one.head}\n{one.text}"))
    return any(_fits(date, [each.date for each in find_dates(text)]) for text in said)


def _fits(date: Date, asked: Sequence[Date]) -> bool:
    return any(each.holds(date) or date.holds(each) for each in asked)


def _in_place(text: str, start: int, end: int, other: str) -> str | None:
    """What another sentence has where one has its characters [start,end); None where the sentences
    are not alike beside it, or about different things.
    """
    place = _place(text, start, end, other)
    if place is None or are_of_others(_without(text, start, end), _without(other, *place)):
        return None
    sign = _SIGN.match(text, start + len(text[start:end].rstrip(_SIGNS)))  # of 40 %
    behind = sign[0] if sign and other.startswith(sign[0], place[1]) else ""
    return other[slice(*place)] + behind


def _without(text: str, start: int, end: int) -> str:
    return text[:start] + text[end:]


def _place(text: str, start: int, end: int, other: str) -> tuple[int, int] | None:
    """Where another sentence has what stands in its characters [start,end) in one."""
    words = [(match.group().lower(), *match.span()) for match in _WORD.finditer(text)]
    theirs = [(match.group().lower(), *match.span()) for match in _WORD.finditer(other)]
    first = sum(stop <= start for _, _, stop in words)
    last = sum(begin < end for _, begin, _ in words)
    around = len(words) - (last - first)
    if around < _LEAST_WORDS or max(len(words), len(theirs)) > _MOST_WORDS:
        return None
    mine, others = [word for word, *_ in words], [word for word, *_ in theirs]
    # Most sentences have too few words in common for any order of them; comparing orders is slow.
    if (Counter(mine) & Counter(others)).total() < _ALIKE * around:
        return None
    matcher = SequenceMatcher(None, mine, others, autojunk=False)
    before, behind, same = 0, len(theirs), 0
    for at, place, length in matcher.get_matching_blocks():
        for step in range(length):
            if at + step < first:
                before, same = place + step + 1, same + 1
            elif at + step >= last:
                behind, same = min(behind, place + step), same + 1
    size = behind - before
    if not 0 < size <= 2 * (last - first) + 2:
        return None
    # Of a short sentence all has to be the same.
    least = around if around == _LEAST_WORDS else _ALIKE * max(around, len(theirs) - size)
    return None if same < least else (theirs[before][1], theirs[behind - 1][2])


def _about_same(question: str, one: Scene, other: Scene) -> bool:
    """Whether two documents are about one thing: their titles differ in dates and editions only, or
    throughout; and the question names nothing that the other one has not.
    """
    titles = list(_plain(title_of(one))), list(_plain(title_of(other)))
    if titles[0] != titles[1]:
        alike = SequenceMatcher(None, titles[0], titles[1], autojunk=False).ratio()
        if alike >= _TITLES_ALIKE:
            return False
    named = stems(question) & _names(one) - _names(other)
    if named and named - stems(other.text):
        return False
    return not are_of_others(_top(one), _top(other))


def _top(scene: Scene) -> str:
    return f"{PurePath(scene.path).stem.replace('_', ' ')}\n{scene.head[:_TOP]}"


def _names(scene: Scene) -> set[str]:
    return stems(" ".join([*_plain(title_of(scene)), *_plain(PurePath(scene.path).stem)]))


def title_of(scene: Scene) -> str:
    """The first line that says something, as far as its first sentence."""
    line = next((line for line in scene.head.split("\n") if line.strip(" #=*-_")), "")
    return re.split(r"(?<=[.!?])\s+(?=[A-Z])", line)[0]


def _plain(title: str) -> Iterator[str]:
    """The words of a title but for its dates, numbers and editions."""
    at, text = 0, ""
    for found in find_dates(title):
        text, at = text + title[at : found.start] + " ", found.end
    for word in re.findall(r"[^\W\d_]+", text + title[at:]):
        if len(word) > 1 and not _OF_EDITIONS.fullmatch(word.lower()):
            yield word.lower()


def _normal(text: str) -> str:
    return " ".join(_WORD.findall(text.lower()))
