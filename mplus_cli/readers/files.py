"""Find the files that paths, folders and globs on a command line stand for."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mplus_cli.readers.ignore import Pattern, Rules, is_ignored, mode_of, parse, rules_above, rules_in

_GLOB = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read; `named` where the user wrote its path or a glob for it, not only a folder above."""

    path: Path
    named: bool


def discover(paths: Sequence[str], ignore: Sequence[str] = (), base: Path | None = None) -> Iterator[Found]:
    """Yield each file once, in the order of the arguments and sorted within folders.

    Folders are walked without hidden entries, linked folders and what their `.gitignore` files or
    `ignore` (patterns in the same syntax, relative to the walked folder) leave out. Relative paths
    start at `base`, else at the working folder. What does not exist or cannot be listed is yielded
    too: `load` says what is wrong with it. Raises UsageError for a bad pattern in `ignore`.
    """
    extra = parse(ignore)
    seen = set()
    for argument in paths:
        for found in _expand(Path(argument) if base is None else base / argument, extra):
            # Unlike Path.resolve, this takes a link that leads to itself.
            real = os.path.realpath(found.path)
            if real not in seen:
                seen.add(real)
                yield found


def _expand(path: Path, extra: list[Pattern]) -> Iterator[Found]:
    if _is_folder(path):
        yield from _walk(path, extra)
    elif mode_of(path) == 0 and _GLOB.search(str(path)):
        yield from _glob(path, extra)
    else:
        yield Found(path, named=True)


def _is_folder(path: Path) -> bool:
    return stat.S_ISDIR(mode_of(path))


def _glob(pattern: Path, extra: list[Pattern]) -> Iterator[Found]:
    """Yield the matches themselves, then what lies in matching folders; the pattern if there is none."""
    matches = _matches(pattern, extra)
    for match in sorted(matches, key=_is_folder):
        yield from _walk(match, extra) if _is_folder(match) else [Found(match, named=True)]
    if not matches:
        yield Found(pattern, named=True)


def _matches(pattern: Path, extra: list[Pattern]) -> list[Path]:
    parts = pattern.parts
    fixed = next(number for number, part in enumerate(parts) if _GLOB.search(part))
    root = Path(*parts[:fixed])
    rules = [Rules(root, extra)]
    wants_hidden = any(part.startswith(".") for part in parts[fixed:])
    try:
        matches = sorted(root.glob("/".join(parts[fixed:])))
    except ValueError:  # such as a**b
        return []
    return [
        match
        for match in matches
        if (wants_hidden or not _is_hidden(match.relative_to(root))) and not _is_left_out(match, root, rules)
    ]


def _is_left_out(path: Path, root: Path, rules: list[Rules]) -> bool:
    """Say whether the rules ignore a path or a folder between it and the root."""
    above = [parent for parent in path.parents if parent.is_relative_to(root) and parent != root]
    return is_ignored(path, _is_folder(path), rules) or any(is_ignored(each, True, rules) for each in above)


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _walk(folder: Path, extra: list[Pattern]) -> Iterator[Found]:
    """Yield the files below a folder, depth first, each folder's entries by name."""
    real = folder.resolve()
    option = Rules(real, extra)
    pending = [(real, True, rules_above(real))]
    while pending:
        path, is_folder, rules = pending.pop()
        entries = _entries(path) if is_folder else None
        if entries is None:
            yield Found(folder / path.relative_to(real), named=False)
            continue
        rules = rules_in(path) + rules
        for entry in reversed(entries):
            child = path / entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if not is_ignored(child, is_folder, [option, *rules]):
                pending.append((child, is_folder, rules))


def _entries(folder: Path) -> list[os.DirEntry[str]] | None:
    """Return the visible files and folders by name, or None where the folder cannot be listed."""
    try:
        with os.scandir(folder) as entries:
            kept = [entry for entry in entries if not entry.name.startswith(".") and _is_wanted(entry)]
    except OSError:
        return None
    return sorted(kept, key=lambda entry: entry.name)


def _is_wanted(entry: os.DirEntry[str]) -> bool:
    """Say whether an entry is a folder or a file, or a link to a file."""
    try:
        return entry.is_dir(follow_symlinks=False) or entry.is_file()
    except OSError:  # a link that leads to itself
        return False
