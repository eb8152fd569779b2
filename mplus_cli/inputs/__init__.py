"""What the names on a command line stand for: files, folders, globs, standard input, web pages, git
revisions.

Nothing is read before a piece is asked for its content, and nothing is fetched that no name stands
for.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mplus_cli.errors import UsageError
from mplus_cli.inputs import git, web
from mplus_cli.inputs.files import Found, Wanted, discover, is_glob
from mplus_cli.inputs.piece import Content, Piece
from mplus_cli.readers import MAX_BYTES, load

__all__ = [
    "Content",
    "Options",
    "Passed",
    "Piece",
    "expand",
    "from_bytes",
    "from_file",
    "is_elsewhere",
    "is_gone",
    "is_there",
    "root_name",
]


_ESCAPE = re.compile(r"\\x[0-9a-f]{2}")
"""What `_readable` makes of a byte that is not UTF-8."""


@dataclass(frozen=True)
class Options:
    """How names are taken: which files of a folder are wanted, and how large an input may be."""

    wanted: Wanted = field(default_factory=Wanted)
    max_bytes: int = MAX_BYTES

    def as_dict(self) -> dict[str, Any]:
        """As the memory keeps them with a root."""
        return {
            "ignore": list(self.wanted.ignore),
            "extensions": list(self.wanted.extensions),
            "hidden": self.wanted.hidden,
            "max_bytes": self.max_bytes,
        }

    @staticmethod
    def from_dict(kept: dict[str, Any]) -> Options:
        wanted = Wanted(tuple(kept["ignore"]), tuple(kept["extensions"]), kept["hidden"])
        return Options(wanted, kept["max_bytes"])


@dataclass(frozen=True)
class Passed:
    """A file or a folder that was passed over while looking for files, and why."""

    path: str
    reason: str


def expand(
    names: Sequence[str],
    options: Options,
    stack: ExitStack,
    passed: Callable[[Passed], None] = lambda _: None,
) -> Iterator[Piece]:
    """Pieces of some names: files first, then what comes from elsewhere. `stack` closes what stays
    open meanwhile.
    """

    def report(path: Path | str, reason: str) -> None:
        passed(Passed(_readable(path), reason))

    local = [name for name in names if not is_elsewhere(name)]
    for found in discover(local, options.wanted, passed=report):
        yield from_file(found, options.max_bytes)
    for name in names:
        if web.is_address(name):
            yield web.piece(name, options.max_bytes)
        elif git.is_address(name):
            yield from git.pieces(name, options.wanted, options.max_bytes, stack, report)


def root_name(name: str) -> str:
    """A name as the memory keeps it: it means the same from every working folder."""
    if web.is_address(name):
        return web.absolute(name)
    return git.absolute(name) if git.is_address(name) else _readable(Path(name))


def from_file(found: Found, max_bytes: int = MAX_BYTES) -> Piece:
    path = found.path.absolute()
    try:
        size = path.stat().st_size
    except OSError:
        size = 0
    name = _readable(path)
    return Piece(name, found.named, size, lambda: Content(load(path, max_bytes), name))


def from_bytes(data: bytes, name: str | None = None) -> Piece:
    """Text from standard input, named by the user or by its content."""
    if name is not None and (is_elsewhere(name) or Path(name).is_absolute() or not name.strip()):
        raise UsageError(
            f"{name!r} is no name for standard input",
            "take a word, or a path that begins with no /",
        )
    name = name or f"stdin-{hashlib.sha256(data).hexdigest()[:12]}"
    return Piece(name, True, len(data), lambda: Content(data, name))


def is_there(name: str) -> bool:
    """Whether a root still leads to something on this disk, or to an address elsewhere."""
    return is_elsewhere(name) or is_glob(name) or os.path.lexists(name)


def is_gone(path: str) -> bool:
    """Whether a document's file was deleted. What lies elsewhere counts as there unless git knows
    better.
    """
    if git.is_address(path):
        return git.is_gone(path)
    if _ESCAPE.search(path):  # made readable, so it can't be looked for
        return False
    return not is_elsewhere(path) and Path(path).is_absolute() and not os.path.lexists(path)


def is_elsewhere(name: str) -> bool:
    """Whether a name is an address on the web or a git revision."""
    return web.is_address(name) or git.is_address(name)


def _readable(path: Path | str) -> str:
    """A path as text that can be stored and printed, even where it is not UTF-8."""
    return os.fsencode(Path(path).absolute() if isinstance(path, Path) else path).decode(
        "utf-8", "backslashreplace"
    )
