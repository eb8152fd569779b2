"""Kinds of memory, as far as they need no model: what is kept of a chunk, and how the states of a
memory follow from its journal. What needs the model is in `mplus_cli.kinds`.

A kind is chosen by the spec, here (`kind_of`). `Change`, `verify`, `restore` and the state files
know no more of a kind than `Kind`.
- `mplus` and `chunks` keep the same: ids in a pool (`pooled`, `state`, `pool`, `holdings`), with
  vectors laid out in one of two ways (`layout`); they differ in how a question finds and reads them
  (`mplus`, `chunks`; both gather `vectors`), and the model's side chooses between those.
- `lm2` keeps matrices of slots (`slots`), into which the rows that chunks wrote are let in one by
  one (`cell`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from pathlib import Path

    from store.kinds.holdings import Faded, Held
    from store.kinds.journal import Entries, Journal
    from store.kinds.layout import Layout
    from store.kinds.pool import Ids
    from store.segments import Segments
    from store.spec import Spec


class State(Protocol):
    """What all kinds' states have: the `journal` of the S segments that entered, and `sizes` [S],
    K of each.
    """

    @property
    def journal(self) -> Journal: ...

    @property
    def sizes(self) -> Ids: ...

    @property
    def digest(self) -> str:
        """Its name: the same for equal journals, on every machine."""
        ...

    def to_bytes(self) -> bytes:
        """The content of its file."""
        ...


class Holdings(Protocol):
    """What documents have in a state."""

    @property
    def slots(self) -> int:
        """Slots in use; 0 where there are none."""
        ...

    def by_document(self) -> dict[int, Held]:
        """Document -> what it has, in journal order; 0 stands for the checkpoint's own."""
        ...

    def faded(self) -> Faded:
        """What of the documents no question reads."""
        ...


StateT = TypeVar("StateT", bound=State)
HoldingsT_co = TypeVar("HoldingsT_co", bound=Holdings, covariant=True)


class Kind(Protocol[StateT, HoldingsT_co]):
    """What a kind of memory owns of the files. Its states and holdings are of its own types."""

    @property
    def layout(self) -> Layout:
        """Of its segments."""
        ...

    @property
    def reads_pool(self) -> bool:
        """Whether questions read the pool and the long-term memory vector by vector.

        Else they read whole chunks, and how the pool is shared out says nothing about answers.
        """
        ...

    @property
    def keeps_state_files(self) -> bool:
        """Whether each state is a file of its own; else it is folded from the journal when it is
        needed.
        """
        ...

    @property
    def sends_state_files(self) -> bool:
        """Whether these are part of the memory, and go along in snapshots; else they are derived:
        made anew from the segments where they are missing or damaged, and wherever these arrive.
        """
        ...

    def initial(self) -> StateT:
        """The state before anything was injected."""
        ...

    def fold(self, state: StateT, entries: Entries, segments: Segments) -> StateT:
        """Let segments enter one after the other; what they hold is in `segments`.

        Raises `DamagedError` where one that is opened is missing or damaged.
        """
        ...

    def told(self, entries: Entries) -> tuple[str, tuple[int, int]]:
        """The name of the state that a journal leads to, and its `counts`; no segment is opened."""
        ...

    def agree(self, state: StateT, other: StateT) -> bool:
        """Whether two states of one journal are the same, but for what machines differ by."""
        ...

    def parse(self, content: bytes, name: str, digest: str) -> StateT:
        """The state named `digest` in the content of a file.

        Raises `DamagedError`, with the file's `name`, where it is another, or none of such a
        memory.
        """
        ...

    def asked(self, file: Path, digest: str) -> Any:
        """What a question needs of the state named `digest`, from its file: the state, or a part
        that takes no longer to read for a longer journal. Raises `DamagedError` like `parse`, and
        `OSError`.
        """
        ...

    def most_bytes(self, segments: int) -> int:
        """The most bytes that the tensors of a state of so many segments have."""
        ...

    def counts(self, state: StateT) -> tuple[int, int]:
        """Vectors per layer in the pool and in the long-term memory."""
        ...

    def holdings(self, state: StateT, documents: Sequence[tuple[int, int]]) -> HoldingsT_co:
        """What documents have in a state: their numbers, each with the chunks that it has, in the
        journal's order.
        """
        ...


def kind_of(spec: Spec) -> Kind[Any, Any]:
    """The kind of a memory that is made for this."""
    if spec.recurrent:
        from store.kinds.lm2 import Recurrent

        return Recurrent(spec)
    from store.kinds.pooled import Pooled

    return Pooled(spec)
