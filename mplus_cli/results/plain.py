"""Records as JSON can take them, under the names that `--json` has had from the start, and back."""

from __future__ import annotations

import dataclasses
import math
import types
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

# By the names of their classes, so that none need be loaded for it.
_NAMES = {
    "Alternative": {"text": "answer"},
    "Answer": {"text": "answer"},
    "Diff": {"before": "from", "after": "to"},
}


def plain(value: Any) -> Any:
    """A record, or anything that holds records, as dicts, lists and plain values."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = _NAMES.get(type(value).__name__, {})
        fields = (field.name for field in dataclasses.fields(value))
        return {names.get(name, name): plain(getattr(value, name)) for name in fields}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def record(kind: type[T], value: Any) -> T:
    """The record of a kind that `plain` made this of; fields that the kind has not are left out.

    Raises `ValueError` for what is none: it may come from anywhere.
    """
    found: T = _made(kind, value)
    return found


def _made(kind: Any, value: Any) -> Any:
    if dataclasses.is_dataclass(kind):
        return _record(kind, value)
    make = _MAKERS.get(get_origin(kind) or kind)
    return _need(kind, value) if make is None else make(get_args(kind), value)


def _record(kind: Any, value: Any) -> Any:
    names = _NAMES.get(kind.__name__, {})
    given, types_of = _need(dict, value), _types_of(kind)
    known = {name: given[key] for name in types_of if (key := names.get(name, name)) in given}
    try:
        return kind(**{name: _made(types_of[name], item) for name, item in known.items()})
    except TypeError as error:  # a field is missing
        raise ValueError(f"no {kind.__name__}: {error}") from error


@cache
def _types_of(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def _optional(inner: tuple[Any, ...], value: Any) -> Any:
    [one] = (each for each in inner if each is not type(None))
    return None if value is None and len(inner) > 1 else _made(one, value)


def _tuple(inner: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    items = _need(list, value)
    if inner[-1:] == (...,):
        return tuple(_made(inner[0], item) for item in items)
    return tuple(_made(one, item) for one, item in zip(inner, items, strict=True))


def _need(kind: Any, value: Any) -> Any:
    """A value that is of a kind; a dict as its items. Numbers are no bools."""
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"{value!r:.100} where {kind} was to be")
    return value


def _list(inner: tuple[Any, ...], value: Any) -> list[Any]:
    return [_made(inner[0], item) for item in _need(list, value)]


def _dict(inner: tuple[Any, ...], value: Any) -> dict[Any, Any]:
    key, item = inner
    return {_made(key, each): _made(item, of) for each, of in _need(dict, value).items()}


def _float(inner: tuple[Any, ...], value: Any) -> float:
    try:
        found = float(_need((int, float), value))
    except OverflowError as error:
        raise ValueError("a number that is too large") from error
    if not math.isfinite(found):  # Python's JSON takes these, and nothing can be told from them
        raise ValueError(f"{found} where a number was to be")
    return found


_MAKERS: dict[Any, Callable[[tuple[Any, ...], Any], Any]] = {
    Union: _optional,
    types.UnionType: _optional,
    tuple: _tuple,
    list: _list,
    Sequence: _list,
    dict: _dict,
    Mapping: _dict,
    Path: lambda inner, value: Path(_need(str, value)),
    float: _float,
}
