"""What left a memory or came into it, and whether it is whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mplus_cli.results.history import Generation

if TYPE_CHECKING:
    from store.verify import Extent, Finding


@dataclass(frozen=True)
class Left:
    """A document that left a memory, or would."""

    id: int
    path: str
    tokens: int


@dataclass(frozen=True)
class Forgotten:
    """Documents that left, or would leave, and the generation that is the last one then.

    `erased_generations`: those that held them and are gone, too.
    """

    documents: tuple[Left, ...]
    generation: Generation
    erased_generations: tuple[int, ...] = ()


@dataclass(frozen=True)
class Verified:
    """Whether a memory is whole."""

    whole: bool
    looked_at: Extent
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Collected:
    """What was removed, or would be: generations, documents that only they held, files."""

    generations: tuple[int, ...]
    documents: tuple[str, ...]
    files: int
    bytes: int
    dry_run: bool


@dataclass(frozen=True)
class Exported:
    """What a snapshot holds. `digest`: SHA-256 over all of it; `bytes`: before compression.

    `file`, `file_bytes`: where it was written, None for a stream.
    """

    digest: str
    generation: int
    generations: int
    documents: int
    members: int
    bytes: int
    file: str | None
    file_bytes: int | None
    seconds: float


@dataclass(frozen=True)
class Imported:
    """What came in: `generations` were taken over as they are, or `documents` were appended."""

    generation: int
    state: str | None
    generations: int
    documents: tuple[str, ...]
    unchanged: int
    mended: int
    memory: str
    seconds: float
