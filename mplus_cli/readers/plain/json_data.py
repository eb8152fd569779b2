"""JSON and JSON Lines as indented lines of names and values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from mplus_cli.errors import ReadError
from mplus_cli.readers.blocks import Blocks
from mplus_cli.readers.document import Document
from mplus_cli.readers.job import Job
from mplus_cli.readers.letters.encoding import decode
from mplus_cli.readers.plain.text import read_text

MAX_VALUES = 8_000_000
"""A value takes much more memory than its bytes."""
MAX_DEPTH = 100


def read_json(data: bytes, job: Job) -> Document:
    """A JSON value; places are names of the outer values and numbers of list items.

    What is no JSON after all, such as a file of settings with comments, is read as text.
    """
    try:
        value = parse(decode(data, job=job))
    except json.JSONDecodeError:
        return read_text(data, job)
    blocks = Blocks()
    if isinstance(value, dict):
        for key, inside in value.items():
            _outer(key, inside, blocks)
    elif isinstance(value, list):
        _items(value, blocks)
    else:
        blocks.paragraph(_scalar(value))
    return blocks.document("json", "item")


def read_json_lines(data: bytes, job: Job) -> Document:
    """JSON Lines, each value with the number of its line; with any other line, all is text."""
    text = decode(data, job=job)
    blocks = Blocks()
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                value = parse(line)
            except json.JSONDecodeError:
                return read_text(data, job)
            blocks.number = number
            blocks.opening("\n".join(lines_of(value)))
    return blocks.document("jsonl", "line")


def parse(text: str) -> Any:
    """The value of a JSON text. Raises `ReadError` where it would take too much memory."""
    if text.count(",") + text.count("[") + text.count("{") > MAX_VALUES:
        raise ReadError(f"too large: it holds more than {MAX_VALUES:,} values", "split it")
    try:
        return json.loads(
            text,
            parse_int=str,
            parse_float=str,
            parse_constant=str,
            object_pairs_hook=_object,
        )
    except RecursionError as error:
        raise _too_deep() from error


class _Repeating(dict[str, Any]):
    """An object that names a value more than once; all of them are its items."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self._pairs = pairs

    def items(self) -> Any:
        return self._pairs


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Repeating(pairs)


def _outer(key: str, value: Any, blocks: Blocks) -> None:
    blocks.number = None
    if not isinstance(value, dict | list):
        blocks.begin()
        blocks.paragraph(f"{key}: {_scalar(value)}", tight=True)
        return
    blocks.begin(key)
    if isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        blocks.opening(f"{key}:")
        _items(value, blocks)
    else:
        blocks.opening("\n".join([f"{key}:", *lines_of(value, 1)]))


def _items(values: list[Any], blocks: Blocks) -> None:
    for number, value in enumerate(values, start=1):
        blocks.number = number
        blocks.paragraph("\n".join(lines_of(value)), tight=not isinstance(value, dict | list))


def lines_of(value: Any, depth: int = 0) -> Iterator[str]:
    """The lines of a value: "name: value", with what lies inside indented."""
    if depth > MAX_DEPTH:
        raise _too_deep()
    indent = "  " * depth
    if not isinstance(value, dict | list):
        yield indent + _scalar(value)
        return
    named = (
        ((f"{key}:", one) for key, one in value.items())
        if isinstance(value, dict)
        else (("-", one) for one in value)
    )
    for key, inside in named:
        if isinstance(inside, dict | list):
            yield indent + key
            yield from lines_of(inside, depth + 1)
        else:
            yield f"{indent}{key} {_scalar(inside)}"


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _too_deep() -> ReadError:
    return ReadError(f"nested too deeply: more than {MAX_DEPTH} levels", "split it")
