"""Records from what JSON and SQLite give, with every field of its type."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, TypeVar

T = TypeVar("T")


def made(kind: type[T], found: dict[str, Any]) -> T:
    """A dataclass of its fields. Raises `TypeError` where one is missing, unknown or of another
    type.
    """
    values = dict(found)
    for field in fields(kind):  # type: ignore[arg-type]
        declared = str(field.type)
        if declared.startswith("tuple") and isinstance(values.get(field.name), list):
            values[field.name] = tuple(values[field.name])
        if field.name in values and not _fits(values[field.name], declared):
            raise TypeError(f"{field.name} is {values[field.name]!r}")
    return kind(**values)


def _fits(value: Any, declared: str) -> bool:
    """Whether a value is of a type as it is written; no number is negative or too large for
    SQLite.
    """
    if declared.endswith(" | None"):
        return value is None or _fits(value, declared.removesuffix(" | None"))
    if declared.startswith(("list[", "tuple[")):
        element = declared.partition("[")[2].rstrip("]").removesuffix(", ...")
        return isinstance(value, list | tuple) and all(_fits(each, element) for each in value)
    return type(value).__name__ == declared and (declared != "int" or 0 <= value < 1 << 63)
