"""Patterns in gitignore syntax, judged entry by entry while folders are walked, as git does.

Paths are bytes, as git compares them: names need not be UTF-8, and `?` is one byte.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mplus_cli.errors import UsageError
from mplus_cli.inputs import gitconfig
from mplus_cli.inputs.wildmatch import BadPatternError, translate

OWN_FILE, GIT_FILE = ".mplusignore", ".gitignore"
MAX_FILE_BYTES = 100 * 1024 * 1024  # of patterns, as in git


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line of gitignore syntax.

    `whole_path`: compared with the path from the folder of the rules, else with the name alone.
    """

    fits: Callable[[bytes], re.Match[bytes] | None]
    ignores: bool
    whole_path: bool
    folders_only: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """Patterns and the folder they are relative to, its path ended by a slash."""

    folder: bytes
    patterns: Sequence[Pattern]

    def verdict(self, path: bytes, is_folder: bool) -> bool | None:
        """Whether the path is ignored, by the last pattern that matches; None where none does."""
        relative = path[len(self.folder) :]
        name = relative.rpartition(b"/")[2]
        for pattern in reversed(self.patterns):
            if (is_folder or not pattern.folders_only) and pattern.fits(
                relative if pattern.whole_path else name
            ):
                return pattern.ignores
        return None


def is_ignored(path: bytes, is_folder: bool, rules: Iterable[Rules]) -> bool:
    """Whether a path is ignored, by the first of the rules that speaks of it."""
    for rule in rules:
        verdict = rule.verdict(path, is_folder)
        if verdict is not None:
            return verdict
    return False


def is_left_out(path: bytes, is_folder: bool, root: bytes, rules: Sequence[Rules]) -> bool:
    """Whether the rules ignore a path, or a folder between it and the root.

    Rules of folders come deepest first.
    """
    ends = [at for at in range(len(root), len(path)) if path[at] == ord("/")]
    judged = [(path[:end], True) for end in ends] + [(path, is_folder)]
    return any(
        is_ignored(each, as_folder, [rule for rule in rules if each.startswith(rule.folder)])
        for each, as_folder in judged
    )


@dataclass(frozen=True)
class Scope:
    """What is left out of a folder: by the user's option, by .mplusignore files, by git's.

    Each of them deepest first; those before win. `any_case`: git's patterns mean both cases.
    """

    option: tuple[Rules, ...] = ()
    own: tuple[Rules, ...] = ()
    git: tuple[Rules, ...] = ()
    any_case: bool = False

    def ignores(self, path: bytes, is_folder: bool) -> bool:
        return is_ignored(path, is_folder, (*self.option, *self.own, *self.git))

    def entered(self, folder: Path, names: Collection[str]) -> Scope:
        """The scope of a folder in it, where entries of some names lie."""
        scope = self
        if ".git" in names:
            scope = scope._in_repository(folder)
        if GIT_FILE in names and not (folder / GIT_FILE).is_symlink():  # git follows none here
            own = _rules_in(folder, folder / GIT_FILE, scope.any_case)
            scope = replace(scope, git=(*own, *scope.git))
        if OWN_FILE in names:
            scope = replace(scope, own=(*_rules_in(folder, folder / OWN_FILE), *scope.own))
        return scope

    def _in_repository(self, top: Path) -> Scope:
        """With what git knows of a repository beside its .gitignore files."""
        found = gitconfig.of(top)
        files = (file for file in (found.info_exclude, found.excludes_file) if file is not None)
        rules = [rule for file in files for rule in _rules_in(top, file, found.ignores_case)]
        return replace(self, git=(*rules, *self.git), any_case=found.ignores_case)


def scope_of(folder: Path, option: Sequence[Pattern]) -> Scope:
    """The scope around a folder: the option's patterns, and the git repository that it lies in.

    A folder that the repository ignores, or that lies in such a one, is outside of its rules:
    whoever names it wants it.
    """
    base = Scope((Rules(folder_path(folder), option),) if option else ())
    around = [folder, *folder.parents]
    top = next((number for number, each in enumerate(around) if mode_of(each / ".git")), 0)
    scope = base
    for parent, child in zip(around[top:0:-1], around[top - 1 :: -1], strict=False):
        there = (name for name in (".git", GIT_FILE, OWN_FILE) if os.path.lexists(parent / name))
        scope = scope.entered(parent, set(there))
        if replace(scope, option=()).ignores(os.fsencode(child), True):
            return base
    return scope


def folder_path(folder: Path) -> bytes:
    """A folder's path as rules have it."""
    return os.fsencode(folder).rstrip(b"/") + b"/"


def parse(lines: Iterable[str]) -> list[Pattern]:
    """The patterns of some lines. Raises `UsageError` for a bad one."""
    patterns = []
    for line in lines:
        try:
            patterns += _parse_line(os.fsencode(line))
        except BadPatternError as error:
            raise UsageError(
                f"{line!r} is no pattern that can be ignored by",
                "patterns are those of .gitignore files",
            ) from error
    return patterns


def rules_of(folder: bytes, text: bytes, any_case: bool = False) -> Rules:
    """The rules of a file of patterns; as in git, bad ones count for nothing."""
    patterns = []
    for line in text.removeprefix(b"\xef\xbb\xbf").split(b"\n"):
        try:
            patterns += _parse_line(line.removesuffix(b"\r"), any_case)
        except BadPatternError:
            continue
    return Rules(folder, patterns)


def _rules_in(folder: Path, file: Path, any_case: bool = False) -> list[Rules]:
    """The rules of a file on the disk, none where there is none."""
    try:
        info = file.stat()
        if not stat.S_ISREG(info.st_mode) or info.st_size > MAX_FILE_BYTES:
            return []
        rules = rules_of(folder_path(folder), file.read_bytes(), any_case)
    except OSError:
        return []
    return [rules] if rules.patterns else []


def mode_of(path: Path) -> int:
    """The mode of what a path leads to, 0 where it leads to nothing."""
    try:
        return path.stat().st_mode
    except OSError:
        return 0


def _parse_line(line: bytes, any_case: bool = False) -> list[Pattern]:
    """The line's pattern, or nothing for a comment or a blank line. Raises `BadPatternError`."""
    line = _without_spaces_at_end(line.partition(b"\0")[0])
    if not line or line.startswith(b"#"):
        return []
    ignores = not line.startswith(b"!")
    body = line if ignores else line[1:]
    folders_only = body.endswith(b"/")
    body = body.removesuffix(b"/")
    if not body:
        raise BadPatternError
    whole_path = b"/" in body
    match = translate(body.removeprefix(b"/"), any_case).match
    fits = (lambda path: match(path.lower())) if any_case else match
    return [Pattern(fits, ignores, whole_path, folders_only)]


def _without_spaces_at_end(line: bytes) -> bytes:
    """A line without the spaces that end it, but for one behind a backslash that means it."""
    trimmed = line.rstrip(b" ")
    backslashes = len(trimmed) - len(trimmed.rstrip(b"\\"))
    return line[: len(trimmed) + backslashes % 2]
