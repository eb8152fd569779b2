"""Records from what JSON and SQLite give, with every field of its type."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


def made(kind: type[T], found: dict[str, Any]) -> T:
    """A dataclass of its fields. Raises `TypeError` where one is missing, unknown or of another
    type.
    """
    values = dict(found)
    for name, declared, is_tuple in _declared(kind):  # type: ignore[arg-type]
        if name not in values:
            continue
        if is_tuple and isinstance(values[name], list):
            values[name] = tuple(values[name])
        if not _fits(values[name], declared):
            raise TypeError(f"{name} is {values[name]!r}")
    return kind(**values)


@cache
def _declared(kind: Any) -> tuple[tuple[str, str, bool], ...]:
    """Fields with their types, as they are written, and whether that is a tuple."""
    types = ((field.name, str(field.type)) for field in fields(kind))
    return tuple((name, declared, declared.startswith("tuple")) for name, declared in types)


def _fits(value: Any, declared: str) -> bool:
    """Whether a value is of a type as it is written; no number is negative or too large for
    SQLite.
    """
    if type(value).__name__ == declared:
        return declared != "int" or 0 <= value < 1 << 63
    if declared.endswith(" | None"):
        return value is None or _fits(value, declared.removesuffix(" | None"))
    if declared.startswith(("list[", "tuple[")):
        element = declared.partition("[")[2].rstrip("]").removesuffix(", ...")
        return isinstance(value, list | tuple) and all(_fits(each, element) for each in value)
    return False
