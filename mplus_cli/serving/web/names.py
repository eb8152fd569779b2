"""Documents by name: what a server tells of where files lie.

Only with `--show-paths` it tells the folders of its disk; else the last part of each path, and of
paths that end alike the folders that tell them apart, as far as they are below the one that has all
of these in it.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

from mplus_cli.results.plain import plain
from mplus_cli.serving.ways import HTTP, HTTP_ELSE, way_out
from store.errors import MplusError

if TYPE_CHECKING:
    from mplus_cli.api import Memory

# Fields of records that name files, and those whose sentences may.
_NAMES = {
    *("path", "paths", "copies", "memory", "model", "before", "added", "changed", "removed"),
    *("gone", "linked", "file"),
}
_SENTENCES = {"reason", "hint", "message", "notes", "why"}
_FOLDERS = re.compile(r"(?<![\w/:.])(?:[A-Za-z]:)?(?:[/\\][^\s/\\:;,()'\"]+)*[/\\](?=[^\s/\\])")
_NEAR = re.compile(r"^there is [^;]*; ")  # documents with names like the one that was asked for


class Names:
    """How documents of a memory are called."""

    def __init__(self, memory: Memory, shows_paths: bool) -> None:
        self._memory, self.shows_paths = memory, shows_paths
        self._turn = threading.Lock()
        self._generation: object = None
        self._apart: Mapping[str, str] = {}

    async def look(self) -> None:
        """Take notice of the documents that there are now, before some of them are named."""
        if not self.shows_paths:
            with suppress(MplusError):  # there is none yet, or it is told by what is asked for
                await asyncio.to_thread(self._look)

    def _look(self) -> None:
        newest = self._memory.newest()
        generation = newest and (newest.id, newest.created_at)
        with self._turn:  # who comes meanwhile finds it done
            if generation != self._generation:
                self._apart = told_apart(self._memory.paths())
                self._generation = generation

    def name(self, path: str) -> str:
        """A path as it is told; names of texts and addresses as they are."""
        return path if self.shows_paths else self._apart.get(path, name_of(path))

    def sentence(self, said: str) -> str:
        """A sentence that may have paths in it."""
        return said if self.shows_paths else without_folders(said)

    def named(self, value: Any) -> Any:
        """A record, or anything that holds records, as JSON."""
        return self._told(plain(value))

    def _told(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._field(key, item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._told(item) for item in value]
        return value

    def _field(self, key: str, value: Any) -> Any:
        if isinstance(value, list) and key in _NAMES | _SENTENCES:
            return [self._field(key, item) for item in value]
        if not isinstance(value, str):
            return self._told(value)
        if key == "hint":
            value = way_out(value, HTTP, HTTP_ELSE)
        if key in _SENTENCES:
            return self.sentence(value)
        return self.name(value) if key in _NAMES else value


def told_apart(paths: Iterable[str]) -> dict[str, str]:
    """Paths of this disk whose last part several have -> as much of their end as tells them apart,
    at most what is below the folder that has all of them in it.
    """
    alike = defaultdict[str, dict[str, tuple[str, ...]]](dict)
    for path in paths:
        if parts := _parts(path):
            alike[parts[-1]][path] = parts
    found = dict[str, str]()
    for same in alike.values():
        if len(same) > 1:
            below = len(_common(same.values()))
            lengths = _apart(list(same.values()))
            found |= {
                path: "/".join(parts[max(below, len(parts) - lengths[parts]) :])
                for path, parts in same.items()
            }
    return found


def _apart(paths: list[tuple[str, ...]]) -> dict[tuple[str, ...], int]:
    """How many parts of the end of each path no other one has."""
    found, length = dict[tuple[str, ...], int](), 1
    while len(found) < len(paths):
        length += 1
        ends = Counter(parts[-length:] for parts in paths)
        for parts in paths:
            if ends[parts[-length:]] == 1 or length >= len(parts):
                found.setdefault(parts, length)
    return found


def _common(paths: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The parts with which all of them begin."""
    first, *others = paths
    for at, part in enumerate(first):
        if any(each[at : at + 1] != (part,) for each in others):
            return first[:at]
    return first


def _parts(path: str) -> tuple[str, ...]:
    """The parts of a path of this disk; nothing for other names."""
    kinds = (PurePosixPath(path), PureWindowsPath(path))
    return next((each.parts for each in kinds if each.is_absolute()), ())


def name_of(path: str) -> str:
    """The last part of a path of this disk; other names (of texts, addresses) as they are."""
    return (_parts(path) or (path,))[-1]


def without_folders(sentence: str) -> str:
    """A sentence in which paths of this disk have their last part alone."""
    return _FOLDERS.sub("", _NEAR.sub("", sentence))
