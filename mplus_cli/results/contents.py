"""What a memory holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Document:
    """A document of a memory. `copies`: other paths at which the same content was read.

    `pool_vectors`, `ltm_vectors`: what it has in the pool and in the long-term memory, the mean
    over the layers; `slots`: of how many slots of an LM2 memory it has written the content.
    """

    id: int
    path: str
    sha256: str
    reader: str
    bytes: int
    chunks: int
    tokens: int
    added_at: str
    copies: tuple[str, ...]
    pool_vectors: float
    ltm_vectors: float
    slots: float = 0.0

    @property
    def paths(self) -> tuple[str, ...]:
        """All paths at which its content was read."""
        return (self.path, *self.copies)


@dataclass(frozen=True)
class DerivedVectors:
    """Vectors that the model can write again, as far as they are kept: their bytes, of how many
    chunks they are, what they may take (`budget_bytes`; None: there is no limit) and why.
    """

    bytes: int
    chunks: int
    budget_bytes: int | None
    why: str


@dataclass(frozen=True)
class Status:
    """What a memory holds. `created_at`, `state_digest`: None before the first generation.

    `state_digest`: SHA-256 of the state file; memories of one seed that read the same documents in
    the same order have the same. `ltm_capacity`: None where there is no limit; `faded_documents`,
    `faded_chunks`: those of which neither pool nor long-term memory has a vector, so that no
    question reads them. `bytes`: of all files but those in the cache. `vectors`: None where vectors
    are part of the memory. `slots`: of an LM2 memory, else 0; `slots_used`: those of which at least
    half the content was written; faded is there what has a share in none.
    """

    memory: str
    model: str
    identity: str
    dtype: str
    quantize: str
    generation: int
    tags: tuple[str, ...]
    created_at: str | None
    state_digest: str | None
    documents: int
    chunks: int
    tokens: int
    pool_vectors: int
    pool_capacity: int
    ltm_vectors: int
    ltm_capacity: int | None
    faded_documents: int
    faded_chunks: int
    bytes: int
    vectors: DerivedVectors | None
    slots_used: int = 0
    slots: int = 0


@dataclass(frozen=True)
class TextChunk:
    """Where a chunk is in its document's text, in characters, half-open, and its place in words."""

    chunk: int
    start: int
    end: int
    place: str


@dataclass(frozen=True)
class DocumentText:
    """What a document says, as it was read; empty where it came in a snapshot without text."""

    document: int
    path: str
    text: str
    chunks: tuple[TextChunk, ...]
