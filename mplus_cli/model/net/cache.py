"""What was read so far: keys and values of memory rows and tokens, and what a memory gives to be
read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mplus_cli.model.config import in_steps
from mplus_cli.model.net.llama import Llama


class LayerReading(Protocol):
    """What a memory gives one layer: ids [R+P] and scores [R+P] (NaN: the pool's) of what is read.

    The first are given as hidden states [A,d], the others as keys and values before RoPE
    [B,2·G·e]; A+B = R+P.
    """

    @property
    def ids(self) -> NDArray[np.int64]: ...
    @property
    def scores(self) -> Tensor: ...
    @property
    def states(self) -> Tensor: ...
    @property
    def kv(self) -> Tensor: ...


ReadLayer = Callable[[int, Tensor], LayerReading]
"""A layer's number and what enters its attention [m,d] -> what that layer reads of a memory."""


class Beside(Protocol):
    """A memory that stands beside the blocks and adds to one of them (LM2), for one question."""

    @property
    def slots(self) -> int:
        """How many are in use."""
        ...

    def added(self, layer: int, start: int, rows: Tensor) -> Tensor | None:
        """What a block's attention gets besides for its rows, [1,q,d]; None: nothing.

        Asked of every block in order. rows [1,q,d]: what enters it, of the prompt's and the
        answer's tokens from number `start` on; what it knew of those from there on is void.
        """
        ...


@dataclass(frozen=True)
class VectorsRead:
    """Which vectors one layer has read: ids and scores [R+P].

    They themselves, in all layers, would fill memory.
    """

    ids: NDArray[np.int64]
    scores: Tensor


class Cache:
    """Keys and values of everything read so far, allocated once: per layer [1,G,S,e].

    A row's keys and values depend on the rows before it alone, so each is computed once and every
    later row attends to what lies here. `attention` [L,rows] sums, over heads and answer tokens,
    what the answer paid to each memory row. `beside`: what adds to these rows.
    """

    def __init__(
        self, llama: Llama, memory_rows: int, tokens: int, beside: Beside | None = None
    ) -> None:
        """Room for rows of the prefix and of a memory, and for so many tokens."""
        net = llama.architecture
        rows = in_steps(memory_rows + tokens)
        shape = (net.layers, 1, net.kv_heads, rows, net.head_dim)
        like = llama.embedding
        # Zeros: a row that is not filled yet is masked, and must not be infinite.
        self.keys = torch.zeros(shape, dtype=like.dtype, device=like.device)
        self.values = torch.zeros_like(self.keys)
        self.beside = beside
        self.memory_rows = [0] * net.layers
        self.tokens = 0
        self.attention = torch.zeros(net.layers, memory_rows, device=like.device)
        self.readings: list[VectorsRead] = []
        self.rope = llama.rope(rows)

    def put(self, layer: int, start: int, kv: tuple[Tensor, Tensor]) -> None:
        """Keep keys and values 2 × [1,G,n,e] from row `start` on."""
        stop = start + kv[0].shape[2]
        self.keys[layer][:, :, start:stop] = kv[0]
        self.values[layer][:, :, start:stop] = kv[1]

    @property
    def vectors_read(self) -> int:
        """Rows of a layer that were read at once, or slots."""
        slots = self.beside.slots if self.beside else 0
        return max(slots, *(len(reading.ids) for reading in self.readings))

    def mark(self) -> tuple[int, Tensor]:
        """What `back_to` goes back to."""
        return self.tokens, self.attention.clone()

    def back_to(self, mark: tuple[int, Tensor]) -> None:
        """Be as it was when the mark was made: rows that came since are written over."""
        self.tokens, attention = mark
        self.attention = attention.clone()

    def upto(self, layer: int, stop: int) -> tuple[Tensor, Tensor]:
        """Keys and values of the rows before `stop`."""
        return self.keys[layer][:, :, :stop], self.values[layer][:, :, :stop]


Read = tuple[Cache, Tensor]
"""What reading gives: the cache to go on with, and logits."""
