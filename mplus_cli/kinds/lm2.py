"""LM2: a matrix of slots that documents are written into, and that a question reads at once.

arXiv 2502.06049; docs/design.md, section 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mplus_cli.kinds import Ids, Model, Ranked
from mplus_cli.kinds.readings import Reading
from mplus_cli.kinds.tracing import UNTRACED, SlotTrace, Trace
from mplus_cli.kinds.writing import writer_of

if TYPE_CHECKING:
    from store.home import Home
    from store.kinds.cell import Matrix
    from store.kinds.slots import Slots, SlotState
    from store.segments import Segments


@dataclass(frozen=True)
class SlotMemory:
    """A state of a memory. Its slots can't be told apart by documents."""

    matrix: Matrix

    def among(self, numbers: Sequence[int]) -> SlotMemory:
        """The same: searching by text knows of the documents that are meant, and nothing else of
        a memory is asked of some.
        """
        return self


class LM2:
    """See `mplus_cli.kinds.Kind`."""

    reads_passages = False
    divisible = False
    passages = 1

    def __init__(self, model: Model) -> None:
        self._model = model
        self.writer = writer_of(model)

    def open(self, home: Home, state: SlotState | Slots, segments: Segments) -> SlotMemory:
        (matrix,) = state.matrices
        return SlotMemory(matrix)

    def readings(
        self, prompt: Ids, memory: SlotMemory, found: Sequence[Ranked], room: int
    ) -> Iterator[Reading]:
        import torch

        from mplus_cli.kinds.slots import SlotReading, no_rows

        network, answering = self._model.network, self._model.config.answering
        matrix = memory.matrix
        # Before the first write nothing is added to the network.
        slots = torch.from_numpy(matrix.slots)
        beside = SlotReading(network, slots) if matrix.slots.any() else None
        cache, logits = network.read(prompt, no_rows, room, beside=beside)
        doubt = 1 - beside.found if beside is not None and answering.declines else 0.0
        is_empty = bool(answering.declines) and doubt >= answering.likely
        trace: Trace = UNTRACED
        if beside is not None and answering.sources and not is_empty:
            trace = SlotTrace(beside.weights, matrix)
        yield Reading(cache, logits.cpu(), doubt, trace=trace, is_empty=is_empty)

    def search(
        self, words: str, memory: SlotMemory, by_text: Callable[[], Ids], count: int
    ) -> list[Ranked]:
        """By text alone: slots have no passages."""
        return [(number, None) for number in by_text()[:count]]

    def declined(self, answer: str) -> bool:
        return self._model.config.answering.declined(answer)
