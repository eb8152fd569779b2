"""One file while it is read: what it declares, how it is wanted, and what of it was lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mplus_cli.errors import ReadError
from mplus_cli.readers.document import Document
from mplus_cli.readers.options import ReaderOptions
from mplus_cli.readers.remarks import counted

MAX_NOTES = 20
MAX_FILES_IN_FILES = 3  # a document in a message in a message
MAX_INNER_BYTES = 200 * 1024 * 1024
"""Of all files inside of one, together."""


@dataclass
class _Room:
    """What the files inside of one file may still take."""

    bytes: int = MAX_INNER_BYTES


@dataclass
class Job:
    """What a reader gets beside the bytes, and where it says what it could not read.

    `charset`: what stands outside of the bytes about their encoding, such as an HTTP header;
    `pictures`: how many there are that nobody has described;
    `read`: reads a file inside of this one, by its name and bytes.
    """

    read: Callable[[str, bytes, Job], Document]
    options: ReaderOptions = field(default_factory=ReaderOptions)
    charset: str | None = None
    pictures: int = 0
    _depth: int = 0
    _room: _Room = field(default_factory=_Room)
    _notes: dict[str, None] = field(default_factory=dict)

    def note(self, lost: str) -> None:
        """Say what of the file is lost, or may be wrong: one line, lower case, no full stop."""
        self._notes.setdefault(" ".join(lost.split()))

    @property
    def notes(self) -> tuple[str, ...]:
        """What was said, each once, at most `MAX_NOTES` and how many more there are."""
        notes = tuple(self._notes)
        if self.pictures:
            notes = (f"{counted(self.pictures, 'undescribed picture')} not read", *notes)
        more = len(notes) - MAX_NOTES
        return notes if more <= 0 else (*notes[:MAX_NOTES], f"and {more:,} more such notes")

    def inside(self, name: str, data: bytes, charset: str | None = None) -> Document:
        """A file inside of this one, such as an attachment; its notes come with its name.

        Raises `ReadError` as readers do, and beyond the limits of depth and bytes.
        """
        self._room.bytes -= len(data)
        if self._depth >= MAX_FILES_IN_FILES or self._room.bytes < 0:
            raise ReadError("too much inside of one file", "take it out and read it alone")
        inner = Job(self.read, self.options, charset, 0, self._depth + 1, self._room)
        document = self.read(name, data, inner)
        for note in inner.notes:
            self.note(f"{name}: {note}")
        return document
