"""Passes of an LM2 memory: write rows of chunks, and slots read beside the network's blocks.

arXiv 2502.06049; docs/design.md, section 2. Letters: W rows of a sentence, w numbers of a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from mplus_cli.kinds import Ids
from mplus_cli.model.net.cache import LayerReading
from mplus_cli.model.net.network import Written
from store.kinds import vectors
from store.kinds.cell import GATES, LEAST_GATE

if TYPE_CHECKING:
    from mplus_cli.model.net.lm2.module import Lm2
    from mplus_cli.model.net.network import Network


def write_rows(
    network: Network, chunks: Sequence[Ids], ends: Sequence[Sequence[int]]
) -> list[Written]:
    """What each chunk would write, whatever the memory holds: rows [1,R,w], float16.

    chunks, ends: as `Sentences.read` gives them. Chunks see nothing of each other, nor of any
    memory. A row that would not write is left out, but for a chunk's likeliest. Each
    chunk is computed by itself, so that its rows are the same to the last bit in any company:
    slots go on from them, and would grow apart.
    """
    return [Written(_rows(network, *each)[None], None) for each in zip(chunks, ends, strict=True)]


@torch.inference_mode()
def _rows(network: Network, ids: Ids, ends: Sequence[int]) -> Tensor:
    module = _module(network)
    if not ids:  # blanks alone
        return torch.zeros(1, module.shape.row, dtype=torch.float16)
    x = module.whitened(network.embed(ids).float())
    places = torch.tensor([list(ends)], device=network.device)
    found = network.sound(module.rows(x, places)).half().cpu()
    return _writing(found[0].flatten(0, 1))


def _writing(rows: Tensor) -> Tensor:
    """Of rows [*,w] those that write, at least the likeliest."""
    gates = rows[:, -GATES]
    return rows[gates >= min(LEAST_GATE, float(gates.max()))]


_NOTHING = vectors.LayerReading(
    np.zeros(0, np.int64), torch.zeros(0), torch.zeros(0, 0), torch.zeros(0, 0)
)


def no_rows(layer: int, normed: Tensor) -> LayerReading:
    """What a layer attends to besides the prompt (`ReadLayer`): slots are no rows."""
    return _NOTHING


class SlotReading:
    """What one question reads of the slots: see `mplus_cli.model.net.cache.Beside`.

    weights [N]: the sum of what the prompt's last token and the answer's have read of each slot.
    found: how much of what the prompt's last token looked for first, by its words alone, it found:
    weights of the first hop, the rest of 1 being that there is nothing.
    """

    def __init__(self, network: Network, slots: Tensor) -> None:
        """slots [N,a+m]: a tag and a value each."""
        self._module = _module(network)
        self._adds_at = network.config.memory.adds_at
        self._slots = slots.to(network.device)[None]
        # Whitened embeddings of all tokens so far: [1,m,d].
        self._x = torch.zeros(1, 0, self._module.shape.hidden, device=network.device)
        self.weights = torch.zeros(slots.shape[0], device=network.device)
        self.found = 0.0

    @property
    def slots(self) -> int:
        return int(self._slots[0].any(-1).sum())

    @torch.inference_mode()
    def added(self, layer: int, start: int, rows: Tensor) -> Tensor | None:
        if layer == 0:
            x = self._module.whitened(rows.float())
            self._x = torch.cat([self._x[:, :start], x], dim=1)
        if layer != self._adds_at:
            return None
        places = torch.arange(start, start + rows.shape[1], device=rows.device)[None]
        found, weights = self._module.read(self._x, places, self._slots)
        self.weights += weights[0, -1].sum(0)
        if not start:  # the prompt
            self.found = float(weights[0, -1, 0].sum())
        return found.to(rows)


def _module(network: Network) -> Lm2:
    assert network.slots is not None  # else the model is of another kind
    return network.slots
