"""Kinds of memory, as far as they need no model: what is kept of a chunk, and how the states of a
memory follow from its journal. What needs the model is in `mplus_cli.kinds`.

A kind is chosen by the spec, here (`kind_of`). `mplus` and `chunks` keep the same: ids in a pool
(`pooled`, `state`, `pool`, `holdings`), with vectors laid out in one of two ways (`layout`); they
differ in how a question finds and reads them (`mplus`, `chunks`; both gather `vectors`), and the
model's side chooses between those. `Change`, `verify`, `restore` and the state files know no more
of a kind than `Kind`.

How a third kind fits: LM2 (arXiv 2502.06049), a matrix of N slots M [F,N,m] in F layers.
- `layout`: of a chunk its write features [F,n,a] are kept, which see nothing of the memory. A class
  beside `HiddenStates`, with these tensors.
- `initial`: M_0. A state is the journal, its sizes, and M.
- `fold`: opens each segment's features and lets them in, token by token: with w_t [N] how much
  token t writes to each slot and v_t [m] what it writes, both of small parameters that the spec
  names, M' = prod_t (1 - w_t) * M + sum_t w_t * prod_{t' > t} (1 - w_t') * v_t: what is written
  last weighs most, and |M| stays bounded. It is a function of the journal and the features alone,
  so forgetting, rollback, diff and replay stay exact.
- `parse`: shapes of M, and that it is finite.
- `counts`, `holdings`: there is no pool and no long-term memory: none; a document's share in a slot
  is its sum of w_t * prod_{t' > t} (1 - w_t').
It is a module of its own here and a line in `kind_of`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from store.kinds.holdings import Holdings
    from store.kinds.journal import Entries
    from store.kinds.layout import Layout
    from store.kinds.state import State
    from store.segments import Segments
    from store.spec import Spec


class Kind(Protocol):
    """What a kind of memory owns of the files."""

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

    def initial(self) -> State:
        """The state before anything was injected."""
        ...

    def fold(self, state: State, entries: Entries, segments: Segments) -> State:
        """Let segments enter one after the other; what they hold is in `segments`."""
        ...

    def parse(self, content: bytes, name: str) -> State:
        """The state in the content of a file.

        Raises `DamagedError`, with the file's name, where it is none of such a memory.
        """
        ...

    def most_bytes(self, segments: int) -> int:
        """The most bytes that the tensors of a state of so many segments have."""
        ...

    def counts(self, state: State) -> tuple[int, int]:
        """Vectors per layer in the pool and in the long-term memory."""
        ...

    def holdings(self, state: State, documents: Sequence[tuple[int, int]]) -> Holdings:
        """What documents have in a state: their numbers, each with the chunks that it has, in the
        journal's order.
        """
        ...


def kind_of(spec: Spec) -> Kind:
    """The kind of a memory that is made for this."""
    from store.kinds.pooled import Pooled

    return Pooled(spec)
