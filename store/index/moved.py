"""A memory that lies elsewhere than before, and the files that moved along with it.

Paths are kept as they were read: absolute. So that a project can be renamed, copied to another
machine or mounted elsewhere with the memory in it, the index remembers where the memory lay. Where
it lies elsewhere now, and the files lie beside it as before, their paths are carried over: in what
is read at once, in the index by the next command that writes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_GIT = "git:"  # begins the names of what lies in repositories: git:FOLDER@REVISION


@dataclass(frozen=True)
class Move:
    """A tree of files that had the path `before`, and has the path `after` now."""

    before: str
    after: str

    def carried(self, name: str) -> str:
        """A path, a glob or the name of a git revision as it is now; another name as it is."""
        if name.startswith(_GIT):
            return _GIT + self._carried(name.removeprefix(_GIT), "@")
        return self._carried(name)

    def _carried(self, name: str, end: str = "") -> str:
        rest = name[len(self.before) :]
        old, new = _separator(self.before), _separator(self.after)
        if not name.startswith(self.before) or (rest and rest[0] not in old + end):
            return name
        path, at, revision = rest.partition(end) if end else (rest, "", "")
        return self.after + path.replace(old, new) + at + revision


def place_of(memory: Path) -> str:
    """The folder that a memory lies in, as the index keeps it: what moves along lies below."""
    real = os.path.realpath(memory.parent)
    return os.fsencode(real).decode("utf-8", "backslashreplace")


def find_move(
    before: str, now: str, roots: Iterable[str], files: Sequence[str]
) -> tuple[Move | None, bool]:
    """How files moved along with a memory that lay in the folder `before`, None where they did not;
    and whether that is certain.

    roots: what was named to be read; the tree that moves is the one that holds the memory, where
    one was named, else the folder it lies in. Files moved along where some lie there now, and no
    more than twice as many where they were: of a copy both may. Where none lies in either place,
    they may still come.
    """
    if before == now or _is_same(before, now):
        return None, before == now
    move = _widest(before, now, roots)
    inside = [file for file in files if move.carried(file) != file]
    there = sum(os.path.lexists(move.carried(file)) for file in inside)
    still = sum(os.path.lexists(file) for file in inside)
    if there and 2 * there >= still:
        return move, True
    return None, bool(still) or not inside


def _widest(before: str, now: str, roots: Iterable[str]) -> Move:
    widest = Move(before, now)
    for root in roots:
        tail = before.removeprefix(root)
        holds = tail != before and tail.startswith(_separator(root))
        if holds and now.endswith(tail) and len(root) < len(widest.before):
            widest = Move(root, now.removesuffix(tail))
    return widest


def _is_same(before: str, now: str) -> bool:
    """Whether two paths lead to one folder, as where it is mounted twice."""
    try:
        return Path(before).samefile(now)
    except OSError:
        return False


def _separator(path: str) -> str:
    return "/" if "/" in path else "\\"
