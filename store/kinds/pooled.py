"""Memories whose states are ids in a pool, which is empty in lean ones: the kinds `mplus` and
`chunks`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from store.errors import DamagedError
from store.kinds import state as states
from store.kinds.holdings import Holdings
from store.kinds.journal import KEY_BYTES, Entries
from store.kinds.state import State
from store.segments import Segments
from store.spec import Spec

if TYPE_CHECKING:
    from store.kinds.layout import Layout

_ENTRY_BYTES = KEY_BYTES + 8  # a segment's key, and K


@dataclass(frozen=True)
class Pooled:
    """See `store.kinds.Kind`."""

    spec: Spec

    @cached_property
    def layout(self) -> Layout:
        from store.kinds.layout import layout_of

        return layout_of(self.spec)

    @property
    def reads_pool(self) -> bool:
        return not self.spec.retrieval_layers

    @property
    def keeps_state_files(self) -> bool:
        return not self.spec.lean  # without a pool there is nothing to draw: reading is folding

    @property
    def sends_state_files(self) -> bool:
        return self.keeps_state_files

    def initial(self) -> State:
        return states.initial(self.spec)

    def fold(self, state: State, entries: Entries, segments: Segments) -> State:
        return states.fold(self.spec, state, entries)  # of ids: no segment need be opened

    def told(self, entries: Entries) -> tuple[str, tuple[int, int]]:
        state = states.fold(self.spec, self.initial(), entries)
        return state.digest, self.counts(state)

    def agree(self, state: State, other: State) -> bool:
        return state.digest == other.digest

    def parse(self, content: bytes, name: str, digest: str) -> State:
        if hashlib.sha256(content).hexdigest() != digest:
            raise DamagedError(
                f"the state file {name} is damaged: its content does not match its name"
            )
        return states.parse_state(self.spec, content, name)

    def asked(self, file: Path, digest: str) -> State:
        return self.parse(file.read_bytes(), str(file), digest)

    def most_bytes(self, segments: int) -> int:
        return self.spec.layers * self.spec.pool_vectors * 8 + segments * _ENTRY_BYTES

    def counts(self, state: State) -> tuple[int, int]:
        return states.counts(self.spec, state)

    def holdings(self, state: State, documents: Sequence[tuple[int, int]]) -> Holdings:
        return Holdings(self.spec, state, documents)
