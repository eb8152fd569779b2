"""What happens while documents are looked at and read: the events of `plan` and `ingest`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mplus_cli.errors import NoTextError, ReadError, TooLargeError

if TYPE_CHECKING:
    from mplus_cli.inputs.piece import Piece
    from store.records import Generation


@dataclass(frozen=True)
class Chosen:
    """The form of the weights that a new memory is made with, and why it was taken."""

    why: str


@dataclass(frozen=True)
class Quantizing:
    """The quantized form of one more of the model's layers is being made, once for all runs."""

    done: int
    of: int


@dataclass(frozen=True)
class Joined:
    """Workers write for this run from now on: how many, and whose."""

    who: str


@dataclass(frozen=True)
class Looked:
    """One more input was compared with what the memory holds."""

    path: str


@dataclass(frozen=True)
class Planned:
    """What there is to do: documents, and bytes in all (the measure of what is left)."""

    documents: int
    bytes: int


@dataclass(frozen=True)
class Previewed:
    """What a document would cost: its tokens, and those of them that the model would have to
    compute; its chunks. `notes`: what of it can't be read.
    """

    path: str
    changed: bool
    tokens: int
    compute_tokens: int
    chunks: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Started:
    path: str
    tokens: int


@dataclass(frozen=True)
class ChunkDone:
    """Tokens written, whether or not the model had to compute them, and the bytes they stand
    for.
    """

    tokens: int
    bytes: float


@dataclass(frozen=True)
class DocumentDone:
    """A document is in the memory. `notes`: what of it could not be read, or may be wrong."""

    path: str
    tokens: int
    chunks: int
    changed: bool
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Mended:
    """A document that is in the memory; segments of it were gone or cut, and are written anew."""

    path: str


@dataclass(frozen=True)
class Skipped:
    """Left out. `harmless`: nobody named it, and it is empty, binary, too large or forgotten;
    nothing is amiss. `code` is that of the error.
    """

    path: str
    reason: str
    hint: str
    harmless: bool
    code: str

    @staticmethod
    def of(piece: Piece, error: ReadError) -> Skipped:
        """What became of an input that can't be read."""
        harmless = isinstance(error, NoTextError | TooLargeError) and not piece.named
        return Skipped(piece.path, error.reason, error.hint, harmless, error.code)


@dataclass(frozen=True)
class Unchanged:
    """In the memory already, as the same file (`same_as` is its own path) or as another with the
    same content.
    """

    path: str
    same_as: str


@dataclass(frozen=True)
class Removed:
    """Its file is gone, so the document leaves the memory."""

    path: str


@dataclass(frozen=True)
class Gone:
    """Its file is gone, and the document stays in the memory."""

    path: str


@dataclass(frozen=True)
class Withheld:
    """So many documents would leave, for their files are gone; they are most of the memory, so they
    stay.
    """

    documents: int
    of: int


@dataclass(frozen=True)
class Committed:
    generation: Generation


Event = (
    Chosen
    | Quantizing
    | Joined
    | Looked
    | Planned
    | Previewed
    | Started
    | ChunkDone
    | DocumentDone
    | Mended
    | Skipped
    | Unchanged
    | Removed
    | Gone
    | Withheld
    | Committed
)
