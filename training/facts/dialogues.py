"""Invented dialogues and diaries with short questions: who said what, and when it was.

A passage is one sitting under a heading with its date, in lines `name: text`, or a few entries of a diary. The answer to
a question about a time is the time as it stands ("last weekend"); what date that was is reckoned by who reads it. Some
questions are about the wrong one of the two, or about what was never said: these have no answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from training.facts import small_talk
from training.facts.layouts import capital
from training.facts.small_talk import TIMES
from training.facts.talk import TALK
from training.facts.thoughts import THOUGHTS
from training.facts.values import MEN, MONTHS, WEEKDAYS, WOMEN, bars, lastname

TOPICS = {**TALK, **THOUGHTS}
WORDS = range(40, 151)
DIARIES = 0.2  # of all passages
# Topics so near each other that one could pass for the other: a person tells of one at most.
NEAR = (
    {"hobby", "learn", "course", "likes", "race", "swims", "reason", "group", "teach"},
    {"trip", "plan"},
    {"job", "volunteer", "quit", "diet"},
    {"pet", "petname"},
    {"gift", "buy", "found", "prize", "sell", "lost"},
    {"home", "sister", "colour"},
    {"film", "read", "party", "wedding", "met"},
    {"doctor", "injury", "allergy", "worry", "feeling"},
    {"allergy", "diet"},
    {"built", "garden", "cook"},
    {"child", "kidslike", "parent", "together"},
    {"friend", "advice"},
    {"painted", "inspired", "necklace"},
    {"research", "read", "count"},
    {"speech", "wedding", "party"},
    {"camping", "trip"},
    {"music", "learn"},
    {"cost", "buy"},
    {"broken", "lost"},
    {"dream", "favourite", "likes"},
    {"exam", "race", "prize"},
)
LINES = ("{who}: {text}",) * 5 + (
    "**{who}:** {text}",
    "[{clock}] {who}: {text}",
    "{who} ({clock}): {text}",
    '{who} said, "{text}"',
    "- {who}: {text}",
    "<{who}> {text}",
    "{who} — {text}",
)
TITLES = bars(
    "{a} and {b}|Chat between {a} and {b}|Conversation of {a} and {b}|{a} & {b}|Messages: {a}, {b}|{a} with {b}"
)
MET_ASKS = bars(
    "When did {a} and {b} talk|On what date did {a} write with {b}|What is the date of the conversation"
)


@dataclass(frozen=True)
class Person:
    first: str
    last: str
    own: str  # her, his

    @property
    def full(self) -> str:
        return f"{self.first} {self.last}"


@dataclass(frozen=True)
class Told:
    """What a person tells on a topic. time: as it was said, None where it was left out."""

    key: str
    who: Person
    value: str
    time: str | None
    text: str


@dataclass
class _Passage:
    """A passage in the making. between: texts without a fact that stand in it."""

    rng: Random
    people: list[Person]
    told: list[Told] = field(default_factory=list)
    day: str = ""
    title: str = ""
    between: set[str] = field(default_factory=set)


def make_dialogues(seed: int, count: int) -> list[dict[str, Any]]:
    """`count` passages with their questions, as `training.data` has them; the same for a seed."""
    return [_passage(Random(f"talk {seed}/{index}")) for index in range(count)]


def _passage(rng: Random) -> dict[str, Any]:
    while True:
        made = _Passage(rng, _people(rng))
        diary = rng.random() < DIARIES
        context = _diary(made) if diary else _dialogue(made)
        if len(context.split()) in WORDS:
            qas = _answered(made, diary) + _lost(made)
            if len({qa["question"] for qa in qas}) == len(qas):
                return {"context": context, "title": made.title, "source": "talk", "qas": qas}


def _people(rng: Random) -> list[Person]:
    women = rng.sample([(name, "her") for name in WOMEN], 3)
    both = rng.sample(women + rng.sample([(name, "his") for name in MEN], 3), 3)
    return [Person(first, lastname(rng), own) for first, own in both]


# What is told


def _tell(made: _Passage, who: Person, key: str) -> Told:
    """A statement on a topic with a value, and a time if it has one, that are not there yet."""
    rng, chosen = made.rng, TOPICS[key]
    used = {each.value for each in made.told} | {each.time for each in made.told}
    value = rng.choice([each for each in chosen.values if each not in used] or chosen.values)
    says, time = rng.choice(chosen.says), None
    if chosen.tense:
        parts = rng.random() < 0.7
        says = re.sub(r"\[(.*?)\]", r"\1" if parts else "", says)
        if "{t}" in says or "{T}" in says:
            times = TIMES[chosen.tense]
            time = rng.choice([each for each in times if each not in used] or times)
    says = says.replace("{t}", time or "").replace("{T}", capital(time or ""))
    return Told(key, who, value, time, capital(says.replace("{v}", value)))


def _new(made: _Passage, choices: Sequence[str]) -> str:
    """One of the texts between that does not stand there yet."""
    left = [each for each in choices if each not in made.between] or choices
    made.between.add(chosen := made.rng.choice(left))
    return chosen


def _free(made: _Passage, who: Person) -> list[str]:
    """Topics of which a person told nothing, nor anything near to them."""
    spoken = {each.key for each in made.told if each.who == who}
    closed = spoken.union(*(group for group in NEAR if group & spoken))
    return [key for key in TOPICS if key not in closed]


def _fill_up(made: _Passage, count: int, whose: list[Person]) -> None:
    """Let people tell things in turns; now and then both of the same topic."""
    rng = made.rng
    for _ in range(count):
        who = rng.choice(whose)
        free = _free(made, who)
        shared = [each.key for each in made.told if each.who != who and each.key in free]
        made.told.append(
            _tell(made, who, rng.choice(shared if shared and rng.random() < 0.3 else free))
        )


# The text


def _day(rng: Random) -> date:
    return date(2019, 1, 1) + timedelta(days=rng.randrange(2700))


def _written(rng: Random, day: date, style: int) -> str:
    name = MONTHS[day.month - 1]
    return (
        f"{day.day} {name} {day.year}",
        f"{name} {day.day}, {day.year}",
        f"{day.day} {name}, {day.year}",
        day.isoformat(),
        f"{day.day} {name[:3]} {day.year}",
        f"{day:%d.%m.%Y}",
    )[style % 6]


def _heading(made: _Passage, minute: int) -> str:
    """The date of a sitting with its time of day, as programs and people write it."""
    rng, day = made.rng, _day(made.rng)
    made.day = _written(rng, day, rng.randrange(6))
    hour = minute // 60
    clock = f"{hour}:{minute % 60:02}"
    half = f"{(hour - 1) % 12 + 1}:{minute % 60:02} {'am' if hour < 12 else 'pm'}"
    weekday = WEEKDAYS[day.weekday()]
    return rng.choice(
        (
            f"{weekday}, {made.day}, {clock}",
            f"{half} on {made.day}",
            f"{made.day}, {half}",
            f"--- {made.day} {clock} ---",
            f"## {weekday}, {made.day}",
            f"[{made.day} {clock}]",
            f"DATE: {half} on {made.day}",
            f"{made.day} at {half}",
        )
    )


def _dialogue(made: _Passage) -> str:
    rng, (a, b, _) = made.rng, made.people
    _fill_up(made, rng.randint(3, 5), [a, b])
    named = (lambda one: one.full) if rng.random() < 0.6 else (lambda one: one.first)
    made.title = rng.choice(TITLES).format(a=named(a), b=named(b))
    minute, line = rng.randrange(7 * 60, 23 * 60), rng.choice(LINES)
    heading = _heading(made, minute)
    spoken = []
    for who, text in _turns(made):
        minute += rng.randint(0, 2)
        clock = f"{minute // 60 % 24}:{minute % 60:02}"
        spoken.append(line.format(who=who.first, text=text, clock=clock))
    top = [made.title] if rng.random() < 0.5 else []
    return "\n\n".join([*top, heading]) + "\n" + "\n".join(spoken)


def _turns(made: _Passage) -> list[tuple[Person, str]]:
    """What is said line by line: each statement is answered by the other one."""
    rng, (a, b, _) = made.rng, made.people
    first = made.told[0].who
    other = {a: b, b: a}
    turns: list[tuple[Person, list[str]]] = []

    def say(who: Person, text: str) -> None:
        text = text.replace("{o}", other[who].first)
        if turns and turns[-1][0] == who:
            turns[-1][1].append(text)
        else:
            turns.append((who, [text]))

    if rng.random() < 0.7:
        say(other[first], _new(made, small_talk.OPENINGS))
        say(first, _new(made, small_talk.ANSWERS))
    for each in made.told:
        if rng.random() < 0.3:
            say(each.who, _new(made, small_talk.SMALL))
        say(each.who, each.text)
        say(other[each.who], _new(made, TOPICS[each.key].replies))
        if each is not made.told[-1] and rng.random() < 0.25:
            say(each.who, _new(made, small_talk.TURNS))
    if rng.random() < 0.6:
        say(other[made.told[-1].who], _new(made, small_talk.CLOSINGS))
    return [(who, " ".join(texts)) for who, texts in turns]


def _diary(made: _Passage) -> str:
    rng, who = made.rng, made.people[0]
    _fill_up(made, rng.randint(3, 5), [who])
    made.title = rng.choice(("Diary of {}", "{}'s diary", "From the diary of {}")).format(who.full)
    day, mark, style = (
        _day(rng),
        rng.choice(("## {}", "{}", "*{}*", "{}:", "# {}")),
        rng.randrange(6),
    )
    entries, rest = [], list(made.told)
    while rest:
        texts = [each.text for each in (rest[:2] if rng.random() < 0.4 else rest[:1])]
        rest = rest[len(texts) :]
        for _ in range(rng.randint(1, 2)):
            texts.insert(rng.randint(0, len(texts)), _new(made, small_talk.DIARY))
        weekday = f"{WEEKDAYS[day.weekday()]}, " if rng.random() < 0.3 else ""
        entries.append(f"{mark.format(weekday + _written(rng, day, style))}\n{' '.join(texts)}")
        day += timedelta(days=rng.randint(1, 30))
    return "\n\n".join([made.title, *entries])


# The questions


def _answered(made: _Passage, diary: bool) -> list[dict[str, Any]]:
    """Two to four questions: what was said, when it was, and when they talked."""
    rng, facts = made.rng, []
    for each in made.told:
        bare = re.sub(r"^(my|an?|the|our) ", "", each.value)
        own = re.sub(r"\b[Mm]y\b", each.who.own, each.value)
        said = each.value if each.value in each.text else capital(each.value)
        values = list(dict.fromkeys((said, own, bare)))
        facts.append((rng.choice(TOPICS[each.key].asks), each, values))
        if each.time and TOPICS[each.key].whens:
            shown = each.time if each.time in each.text else capital(each.time)
            bare = re.sub(r"^(on|at) ", "", each.time)
            times = list(dict.fromkeys((shown, bare)))
            facts += [(rng.choice(TOPICS[each.key].whens), each, times)] * 2
    asked = [
        {"question": _ask(ask, each.who, each.value), "answers": answers}
        for ask, each, answers in rng.sample(facts, min(len(facts), rng.randint(2, 4)))
    ]
    if made.day and not diary and rng.random() < 0.15:
        a, b = (one.first for one in made.people[:2])
        asked.append(
            {"question": rng.choice(MET_ASKS).format(a=a, b=b) + "?", "answers": [made.day]}
        )
    return list({qa["question"]: qa for qa in asked}.values())


def _lost(made: _Passage) -> list[dict[str, Any]]:
    """A question or two about the other one of the two, about a stranger, about what was not said."""
    rng, (a, b, stranger) = made.rng, made.people
    lost: list[dict[str, Any]] = []
    for _ in range(rng.randint(1, 2)):
        each, way = rng.choice(made.told), rng.random()
        other = stranger if way < 0.15 else (b if each.who == a else a)
        if way < 0.65 and each.key in _free(made, other):
            chosen = TOPICS[each.key]
            ask = rng.choice(chosen.whens if each.time and rng.random() < 0.4 else chosen.asks)
            lost.append({"question": _ask(ask, other, each.value), "answers": []})
        else:
            key = rng.choice(_free(made, each.who))
            ask = rng.choice(TOPICS[key].asks)
            lost.append({"question": _ask(ask, each.who, ""), "answers": []})
    return list({qa["question"]: qa for qa in lost}.values())


def _ask(template: str, who: Person, value: str) -> str:
    value = re.sub(r"\b[Mm]y\b", who.own, value)
    return template.replace("{n}", who.first).replace("{v}", value) + "?"
