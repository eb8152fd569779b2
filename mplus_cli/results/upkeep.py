"""What left a memory or came into it, and whether it is whole."""

from __future__ import annotations

from dataclasses import dataclass

from mplus_cli.results.history import Generation
from store.records import Extent, Finding


@dataclass(frozen=True)
class Left:
    """A document that left a memory, or would."""

    id: int
    path: str
    tokens: int


@dataclass(frozen=True)
class Forgotten:
    """Documents that left, or would leave, and the generation that is the last one then.

    `erased_generations`: those that held them and are gone, too, with the tags `erased_tags`;
    `most`: they are so much of the memory that a user is asked before.
    """

    documents: tuple[Left, ...]
    generation: Generation
    erased_generations: tuple[int, ...] = ()
    erased_tags: tuple[str, ...] = ()
    most: bool = False


@dataclass(frozen=True)
class Verified:
    """Whether a memory is whole."""

    whole: bool
    looked_at: Extent
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Collected:
    """What was removed, or would be: generations, documents that only they held, segments in packs,
    files.
    """

    generations: tuple[int, ...]
    documents: tuple[str, ...]
    segments: int
    files: int
    bytes: int
    dry_run: bool


@dataclass(frozen=True)
class Trimmed:
    """What was removed to make room, and the bytes of the derived vectors that are left.

    `chunks`: those of an older memory whose vectors became derived ones.
    """

    files: int
    bytes: int
    left_bytes: int
    chunks: int = 0


@dataclass(frozen=True)
class Exported:
    """What a snapshot holds. `digest`: SHA-256 over all of it; `bytes`: before compression;
    `documents`: those of the last generation; `versions`: of documents in any generation.

    `file`, `file_bytes`: where it was written, None for a stream.
    """

    digest: str
    generation: int
    generations: int
    documents: int
    versions: int
    members: int
    bytes: int
    file: str | None
    file_bytes: int | None
    seconds: float


@dataclass(frozen=True)
class Imported:
    """What came in: `generations` were taken over as they are, or `documents` were appended.

    `documents`, and how many are `unchanged`: of the last generation; `versions`: how many versions
    of documents came in with all generations.
    """

    generation: int
    state: str | None
    generations: int
    documents: tuple[str, ...]
    versions: int
    unchanged: int
    mended: int
    memory: str
    seconds: float


@dataclass(frozen=True)
class Shard:
    """A part of a memory, by document, that was made a memory of its own in the folder `memory`."""

    memory: str
    documents: int
    chunks: int
    tokens: int
    bytes: int


@dataclass(frozen=True)
class Pushed:
    """What went to a repository, whose last generation is `number` now: so many `generations`, and
    the `documents`, `objects` and `bytes` that travelled.

    `held`: how many documents it still has that no generation here has, and `held_paths` the first
    of them; `erased`, `erased_paths`: those that it no longer has.
    """

    address: str
    number: int
    generations: int
    documents: int
    objects: int
    bytes: int
    held: int
    held_paths: tuple[str, ...]
    erased: int
    erased_paths: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class Pulled:
    """What came from a repository: `generations` that follow as they were pushed, or, where
    `merged`, one that has what both sides did.

    `documents` came and `removed` went, by their paths, and so many are `unchanged`: of the last
    generation. `bytes`: that travelled; `text`: whether all that is new was pushed with texts.
    """

    address: str
    generation: int
    state: str | None
    generations: int
    documents: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: int
    merged: bool
    bytes: int
    text: bool
    memory: str
    seconds: float
