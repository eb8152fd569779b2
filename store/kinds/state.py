"""A state of ids in a pool: a fold over the journal.

A vector's id is its order of birth: the checkpoint's own vectors (segment 0) first, then the
segments in the order in which they entered. That number is all there is to keep of a vector:
- Its segment and its offset follow by arithmetic: segment s has the K_s ids from starts[s] on.
- Its age is the id itself, so "oldest first" is ascending order.
- Whether it is in long-term memory follows, too. What left the pool never comes back, and past the
  capacity the oldest leave; so the long-term memory of a layer is the newest `capacity_vectors` of
  all ids that are not in its pool (design.md, section 7, has the proof).
So a state holds the pool's ids alone, and equal journals have equal states, whatever was in the
memory before: forgetting is to fold the journal again without a document.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from store.errors import DamagedError
from store.kinds.journal import KEY_BYTES, Entries, Journal
from store.kinds.pool import Draws, Ids
from store.spec import Spec


@dataclass(frozen=True)
class State:
    """One state of a memory.

    `origin` counts the ids of segment 0 (the largest count of all layers: a layer with fewer starts
    later), `journal` names the S segments that entered, `sizes` [S] their vectors, `pool` [L,P] the
    ids in the pool.
    """

    origin: int
    journal: Journal
    sizes: Ids
    pool: Ids

    @cached_property
    def starts(self) -> Ids:
        """First id of each segment, segment 0 included, and at the end the number of all ids:
        [S+2].
        """
        return np.concatenate(
            [[0], self.origin + np.concatenate([[0], np.cumsum(self.sizes)])]
        ).astype(np.int64)

    def first(self, spec: Spec, layer: int) -> int:
        """The first id that a layer has: its own vectors end where the largest layer's do."""
        return self.origin - spec.origin_vectors[layer]

    @property
    def born(self) -> int:
        """Ids given so far."""
        return int(self.starts[-1])

    def locate(self, ids: Ids) -> tuple[Ids, Ids]:
        """Segment numbers (0: the checkpoint's own) and offsets within them."""
        # With an empty segment 0 its start equals that of segment 1: "right" takes the later one.
        segments = np.searchsorted(self.starts[:-1], ids, side="right") - 1
        return segments, ids - self.starts[segments]

    @property
    def digest(self) -> str:
        """SHA-256 of its file: equal states have equal ones."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        arrays: dict[str, NDArray[Any]] = {
            "journal": np.ascontiguousarray(self.journal.keys),
            "origin": np.array([self.origin], dtype=np.int64),
            "pool": np.ascontiguousarray(self.pool),
            "sizes": np.asarray(self.sizes, dtype=np.int64),
        }
        return bytes(save(arrays))

    @staticmethod
    def from_bytes(content: bytes) -> State:
        """Raises `ValueError` or `KeyError` where the content is no state."""
        arrays: dict[str, NDArray[np.generic]] = load(content)
        keys = arrays["journal"].astype(np.uint8, copy=False)
        if keys.shape[1:] != (KEY_BYTES,):
            raise ValueError("a journal of other keys")
        return State(
            int(arrays["origin"][0]),
            Journal(keys),
            arrays["sizes"].astype(np.int64),
            arrays["pool"].astype(np.int64),
        )


def initial(spec: Spec) -> State:
    """The state before anything was injected: the checkpoint's own pool, or an empty one."""
    origin = max(spec.origin_vectors, default=0)
    rows = np.arange(origin - spec.pool_vectors, origin) if spec.pool_full else np.arange(0)
    pool = np.broadcast_to(rows.astype(np.int64), (spec.layers, len(rows)))
    return State(origin, Journal.of(()), np.zeros(0, dtype=np.int64), pool)


def fold(spec: Spec, state: State, entries: Entries) -> State:
    """Let segments enter one after the other: of each the rows to drop are drawn by the memory's
    seed and the number of the update.
    """
    pool = draws_of(spec).after(state.pool, state.born, entries.sizes, len(state.journal))
    sizes = np.concatenate([state.sizes, entries.sizes])
    return State(state.origin, state.journal + entries.journal, sizes, pool)


def draws_of(spec: Spec) -> Draws:
    return Draws(spec.seed, spec.pool_vectors, spec.drop_per_layer)


def longterm_start(spec: Spec, state: State, layer: int) -> int:
    """The least id that the long-term memory of a layer can have: what is older and not in the pool
    has left.

    So many more ids than the capacity are outside the pool: `surplus`. The answer is the id behind
    the `surplus` oldest of them. Without a pool that is first + surplus; each pool row among those
    moves it on by one, and pool row i is among them where at most `surplus` outside ids are older.
    """
    first, pool = state.first(spec, layer), state.pool[layer]
    surplus = state.born - first - len(pool) - spec.capacity_vectors
    if surplus <= 0:
        return first
    older_outside = pool - first - np.arange(len(pool))  # than each pool row: [P], ascending
    return first + surplus + int(np.searchsorted(older_outside, surplus, side="right"))


def longterm_mask(spec: Spec, state: State, layer: int) -> NDArray[np.bool_]:
    """Which ids are in the long-term memory of a layer: [born]."""
    mask = np.zeros(state.born, dtype=bool)
    mask[longterm_start(spec, state, layer) :] = True
    mask[state.pool[layer]] = False
    return mask


def count_faded(spec: Spec, state: State) -> int:
    """Segments of which neither the pool nor the long-term memory of any layer has a vector."""
    oldest = min(longterm_start(spec, state, layer) for layer in range(spec.layers))
    old = int(np.searchsorted(state.starts[2:], oldest, side="right"))  # all of their ids are
    numbers = np.unique(state.locate(state.pool.ravel())[0])
    return old - int(((numbers > 0) & (numbers <= old)).sum())


def counts(spec: Spec, state: State) -> tuple[int, int]:
    """Vectors per layer in the pool and in the long-term memory (the fullest layer counts)."""
    outside = state.born - state.pool.shape[1]
    return state.pool.shape[1], min(outside, spec.capacity_vectors)


def parse_state(spec: Spec, content: bytes, name: str) -> State:
    """Raises `DamagedError` where a file's content is no state of such a memory."""
    try:
        state = State.from_bytes(content)
        fits = (
            state.pool.shape[0] == spec.layers
            and state.pool.shape[1] <= spec.pool_vectors
            and state.sizes.shape == (len(state.journal),)
            and bool(((state.pool >= 0) & (state.pool < state.born)).all())
        )
    except (SafetensorError, ValueError, KeyError, IndexError) as error:
        raise DamagedError(f"the state file {name} is damaged: {error}") from error
    if not fits:
        raise DamagedError(
            f"the state file {name} is damaged: its shapes are not those of this memory"
        )
    return state
