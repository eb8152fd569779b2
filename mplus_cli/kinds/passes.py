"""Passes through the network that the kinds of memory are made of: writing, finding, reading.

Shapes: F layers with a retriever, K rows of a segment, the rest as in
`mplus_cli.model.net.attention`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

from mplus_cli.kinds import Ids
from mplus_cli.model.net.attention import Texts
from mplus_cli.model.net.cache import Cache, LayerReading, Read, ReadLayer
from mplus_cli.model.net.network import Network, Written

if TYPE_CHECKING:
    from mplus_cli.model.config import Answering


@torch.inference_mode()
def write_after(network: Network, ids: Ids, tail: Tensor) -> Written:
    """Vectors of one chunk of n ids: the last T rows that each layer gives.

    tail [L,T,d]: what was written just before in the same document, or the end of the checkpoint's
    own pool. Section 2 of docs/design.md, "Write".
    """
    h, tokens = network.embed(ids), network.config.memory.num_tokens
    n = h.shape[1]
    rope = network.llama.rope(network.prefix_rows + tokens + n)
    born, keys = list[Tensor](), list[Tensor]()
    for number, layer in enumerate(network.layers):
        rows = torch.cat([network.prefix(number), tail[number][None].to(h), h], dim=1)
        if network.positional is not None:
            rows[:, -tokens:] += network.positional
        out = layer.through(rows, max(n, tokens), rope, "write")
        born.append(out[0, -tokens:])
        if number in network.retrievers:
            # A key depends on the vector alone, so it is made at birth.
            keys.append(network.retrievers[number].keys(layer.norm(born[-1])))
        h = out[:, -n:]
    return Written(network.sound(torch.stack(born)), torch.stack(keys) if keys else None)


@torch.inference_mode()
def write_alone(network: Network, chunks: Sequence[Ids], as_kv: bool) -> list[Written]:
    """Vectors of chunks that see nothing of each other: what enters each layer, K = n rows a chunk.

    as_kv: give what reading makes of a vector, its keys and values [2·G·e], in its place.
    """
    read_adapter, lengths = network.config.memory.read_adapter, [len(chunk) for chunk in chunks]
    # [R,d], a chunk after the other: there is no padding but in attention.
    h = network.embed([token for chunk in chunks for token in chunk])[0]
    texts = Texts.of(lengths, network.llama.rope(network.prefix_rows + max(lengths)))
    born, keys = list[Tensor](), list[Tensor]()
    last = len(network.layers) - 1  # nothing reads what it makes of a chunk
    for number, layer in enumerate(network.layers):
        normed, project = layer.norm(h), layer.attention.kv
        base = project.base(normed)  # once, for both adapters
        born.append(project.adapt(base, normed, read_adapter) if as_kv else h)
        if number in network.retrievers:
            keys.append(network.retrievers[number].keys(normed))
        if number < last:
            prefix = network.prefix_kv(number, "write").expand(len(chunks), -1, -1)
            own = project.adapt(base, normed, "write")
            h = layer.through_texts(h, normed, own, prefix, texts, "write")
    vectors = torch.split(network.sound(torch.stack(born)), lengths, dim=1)
    found = torch.split(torch.stack(keys), lengths, dim=1) if keys else [None] * len(chunks)
    return [Written(*each) for each in zip(vectors, found, strict=True)]


class MemoryReader(Protocol):
    """Any memory: asked once a layer with the question's queries [m,h] (None: no retriever)."""

    def read(self, layer: int, queries: Tensor | None) -> LayerReading: ...


def read_by_layer(
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
def find(network: Network, ids: Ids) -> Tensor:
    """Queries [F,m,h] of a question's own words, to find chunks with: a pass over them alone."""
    entering = network.entering(torch.tensor([list(ids)]), max(network.retrievers))
    return torch.stack(
        [
            network.retrievers[number].queries(network.layers[number].norm(h[0]))
            for number, h in enumerate(entering)
            if number in network.retrievers
        ]
    )


def settled(read: Callable[[int, None], LayerReading]) -> ReadLayer:
    """What is read is settled: no layer is asked what it wants."""
    return lambda layer, normed: read(layer, None)


@torch.inference_mode()
def read_passage(
    network: Network,
    ids: Ids,
    passage: ReadLayer,
    room: int,
    answering: Answering,
    declines: int | None,
) -> tuple[Cache, Tensor, float]:
    """Read the prompt behind one passage: what to go on with, and the probability of declining.

    declines: the first token of the answer that there is none, which the logits leave out where an
    answer is likelier: no single answer need be. None: the model always answers.
    """
    cache, logits = network.read(ids, passage, room)
    logits = logits.cpu()  # on a GPU they are there only now
    if declines is None:
        return cache, logits, 0.0
    doubt = float(logits[-1].softmax(-1)[declines])
    if doubt < answering.likely:
        logits = logits.index_fill(-1, torch.tensor([declines]), float("-inf"))
    return cache, logits, doubt
