"""The files that paths, folders and globs on a command line stand for."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mplus_cli.inputs.ignore import (
    Pattern,
    Rules,
    Scope,
    folder_path,
    is_left_out,
    mode_of,
    parse,
    scope_of,
)
from mplus_cli.inputs.selection import Selection
from mplus_cli.results.runs import LINKED

_GLOB = re.compile(r"[*?\[]")
# A folder with these is a memory; its own files are no documents.
_MEMORY = {"memory.json", "index.db"}


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read; `named`: the user wrote its path or a glob for it, not a folder above."""

    path: Path
    named: bool


Report = Callable[[Path, str], None]
"""Is told what was passed over in a folder, and why."""


def _silent(path: Path, reason: str) -> None:
    pass


def discover(
    paths: Sequence[str],
    selection: Selection | None = None,
    base: Path | None = None,
    passed: Report = _silent,
) -> Iterator[Found]:
    """Each file once, in the order of the arguments and sorted within folders.

    Folders are walked without linked folders, memories, and what the selection (its patterns are
    relative to the walked folder), `.mplusignore` files or git's files of patterns leave out. A
    file with several hard links comes under each of its names. Relative paths start at `base`, else
    at the working folder. What does not exist or can't be listed comes too: `load` says what is
    wrong with it. Raises `UsageError` for a bad pattern.
    """
    search = _Search(selection or Selection(), passed)
    seen = set()
    for argument in paths:
        for found in search.expand(Path(argument) if base is None else base / argument):
            # Unlike Path.resolve, this takes a link that leads to itself.
            real = os.path.realpath(found.path)
            if real not in seen:
                seen.add(real)
                yield found


def is_glob(name: str) -> bool:
    """Whether a name has wildcards and is not itself the name of something."""
    return mode_of(Path(name)) == 0 and _GLOB.search(name) is not None


def fixed_part(pattern: Path) -> Path:
    """The folder that a glob starts from."""
    fixed = next(number for number, part in enumerate(pattern.parts) if _GLOB.search(part))
    return Path(*pattern.parts[:fixed])


class _Search:
    """Files under the paths of one command line."""

    def __init__(self, selection: Selection, passed: Report) -> None:
        self._selection = selection
        self._patterns: list[Pattern] = parse(selection.ignore)
        self._passed = passed

    def expand(self, path: Path) -> Iterator[Found]:
        if _is_folder(path):
            yield from self._walk(path)
        elif is_glob(str(path)):
            yield from self._glob(path)
        else:
            yield Found(path, named=True)

    def _glob(self, pattern: Path) -> Iterator[Found]:
        """The matches, then what lies in matching folders; the pattern itself if there are none."""
        matches = self._matches(pattern)
        for match in sorted(matches, key=_is_folder):
            if _is_folder(match):
                yield from self._walk(match)
            elif self._selection.has_extension(match.name):
                yield Found(match, named=True)
        if not matches:
            yield Found(pattern, named=True)

    def _matches(self, pattern: Path) -> list[Path]:
        root = fixed_part(pattern)
        parts = pattern.parts[len(root.parts) :]
        top = folder_path(root.absolute())
        rules = [Rules(top, self._patterns)]
        wants_hidden = any(part.startswith(".") for part in parts)
        try:
            matches = sorted(root.glob("/".join(parts)))
        except ValueError:  # such as a**b
            return []
        return [
            match
            for match in matches
            if (
                wants_hidden
                or not any(map(self._selection.is_hidden, match.relative_to(root).parts))
            )
            and not is_left_out(os.fsencode(match.absolute()), _is_folder(match), top, rules)
        ]

    def _walk(self, folder: Path) -> Iterator[Found]:
        """The files below a folder, depth first, each folder's entries by name."""
        real = folder.resolve()
        scope: Scope | None = scope_of(real, self._patterns)
        pending = [(str(real), str(folder), scope)]
        while pending:
            path, shown, scope = pending.pop()
            entries = _entries(path) if scope is not None else None
            if scope is None or entries is None:
                yield Found(Path(shown), named=False)
                continue
            names = {entry.name for entry in entries}
            if names >= _MEMORY:
                self._passed(Path(shown), "a memory of mplus")
                continue
            scope = scope.entered(Path(path), names)
            wanted: list[tuple[str, str, Scope | None]] = []
            for entry in entries:
                is_folder = entry.is_dir(follow_symlinks=False)
                reason = self._reason(entry, is_folder, scope)
                below = f"{shown.removesuffix(os.sep)}{os.sep}{entry.name}"
                if reason is None:
                    wanted.append((entry.path, below, scope if is_folder else None))
                else:
                    self._passed(Path(below), reason)
            pending.extend(reversed(wanted))

    def _reason(self, entry: os.DirEntry[str], is_folder: bool, scope: Scope) -> str | None:
        """Why an entry of a folder is passed over; None where it is wanted."""
        if self._selection.is_hidden(entry.name):
            return "hidden"
        if scope.ignores(os.fsencode(entry.path), is_folder):
            return "ignored by a pattern"
        if not is_folder and not _leads_to_file(entry):
            return LINKED if _leads_to_folder(entry) else "not a file"
        if not is_folder and not self._selection.has_extension(entry.name):
            return "another extension"
        return None


def _is_folder(path: Path) -> bool:
    return stat.S_ISDIR(mode_of(path))


def _entries(folder: str) -> list[os.DirEntry[str]] | None:
    """A folder's entries by name, or None where it can't be listed."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return None


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _leads_to_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link that leads to itself
        return False
