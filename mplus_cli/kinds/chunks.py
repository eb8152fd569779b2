"""Whole chunks: each written alone, found once for all layers, and read one at a time.

Docs/design.md, section 3. Shapes: F retrieval layers, K rows of a chunk, the rest as in
`mplus_cli.model.net.layers`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from mplus_cli.kinds import Disk, Ids, Measured, Model
from mplus_cli.kinds.writing import writer
from mplus_cli.model.net.cache import LayerReading, Read, ReadLayer
from mplus_cli.model.net.layers import part
from mplus_cli.model.net.network import Network, Written

if TYPE_CHECKING:
    from store.home import Home
    from store.kinds.chunks import FoundChunk
    from store.kinds.mplus import Memory
    from store.kinds.state import State
    from store.segments import Segments

SURE = 0.1  # probability of declining below which no further memory is read
LIKELY = 0.5  # and from which on declining is likelier than all answers together
DECLINED = "I don't know."  # what a model was trained to say where a chunk holds no answer


class Chunks:
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
        from store.kinds.mplus import Memory

        return Memory(home.spec, state, segments, self._model.origin)

    def read(
        self, question: str, prompt: Ids, memory: Memory, by_text: Callable[[], Ids], room: int
    ) -> Read:
        spec, encode = memory.spec, self._model.tokenizer.encode
        found = self._find(question, memory, by_text, spec.retrieved_vectors // spec.num_tokens)
        # Without any chunk there is only the checkpoint's own memory to read.
        layers = [settled(each.read) for each in found] or [settled(memory.read)]
        return read_surest(self._model.network, prompt, layers, room, encode(DECLINED)[0][0])

    def search(
        self, words: str, memory: Memory, by_text: Callable[[], Ids], count: int
    ) -> list[tuple[int, float | None]]:
        found = self._find(words, memory, by_text, count)
        return [(chunk.number, chunk.score) for chunk in found]

    def _find(
        self, words: str, memory: Memory, by_text: Callable[[], Ids], count: int
    ) -> list[FoundChunk]:
        from store.kinds.chunks import find_chunks

        queries = find(self._model.network, self._model.tokenizer.encode(words)[0])
        return find_chunks(memory, queries, by_text(), count)

    def declined(self, answer: str) -> bool:
        return answer.startswith(DECLINED)


@torch.inference_mode()
def write_alone(network: Network, chunks: Sequence[Ids], as_kv: bool) -> list[Written]:
    """Vectors of chunks that see nothing of each other: what enters each layer, K = n rows a chunk.

    as_kv: give what reading makes of a vector, its keys and values [2·G·e], in its place.
    """
    config, lengths = network.config, [len(chunk) for chunk in chunks]
    # [R,d], a chunk after the other: there is no padding but in attention.
    h = network.embed([token for chunk in chunks for token in chunk])[0]
    places, own = (rows.to(network.device) for rows in _padded(lengths))
    rope = network.llama.rope(1 + max(lengths))
    born, keys = list[Tensor](), list[Tensor]()
    for number, layer in enumerate(network.layers):
        normed = layer.norm(h)
        kv = layer.kv.base(normed)  # of the base, for both adapters
        born.append(layer.kv.adapt(kv, normed, config.read_adapter) if as_kv else h)
        if layer.key_proj is not None:
            keys.append(layer.key_proj(normed))
        if number + 1 < config.layers:
            first = layer.kv(layer.norm(network.first(number)), "write")
            first = first.expand(len(chunks), -1, -1)
            rows = torch.cat([first, layer.kv.adapt(kv, normed, "write")[places]], dim=1)
            queries, at = layer.q(normed, "write")[places], part(rope, 1, 1 + max(lengths))
            mixed = layer.mix(queries, at, layer.placed(rows, rope))[0]
            h = layer.finish(h, mixed.flatten(0, 1)[own], "write")
    vectors = torch.split(torch.stack(born), lengths, dim=1)
    found = torch.split(torch.stack(keys), lengths, dim=1) if keys else [None] * len(chunks)
    return [Written(*each) for each in zip(vectors, found, strict=True)]


def _padded(lengths: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Row numbers that make a batch [B,n] of chunks that lie in a row, and those that undo it [R].

    The padding is behind a chunk, where causal attention never sees it.
    """
    longest, starts = max(lengths), [0, *accumulate(lengths)]
    rows = [
        torch.arange(start, start + length) for start, length in zip(starts, lengths, strict=False)
    ]
    own = [
        torch.arange(number * longest, number * longest + length)
        for number, length in enumerate(lengths)
    ]
    return pad_sequence(rows, batch_first=True), torch.cat(own)


@torch.inference_mode()
def find(network: Network, ids: Ids) -> Tensor:
    """Queries [F,m,h] of a question's own words, to find chunks with: a pass over them alone."""
    h, last = network.embed(ids), network.config.retrieval_layers[-1]
    rope = network.llama.rope(1 + len(ids))
    queries = []
    for number, layer in enumerate(network.layers[: last + 1]):
        if layer.query_proj is not None:
            queries.append(layer.query_proj(layer.norm(h[0])))
        if number < last:
            rows = torch.cat([network.first(number), h], dim=1)
            h = layer.through(rows, len(ids), rope, "write")
    return torch.stack(queries)


def settled(read: Callable[[int, None], LayerReading]) -> ReadLayer:
    """What is read is settled: no layer is asked what it wants."""
    return lambda layer, normed: read(layer, None)


def read_surest(
    network: Network, ids: Ids, memories: Iterable[ReadLayer], room: int, declines: int
) -> Read:
    """Read the first memory that the model would surely answer from, else the least doubted one.

    memories: the likeliest first; declines: the first token of the answer that there is none, which
    the logits leave out where an answer is likelier: no single answer need be. Raises `ValueError`
    without a memory.
    """
    best, least = None, float("inf")
    for memory in memories:
        cache, logits = network.read(ids, memory, room)
        doubt = float(logits[-1].softmax(-1)[declines].cpu())
        if best is None or doubt < least:
            best, least = (cache, logits), doubt
        if doubt < SURE:
            break
    if best is None:
        raise ValueError("no memory to read")
    cache, logits = best
    if least < LIKELY:
        declining = torch.tensor([declines], device=logits.device)
        logits = logits.index_fill(-1, declining, float("-inf"))
    return cache, logits
