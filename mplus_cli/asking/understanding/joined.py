"""One answer of the answers to the parts of a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from mplus_cli.asking.understanding.question import Question
from mplus_cli.results.answers import Answer, Prompt, Source

BETWEEN = "\n"  # the answers to two parts


def joined(asked: Question, answers: Sequence[Answer]) -> Answer:
    """The answer to a question of one part or of several, with what the question was taken for.

    It declines where all parts do. Of several, counts and times are summed, `confidence` is the
    least, and it is literal where all are.
    """
    taken = [f'"{typed}" was read as "{read}"' for typed, read in asked.read.items()]
    one = {item.name: getattr(answers[0], item.name) for item in fields(Answer)}
    if len(answers) > 1:
        of_all = one.keys() - {"text", "declined", "generation", "within", "cut"}
        one |= {name: _both([getattr(each, name) for each in answers]) for name in of_all}
        unanswered = [part.asked for part, answer in _pairs(asked, answers) if answer.declined]
        one |= {
            "text": BETWEEN.join(answer.text for answer in answers),
            "declined": len(unanswered) == len(answers),
            "cut": any(answer.cut for answer in answers),
            "sources": _each_once(one["sources"]),
            "doubt": max((each.doubt for each in answers if each.doubt is not None), default=None),
        }
        if not one["declined"]:
            taken += [f"no answer was found to: {part}" for part in unanswered]
    notes = dict.fromkeys([*one["notes"], *taken])
    return Answer(**one | {"notes": tuple(notes)})


def _pairs(asked: Question, answers: Sequence[Answer]) -> list[tuple[Question, Answer]]:
    return list(zip(asked.parts, answers, strict=True))


def _both(values: list[Any]) -> Any:
    """What several answers say in one field."""
    first, there = values[0], [value for value in values if value is not None]
    if isinstance(first, tuple):
        return tuple(dict.fromkeys(each for value in values for each in value))
    if isinstance(first, Mapping):
        names = dict.fromkeys(name for value in values for name in value)
        every = {name: [value[name] for value in values if name in value] for name in names}
        return {name: _sum(each) for name, each in every.items()}
    if isinstance(first, Prompt):
        return Prompt("\n\n".join(value.text for value in there), None)
    # Whether it is literal, and how likely it is right, as of the worst part.
    return min(there) if len(there) == len(values) else None


def _each_once(sources: Sequence[Source]) -> tuple[Source, ...]:
    """Where one passage answers two parts it is one source, with the better of its scores."""
    found = dict[tuple[int, int], Source]()
    for source in sources:
        before = found.setdefault((source.document, source.chunk), source)
        if (source.score or 0.0) > (before.score or 0.0):
            found[source.document, source.chunk] = source
    return tuple(found.values())


def _sum(values: list[Any]) -> Any:
    return (
        round(sum(values), 1)
        if all(isinstance(each, int | float) for each in values)
        else values[0]
    )
