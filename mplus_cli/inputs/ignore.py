"""Patterns in gitignore syntax, judged entry by entry while folders are walked, as git does."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from pathspec.patterns.gitignore import GitIgnorePatternError
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from mplus_cli.errors import UsageError

IGNORE_FILES = (".mplusignore", ".gitignore")
"""Files of patterns, those that win first."""

# pathspec lets re.error through for ranges such as [z-a].
_BAD_PATTERN = (GitIgnorePatternError, re.error)


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line of gitignore syntax.

    pathspec translates it. Its GitIgnoreSpec is not asked for verdicts: it judges lone files and
    lets a pattern reach below the folders it matches, which goes wrong with `*`, `!*/`, `!*.md`.
    """

    regex: re.Pattern[str]
    ignores: bool
    whole_path: bool
    depth: int | None
    """Slashes in the paths it can match, None where that varies."""
    folders_only: bool

    def matches(self, relative: str, name: str, is_folder: bool) -> bool:
        """Whether the pattern means this very entry, not only a folder above it."""
        if self.depth not in (None, relative.count("/")):
            return False
        subject = relative if self.whole_path else name
        slash = "/" if is_folder and self.folders_only else ""
        return self.regex.search(subject + slash) is not None


@dataclass(frozen=True, slots=True)
class Rules:
    """Patterns and the folder they are relative to."""

    folder: PurePath
    patterns: Sequence[Pattern]

    def verdict(self, path: PurePath, is_folder: bool) -> bool | None:
        """Whether the path is ignored, by the last pattern that matches; None where none does."""
        relative = path.relative_to(self.folder).as_posix()
        for pattern in reversed(self.patterns):
            if pattern.matches(relative, path.name, is_folder):
                return pattern.ignores
        return None


def is_ignored(path: PurePath, is_folder: bool, rules: Iterable[Rules]) -> bool:
    """Whether a path is ignored, by the first of the rules that speaks of it."""
    verdicts = (rule.verdict(path, is_folder) for rule in rules)
    return next((verdict for verdict in verdicts if verdict is not None), False)


def parse(lines: Iterable[str]) -> list[Pattern]:
    """The patterns of some lines. Raises `UsageError` for a bad one."""
    patterns = []
    for line in lines:
        try:
            patterns += _parse_line(line)
        except _BAD_PATTERN as error:
            raise UsageError(
                f"{line!r} is no pattern that can be ignored by",
                "patterns are those of .gitignore files",
            ) from error
    return patterns


def rules_in(folder: Path) -> list[Rules]:
    """The rules of a folder's own `.mplusignore` and `.gitignore`."""
    texts = (_text(folder / name) for name in IGNORE_FILES)
    return [rules_of(folder, text) for text in texts if text]


def rules_of(folder: PurePath, text: str) -> Rules:
    """The rules of a file of patterns; as in git, bad ones count for nothing."""
    patterns = []
    for line in text.splitlines():
        try:
            patterns += _parse_line(line)
        except _BAD_PATTERN:
            continue
    return Rules(folder, patterns)


def _text(path: Path) -> str:
    if not stat.S_ISREG(mode_of(path)):
        return ""
    try:
        return path.read_text("utf-8-sig", "replace")
    except OSError:
        return ""


def rules_above(folder: Path) -> list[Rules]:
    """The rules of the git repository around a folder, nearest first.

    None for a folder that they ignore: whoever names it wants it.
    """
    around = [folder, *folder.parents]
    top = next((number for number, each in enumerate(around) if mode_of(each / ".git")), 0)
    rules = [rule for parent in around[1 : top + 1] for rule in rules_in(parent)]
    return [] if is_ignored(folder, True, rules) else rules


def mode_of(path: Path) -> int:
    """The mode of what a path leads to, 0 where it leads to nothing."""
    try:
        return path.stat().st_mode
    except OSError:
        return 0


def _parse_line(line: str) -> list[Pattern]:
    """The line's pattern, or nothing for a comment or a blank line."""
    parsed = GitIgnoreSpecPattern(line)
    if parsed.regex is None:
        return []
    body = line.rstrip().removeprefix("!").removeprefix("**/")
    whole_path = "/" in body.rstrip("/")
    depth = body.strip("/").count("/") if whole_path and "**" not in body else None
    return [Pattern(parsed.regex, bool(parsed.include), whole_path, depth, body.endswith("/"))]
