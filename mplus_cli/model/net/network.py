"""M+ on top of the Llama: writing a chunk into vectors, reading a memory (arXiv 2502.00592, section
3).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from mplus_cli.model.config import ModelConfig, Quantization, in_steps
from mplus_cli.model.net.layers import DecoderLayer, Llama, Rope, part

if TYPE_CHECKING:
    from mplus_cli.model.net.decode8 import Decoder


class LayerReading(Protocol):
    """What a memory gives one layer: ids [R+P] and scores [R+P] (NaN: the pool's) of the vectors
    that are read.

    The first are given as hidden states [A,d], the others as keys and values before RoPE [B,2·G·e];
    A+B = R+P.
    """

    @property
    def ids(self) -> NDArray[np.int64]: ...
    @property
    def scores(self) -> Tensor: ...
    @property
    def states(self) -> Tensor: ...
    @property
    def kv(self) -> Tensor: ...


@dataclass(frozen=True)
class VectorsRead:
    """Which vectors one layer has read: ids and scores [R+P]. They themselves, in all layers, would
    fill memory.
    """

    ids: NDArray[np.int64]
    scores: Tensor


class MemoryReader(Protocol):
    """Any memory: asked once per layer with the question's retrieval queries [m,h] (None: no
    retriever).
    """

    def read(self, layer: int, queries: Tensor | None) -> LayerReading: ...


@dataclass(frozen=True)
class Written:
    """Vectors [L,K,w] of one chunk and, with a retriever, their keys [F,K,h] at the F layers that
    have keys.

    w is d, or 2·G·e where reading's keys and values stand for the vectors.
    """

    vectors: Tensor
    keys: Tensor | None


class Cache:
    """Keys and values of everything read so far, allocated once: per layer [1,G,S,e].

    `attention` [L,rows] sums, over heads and answer tokens, what the answer paid to each memory
    row.
    """

    def __init__(self, model: MPlus, tokens: int) -> None:
        config = model.config
        memory_rows = 1 + config.read_vectors
        rows = in_steps(memory_rows + tokens)
        shape = (config.layers, 1, config.kv_heads, rows, config.head_dim)
        like = model.network.embedding
        # Zeros: a row that is not filled yet is masked, and must not be infinite.
        self.keys = torch.zeros(shape, dtype=like.dtype, device=like.device)
        self.values = torch.zeros_like(self.keys)
        self.memory_rows = [0] * config.layers
        self.tokens = 0
        self.attention = torch.zeros(config.layers, memory_rows, device=like.device)
        self.readings: list[VectorsRead] = []
        self.rope = model.network.rope(rows)

    def put(self, layer: int, start: int, kv: tuple[Tensor, Tensor]) -> None:
        stop = start + kv[0].shape[2]
        self.keys[layer][:, :, start:stop] = kv[0]
        self.values[layer][:, :, start:stop] = kv[1]

    def upto(self, layer: int, stop: int) -> tuple[Tensor, Tensor]:
        return self.keys[layer][:, :, :stop], self.values[layer][:, :, :stop]


Read = tuple[Cache, Tensor]  # what reading gives: the cache to go on with, and logits


class MPlus:
    """A loaded model. Nothing here keeps state between calls."""

    def __init__(
        self,
        config: ModelConfig,
        network: Llama,
        bos_embedding: Tensor,
        positional: Tensor | None,
        quantize: Quantization,
        decoder: Callable[[], Decoder] | None = None,
    ) -> None:
        """decoder: opens what decodes in the network's place, when the first token of an answer is
        there.
        """
        self.config = config
        self.network = network
        self.quantize = quantize
        self.bos = bos_embedding  # [L,d]
        self._positional = positional  # [d]
        self._open_decoder = decoder

    @property
    def device(self) -> torch.device:
        return self.network.embedding.device

    @property
    def layers(self) -> list[DecoderLayer]:
        return list(self.network.layers)  # type: ignore[arg-type]

    @cached_property
    def _decoder(self) -> Decoder | None:
        return self._open_decoder() if self._open_decoder else None

    @torch.inference_mode()
    def write_after(self, ids: Sequence[int], tail: Tensor) -> Written:
        """Vectors of one chunk of n ids, 0 < n <= C: the last T rows that each layer gives.

        tail [L,T,d]: what was written just before in the same document, or the end of the
        checkpoint's own pool. Section 2 of docs/design.md, "Write".
        """
        h, tokens = self._embed(ids), self.config.num_tokens
        n = h.shape[1]
        rope = self.network.rope(1 + tokens + n)
        born, keys = list[Tensor](), list[Tensor]()
        for number, layer in enumerate(self.layers):
            rows = torch.cat([self._first(number, 1), tail[number][None].to(h), h], dim=1)
            if self._positional is not None:
                rows[:, -tokens:] += self._positional
            out = _layer_rows(layer, rows, max(n, tokens), rope)
            born.append(out[0, -tokens:])
            if layer.key_proj is not None:
                keys.append(self._key(layer, layer.norm(born[-1])))
            h = out[:, -n:]
        return Written(torch.stack(born), torch.stack(keys) if keys else None)

    @torch.inference_mode()
    def write_alone(self, chunks: Sequence[Sequence[int]], as_kv: bool) -> list[Written]:
        """Vectors of chunks of n ids each, 0 < n <= C, that see nothing of each other: what enters
        each layer.

        as_kv: give what reading makes of a vector, its keys and values [2·G·e], in its place.
        """
        lengths = [len(chunk) for chunk in chunks]
        h = self._embed([token for chunk in chunks for token in chunk])[
            0
        ]  # [R,d]: no padding but in attention
        places, own = (rows.to(self.device) for rows in _padded(lengths))
        rope = self.network.rope(1 + max(lengths))
        born, keys = list[Tensor](), list[Tensor]()
        for number, layer in enumerate(self.layers):
            normed = layer.norm(h)
            kv = layer.kv.base(normed)  # of the base, for both adapters
            born.append(layer.kv.adapt(kv, normed, self.config.read_adapter) if as_kv else h)
            if layer.key_proj is not None:
                keys.append(self._key(layer, normed))
            if number + 1 < self.config.layers:
                first = layer.kv(layer.norm(self._first(number, 1)), "write").expand(
                    len(chunks), -1, -1
                )
                rows = torch.cat([first, layer.kv.adapt(kv, normed, "write")[places]], dim=1)
                queries = layer.q(normed, "write")[places]
                mixed = layer.mix(
                    queries, part(rope, 1, 1 + max(lengths)), layer.placed(rows, rope)
                )[0]
                h = layer.finish(h, mixed.flatten(0, 1)[own], "write")
        vectors = torch.split(torch.stack(born), lengths, dim=1)
        found = torch.split(torch.stack(keys), lengths, dim=1) if keys else [None] * len(chunks)
        return [Written(*each) for each in zip(vectors, found, strict=True)]

    def _first(self, number: int, batch: int) -> Tensor:
        """The sequence start, as it enters a layer: [B,1,d]."""
        return self.bos[number].to(self.network.embedding).expand(batch, 1, -1)

    def _key(self, layer: DecoderLayer, normed: Tensor) -> Tensor:
        """Retrieval keys of new vectors: they depend on the vector alone, so they are made at
        birth.
        """
        keys: Tensor = layer.key_proj(normed)  # type: ignore[misc]
        # Late interaction compares directions; how much a token counts is the length of its query.
        return F.normalize(keys, dim=-1) if self.config.retrieval_layers else keys

    @torch.inference_mode()
    def find(self, ids: Sequence[int]) -> Tensor:
        """Queries [F,m,h] of a question's own words, to find whole chunks with: a pass over them
        alone.
        """
        h, last = self._embed(ids), self.config.retrieval_layers[-1]
        rope = self.network.rope(1 + len(ids))
        queries = []
        for number, layer in enumerate(self.layers[: last + 1]):
            if layer.query_proj is not None:
                queries.append(layer.query_proj(layer.norm(h[0])))
            if number < last:
                h = _layer_rows(
                    layer, torch.cat([self._first(number, 1), h], dim=1), len(ids), rope
                )
        return torch.stack(queries)

    @torch.inference_mode()
    def read(
        self, ids: Sequence[int], memory: MemoryReader, new_tokens: int, all_logits: bool = False
    ) -> Read:
        """Read a memory and the m ids of a prompt; leaves room for `new_tokens` more.

        Gives the cache to go on with, and the logits of the last row [1,V] (of all rows [m,V], if
        asked for).
        """
        h = self._embed(ids)
        m = h.shape[1]
        cache = Cache(self, m + new_tokens)
        for number, layer in enumerate(self.layers):
            normed = layer.norm(h)
            by_layer = layer.query_proj is not None and not self.config.retrieval_layers
            reading = memory.read(number, layer.query_proj(normed[0]) if by_layer else None)  # type: ignore[misc]
            start = 1 + len(reading.ids)
            cache.memory_rows[number] = start
            cache.readings.append(VectorsRead(reading.ids, reading.scores))
            cache.put(
                number,
                0,
                layer.placed(self._memory_rows(number, reading), part(cache.rope, 0, start)),
            )
            h = self._token_rows(cache, number, h, normed)
        cache.tokens = m
        return cache, self.network.logits(h[0] if all_logits else h[0, -1:])

    def _memory_rows(self, number: int, reading: LayerReading) -> Tensor:
        """Keys and values of the sequence start and of a layer's memory, not yet placed:
        [1,1+R+P,2·G·e].
        """
        first = self._first(number, 1)[0]
        states = [first, reading.states.to(first)] if len(reading.states) else [first]
        rows = self.as_kv(number, torch.cat(states))
        return torch.cat([rows, reading.kv.to(rows)] if len(reading.kv) else [rows])[None]

    @torch.inference_mode()
    def as_kv(self, number: int, states: Tensor) -> Tensor:
        """What reading makes of a layer's vectors, before RoPE: [*,d] -> [*,2·G·e]."""
        layer = self.layers[number]
        rows: Tensor = layer.kv(
            layer.norm(states.to(self.network.embedding)), self.config.read_adapter
        )
        return rows

    @torch.inference_mode()
    def step(self, cache: Cache, token: int) -> Tensor:
        """Read one more token; logits [V] of what follows."""
        if self._decoder is not None:
            return self._decoder.step(cache, token)
        h = self._embed([token])
        for number, layer in enumerate(self.layers):
            h = self._token_rows(cache, number, h, layer.norm(h))
        cache.tokens += 1
        return self.network.logits(h[0, -1])

    def _token_rows(self, cache: Cache, number: int, h: Tensor, normed: Tensor) -> Tensor:
        """Rows of the prompt or the answer through one layer, behind everything read before."""
        layer, use = self.layers[number], self.config.read_adapter
        memory_rows = cache.memory_rows[number]
        start = memory_rows + cache.tokens
        stop = start + h.shape[1]
        rope = part(cache.rope, start, stop)
        cache.put(number, start, layer.keys_values(normed, rope, use))
        rows, weights = layer(h, normed, rope, cache.upto(number, stop), use)
        cache.attention[number, :memory_rows] += weights[..., :memory_rows].sum((0, 1))
        return rows  # type: ignore[no-any-return]

    def _embed(self, ids: Sequence[int]) -> Tensor:
        return self.network.embed(torch.tensor([list(ids)], device=self.device))


def _padded(lengths: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Row numbers that make a batch [B,n] of chunks that lie one after the other, and those that
    undo it [R].

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


def _layer_rows(layer: DecoderLayer, rows: Tensor, queries: int, rope: Rope) -> Tensor:
    """Writing's step through one layer: all rows are keys and values, the last `queries` of them go
    on.
    """
    total = rows.shape[1]
    normed = layer.norm(rows)
    kv = layer.keys_values(normed, rope, "write")
    last = part(rope, total - queries, total)
    out: Tensor = layer(rows[:, -queries:], normed[:, -queries:], last, kv, "write")[0]
    return out
