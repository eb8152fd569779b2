"""Generations of a memory, and two side by side."""

from __future__ import annotations

from dataclasses import dataclass

from store import records

Pair = tuple[float, float]
"""Before and after."""


@dataclass(frozen=True)
class Generation(records.Generation):
    """One committed state: what it holds, what changed since its parent, and its names.

    `state`: see `Status.state_digest`; `model`: the one that answers from it; `switched`: whether
    another one answers from its parent; `piece`: what `vectors_in` and `vectors_out` count:
    "vector" or, for slots, "row".
    """

    tags: tuple[str, ...] = ()
    model: str = ""
    switched: bool = False
    piece: str = "vector"


@dataclass(frozen=True)
class DocumentDiff:
    """A document in two generations. `change`: "added", "changed", "removed" or "same"; `slots`:
    see `Document`.
    """

    path: str
    change: str
    tokens: tuple[int, int]
    pool_vectors: Pair
    ltm_vectors: Pair
    slots: Pair = (0.0, 0.0)


@dataclass(frozen=True)
class Diff:
    """Two generations side by side, by their numbers. `slots`: those in use."""

    before: int
    after: int
    tokens: tuple[int, int]
    pool_vectors: tuple[int, int]
    ltm_vectors: tuple[int, int]
    documents: tuple[DocumentDiff, ...]
    slots: tuple[int, int] = (0, 0)
