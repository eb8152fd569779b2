"""Generations as callers see them, and as they can be looked at while others collect."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from mplus_cli.errors import UsageError
from store import records
from store.errors import DamagedError
from store.index.reader import Index

if TYPE_CHECKING:
    from mplus_cli.results.history import Generation

T = TypeVar("T")

LAST = "last"
_READ_AGAIN = 3
_DIGITS = 19  # SQLite has no larger numbers
SEE = "see what there is with: mplus log"


def find_generation(index: Index, name: str | int) -> records.Generation:
    """A generation by number, tag or `last`. Raises `UsageError`."""
    name = str(name)
    is_number = name.isascii() and name.isdigit() and len(name) < _DIGITS
    number = int(name) if is_number else index.tags().get(name)
    generation = None
    if name == LAST or number is not None:
        generation = index.generation(None if name == LAST else number)
    if generation is None:
        raise UsageError(f"there is no generation {name if name.strip() else repr(name)}", SEE)
    return generation


def all_seen(index: Index) -> list[Generation]:
    """All generations as callers see them, newest first."""
    rows = index.generations()
    return _seen(index, rows, {row.id: row.identity for row in rows})


def newest_seen(index: Index) -> Generation | None:
    """The newest generation as callers see it; None before the first."""
    row = index.generation()
    if row is None:
        return None
    parent = index.generation(row.parent) if row.parent else None
    return _seen(index, [row], {parent.id: parent.identity} if parent else {})[0]


def _seen(
    index: Index, rows: Sequence[records.Generation], identities: Mapping[int, str]
) -> list[Generation]:
    from mplus_cli.results.history import Generation

    tags, specs = index.tags(), index.specs()
    return [
        Generation(
            **vars(row),
            tags=tuple(tag for tag, number in tags.items() if number == row.id),
            model=specs[row.identity].model if row.identity in specs else "",
            switched=identities.get(row.parent or 0, row.identity) != row.identity,
            piece=specs[row.identity].piece if row.identity in specs else "vector",
        )
        for row in rows
    ]


def unless_collected(read: Callable[[], T]) -> T:
    """What `read` gives, read again where another process has collected meanwhile.

    For short looks, which hold no lock: the state file of a generation may be gone when the index
    has just named it, and with it the generation. Raises what `read` raises if it does so always.
    """
    for _ in range(_READ_AGAIN):
        with suppress(DamagedError):
            return read()
    return read()
