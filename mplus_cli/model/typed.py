"""Fields of a description: whether their values can be, and which are not at their defaults."""

from __future__ import annotations

import math
from dataclasses import fields
from functools import cache
from types import UnionType
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

MOST = (1 << 63) - 1  # that a number of a description can be


def need_types(section: Any) -> None:
    """Raise `ValueError` where a field of a section has a value that it can't have."""
    for name, declared in _declared(section.__class__).items():
        value = getattr(section, name)
        if not _fits(value, declared):
            said = f"says that {name} is {str(value)[:40]!r}"
            later = get_origin(declared) is Literal and isinstance(value, str)
            raise ValueError(said) if later else OfAnotherTypeError(said)


@cache  # a look compiles every annotation, and configs are read often
def _declared(section: type) -> dict[str, Any]:
    return get_type_hints(section)


class OfAnotherTypeError(ValueError):
    """A field's value is none that it can have."""


def _fits(value: object, declared: Any) -> bool:
    """Whether a value is of a type; counts are not negative, numbers are finite."""
    origin, of = get_origin(declared), get_args(declared)
    if origin is Literal:
        return value in of
    if origin is UnionType:
        return any(_fits(value, each) for each in of)
    if origin is tuple:
        return type(value) is tuple and all(_fits(each, of[0]) for each in value)
    if origin is dict:
        return type(value) is dict and all(
            _fits(each, str) for pair in value.items() for each in pair
        )
    if declared is float:
        return type(value) in (int, float) and math.isfinite(cast(float, value))
    return type(value) is declared and (declared is not int or 0 <= cast(int, value) <= MOST)


def beside_defaults(section: Any) -> dict[str, Any]:
    """The fields of a section that are not at their defaults."""
    return {
        item.name: value
        for item in fields(section)
        if (value := getattr(section, item.name)) != item.default
    }
