"""The files that paths, folders and globs on a command line stand for."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from mplus_cli.inputs.ignore import (
    Pattern,
    Rules,
    is_ignored,
    mode_of,
    parse,
    rules_above,
    rules_in,
)
from mplus_cli.inputs.selection import Selection

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

    Folders are walked without linked folders, memories, and what their `.gitignore` and
    `.mplusignore` files or the selection (its patterns are relative to the walked folder) leave
    out. A file with several hard links comes under each of its names. Relative paths start at
    `base`, else at the working folder. What does not exist or can't be listed comes too: `load`
    says what is wrong with it. Raises `UsageError` for a bad pattern.
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
        rules = [Rules(root, self._patterns)]
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
            and not is_left_out(match, _is_folder(match), root, rules)
        ]

    def _walk(self, folder: Path) -> Iterator[Found]:
        """The files below a folder, depth first, each folder's entries by name."""
        real = folder.resolve()
        option = Rules(real, self._patterns)
        pending = [(real, True, rules_above(real))]
        while pending:
            path, is_folder, rules = pending.pop()
            shown = folder / path.relative_to(real)
            if not is_folder:
                yield Found(shown, named=False)
                continue
            entries = _entries(path)
            if entries is None:
                yield Found(shown, named=False)
                continue
            if {entry.name for entry in entries} >= _MEMORY:
                self._passed(shown, "a memory of mplus")
                continue
            rules = rules_in(path) + rules
            for entry in reversed(entries):
                reason = self._reason(entry, path, [option, *rules])
                if reason is None:
                    pending.append((path / entry.name, entry.is_dir(follow_symlinks=False), rules))
                else:
                    self._passed(shown / entry.name, reason)

    def _reason(self, entry: os.DirEntry[str], folder: Path, rules: list[Rules]) -> str | None:
        """Why an entry of a folder is passed over; None where it is wanted."""
        is_folder = entry.is_dir(follow_symlinks=False)
        if self._selection.is_hidden(entry.name):
            return "hidden"
        if not is_folder and not _leads_to_file(entry):
            return "not a file, or a link to a folder"
        if is_ignored(folder / entry.name, is_folder, rules):
            return "ignored by a pattern"
        if not is_folder and not self._selection.has_extension(entry.name):
            return "another extension"
        return None


def is_left_out(path: PurePath, is_folder: bool, root: PurePath, rules: Sequence[Rules]) -> bool:
    """Whether the rules ignore a path, or a folder between it and the root.

    Rules of folders come deepest first.
    """

    def judged(each: PurePath, as_folder: bool) -> bool:
        return is_ignored(each, as_folder, [rule for rule in rules if rule.folder in each.parents])

    above = [parent for parent in path.parents if parent.is_relative_to(root) and parent != root]
    return any(judged(each, True) for each in above) or judged(path, is_folder)


def _is_folder(path: Path) -> bool:
    return stat.S_ISDIR(mode_of(path))


def _entries(folder: Path) -> list[os.DirEntry[str]] | None:
    """A folder's entries by name, or None where it can't be listed."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return None


def _leads_to_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link that leads to itself
        return False
