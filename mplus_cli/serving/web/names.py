"""Documents by name: what a server tells of where files lie.

Only with `--show-paths` it tells the folders of its disk; else the last part of each path.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from mplus_cli.results.plain import plain

# Fields of records that name files, and those whose sentences may.
_NAMES = {
    *("path", "paths", "copies", "memory", "model", "before", "added", "changed", "removed"),
    *("gone", "linked", "file"),
}
_SENTENCES = {"reason", "hint", "message", "notes", "why"}
_FOLDERS = re.compile(r"(?<![\w/:.])(?:[A-Za-z]:)?(?:[/\\][^\s/\\:;,()'\"]+)*[/\\](?=[^\s/\\])")
_NEAR = re.compile(r"^there is [^;]*; ")  # documents with names like the one that was asked for


def named(value: Any, shows_paths: bool) -> Any:
    """A record, or anything that holds records, as JSON that tells no folder (unless it may)."""
    found = plain(value)
    return found if shows_paths else _hidden(found)


def _hidden(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _field(key, item) for key, item in value.items()}
    if isinstance(value, list):
        return [_hidden(item) for item in value]
    return value


def _field(key: str, value: Any) -> Any:
    if key in _NAMES:
        return _each(name_of, value)
    return _each(without_folders, value) if key in _SENTENCES else _hidden(value)


def _each(change: Any, value: Any) -> Any:
    if isinstance(value, list):
        return [_each(change, item) for item in value]
    return change(value) if isinstance(value, str) else _hidden(value)


def name_of(path: str) -> str:
    """The last part of a path of this disk; other names (of texts, addresses) as they are."""
    for kind in (PurePosixPath, PureWindowsPath):
        if kind(path).is_absolute():
            return kind(path).name
    return path


def without_folders(sentence: str) -> str:
    """A sentence in which paths of this disk have their last part alone."""
    return _FOLDERS.sub("", _NEAR.sub("", sentence))
