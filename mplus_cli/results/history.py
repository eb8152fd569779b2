"""Generations of a memory, and two side by side."""

from __future__ import annotations

from dataclasses import dataclass

Pair = tuple[float, float]
"""Before and after."""


@dataclass(frozen=True)
class Generation:
    """One committed state: what it holds, and what changed since its parent.

    `vectors_in`, `vectors_out`: vectors that came and left with the documents. `state`: see
    `Status.state_digest`; `digest`: over all that is said here and the documents.
    """

    id: int
    parent: int | None
    command: str
    author: str
    created_at: str
    state: str
    documents: int
    chunks: int
    tokens: int
    pool_vectors: int
    ltm_vectors: int
    vectors_in: int
    vectors_out: int
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    digest: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class DocumentDiff:
    """A document in two generations. `change`: "added", "changed", "removed" or "same"."""

    path: str
    change: str
    tokens: tuple[int, int]
    pool_vectors: Pair
    ltm_vectors: Pair


@dataclass(frozen=True)
class Diff:
    """Two generations side by side, by their numbers."""

    before: int
    after: int
    tokens: tuple[int, int]
    pool_vectors: tuple[int, int]
    ltm_vectors: tuple[int, int]
    documents: tuple[DocumentDiff, ...]
