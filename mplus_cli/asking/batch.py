"""Many questions to one memory: lines of JSON -> answers, or what is wrong with a line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mplus_cli.asking.among import Narrowing
from mplus_cli.errors import UsageError
from mplus_cli.results.answers import Answer

Ask = Callable[..., Answer]
"""Answers a question; which documents it asks is said by `Narrowing`, or not at all."""

FORM = 'write each line like {"id": 1, "question": "What is …?"} or "What is …?"'


@dataclass(frozen=True)
class Asked:
    """What became of a line, counted from 1.

    given: what it said, `id`, where it has one, and `question`.
    """

    line: int
    given: dict[str, Any]
    result: Answer | UsageError


def ask_all(lines: Sequence[bytes], ask: Ask) -> Iterator[Asked]:
    """Answer line by line, in order; a line that can't be answered does not stop the others."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _ask(number, line, ask)


def _ask(number: int, line: bytes, ask: Ask) -> Asked:
    given: dict[str, Any] = {"question": None}
    try:
        found = _parsed(number, line)
        given = ({"id": found["id"]} if "id" in found else {}) | {"question": found.get("question")}
        question, narrowing = given["question"], _narrowing(number, found)
        return Asked(number, given, _answered(number, question, narrowing, ask))
    except UsageError as error:
        return Asked(number, given, error)


def _parsed(number: int, line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
        # Half a surrogate pair can be neither asked nor written; NaN is no JSON, but to Python.
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise UsageError(f"line {number} is no JSON: {error}", FORM) from error
    return found if isinstance(found, dict) else {"question": found}


def _narrowing(number: int, found: dict[str, Any]) -> Narrowing:
    """Which documents a line asks, where it says so: `in` and `since`."""
    narrowing: Narrowing = {}
    if (among := found.get("in")) is not None:
        narrowing["among"] = among = among if isinstance(among, list) else [among]
        if not all(isinstance(name, str) for name in among):
            raise UsageError(f"line {number} names no documents", 'write "in" like ["*.md"]')
    if (since := found.get("since")) is not None:
        narrowing["since"] = since
        if not isinstance(since, str):
            raise UsageError(f"line {number} has no date", 'write "since" like "2026-01-31"')
    return narrowing


def _answered(number: int, question: Any, narrowing: Narrowing, ask: Ask) -> Answer:
    if not isinstance(question, str) or not question.strip():
        raise UsageError(f"line {number} has no question", FORM)
    return ask(question.strip(), **narrowing)
