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
RELATIONS = (*DIGITS, "room", "day", "hour", "has", "giver", "receiver", "gift", *OPPOSITE)
_DIGITS = {"count": 2, "reading": 3, "hour": 4}  # of a value, at most: one write each


_STEPS = {
    "where": ("at",),
    "find": ("at", "at"),  # where who has it is
    "count": ("has",),
    "carrying": ("has",),
    "gave what": ("gift",),
    "giver": ("giver",),
    "giver to": ("giver",),
    "receiver": ("receiver",),
    "gave to": ("receiver",),
}


def writes_of_fact(fact: Fact) -> tuple[Write, ...]:
    """Where people are; who has things, or where these lie; what people carry; who gave what."""
    act, a, b, c = fact
    if act in ("go", "is", "not"):
        return (Write(a, b),)
    if act == "either":
        return (Write(a, f"{b}|{c}"),)
    if act in OPPOSITE:
        return Write(b, a, relation=act), Write(a, b, relation=OPPOSITE[act])
    if act == "get":
        return Write(b, a), _has(a, b)
    if act == "drop":  # it lies where the person is
        return Write(b, copied=a), _has(a, b)
    return (
        *(Write(b, c), _has(a, b), _has(c, b)),
        Write(b, a, relation="giver"),
        Write(b, c, relation="receiver"),
        Write(f"{a}|{c}", b, relation="gift"),
    )


def _has(person: str, thing: str) -> Write:
    return Write(person, thing, more=True, relation="has")


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


def looked_for(query: Query) -> tuple[str, str, tuple[str, ...]]:
    """The words of a question that say what it looks for; what it compares that with; what the
    answer is to it, step by step.
    """
    form, a, b = query
    if form in ("of that", "that of"):
        return a, "", (b if form == "of that" else OPPOSITE[b],)
    if form in ("in", "before"):
        return a, b, ("at",)
    words = {"gave what": f"{a}|{b}", "gave to": b}.get(form, a)
    return words, "", _STEPS[form]
