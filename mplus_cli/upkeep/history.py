"""The generations of a memory: finding one by name, going back, comparing, naming."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mplus_cli.errors import UsageError
from mplus_cli.results.history import Diff, DocumentDiff, Generation
from mplus_cli.upkeep.generations import (
    LAST,
    SEE,
    all_seen,
    find_generation,
    newest_seen,
    unless_collected,
)
from store import records
from store.home import Home
from store.index.reader import Index

if TYPE_CHECKING:
    from store.kinds.holdings import Held

_TAG = re.compile(r"[A-Za-z][\w.-]*")


def log(path: Path) -> list[Generation]:
    """All generations, newest first. Raises `NoMemoryError`, `DamagedError`."""
    with closing(Index.open(Home(path))) as index, index.snapshot():
        return all_seen(index)


def newest(path: Path) -> Generation | None:
    """The newest generation; None before the first. Raises `NoMemoryError`, `DamagedError`."""
    with closing(Index.open(Home(path))) as index, index.snapshot():
        return newest_seen(index)


def paths(path: Path) -> list[str]:
    """The paths of the documents of the newest generation. Raises as `newest` does."""
    with closing(Index.open(Home(path))) as index, index.snapshot():
        generation = index.generation()
        return [each.path for each in index.documents(generation.id)] if generation else []


def roll_back(path: Path, timeout_s: float, name: str | int) -> tuple[int, Generation]:
    """Go back to what a generation held, by a new one; the number found, and the new one.

    Where it holds what the last one holds, nothing is made, and the last one is given.
    """
    from store.change import change
    from store.collect import commit_in_little_room

    with change(path, "rollback", timeout_s) as opened:
        goal = find_generation(opened.index, name)
        opened.roll_back(goal)
        commit_in_little_room(opened)
        return goal.id, all_seen(opened.index)[0]


def tag(path: Path, timeout_s: float, name: str, generation: str | int | None) -> int:
    """Name a generation, or with None take the name away; its number. Raises `UsageError`."""
    if not _TAG.fullmatch(name) or name == LAST:
        raise UsageError(
            f"{name!r} can't be a tag", "begin with a letter, go on with letters, digits, . _ or -"
        )
    from store.change import change

    with change(path, "tag", timeout_s) as opened:
        tags = opened.index.tags()
        if generation is None:
            if name not in tags:
                raise UsageError(f"there is no tag {name}", SEE)
            number = tags[name]
        else:
            number = find_generation(opened.index, generation).id
        opened.index.set_tag(name, None if generation is None else number)
        return number


def diff(path: Path, first: str | int, second: str | int) -> Diff:
    """Compare what two generations hold. Raises `UsageError`, `DamagedError`."""
    home = Home(path)
    with closing(Index.open(home)) as index:

        def read() -> list[tuple[records.Generation, _Held]]:
            ends = [find_generation(index, name) for name in (first, second)]
            return [(end, _held(home, index, end)) for end in ends]

        (before, old), (after, new) = unless_collected(read)
    return Diff(
        before=before.id,
        after=after.id,
        tokens=(before.tokens, after.tokens),
        pool_vectors=(before.pool_vectors, after.pool_vectors),
        ltm_vectors=(before.ltm_vectors, after.ltm_vectors),
        documents=tuple(
            _compared(path, old.rows.get(path), new.rows.get(path))
            for path in sorted({**old.rows, **new.rows})
        ),
        slots=(old.slots, new.slots),
    )


_Row = tuple[records.DocumentRow, "Held"]


@dataclass(frozen=True)
class _Held:
    """Path -> a document and what it has in a generation; slots in use."""

    rows: dict[str, _Row]
    slots: int


def _held(home: Home, index: Index, generation: records.Generation) -> _Held:
    from store.kinds import kind_of
    from store.state_files import read_state

    with index.snapshot():
        spec = index.spec(generation)
        documents = index.documents(generation.id)
        state = read_state(home, index, generation, spec)
    holdings = kind_of(spec).holdings(state, [(each.id, each.chunks) for each in documents])
    held = holdings.by_document()
    rows = {document.path: (document, held[document.id]) for document in documents}
    return _Held(rows, holdings.slots)


def _compared(path: str, before: _Row | None, after: _Row | None) -> DocumentDiff:
    if before is None or after is None:
        word = "added" if before is None else "removed"
    else:
        word = "same" if before[0].sha256 == after[0].sha256 else "changed"
    tokens = (before[0].tokens if before else 0, after[0].tokens if after else 0)
    pool, longterm, slots = zip(_held_by(before), _held_by(after), strict=True)
    return DocumentDiff(path, word, tokens, pool, longterm, slots)


def _held_by(row: _Row | None) -> tuple[float, float, float]:
    """Vectors in the pool and in the long-term memory, and slots."""
    if row is None:
        return 0.0, 0.0, 0.0
    held = row[1]
    return round(held.pool, 2), round(held.longterm, 2), round(held.slots, 2)
