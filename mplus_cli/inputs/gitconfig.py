"""What git knows of a repository and its user: asked of `git`, and without it what is usual."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ignoring:
    """Where git looks for patterns beside .gitignore files, and whether it minds their case."""

    info_exclude: Path | None
    excludes_file: Path | None
    ignores_case: bool


def of(top: Path) -> Ignoring:
    """What holds in the repository at a folder that has a `.git`."""
    kept = _asked(top, "config", "-z", "--get-regexp", r"^core\.(excludesfile|ignorecase)$")
    values = dict(entry.partition("\n")[::2] for entry in kept.split("\0") if entry)
    named = values.get("core.excludesfile")
    file = _of_user() if named is None else (top / Path(named).expanduser() if named else None)
    # A key that stands alone means true.
    any_case = values.get("core.ignorecase", "false").lower() in ("true", "yes", "on", "1", "")
    return Ignoring(_info_exclude(top), file, any_case)


def _info_exclude(top: Path) -> Path | None:
    if (top / ".git").is_dir():
        return top / ".git/info/exclude"
    found = _asked(top, "rev-parse", "--git-path", "info/exclude").removesuffix("\n")
    return top / found if found else None


def _of_user() -> Path:
    home = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(home, "git", "ignore").expanduser()


def _asked(folder: Path, *arguments: str) -> str:
    """What git answers, or nothing."""
    try:
        done = subprocess.run(
            ["git", "-C", folder, *arguments], env=environment(), capture_output=True, check=False
        )
    except OSError:
        return ""
    return "" if done.returncode else os.fsdecode(done.stdout)


def environment() -> Mapping[str, str]:
    """The user's, but for a repository it may name; git fetches nothing and speaks English."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")
    }
    return kept | {"GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
