"""The house of bAbI: people, places, things and a map; what was told, and what follows from it."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

NUMBERS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight")
OPPOSITE = {"north": "south", "south": "north", "east": "west", "west": "east"}


class Fact(NamedTuple):
    """What one sentence tells. act says what the rest means:

    go, is, not: person a, place b; either: person a, places b, c; get, drop: person a, thing b;
    give: person a, thing b, person c; north, south, east, west: place a lies there of place b.
    """

    act: str
    a: str
    b: str
    c: str = ""


class Query(NamedTuple):
    """What one question asks. form says what the rest means:

    where: person a; find: thing a; before: thing a, place b; in: person a, place b; count,
    carrying: person a; gave what: giver a, receiver b; giver: thing a; giver to: thing a, receiver
    b; receiver: thing a; gave to: giver a, thing b; of that: what lies in direction b of place a;
    that of: of what place a lies in direction b.
    """

    form: str
    a: str
    b: str = ""


class World:
    """State after the facts told so far, in their order. What nobody can know has no answer."""

    def __init__(self) -> None:
        self.where: dict[str, tuple[str, ...]] = {}  # person: places, of which one is right
        self.without: dict[str, str] = {}  # person: a place where they are not
        self.had: defaultdict[str, list[str]] = defaultdict(list)  # person: things ever held
        self.holder: dict[str, str] = {}
        self.trail: defaultdict[str, list[str]] = defaultdict(list)  # thing: its places
        self.adrift: set[str] = set()  # things left where nobody knows
        self.gifts: dict[Query, str] = {}
        self.map: dict[tuple[str, str], str] = {}  # (direction, place): what lies there of it

    def place(self, person: str) -> str | None:
        """Where a person is, if that is sure."""
        where = self.where.get(person, ())
        return where[0] if len(where) == 1 else None

    def held(self, person: str) -> list[str]:
        """What a person carries, in the order in which they first had it (as bAbI lists it)."""
        return [thing for thing in self.had[person] if self.holder.get(thing) == person]

    def tell(self, fact: Fact) -> None:
        """Takes a fact in."""
        act, a, b, c = fact
        if act in ("go", "is", "either"):
            self.where[a] = (b, c) if c else (b,)
            self.without.pop(a, None)
            self._follow(a)
        elif act == "not":
            self.where.pop(a, None)
            self.without[a] = b
        elif act in OPPOSITE:
            self.map[act, b] = a
            self.map[OPPOSITE[act], a] = b
        elif act == "get":
            self._hold(a, b)
        else:
            self.holder.pop(b, None)
            if act == "drop":
                self.adrift |= {b} if self.place(a) is None else set()
            else:
                self._give(a, b, c)

    def _give(self, giver: str, thing: str, taker: str) -> None:
        for query, answer in (
            (Query("gave what", giver, taker), thing),
            (Query("giver", thing), giver),
            (Query("giver to", thing, taker), giver),
            (Query("receiver", thing), taker),
            (Query("gave to", giver, thing), taker),
        ):
            self.gifts[query] = answer
        self._hold(taker, thing)

    def _hold(self, person: str, thing: str) -> None:
        self.adrift.discard(thing)
        self.holder[thing] = person
        if thing not in self.had[person]:
            self.had[person].append(thing)
        self._follow(person)

    def _follow(self, person: str) -> None:
        place = self.place(person)
        for thing in self.held(person) if place else ():
            if self.trail[thing][-1:] != [place]:
                self.trail[thing].append(str(place))

    def answer(self, query: Query) -> str | None:
        """The answer, as bAbI would have it; None: it doesn't follow from what was told."""
        form, a, b = query
        if form in ("of that", "that of"):
            return self.map.get((b if form == "of that" else OPPOSITE[b], a))
        found = {
            "where": lambda: self.place(a),
            "find": lambda: self._found(a),
            "before": lambda: self._before(a, b),
            "in": lambda: self._inside(a, b),
            "count": lambda: NUMBERS[len(self.held(a))],
            "carrying": lambda: ",".join(self.held(a)) or "nothing",
        }
        return found[form]() if form in found else self.gifts.get(query)

    def _found(self, thing: str) -> str | None:
        holder = self.holder.get(thing)
        if thing in self.adrift or (holder and self.place(holder) is None):
            return None
        return self.trail[thing][-1] if self.trail[thing] else None

    def _before(self, thing: str, place: str) -> str | None:
        """Where it was before it was last there."""
        trail = self.trail[thing]
        for at in range(len(trail) - 1, 0, -1):
            if trail[at] == place:
                return trail[at - 1]
        return None

    def _inside(self, person: str, place: str) -> str | None:
        where = self.where.get(person, ())
        if place in where:
            return "yes" if len(where) == 1 else "maybe"
        return "no" if where or self.without.get(person) == place else None
