"""Which files a name stands for, and how they are to be read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from mplus_cli.errors import UsageError
from mplus_cli.inputs.load import MAX_BYTES
from mplus_cli.readers.options import ReaderOptions

_EXTENSION = re.compile(r"(?:\*?\.)?(?P<extension>[^\s./*?\[\]\\][^\s/*?\[\]\\]*)")


def extensions(values: Iterable[str]) -> tuple[str, ...]:
    """The extensions that people mean by md, .md, *.md or md,pdf, without their dots.

    Raises `UsageError` for what can't be one.
    """
    parts = [part.strip() for value in values for part in value.split(",")]
    found = {part: _EXTENSION.fullmatch(part) for part in parts if part}
    for part, match in found.items():
        if match is None:
            raise UsageError(
                f"{part!r} is no extension of a file", "write it like md or tar.gz, or name a glob"
            )
    return tuple(match["extension"] for match in found.values() if match)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which files are wanted of a folder, a glob or a revision, and how large an input may be.

    `ignore`: patterns in gitignore syntax to leave out; `extensions`: those to take, as the
    function of that name gives them (none: all); `hidden`: names that begin with a dot, too;
    `options`: for the readers.
    """

    ignore: Sequence[str] = ()
    extensions: Sequence[str] = ()
    hidden: bool = False
    max_bytes: int = MAX_BYTES
    options: ReaderOptions = field(default_factory=ReaderOptions)

    def has_extension(self, name: str) -> bool:
        lower = name.lower()
        return not self.extensions or any(
            lower.endswith(f".{each.lower()}") for each in self.extensions
        )

    def is_hidden(self, name: str) -> bool:
        """Whether a name is passed over for its leading dot; git's own folder always is."""
        return name == ".git" or (name.startswith(".") and not self.hidden)

    def as_dict(self) -> dict[str, Any]:
        """As the memory keeps it with a root."""
        return {
            "ignore": list(self.ignore),
            "extensions": list(self.extensions),
            "hidden": self.hidden,
            "max_bytes": self.max_bytes,
        } | self.options.as_dict()

    @staticmethod
    def from_dict(kept: dict[str, Any]) -> Selection:
        ignore, extensions = tuple(kept["ignore"]), tuple(kept["extensions"])
        options = ReaderOptions.from_dict(kept)
        return Selection(ignore, extensions, kept["hidden"], kept["max_bytes"], options)
