"""Which words of a fact belong together: what a memory of slots can keep of it, write by write.

Learning could find it out from questions alone; told so much it begins where that would end.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from training.stories.parts import Write
from training.stories.world import OPPOSITE, Fact, Query

if TYPE_CHECKING:
    from training.stories.streams import Note

DIGITS = ("at", "second", "third", "fourth")  # of a number, in the order in which they are said
# What something is to what it is kept under.
RELATIONS = (
    *(*DIGITS, "room", "day", "hour", "has", "giver", "receiver", "gift", *OPPOSITE),
    *("carrier", "came"),  # who took something last; from where somebody came to a place
)
_DIGITS = {"count": 3, "reading": 3, "hour": 4}  # of a value, at most: one write each


_STEPS = {
    "where": ("at",),
    "find": ("at", "at"),  # where who has it is
    "before": ("carrier", "came"),
    "count": ("has",),
    "carrying": ("has",),
    "gave what": ("gift",),
    "giver": ("giver",),
    "giver to": ("giver",),
    "receiver": ("receiver",),
    "gave to": ("receiver",),
}


def writes_of_fact(fact: Fact) -> tuple[Write, ...]:
    """Where people are and came from; who has things, or where these lie; what people carry; who
    gave what.
    """
    act, a, b, c = fact
    if act in OPPOSITE:
        return Write(b, a, relation=act), Write(a, b, relation=OPPOSITE[act])
    if act in _MOVES:
        return _MOVES[act](a, b)
    if act == "give":
        return (
            *(Write(b, c), _has(a, b), _has(c, b)),
            *(Write(b, a, relation="giver"), Write(f"{b}|{c}", a, relation="giver")),
            *(Write(b, c, relation="receiver"), Write(f"{a}|{b}", c, relation="receiver")),
            Write(f"{a}|{c}", b, relation="gift"),
        )
    return (Write(a, f"{b}|{c}" if c else b),)


def _has(person: str, thing: str) -> Write:
    return Write(person, thing, more=True, relation="has")


# What two words of a fact write.
_MOVES = {
    # First from where: when they have come it is known no more.
    "go": lambda a, b: (Write(f"{a}|{b}", copied=a, relation="came"), Write(a, b)),
    "get": lambda a, b: (Write(b, a), _has(a, b), Write(b, a, relation="carrier")),
    "drop": lambda a, b: (Write(b, copied=a), _has(a, b)),  # it lies where the person is
}


def writes_of_note(note: Note) -> tuple[Write, ...]:
    """What is told of something; who has something also the other way round."""
    count = _DIGITS.get(note.form.value)
    if count:
        digits = (f"{note.value}#{digit}" for digit in range(count))
        return tuple(map(partial(_digit, note.entity), digits, (relation_of(note), *DIGITS[1:])))
    there = Write(note.entity, note.value, relation=relation_of(note))
    return (
        (there, Write(note.value, note.entity, relation="has"))
        if note.form.value == "name"
        else (there,)
    )


def relation_of(note: Note) -> str:
    """What a note's value is to what it tells of; a number's first digit is that."""
    return note.form.slot if note.form.slot in RELATIONS else "at"


def _digit(entity: str, digit: str, relation: str) -> Write:
    return Write(entity, digit, relation=relation)


def told_by(relation: str) -> str:
    """The words that may tell a relation, as `Write.key` has them; none of most."""
    return f"{relation}|{OPPOSITE[relation]}" if relation in OPPOSITE else ""


def looked_for(query: Query) -> tuple[str, str, tuple[str, ...]]:
    """The words of a question that say what it looks for; what it compares that with; what the
    answer is to it, step by step.
    """
    form, a, b = query
    if form in ("of that", "that of"):
        return a, "", (b if form == "of that" else OPPOSITE[b],)
    if form == "in":
        return a, b, ("at",)
    if form == "before":  # to which place who took it came
        return a, b, _STEPS[form]
    return f"{a}|{b}" if b else a, "", _STEPS[form]
