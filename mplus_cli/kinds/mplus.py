"""M+ and MemoryLLM as published: a pool of vectors and a long-term memory, found layer by layer.

arXiv 2502.00592, section 3; docs/design.md, section 2. A model that writes each chunk alone and
finds single vectors is of this kind, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

from mplus_cli.kinds import Disk, Ids, Measured, Model
from mplus_cli.kinds.writing import writer
from mplus_cli.model.net.cache import LayerReading, Read
from mplus_cli.model.net.network import Network, Written

if TYPE_CHECKING:
    from store.home import Home
    from store.memory import Memory
    from store.segments import Segments
    from store.state import State


class MPlus:
    """See `mplus_cli.kinds.Kind`."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._writer = writer(model)

    def names(self, chunks: Sequence[Ids]) -> list[str]:
        return self._writer.names(chunks)

    def write(self, chunks: Sequence[Ids], disk: Disk, measured: Measured) -> Iterator[str]:
        return self._writer.write(chunks, disk, measured)

    def write_small(self, chunks: Sequence[Ids], disk: Disk, measured: Measured) -> None:
        self._writer.write_small(chunks, disk, measured)

    def open(self, home: Home, state: State, segments: Segments) -> Memory:
        from mplus_cli.kinds.pool_kv import pool_kv
        from store.memory import Memory

        memory = Memory(home.spec, state, segments, self._model.origin)
        if not home.spec.kv_width:
            memory.pool_kv = pool_kv(home, memory, self._model.network)
        return memory

    def read(
        self, question: str, prompt: Ids, memory: Memory, by_text: Callable[[], Ids], room: int
    ) -> Read:
        return read(self._model.network, prompt, memory, room)

    def search(
        self, words: str, memory: Memory, by_text: Callable[[], Ids], count: int
    ) -> list[tuple[int, float | None]]:
        """By text alone: the retriever finds vectors for layers, not passages for people."""
        return [(number, None) for number in by_text()[:count]]

    def declined(self, answer: str) -> bool:
        return False


class MemoryReader(Protocol):
    """Any memory: asked once a layer with the question's queries [m,h] (None: no retriever)."""

    def read(self, layer: int, queries: Tensor | None) -> LayerReading: ...


def read(
    network: Network, ids: Ids, memory: MemoryReader, room: int, all_logits: bool = False
) -> Read:
    """Read the prompt behind the memory, which every layer asks for itself.

    Section 2 of docs/design.md, "Read".
    """

    def layer_reading(number: int, normed: Tensor) -> LayerReading:
        retriever = network.retrievers.get(number)
        return memory.read(number, None if retriever is None else retriever.queries(normed))

    return network.read(ids, layer_reading, room, all_logits)


@torch.inference_mode()
def write_after(network: Network, ids: Ids, tail: Tensor) -> Written:
    """Vectors of one chunk of n ids: the last T rows that each layer gives.

    tail [L,T,d]: what was written just before in the same document, or the end of the checkpoint's
    own pool. Section 2 of docs/design.md, "Write".
    """
    h, tokens = network.embed(ids), network.config.memory.num_tokens
    n = h.shape[1]
    rope = network.llama.rope(1 + tokens + n)
    born, keys = list[Tensor](), list[Tensor]()
    for number, layer in enumerate(network.layers):
        rows = torch.cat([network.first(number), tail[number][None].to(h), h], dim=1)
        if network.positional is not None:
            rows[:, -tokens:] += network.positional
        out = layer.through(rows, max(n, tokens), rope, "write")
        born.append(out[0, -tokens:])
        if number in network.retrievers:
            # A key depends on the vector alone, so it is made at birth.
            keys.append(network.retrievers[number].keys(layer.norm(born[-1])))
        h = out[:, -n:]
    return Written(torch.stack(born), torch.stack(keys) if keys else None)
