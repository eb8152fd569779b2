"""Streams of everyday notes: several things, each told of several times; the latest counts."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from training.stories.parts import Asked, Write
from training.stories.plans import relation_of, writes_of_note
from training.stories.stream_wording import (
    ASIDES,
    DAYS,
    GATHERINGS,
    IS_IT,
    MACHINES,
    METERS,
    MONTHS,
    PARCELS,
    STATES,
    STREAMS,
    UNITS,
    WHAT_HAS,
    Form,
)
from training.stories.words import Cast

_COUNTS = 0.25, 0.45, 0.3  # shares of counts of one, two and three digits
_LIKE = 0.3  # share of numbers in which a digit is like that before it
_ROUND = 0.2  # share of numbers of which all but the first digit are 0


class Note(NamedTuple):
    """What one note tells: a value of something, in one of its kind's forms."""

    entity: str
    form: Form
    value: str


class Stream:
    """One story of a kind of notes: proposes notes one by one and knows what was told last."""

    def __init__(self, rng: Random, kind: str, cast: Cast) -> None:
        self.kind = kind
        self.names = cast.names[: rng.randint(3, 5)]
        self.places = cast.places[: rng.randint(3, 6)]
        self.states: tuple[str, ...] = ()
        if kind == "status":
            self.entities, self.states = _machines(rng, cast)
        else:
            self.entities = _entities(rng, kind, cast)
        self.forms = rng.sample(STREAMS[kind], rng.randint(1, len(STREAMS[kind])))
        self.noted = rng.choice((0.0, 0.3, 1.0))  # share of bare notes
        self.dated = rng.choice((0.0, 0.0, 0.5, 1.0))
        self.day = rng.randint(1, 300)
        self.known: dict[tuple[str, str], Note] = {}

    def propose(self, rng: Random) -> tuple[Note, str]:
        """A note that may come next, and its sentence."""
        entity, form = rng.choice(self.entities), rng.choice(self.forms)
        before = self.known.get((entity, form.slot))
        value = self._value(rng, form.value)
        while before and value == before.value:
            value = self._value(rng, form.value)
        bare = rng.random() < self.noted
        text = rng.choice(form.notes if bare else form.facts).format(
            e=entity, E=_begun(entity.removeprefix("the ") if bare else entity), v=value
        )
        if rng.random() < self.dated:
            self.day += rng.randint(0, 2)
            text = f"{self._date()}: {text}"
        return Note(entity, form, value), _begun(text)

    def aside(self, rng: Random) -> str:
        """A sentence about something of the story that changes nothing."""
        entity = rng.choice(self.entities)
        bare = entity.rpartition(" of ")[2]
        text = rng.choice(ASIDES[self.kind]).format(e=entity, E=_begun(entity), b=bare)
        return _begun(text)

    def writes(self, note: Note) -> tuple[Write, ...]:
        """What is to be kept of a note."""
        return writes_of_note(note)

    def tell(self, note: Note) -> None:
        """Takes a proposed note in."""
        self.known[note.entity, note.form.slot] = note

    def _date(self) -> str:
        return f"{self.day % 28 + 1} {MONTHS[self.day // 28 % 12]}"

    def _value(self, rng: Random, sort: str) -> str:
        match sort:
            case "count":
                few, some, many = (0, *range(2, 10)), range(10, 100), range(100, 1000)
                return _number(rng, rng.choice(rng.choices((few, some, many), _COUNTS)[0]))
            case "reading":
                return _number(rng, rng.randint(1, 999))
            case "hour":
                return f"{rng.randint(7, 20)}:{rng.choice(('00', '15', '30', '45'))}"
        pools = {"place": self.places, "name": self.names, "day": DAYS, "state": self.states}
        return rng.choice(pools[sort])

    def asked(self, rng: Random) -> tuple[Asked, ...]:
        """All that can be asked now: the latest of everything that was told of."""
        found = []
        for note in self.known.values():
            question = rng.choice(note.form.questions).format(e=note.entity)
            articled = (f"the {note.value}",) if note.form.value == "place" else ()
            by = (relation_of(note),)
            found.append(Asked(self.kind, question, (note.value, *articled), note.entity, "", by))
        if self.kind == "status":
            found += self._yes_or_no(rng)
        if self.kind == "holder":
            found += self._held(rng)
        return tuple(found)

    def _yes_or_no(self, rng: Random) -> Iterator[Asked]:
        for note in self.known.values():
            other = rng.choice([each for each in self.states if each != note.value])
            for state, answer in ((note.value, "yes"), (other, "no")):
                question = rng.choice(IS_IT).format(e=note.entity, v=state)
                yield Asked(self.kind, question, (answer,), note.entity, state, ("at",))

    def _held(self, rng: Random) -> Iterator[Asked]:
        """What somebody has, where that is one thing."""
        for name in self.names:
            things = [note.entity for note in self.known.values() if note.value == name]
            if len(things) == 1:
                bare = things[0].removeprefix("the ")
                question = rng.choice(WHAT_HAS).format(v=name)
                yield Asked(self.kind, question, (bare, things[0]), name, "", ("has",))


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def _entities(rng: Random, kind: str, cast: Cast) -> list[str]:
    """What a story's notes are about."""
    count = rng.randint(2, 5)
    if kind == "stock":
        plain = rng.random() < 0.5
        return [
            each if plain and each.endswith("s") else f"{rng.choice(UNITS)} of {each}"
            for each in cast.goods[:count]
        ]
    if kind == "parcel":
        way = rng.choice(PARCELS)
        numbers = rng.sample(range(10, 100), count)
        # whom parcels are for, the last of the cast, has none in most stories
        about = zip(cast.names[-count:], numbers, cast.things, strict=False)
        return [way.format(name=name, number=number, thing=thing) for name, number, thing in about]
    if kind == "meeting":
        gathering = rng.choice(GATHERINGS)
        if rng.random() < 0.3:
            return [f"the {gathering} with {name}" for name in cast.names[:count]]
        return [f"the {topic} {gathering}" for topic in cast.topics[:count]]
    if kind == "meter":
        media = [f"the {each} meter" for each in rng.sample(METERS, count)]
        rooms = [f"the meter in the {place}" for place in cast.places[:count]]
        return rng.choice((media, rooms))
    return [f"the {thing}" for thing in cast.things[:count]]


def _machines(rng: Random, cast: Cast) -> tuple[list[str], tuple[str, ...]]:
    """What has a status, and which it may have."""
    sort, count = rng.choice([*STATES]), rng.randint(2, 5)
    match sort:
        case "door":
            named = [f"the {place} door" for place in cast.places[:count]]
        case "ticket":
            named = [f"ticket {number}" for number in rng.sample(range(10, 100), count)]
        case _:
            pool = MACHINES if rng.random() < 0.5 else cast.things
            named = [f"the {each}" for each in rng.sample(pool, min(count, len(pool)))]
    return named, STATES[sort]


def _number(rng: Random, number: int) -> str:
    """A number as it is told, often round, or with a digit that follows its like. Of few such a
    module learns that what it reads and has just said was all of the answer, as it is with words:
    it says 80 for 800.
    """
    digits = list(str(number))
    drawn, at = rng.random(), rng.randrange(1, max(2, len(digits)))
    if len(digits) > 1 and drawn < _ROUND:
        digits[1:] = "0" * (len(digits) - 1)
    elif len(digits) > 1 and drawn < _ROUND + _LIKE:
        digits[at] = digits[at - 1]
    return "".join(digits)
