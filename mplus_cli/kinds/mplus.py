"""M+ and MemoryLLM as published: a pool of vectors and a long-term memory, found layer by layer.

arXiv 2502.00592, section 3; docs/design.md, section 2. A model that writes each chunk alone and
finds single vectors is of this kind, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from mplus_cli.kinds import Ids, Model, Ranked
from mplus_cli.kinds.readings import Reading
from mplus_cli.kinds.tracing import VectorTrace
from mplus_cli.kinds.writing import writer_of

if TYPE_CHECKING:
    from store.home import Home
    from store.kinds.mplus import Memory
    from store.kinds.state import State
    from store.segments import Segments


class MPlus:
    """See `mplus_cli.kinds.Kind`."""

    reads_passages = False
    divisible = True
    passages = 1

    def __init__(self, model: Model) -> None:
        self._model = model
        self.writer = writer_of(model)

    def open(self, home: Home, state: State, segments: Segments) -> Memory:
        from mplus_cli.kinds.pool_kv import pool_kv
        from store.kinds.layout import layout_of
        from store.kinds.mplus import Memory

        segments.keys.grow(state.journal)
        memory = Memory(segments.spec, state, segments, self._model.origin)
        if not layout_of(segments.spec).keeps_kv:
            memory.pool_kv = pool_kv(home, memory, self._model.network)
        return memory

    def readings(
        self, prompt: Ids, memory: Memory, found: Sequence[Ranked], room: int
    ) -> Iterator[Reading]:
        from mplus_cli.kinds.passes import read_by_layer

        cache, logits = read_by_layer(self._model.network, prompt, memory, room)
        logits = logits.cpu()  # on a GPU they are there only now
        yield Reading(cache, logits, doubt=0.0, trace=VectorTrace(cache, memory.state))

    def search(
        self, words: str, memory: Memory, by_text: Callable[[], Ids], count: int
    ) -> list[Ranked]:
        """By text alone: the retriever finds vectors for layers, not passages for people."""
        return [(number, None) for number in by_text()[:count]]

    def declined(self, answer: str) -> bool:
        return False
