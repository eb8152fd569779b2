"""One input of a run, and its content: read when it is asked for, kept where it is read again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

from mplus_cli.errors import ReadError
from mplus_cli.readers.options import ReaderOptions

KEPT_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class Content:
    """The bytes of an input, and the name that tells readers what they may be (its suffix).

    `charset`: the encoding that came with the bytes, not in them.
    """

    data: bytes
    name: str
    charset: str | None = None

    @cached_property
    def sha256(self) -> str:
        """The digest of the bytes, in hexadecimal digits."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Piece:
    """One input: its name in the memory, whether the user named it himself, how its bytes are had
    and how they are to be read.
    """

    path: str
    named: bool
    size_bytes: int
    read: Callable[[], Content]
    options: ReaderOptions = field(default_factory=ReaderOptions)

    def unlocked_by(self, password: str | None) -> Piece:
        """The same input, to be opened with a password where it is locked."""
        return replace(self, options=replace(self.options, password=password))

    def load(self) -> Content:
        """The content, read anew. Raises `ReadError` with the piece's path."""
        try:
            return self.read()
        except ReadError as error:
            raise error.of(self.path) from error


class Kept:
    """Contents that will be asked for once more, by path, of at most some bytes in all.

    A run looks at all inputs before it takes in the first: so it need not read and hash small new
    files again. The first ones that there is room for are kept; the others are read anew.
    """

    def __init__(self, limit_bytes: int = KEPT_BYTES) -> None:
        self._room_bytes = limit_bytes
        self._contents: dict[str, Content] = {}

    def keep(self, path: str, content: Content) -> None:
        """Keep the content of a piece, if there is room for it."""
        if path not in self._contents and len(content.data) <= self._room_bytes:
            self._room_bytes -= len(content.data)
            self._contents[path] = content

    def take(self, piece: Piece) -> Content:
        """The content of a piece as it was kept, and is no longer then; else read anew.

        Raises `ReadError` as `Piece.load` does.
        """
        content = self._contents.pop(piece.path, None)
        if content is None:
            return piece.load()
        self._room_bytes += len(content.data)
        return content
