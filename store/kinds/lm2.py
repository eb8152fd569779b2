"""LM2 (arXiv 2502.06049): memories that are a matrix of slots, written row by row.

Of a chunk its write rows are kept, which see nothing of the memory; so a state is a fold over the
journal, and forgetting, rollback, diff and merging are exact without the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from store.kinds.cell import SOURCES, Cell, Matrix
from store.kinds.journal import KEY_BYTES, Entries, Journal
from store.kinds.layout import MATRICES
from store.kinds.slots import (
    SlotHoldings,
    Slots,
    SlotState,
    joined,
    name_of,
    parse_slots,
    read_slots,
)
from store.segments import Segments
from store.segments.files import FileSegments
from store.spec import Spec

if TYPE_CHECKING:
    from store.kinds.layout import Layout

_ENTRY_BYTES = KEY_BYTES + 8  # a segment's key, and R
_CLOSE = 1e-5  # what two machines may differ by in a number of a slot


@dataclass(frozen=True)
class Recurrent:
    """See `store.kinds.Kind`."""

    spec: Spec

    @cached_property
    def layout(self) -> Layout:
        from store.kinds.layout import layout_of

        return layout_of(self.spec)

    @property
    def reads_pool(self) -> bool:
        return False

    @property
    def keeps_state_files(self) -> bool:
        return True  # a fold reads every segment

    @property
    def sends_state_files(self) -> bool:
        return False  # who gets the segments need not believe what is said of them

    def initial(self) -> SlotState:
        empty = Matrix.empty(self.spec.slots, self.spec.tag + self.spec.slot_value)
        sizes = np.zeros(0, dtype=np.int64)
        return SlotState(self.spec.identity, Journal.of(()), sizes, (empty,) * MATRICES)

    def fold(self, state: SlotState, entries: Entries, segments: Segments) -> SlotState:
        assert isinstance(segments, FileSegments)  # rows are kept, and never derived
        cells = [Cell(matrix, self.spec.tag) for matrix in state.matrices]
        for number, key in enumerate(entries.journal, len(state.journal) + 1):
            for cell, rows in zip(cells, segments.numbers(key), strict=True):
                cell.let_in(rows, number)
        return joined(state, entries, [cell.matrix for cell in cells])

    def told(self, entries: Entries) -> tuple[str, tuple[int, int]]:
        return name_of(self.spec.identity, entries.journal, entries.sizes), (0, 0)

    def agree(self, state: SlotState, other: SlotState) -> bool:
        return state.digest == other.digest and all(
            np.allclose(one.slots, two.slots, rtol=0, atol=_CLOSE)
            and np.allclose(one.usage, two.usage, rtol=0, atol=_CLOSE)
            for one, two in zip(state.matrices, other.matrices, strict=True)
        )

    def parse(self, content: bytes, name: str, digest: str) -> SlotState:
        return parse_slots(self.spec, MATRICES, content, name, digest)

    def asked(self, file: Path, digest: str) -> Slots:
        return read_slots(self.spec, MATRICES, file, digest)

    def most_bytes(self, segments: int) -> int:
        of_slot = 4 * (self.spec.tag + self.spec.slot_value + 1 + 2 * SOURCES)
        return MATRICES * self.spec.slots * of_slot + segments * _ENTRY_BYTES

    def counts(self, state: SlotState) -> tuple[int, int]:
        return 0, 0  # there is neither a pool nor a long-term memory

    def holdings(self, state: SlotState, documents: Sequence[tuple[int, int]]) -> SlotHoldings:
        return SlotHoldings(state, documents)
