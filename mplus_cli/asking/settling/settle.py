"""An answer set against its passage: whose it is, when it was, whether it is one of several."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from mplus_cli.asking.alike import occurrences, stems
from mplus_cli.asking.settling.answer_types import is_unfit, only_fitting
from mplus_cli.asking.settling.bases import Base
from mplus_cli.asking.settling.lists import asks_several, widened
from mplus_cli.asking.settling.scene import Scene, Sentence, asks_when
from mplus_cli.asking.settling.tables import addressed, meant
from mplus_cli.asking.settling.times import Meaning, may_be_general, relative_times, with_meaning
from mplus_cli.asking.settling.when import told as telling
from mplus_cli.asking.settling.when import when
from mplus_cli.asking.settling.who import named, of_another
from mplus_cli.results.answers import AnswerDate

_NEARLY = 0.7  # of the share that another's sentence has: as good
MOST_JOINED = 5  # passages whose answers make one list
# How sure an answer must be to be put behind the first one.
_JOINED_DOUBT, _JOINED_LIKELIHOOD = 0.05, 0.7


@dataclass(frozen=True)
class Given:
    """What a passage answers. doubt: the probability of declining; likelihood: of its tokens."""

    text: str
    declined: bool
    doubt: float
    likelihood: float
    scene: Scene


@dataclass(frozen=True)
class Settled:
    """What becomes of an answer. text: None where it is none to the question: of another person, of
    another type; scenes: the passages that it is from; words: those of the text that a passage has,
    and their characters in the scene, where that is one place; doubtful: whether they only stand
    beside what was answered.
    """

    text: str | None
    scenes: tuple[Scene, ...]
    words: str = ""
    place: tuple[int, int] | None = None
    dates: tuple[AnswerDate, ...] = ()
    doubtful: bool = False


def settle(question: str, given: Iterable[Given], scenes: Sequence[Scene]) -> Settled:
    """The answer to give.

    given: what the passages answer that were read, the one to answer from first; more than one is
    taken only where that is not to be given, or several things are asked for. scenes: these
    passages and the next ones that were found, the likeliest first.
    """
    following = iter(given)
    first = next(following)
    if asks_when(question):
        time = when(question, scenes, first.text, first.scene.path)
        if time == "of another":
            return Settled(None, (first.scene,))
        if time != "untold":
            date = _date(time.said, time.meaning, time.base)
            text = with_meaning(time.said, time.meaning)
            return Settled(text, (time.scene,), time.said, None, (date,))
    if first.declined:
        cell = addressed(question, first.scene)
        if cell is None:
            return Settled(first.text, (first.scene,), first.text)
        return Settled(cell.text, (first.scene,), cell.text, (cell.start, cell.end))
    placed = (_right(question, one) for one in chain([first], following) if not one.declined)
    right = (one for one in placed if one is not None)
    taken = list(right) if asks_several(question) else list(islice(right, 1))
    return _joined(taken) if taken else Settled(None, (first.scene,))


@dataclass(frozen=True)
class _Placed:
    """An answer, widened to what it is a part of, where it stands in its scene: None for nowhere
    word for word.
    """

    given: Given
    text: str
    sentence: Sentence | None = None
    place: tuple[int, int] | None = None
    doubtful: bool = False


def _right(question: str, given: Given) -> _Placed | None:
    """An answer in its place; where it is of another type than the one asked for, the only thing of
    this type in its sentence; None where there is none.
    """
    placed = _placed(question, given)
    if placed is None or not is_unfit(question, placed.text, given.scene.speakers):
        return placed
    sentence = placed.sentence
    fitting = only_fitting(question, sentence.text) if sentence else None
    if sentence is None or fitting is None:
        return None
    start, end = fitting
    place = (sentence.start + start, sentence.start + end)
    return _Placed(given, sentence.text[start:end], sentence, place, doubtful=True)


def _placed(question: str, given: Given) -> _Placed | None:
    """An answer where most words of its question stand, of a table in the row that it names; None
    where it is told of another person than the question names, or there is no such row.
    """
    scene, around = given.scene, []
    sentences = telling(question, [scene])
    for start, end in occurrences(given.text, scene.text[: scene.end]):
        around += [
            (one.share, start, end, one.sentence)
            for one in sentences
            if one.sentence.start <= start < one.sentence.end
        ]
    if not around:
        return _Placed(given, given.text)
    asked = named(question, scene.speakers)
    own = [each for each in around if not of_another(each[3], asked)]
    best = max(own, key=lambda each: each[0], default=None)
    others = [each[0] for each in around if not each[3].asks]
    if best is None or best[0] < _NEARLY * max(others, default=0):
        return None
    _, start, end, sentence = best
    try:
        cell = meant(question, scene, start, end)
    except LookupError:
        return None
    if cell is not None:
        return _Placed(given, cell.text, sentence, (cell.start, cell.end))
    wide = widened(question, scene.text, start, end)
    text = given.text if wide == (start, end) else scene.text[slice(*wide)]
    return _Placed(given, " ".join(text.split()), sentence, wide)


def _joined(right: Sequence[_Placed]) -> Settled:
    """What several passages answer, each thing once."""
    taken = [right[0]]
    for one in right[1:]:
        sure = one.given.doubt < _JOINED_DOUBT and one.given.likelihood >= _JOINED_LIKELIHOOD
        known = set().union(*(stems(each.text) for each in taken))
        if sure and not stems(one.text) & known and len(taken) < MOST_JOINED:
            taken.append(one)
    if len(taken) == 1:
        return _dated(right[0])
    text = ", ".join(one.text for one in taken)
    return Settled(text, tuple(one.given.scene for one in taken), text)


def _dated(placed: _Placed) -> Settled:
    """An answer with what its relative times mean, in brackets behind them, or behind a colon where
    it is nothing else.
    """
    scene, text, place = placed.given.scene, placed.text, placed.place
    base = scene.bases.at(place[0]) if place else None
    if base is None:
        return Settled(text, (scene,), text, place, doubtful=placed.doubtful)
    dates, out, at = list[AnswerDate](), "", 0
    told = placed.sentence.text if placed.sentence else ""
    for found in relative_times(text, base.date, told):
        said = text[found.start : found.end]
        if not base.near and may_be_general(said):
            continue
        dates.append(_date(said, found.meaning, base))
        out += text[at : found.start] + with_meaning(said, found.meaning, amid=said != text)
        at = found.end
    return Settled(out + text[at:], (scene,), text, place, tuple(dates), placed.doubtful)


def _date(said: str, meaning: Meaning, base: Base) -> AnswerDate:
    return AnswerDate(said, meaning.words or said, meaning.iso, base.date.iso, base.where)
