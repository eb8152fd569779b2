"""What the names on a command line stand for: files, standard input, web pages, git revisions.

Nothing is read before a piece is asked for its content, and nothing is fetched that no name stands
for.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from mplus_cli.errors import UsageError
from mplus_cli.inputs import git, web
from mplus_cli.inputs.files import discover, is_glob
from mplus_cli.inputs.ignore import mode_of
from mplus_cli.inputs.load import load
from mplus_cli.inputs.piece import Content, Piece
from mplus_cli.inputs.selection import Selection
from mplus_cli.readers.options import ReaderOptions
from mplus_cli.shown import on_disk, readable


@dataclass(frozen=True)
class Passed:
    """A file or a folder that was passed over while looking for files, and why."""

    path: str
    reason: str


def expand(
    names: Sequence[str],
    selection: Selection,
    stack: ExitStack,
    passed: Callable[[Passed], None] = lambda _: None,
) -> Iterator[Piece]:
    """Pieces of some names: files first, then what comes from elsewhere.

    `stack` closes what stays open meanwhile; `passed` is told what was passed over in folders.
    Raises `UsageError` for a bad pattern of the selection.
    """

    def report(path: Path | str, reason: str) -> None:
        passed(Passed(_readable(path), reason))

    local = [on_disk(name) for name in names if not is_elsewhere(name)]
    for found in discover(local, selection, passed=report):
        yield from_file(found.path, found.named, selection)
    for name in names:
        if web.is_address(name):
            yield web.piece(name, selection)
        elif git.is_address(name):
            yield from git.pieces(name, selection, stack, report)


def root_name(name: str) -> str:
    """A name as the memory keeps it: it means the same from every working folder."""
    if web.is_address(name):
        return web.absolute(name)
    return git.absolute(name) if git.is_address(name) else _readable(Path(on_disk(name)))


def from_file(path: Path, named: bool = False, selection: Selection | None = None) -> Piece:
    """A file of the disk; `named`: the user wrote its path, or a glob for it."""
    selection = selection or Selection()
    path = Path(on_disk(str(path.absolute())))
    try:
        size_bytes = path.stat().st_size
    except OSError:
        size_bytes = 0
    name = _readable(path)
    return Piece(
        name,
        named,
        size_bytes,
        lambda: Content(load(path, selection.max_bytes), name),
        selection.options,
    )


def from_bytes(data: bytes, name: str | None = None, options: ReaderOptions | None = None) -> Piece:
    """Text from standard input, named by the user or by its content.

    Raises `UsageError` for a name that would stand for something else.
    """
    if name is not None and (is_elsewhere(name) or Path(name).is_absolute() or not name.strip()):
        raise UsageError(
            f"{name!r} is no name for standard input",
            "take a word, or a path that begins with no /",
        )
    content = Content(data, name or f"stdin-{hashlib.sha256(data).hexdigest()[:12]}")
    return Piece(content.name, True, len(data), lambda: content, options or ReaderOptions())


def is_there(name: str) -> bool:
    """Whether a root leads to something on this disk, or to an address."""
    if repository := git.folder_of(name):
        name = repository
    return web.is_address(name) or is_glob(name) or mode_of(Path(on_disk(name))) != 0


def is_gone(path: str) -> bool:
    """Whether a document's file is not where it was; what lies elsewhere is, where git says so.

    Not where nobody can tell: in a folder that must not be looked into, on a drive that fails.
    """
    if git.is_address(path):
        return git.is_gone(path)
    if is_elsewhere(path) or not Path(path).is_absolute():
        return False
    try:
        return stat.S_ISDIR(os.lstat(on_disk(path)).st_mode)  # a folder in its place is no document
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False


def is_elsewhere(name: str) -> bool:
    """Whether a name is an address on the web or a git revision."""
    return web.is_address(name) or git.is_address(name)


def _readable(path: Path | str) -> str:
    return readable(str(path.absolute()) if isinstance(path, Path) else path)
