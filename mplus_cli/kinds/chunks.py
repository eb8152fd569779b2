"""Whole chunks: each written alone, found once for all layers, and read one at a time.

Docs/design.md, section 3. Shapes: F retrieval layers, K rows of a chunk, the rest as in
`mplus_cli.model.net.layers`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from mplus_cli.kinds import Disk, Ids, Measured, Model
from mplus_cli.kinds.writing import writer
from mplus_cli.model.net.attention import Texts
from mplus_cli.model.net.cache import LayerReading, Read, ReadLayer
from mplus_cli.model.net.network import Network, Written

if TYPE_CHECKING:
    from mplus_cli.model.config import Answering
    from store.home import Home
    from store.kinds.chunks import FoundChunk
    from store.memory import Memory
    from store.segments import Segments
    from store.state import State


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
        from store.memory import Memory

        return Memory(home.spec, state, segments, self._model.origin)

    def read(
        self, question: str, prompt: Ids, memory: Memory, by_text: Callable[[], Ids], room: int
    ) -> Read:
        spec, encode = memory.spec, self._model.tokenizer.encode
        found = self._find(question, memory, by_text, spec.retrieved_vectors // spec.num_tokens)
        # Without any chunk there is only the checkpoint's own memory to read.
        layers = [settled(each.read) for each in found] or [settled(memory.read)]
        answering = self._model.config.answering
        declines = encode(answering.declines)[0][0] if answering.declines else None
        return read_surest(self._model.network, prompt, layers, room, answering, declines)

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
        said = self._model.config.answering.declines
        return bool(said) and answer.startswith(said)


@torch.inference_mode()
def write_alone(network: Network, chunks: Sequence[Ids], as_kv: bool) -> list[Written]:
    """Vectors of chunks that see nothing of each other: what enters each layer, K = n rows a chunk.

    as_kv: give what reading makes of a vector, its keys and values [2·G·e], in its place.
    """
    read_adapter, lengths = network.config.memory.read_adapter, [len(chunk) for chunk in chunks]
    # [R,d], a chunk after the other: there is no padding but in attention.
    h = network.embed([token for chunk in chunks for token in chunk])[0]
    texts = Texts.of(lengths, network.llama.rope(1 + max(lengths)))
    born, keys = list[Tensor](), list[Tensor]()
    last = len(network.layers) - 1  # nothing reads what it makes of a chunk
    for number, layer in enumerate(network.layers):
        normed, project = layer.norm(h), layer.attention.kv
        base = project.base(normed)  # once, for both adapters
        born.append(project.adapt(base, normed, read_adapter) if as_kv else h)
        if number in network.retrievers:
            keys.append(network.retrievers[number].keys(normed))
        if number < last:
            first = project(layer.norm(network.first(number)), "write").expand(len(chunks), -1, -1)
            own = project.adapt(base, normed, "write")
            h = layer.through_texts(h, normed, own, first, texts, "write")
    vectors = torch.split(torch.stack(born), lengths, dim=1)
    found = torch.split(torch.stack(keys), lengths, dim=1) if keys else [None] * len(chunks)
    return [Written(*each) for each in zip(vectors, found, strict=True)]


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


def read_surest(
    network: Network,
    ids: Ids,
    memories: Iterable[ReadLayer],
    room: int,
    answering: Answering,
    declines: int | None,
) -> Read:
    """Read the first memory that the model would surely answer from, else the least doubted one.

    memories: the likeliest first; declines: the first token of the answer that there is none, which
    the logits leave out where an answer is likelier: no single answer need be. None: the model
    always answers, from the first memory. Raises `ValueError` without a memory.
    """
    best, least = None, float("inf")
    for memory in memories:
        cache, logits = network.read(ids, memory, room)
        doubt = 0.0 if declines is None else float(logits[-1].softmax(-1)[declines].cpu())
        if best is None or doubt < least:
            best, least = (cache, logits), doubt
        if declines is None or doubt < answering.sure:
            break
    if best is None:
        raise ValueError("no memory to read")
    cache, logits = best
    if declines is not None and least < answering.likely:
        declining = torch.tensor([declines], device=logits.device)
        logits = logits.index_fill(-1, declining, float("-inf"))
    return cache, logits
