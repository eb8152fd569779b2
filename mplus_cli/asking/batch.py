"""Many questions to one memory: lines of JSON -> answers, or what is wrong with a line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mplus_cli.errors import UsageError
from mplus_cli.results import Answer

Ask = Callable[[str], Answer]
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
        return Asked(number, given, _answered(number, given["question"], ask))
    except UsageError as error:
        return Asked(number, given, error)


def _parsed(number: int, line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
        json.dumps(
            found, ensure_ascii=False
        ).encode()  # half a surrogate pair can be neither asked nor written
    except (ValueError, RecursionError) as error:
        raise UsageError(f"line {number} is no JSON: {error}", FORM) from error
    return found if isinstance(found, dict) else {"question": found}


def _answered(number: int, question: Any, ask: Ask) -> Answer:
    if not isinstance(question, str) or not question.strip():
        raise UsageError(f"line {number} has no question", FORM)
    return ask(question.strip())
