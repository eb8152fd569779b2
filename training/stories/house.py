"""Tells stories of bAbI's house: facts that fit what was told, and all that can be asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from training.stories.parts import Asked, Write
from training.stories.plans import looked_for, writes_of_fact
from training.stories.wording import ASIDES, FACTS, QUESTIONS, WIDE_FACTS, WIDE_QUESTIONS
from training.stories.words import Cast
from training.stories.world import OPPOSITE, Fact, Query, World

# Kind: which facts its stories tell, with their weights.
ACTS: dict[str, dict[str, float]] = {
    "qa1": {"go": 1},
    "qa2": {"go": 6, "get": 3, "drop": 1.5},
    "qa3": {"go": 7, "get": 3, "drop": 1.2},
    "qa4": {"lies": 1},
    "qa5": {"go": 4, "get": 2, "drop": 0.7, "give": 4},
    "qa6": {"go": 6, "get": 1, "drop": 0.7},
    "qa7": {"go": 4, "get": 3, "drop": 1, "give": 1.5},
    "qa8": {"go": 4, "get": 3, "drop": 1.5},
    "qa9": {"go": 2, "is": 1, "not": 1},
    "qa10": {"go": 2, "is": 1, "either": 1},
}
_BETWEEN = 0.4  # share of places that lie on the other side of an earlier one
_HASTE = 4  # how much likelier things come in than people go, until the story has begun


class House:
    """One story of a kind of bAbI: proposes facts one by one; the world knows those told.

    People pick things up where they are; in the kinds that don't ask for things' places also
    before it is known where that is, as in bAbI.
    """

    def __init__(self, rng: Random, kind: str, cast: Cast) -> None:
        self.kind, self.world = kind, World()
        self.names = cast.names[: rng.randint(2, 4 if cast.own else 5)]
        self.places = cast.places[: rng.randint(3 if kind == "qa4" else 4, 6)]
        self.things = cast.things[: 3 if cast.own else rng.randint(3, 5)]
        self.wide = rng.choice((0.0, 0.2) if cast.own else (0.0, 0.5, 0.9))
        self.untold = _map(rng, self.places) if kind == "qa4" else []
        self.told: list[Fact] = []

    def propose(self, rng: Random) -> tuple[Fact, str]:
        """A fact that may come next, and its sentence."""
        acts = ACTS[self.kind]
        haste = 1 if self._begun() else _HASTE
        weights = [weight if act == "go" else weight * haste for act, weight in acts.items()]
        fact = None
        while not fact:
            act = rng.choices([*acts], weights)[0]
            fact = self._fact(rng, act)
        return fact, self._worded(rng, fact)

    def _worded(self, rng: Random, fact: Fact) -> str:
        table = WIDE_FACTS if rng.random() < self.wide else FACTS
        d = fact.act if fact.act in OPPOSITE else ""
        template = rng.choice(table["lies" if d else fact.act])
        return template.format(a=fact.a, b=fact.b, c=fact.c, d=d, D=d.capitalize())

    def aside(self, rng: Random) -> str:
        """A sentence about somebody or something of the story that changes nothing."""
        a, b, t = map(rng.choice, (self.names, self.places, self.things))
        return rng.choice(ASIDES).format(a=a, b=b, t=t)

    def writes(self, fact: Fact) -> tuple[Write, ...]:
        """What is to be kept of a fact."""
        return writes_of_fact(fact)

    def tell(self, fact: Fact) -> None:
        """Takes a proposed fact in."""
        self.world.tell(fact)
        self.told.append(fact)
        if fact in self.untold:
            self.untold.remove(fact)

    def _begun(self) -> bool:
        """Whether the story has something to ask of its kind, where that takes several facts."""
        if self.kind in ("qa2", "qa3"):
            least = 1 if self.kind == "qa2" else 2
            return any(len(trail) >= least for trail in self.world.trail.values())
        return self.kind != "qa5" or bool(self.world.gifts)

    def _fact(self, rng: Random, act: str) -> Fact | None:
        """A fact of this act that may be told now; None: it can't be."""
        if act == "lies":  # when all is told, something is told again
            return rng.choice(self.untold or self.told)
        person = rng.choice(self.names)
        if not self._begun() and self.world.holder and rng.random() < 0.5:
            person = rng.choice([*self.world.holder.values()])
        here = self.world.place(person)
        if act == "get":
            return self._get(rng, person)
        if act in ("drop", "give"):
            return self._let_go(rng, act, person)
        if act == "either":
            return Fact(act, person, *rng.sample(self.places, 2))
        if act == "not" and here and rng.random() < 0.7:
            return Fact(act, person, here)
        return Fact(act, person, rng.choice([each for each in self.places if each != here]))

    def _let_go(self, rng: Random, act: str, person: str) -> Fact | None:
        """Something is dropped, or given to somebody who may be here: bAbI's people don't give from
        place to place. Is nobody here, then the one comes to the other.
        """
        held, here = self.world.held(person), self.world.place(person)
        if not held:
            return None
        thing = rng.choice(held)
        if act == "drop":
            return Fact(act, person, thing)
        others = [each for each in self.names if each != person]
        near = [each for each in others if (self.world.place(each) or here) == here or not here]
        if near:
            return Fact(act, person, thing, rng.choice(near))
        return Fact("go", rng.choice(others), str(here))

    def _get(self, rng: Random, person: str) -> Fact | None:
        world, here = self.world, self.world.place(person)
        if here is None and self.kind in ("qa2", "qa3"):
            return None
        free = [
            each
            for each in self.things
            if each not in world.holder
            and (not world.trail[each] or world.trail[each][-1] == here)
            and each not in world.adrift
        ]
        return Fact("get", person, rng.choice(free)) if free else None

    def asked(self, rng: Random) -> tuple[Asked, ...]:
        """All that can be asked now, of every kind that the told facts answer."""
        found = []
        for kind, query in self._queries(rng):
            answer = self.world.answer(query)
            if answer is None:
                continue
            wide = rng.random() < self.wide
            text = rng.choice(WIDE_QUESTIONS[query.form]) if wide else QUESTIONS[query.form]
            d = query.b if query.b in OPPOSITE else ""
            words = text.format(a=query.a, b=query.b, d=d)
            found.append(Asked(kind, words, (answer,), *looked_for(query)))
        return tuple(found)

    def _queries(self, rng: Random) -> Iterator[tuple[str, Query]]:
        if self.kind == "qa4":
            for direction, place in self.world.map:
                yield "qa4", Query("of that", place, direction)
                yield "qa4", Query("that of", place, OPPOSITE[direction])
            return
        yield from self._of_people(rng)
        for thing in self.things if "get" in ACTS[self.kind] else ():
            yield "qa2", Query("find", thing)
            for place in dict.fromkeys(self.world.trail[thing][1:]):
                yield "qa3", Query("before", thing, place)
        for query in self.world.gifts:
            yield "qa5", query

    def _of_people(self, rng: Random) -> Iterator[tuple[str, Query]]:
        world = self.world
        inside = self.kind if self.kind in ("qa9", "qa10") else "qa6"
        for person in self.names:
            yield "qa1", Query("where", person)
            where = world.where.get(person, ())
            away = world.without.get(person) or rng.choice(
                [each for each in self.places if each not in where]
            )
            for place in (*where, away):
                yield inside, Query("in", person, place)
            if "get" in ACTS[self.kind] and (where or world.had[person]):
                yield "qa7", Query("count", person)
                yield "qa8", Query("carrying", person)


def _map(rng: Random, places: tuple[str, ...]) -> list[Fact]:
    """Where places lie of one another on a grid: each beside an earlier one, said either way."""
    steps = {"north": (0, 1), "south": (0, -1), "east": (1, 0), "west": (-1, 0)}
    at = {(0, 0): places[0]}
    facts = []
    for place in places[1:]:
        beside = [
            (direction, (x + dx, y + dy), old, (x - dx, y - dy) in at)
            for (x, y), old in at.items()
            for direction, (dx, dy) in steps.items()
            if (x + dx, y + dy) not in at
        ]
        # Often on the other side of a place that has a neighbour: then only the direction tells.
        between = [each for each in beside if each[-1]]
        chosen = between if between and rng.random() < _BETWEEN else beside
        direction, cell, old, _ = rng.choice(chosen)
        at[cell] = place
        told = Fact(direction, place, old)
        facts.append(told if rng.random() < 0.5 else Fact(OPPOSITE[direction], old, place))
    return facts
