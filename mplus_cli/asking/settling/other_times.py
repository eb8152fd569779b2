"""Answers that a passage gives for another time than the one that a question names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from mplus_cli.asking.settling.disagree import title_of
from mplus_cli.asking.settling.scene import Scene, Sentence
from mplus_cli.asking.settling.tables import head_over
from mplus_cli.dates import Date, Dated, date_in_name, find_dates

# "Since 2021", "2021 to 2023" and "valid from 2021" hold in other years, too.
_OPENS = re.compile(
    r"\b(?:since|from|until|till|to|through|of|after|before|by|starting|starts|beginning|effective|"
    r"valid|between|and|seit|ab|bis|every)\W+(?:\w+\W+)?$|[-\N{EN DASH}/]\s*$",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"\W*(?:on|onwards?|and|to|until|till|through)\b|\s*[-\N{EN DASH}/]\s*\d", re.I
)
_WITHIN = re.compile(  # "on which day in 2021": a date within the one that is named
    r"\W*(?:(?:on|at)\s+)?(?:what|which)\s+(?:date|day|month)\s+(?:in|of)\s", re.IGNORECASE
)
_BESIDE = 24  # characters in front of a date and behind it
_COUNTED = re.compile(  # from a date that is told, or up to it
    r"\b(?:since|until|till|as of|valid|effective|onwards?|later|earlier|next|last|"
    r"previous|following|coming|ago|every|each|annual(?:ly)?|yearly|"
    r"always|still|ever|never|year before|year after|the same year)\b",
    re.IGNORECASE,
)


def is_of_another_time(question: str, scene: Scene, start: int, end: int) -> bool:
    """Whether a question names a year, a month or a day that its passage's document, as far as it
    was found, has nowhere, and an answer text[start:end] of the scene is bound to another one.

    It is by its sentence or row, by its column, by a date over a part of the text; or by the name
    of a document of a later year. What may hold in other years, too, is not bound.
    """
    asked = [each.date for each in find_dates(question)]
    sentence = next((one for one in scene.sentences if one.start <= start < one.end), None)
    if not asked or sentence is None:
        return False
    if find_dates(scene.text[start:end]) and not _WITHIN.match(question):
        return False
    if _COUNTED.search(sentence.text) or _is_open(question, find_dates(question)):
        return False
    return not _mentions(scene, asked) and _is_bound(scene, sentence, start, asked)


def _mentions(scene: Scene, asked: Sequence[Date]) -> bool:
    """Whether anything of what holds a passage may be of one of the dates."""
    text = f"{PurePath(scene.path).name}\n{scene.head}\n{scene.text}"
    years = {each.year for each in asked if not each.month}
    if any(re.search(rf"{year}|['\u2019/-]{year % 100:02}\b", text) for year in years):
        return True
    there = [each.date for each in find_dates(text)]
    return any(each.holds(one) or one.holds(each) for one in there for each in asked)


def _is_bound(scene: Scene, sentence: Sentence, start: int, asked: Sequence[Date]) -> bool:
    found = find_dates(sentence.text)
    if found:
        return not _is_open(sentence.text, found)
    head = head_over(scene, start)
    if dated := find_dates(head):
        return not _is_open(head, dated)
    base = scene.bases.at(start)
    if base is not None and base.near:
        return True
    named = date_in_name(PurePath(scene.path).name)
    edition = [each.date for each in find_dates(title_of(scene))] or ([named] if named else [])
    return any(each.first > max(one.last for one in asked) for each in edition)


def _is_open(text: str, dates: Sequence[Dated]) -> bool:
    """Whether dates of a text begin or end a time, rather than being it."""
    return any(
        _OPENS.search(text[max(0, each.start - _BESIDE) : each.start])
        or _GOES_ON.match(text[each.end : each.end + _BESIDE])
        for each in dates
    )
