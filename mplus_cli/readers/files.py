"""Find the files that paths, folders and globs on a command line stand for."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore import GitIgnorePatternError

from mplus_cli.errors import UsageError

# pathspec lets re.error through for ranges such as [z-a].
_BAD_PATTERN = (GitIgnorePatternError, re.error)
_GLOB = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read; `named` where the user wrote its path or a glob for it, not only a folder above."""

    path: Path
    named: bool


@dataclass(frozen=True, slots=True)
class _Rules:
    """Patterns in gitignore syntax and the folder they are relative to."""

    folder: Path
    spec: GitIgnoreSpec

    def verdict(self, path: Path, is_folder: bool) -> bool | None:
        """Return whether the path is ignored, or None where no pattern speaks of it."""
        relative = path.relative_to(self.folder).as_posix()
        return self.spec.check_file(f"{relative}/" if is_folder else relative).include


def discover(paths: Sequence[str], ignore: Sequence[str] = (), base: Path | None = None) -> Iterator[Found]:
    """Yield each file once, in the order of the arguments and sorted within folders.

    Folders are walked without hidden entries, linked folders and what their `.gitignore` files or
    `ignore` (patterns in the same syntax, relative to the walked folder) leave out. Relative paths
    start at `base`, else at the working folder. What does not exist or cannot be listed is yielded
    too: `load` says what is wrong with it. Raises UsageError for a bad pattern in `ignore`.
    """
    extra = _spec_of_option(ignore)
    seen = set()
    for argument in paths:
        for found in _expand(Path(argument) if base is None else base / argument, extra):
            # Unlike Path.resolve, this takes a link that leads to itself.
            real = os.path.realpath(found.path)
            if real not in seen:
                seen.add(real)
                yield found


def _spec_of_option(patterns: Sequence[str]) -> GitIgnoreSpec:
    try:
        return GitIgnoreSpec.from_lines(patterns)
    except _BAD_PATTERN as error:
        raise UsageError(
            f"cannot ignore by these patterns: {error}", "Patterns are those of .gitignore files."
        ) from error


def _expand(path: Path, extra: GitIgnoreSpec) -> Iterator[Found]:
    if _is_folder(path):
        yield from _walk(path, extra)
    elif _mode(path) == 0 and _GLOB.search(str(path)):
        yield from _glob(path, extra)
    else:
        yield Found(path, named=True)


def _mode(path: Path) -> int:
    """Return the mode of what a path leads to, 0 where it leads to nothing."""
    try:
        return path.stat().st_mode
    except OSError:
        return 0


def _is_folder(path: Path) -> bool:
    return stat.S_ISDIR(_mode(path))


def _glob(pattern: Path, extra: GitIgnoreSpec) -> Iterator[Found]:
    """Yield the matches themselves, then what lies in matching folders; the pattern if there is none."""
    matches = _matches(pattern, extra)
    folders = [match for match in matches if _is_folder(match)]
    for match in matches:
        if match not in folders:
            yield Found(match, named=True)
    for folder in folders:
        yield from _walk(folder, extra)
    if not matches:
        yield Found(pattern, named=True)


def _matches(pattern: Path, extra: GitIgnoreSpec) -> list[Path]:
    parts = pattern.parts
    fixed = next(number for number, part in enumerate(parts) if _GLOB.search(part))
    root = Path(*parts[:fixed])
    rules = (_Rules(root, extra),)
    wants_hidden = any(part.startswith(".") for part in parts[fixed:])
    try:
        matches = sorted(root.glob("/".join(parts[fixed:])))
    except ValueError:  # such as a**b
        return []
    return [
        match
        for match in matches
        if (wants_hidden or not _is_hidden(match.relative_to(root)))
        and not _is_ignored(match, _is_folder(match), rules)
    ]


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _walk(folder: Path, extra: GitIgnoreSpec) -> Iterator[Found]:
    """Yield the files below a folder, depth first, each folder's entries by name."""
    real = folder.resolve()
    option = _Rules(real, extra)
    pending = [(real, True, _rules_above(real))]
    while pending:
        path, is_folder, rules = pending.pop()
        entries = _entries(path) if is_folder else None
        if entries is None:
            yield Found(folder / path.relative_to(real), named=False)
            continue
        rules = (*_rules_in(path), *rules)
        for entry in reversed(entries):
            child = path / entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if not _is_ignored(child, is_folder, (option, *rules)):
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


def _is_ignored(path: Path, is_folder: bool, rules: Iterable[_Rules]) -> bool:
    """Follow the first of the rules that speaks of the path."""
    verdicts = (rule.verdict(path, is_folder) for rule in rules)
    return next((verdict for verdict in verdicts if verdict is not None), False)


def _rules_in(folder: Path) -> tuple[_Rules, ...]:
    path = folder / ".gitignore"
    if not stat.S_ISREG(_mode(path)):
        return ()
    try:
        lines = path.read_text("utf-8-sig", "replace").splitlines()
    except OSError:
        return ()
    return (_Rules(folder, GitIgnoreSpec.from_lines(filter(_is_pattern, lines))),)


def _is_pattern(line: str) -> bool:
    """Say whether git would take a line for a pattern; it passes over the others in silence."""
    try:
        GitIgnoreSpec.from_lines([line])
    except _BAD_PATTERN:
        return False
    return True


def _rules_above(folder: Path) -> tuple[_Rules, ...]:
    """Return the rules of the git repository around a folder, nearest first.

    None for a folder that they ignore: whoever names it wants it.
    """
    if _is_repository(folder):
        return ()
    parents = list(folder.parents)
    top = next((number for number, parent in enumerate(parents) if _is_repository(parent)), -1)
    rules = tuple(rule for parent in parents[: top + 1] for rule in _rules_in(parent))
    return () if _is_ignored(folder, True, rules) else rules


def _is_repository(folder: Path) -> bool:
    return _mode(folder / ".git") != 0
