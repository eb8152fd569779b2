"""Which words of a fact belong together: what a memory of slots can keep of it, write by write.

Learning could find it out from questions alone; told so much it begins where that would end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.stories.parts import Write
from training.stories.world import OPPOSITE, Fact, Query

if TYPE_CHECKING:
    from training.stories.streams import Note

_DIGITS = {"count": 2, "reading": 3, "hour": 4}  # of a value, at most: one write each


def writes_of_fact(fact: Fact) -> tuple[Write, ...]:
    """Where people are; who has things, or where these lie; what people carry; who gave what."""
    act, a, b, c = fact
    if act in ("go", "is", "not"):
        return (Write(a, b),)
    if act == "either":
        return (Write(a, f"{b}|{c}"),)
    if act in OPPOSITE:
        return Write(b, a), Write(a, b)
    if act == "get":
        return Write(b, a), Write(a, b, more=True)
    if act == "drop":  # it lies where the person is
        return Write(b, copied=a), Write(a, b, more=True)
    return (
        *(Write(b, c), Write(a, b, more=True), Write(c, b, more=True)),
        *(Write(b, a), Write(b, c), Write(f"{a}|{c}", b)),
    )


def writes_of_note(note: Note) -> tuple[Write, ...]:
    """What is told of something; who has something also the other way round."""
    count = _DIGITS.get(note.form.value)
    if count:
        return tuple(Write(note.entity, f"{note.value}#{digit}") for digit in range(count))
    there = Write(note.entity, note.value)
    return (there, Write(note.value, note.entity)) if note.form.value == "name" else (there,)


def looked_for(query: Query) -> tuple[str, str]:
    """The words of a question that say what it looks for, and what it compares that with."""
    form, a, b = query
    if form in ("in", "before"):
        return a, b
    if form == "gave what":
        return f"{a}|{b}", ""
    return (b, "") if form == "gave to" else (a, "")
