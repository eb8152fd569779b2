"""When something was that a dated text tells: diaries, dialogues, chats, mails."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from mplus_cli.asking.alike import occurrences, stems
from mplus_cli.asking.settling.bases import Base
from mplus_cli.asking.settling.scene import Scene, Sentence
from mplus_cli.asking.settling.times import Meaning, lies_ahead, may_be_general, relative_times
from mplus_cli.asking.settling.who import named, of_another
from mplus_cli.dates import find_dates

_OTHER_TIME = re.compile(
    r"\d|\b(?:noon|midnight|every|daily|weekly|\w+days|morning|evening|night|spring|summer|autumn|"
    r"winter|[ap]m|o'clock)\b",
    re.IGNORECASE,
)
_NOT_PAST = re.compile(
    r"\W*(?:\w+\s+){1,3}?(?:do|does|is|are|am|will|would|can|could|shall|should|must|may|might)\b",
    re.IGNORECASE,
)
# Shares of a question's words: what has to do with it, what counts as telling of it, and surely;
# and what a word counts that stands elsewhere in the same turn, or in the one before.
_TOUCHES, _TELLS, _SURELY = 0.3, 0.5, 0.75
_SAME_TURN, _TURN_BEFORE = 0.6, 0.3
_NEAR, _BESIDE = 6, 2  # sentences: of the same telling, and those that name whom one tells of
_NEARLY = 0.7  # of the best share: as good


@dataclass(frozen=True)
class Told:
    """A sentence of a scene, by its place there, and the share of a question's words that it has,
    by their rarity.
    """

    scene: Scene
    at: int
    share: float

    @property
    def sentence(self) -> Sentence:
        return self.scene.sentences[self.at]

    @cached_property
    def base(self) -> Base | None:
        """The date of the sentence, where parts of a text are dated: diaries, dialogues."""
        base = self.scene.bases.at(self.sentence.start)
        return base if base and base.near else None


@dataclass(frozen=True)
class Time:
    """A time as a passage has it ("" where it only tells what was), what it means, the date that it
    counts from.
    """

    said: str
    meaning: Meaning
    base: Base
    scene: Scene


def told(question: str, scenes: Sequence[Scene]) -> list[Told]:
    """The sentences of some passages, those first that have most of a question's words."""
    names = {word for scene in scenes for name in scene.speakers for word in stems(name)}
    wanted = stems(question) - names - stems("when date day month year time")
    placed = [(scene, at) for scene in scenes for at in range(len(scene.sentences))]
    if not wanted or not placed:
        return []
    seen = Counter(word for scene in scenes for one in scene.sentences for word in one.stems)
    weights = {word: math.log(1 + len(placed) / (1 + seen[word])) for word in wanted}
    total = sum(weights.values())
    found = [Told(scene, at, _share(scene.sentences, at, weights) / total) for scene, at in placed]
    return sorted(found, key=lambda each: -each.share)


def _share(sentences: Sequence[Sentence], at: int, weights: dict[str, float]) -> float:
    """The weights of the words that a sentence has, and less of what stands around it."""
    own, rest = sentences[at], dict(weights)
    share = sum(map(rest.pop, own.stems & rest.keys()))
    around = sentences[max(0, at - _NEAR) : at + _NEAR]
    before = [one for one in around if one.turn.end <= own.turn.start and one.speaker]
    for near in around:
        if near.turn is own.turn:
            part = _SAME_TURN
        elif own.speaker and before and near.turn is before[-1].turn:
            part = _TURN_BEFORE
        else:
            continue
        share += part * sum(map(rest.pop, near.stems & rest.keys()))
    return share


def when(
    question: str, scenes: Sequence[Scene], answer: str, path: str
) -> Time | Literal["of another", "untold"]:
    """The time that dated passages tell, or that they tell it of another person, or don't tell it.

    It is that of the sentence that tells what is asked about, of its turn, or the model's answer
    where it stands near; else the date on which it was told. path: of the document that the model
    answers from; another one has to tell it surely.
    """
    found = [one for one in told(question, scenes) if not one.sentence.asks]
    if found and (time := _in_letter(found[0], answer)):
        return time
    every = [one for one in found if one.base]
    every = [one for one in every if one.scene.path == path or one.share >= _SURELY]
    asked = named(question, every[0].scene.speakers) if every else set()
    names = _names(question, asked)
    every = [one for one in every if names <= _around(one)]
    # What is in a letter, and has more of the question, is no diary's to answer.
    undated = max((one.share for one in found if not one.base), default=0)
    if not every or every[0].share < max(_TELLS, undated):
        return "untold"
    right = [one for one in every if not of_another(one.sentence, asked)]
    if not right or right[0].share < max(_TELLS, _NEARLY * every[0].share):
        return "of another" if every[0].share >= _SURELY else "untold"
    return _found(question, right, answer) or "untold"


def _in_letter(best: Told, answer: str) -> Time | None:
    """The time that the sentence of a letter surely tells where a model answers with the letter's
    own date: "I arrived yesterday".
    """
    scene, text = best.scene, best.sentence.text
    base = scene.bases.at(best.sentence.start)
    if base is None or base.near or best.share < _SURELY:
        return None
    if [each.date for each in find_dates(answer)] != [base.date]:
        return None
    times = relative_times(text, base.date)
    if len(times) != 1 or may_be_general(said := text[times[0].start : times[0].end]):
        return None
    return Time(said, times[0].meaning, base, scene)


def _found(question: str, right: Sequence[Told], answer: str) -> Time | None:
    """The time that sentences of the right person tell, the best first."""
    best = right[0]
    for one in right:
        if one.share < max(_TELLS, _NEARLY * best.share):
            break
        time = _time(one)
        if _answers(answer, one, question) and not (time and _same(time.said, answer)):
            return None
        if time:
            return time
    for one in [*_following(best), *(one for one in right if one.share >= _TOUCHES)]:
        if (time := _time(one)) and _same(time.said, answer):
            return time
    base = best.base
    if best.share < _SURELY or base is None or not _was(question, best.sentence.text):
        return None
    return Time("", Meaning(base.date.words, base.date.iso), base, best.scene)


def _was(question: str, told: str) -> bool:
    """Whether what is asked about and told had been by then: else its date is another."""
    return not _NOT_PAST.match(question) and lies_ahead(told) is not True


def _answers(answer: str, one: Told, question: str) -> bool:
    """Whether a model answers with another time that a sentence has: of the day, or of every
    week.
    """
    new = set(re.findall(r"\w+", answer.lower())) - set(re.findall(r"\w+", question.lower()))
    return bool(new and _OTHER_TIME.search(answer) and occurrences(answer, one.sentence.text))


def _same(time: str, answer: str) -> bool:
    """Whether a model answers with a time, or with its last word: "Friday" of "on Friday"."""
    time, answer = time.lower(), answer.lower()
    return bool(answer) and (time in answer or time.endswith(f" {answer}"))


def _names(question: str, asked: set[str]) -> set[str]:
    """The words of a question's names, but for speakers'."""
    words = re.findall(r"(?<=\s)[^\W\d_a-z][\w-]+", question)
    return {
        word for word in words if not named(word, asked) and word not in ("I", "I'm", "Mr", "Ms")
    }


def _around(one: Told) -> set[str]:
    """The words of a sentence and of those beside it."""
    near = one.scene.sentences[max(0, one.at - _BESIDE) : one.at + _BESIDE + 1]
    return {word for each in near for word in re.findall(r"[\w-]+", each.text)}


def _time(one: Told) -> Time | None:
    """The time that a sentence has."""
    base, text = one.base, one.sentence.text
    if base is None:
        return None
    for relative in relative_times(text, base.date):
        return Time(text[relative.start : relative.end], relative.meaning, base, one.scene)
    for dated in find_dates(text):
        return Time(text[dated.start : dated.end], Meaning("", dated.date.iso), base, one.scene)
    return None


def _following(best: Told) -> list[Told]:
    """The sentences that follow one on the same date."""
    places = range(best.at + 1, min(best.at + 1 + _NEAR, len(best.scene.sentences)))
    near = [Told(best.scene, at, 0) for at in places]
    return [one for one in near if one.base == best.base]
