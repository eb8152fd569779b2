"""One input of a run, and its content: read when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mplus_cli.errors import ReadError


@dataclass(frozen=True)
class Content:
    """The bytes of an input, and the name that tells readers what they may be (its suffix)."""

    data: bytes
    name: str


@dataclass(frozen=True)
class Piece:
    """One input: its name in the memory, whether the user named it himself, and how it is read."""

    path: str
    named: bool
    size_bytes: int
    read: Callable[[], Content]

    def load(self) -> Content:
        """The content, read anew. Raises `ReadError` with the piece's path."""
        try:
            return self.read()
        except ReadError as error:
            raise error.of(self.path) from error
