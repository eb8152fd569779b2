"""A loaded model: the network, the prefix of its chunks, and reading behind a memory.

How chunks are written and what is found for a question is the affair of `mplus_cli.kinds`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from mplus_cli.errors import DamagedModelError
from mplus_cli.model.config import ModelConfig, Quantization
from mplus_cli.model.machine.threads import Threads
from mplus_cli.model.net.cache import Beside, Cache, LayerReading, Read, ReadLayer, VectorsRead
from mplus_cli.model.net.decode8 import Decoder
from mplus_cli.model.net.layers import DecoderLayer
from mplus_cli.model.net.linear import Use
from mplus_cli.model.net.llama import Llama
from mplus_cli.model.net.lm2.module import Lm2
from mplus_cli.model.net.retriever import Retriever
from mplus_cli.model.net.rope import part


@dataclass(frozen=True)
class Written:
    """Vectors [L,K,w] of one chunk and, with a retriever, their keys [F,K,h] at F layers.

    w is d, or 2·G·e where reading's keys and values stand for the vectors.
    """

    vectors: Tensor
    keys: Tensor | None


class Network:
    """Nothing of a call is kept for the next one: what was read so far is in its `Cache`."""

    def __init__(
        self,
        config: ModelConfig,
        llama: Llama,
        retrievers: Mapping[int, Retriever],
        prefix_states: Tensor,
        positional: Tensor | None,
        quantize: Quantization,
        decoder: Callable[[], Decoder] | None = None,
        slots: Lm2 | None = None,
    ) -> None:
        """retrievers: by the layers that have one; prefix_states [L,p,d]: the prefix, as it enters
        the layers; decoder: opens what decodes in the llama's place, when an answer's first token
        is there; slots: writes and reads those of an LM2 memory.
        """
        self.config = config
        self.llama = llama
        self.layers: list[DecoderLayer] = list(llama.layers)  # type: ignore[arg-type]
        self.retrievers = retrievers
        self.quantize = quantize
        self.slots = slots
        self.prefix_states = prefix_states
        self._prefix_kv: dict[tuple[int, Use], Tensor] = {}
        self.positional = positional  # [d]
        self._open_decoder = decoder
        self._threads = Threads()
        # Told of the layers that were read through, of so many: a long prompt takes its time.
        self.reading: Callable[[int, int], None] = lambda done, of: None

    @property
    def device(self) -> torch.device:
        return self.llama.embedding.device

    @cached_property
    def _decoder(self) -> Decoder | None:
        return self._open_decoder() if self._open_decoder else None

    def open_decoder(self) -> None:
        """Open what decodes in the network's place, if anything: the first time it may be made."""
        _ = self._decoder

    def embed(self, ids: Sequence[int]) -> Tensor:
        """Token ids n -> [1,n,d]. A pass begins here, so here the threads are settled.

        Raises `DamagedModelError` where the tokenizer gives ids that the model has no rows for.
        """
        self._threads.settle()
        if max(ids, default=0) >= len(self.llama.embedding):
            raise DamagedModelError(
                self.config.name,
                f"its tokenizer gives the id {max(ids):,}, of {len(self.llama.embedding):,} tokens",
            )
        return self.llama.embed(torch.tensor([list(ids)], device=self.device))

    @property
    def prefix_rows(self) -> int:
        """p: rows in front of every chunk, of the sequence start alone or of a template."""
        return self.prefix_states.shape[1]

    def prefix(self, number: int, batch: int = 1) -> Tensor:
        """The prefix as it enters a layer: [B,p,d]."""
        return self.prefix_states[number].to(self.llama.embedding).expand(batch, -1, -1)

    def prefix_kv(self, number: int, use: Use) -> Tensor:
        """Its keys and values before RoPE [1,p,2·G·e], made once."""
        if (number, use) not in self._prefix_kv:
            layer = self.layers[number]
            self._prefix_kv[number, use] = layer.attention.kv(layer.norm(self.prefix(number)), use)
        return self._prefix_kv[number, use]

    def entering(self, ids: Tensor, last: int) -> Iterator[Tensor]:
        """What enters the layers 0..last for texts of n ids [B,n], read with nothing before them:
        [B,n,d] each.
        """
        self._threads.settle()
        h, count = self.llama.embed(ids.to(self.device)), ids.shape[1]
        rope = self.llama.rope(self.prefix_rows + count)
        for number in range(last):
            self.reading(number, last)
            yield h
            # The prefix does not go through the layers: what it would be in front of each of them
            # is known, for it sees nothing but itself.
            rows = torch.cat([self.prefix(number, len(h)), h], dim=1)
            h = self.layers[number].through(rows, count, rope, "write")
        self.reading(last, last)
        yield h

    @torch.inference_mode()
    def read(
        self,
        ids: Sequence[int],
        memory: ReadLayer,
        new_tokens: int,
        all_logits: bool = False,
        beside: Beside | None = None,
    ) -> Read:
        """Read what a memory gives each layer and the m ids of a prompt.

        Leaves room for `new_tokens` more, to which `beside` adds, too. Gives the cache to go on
        with, and the logits of the last row [1,V] (of all rows [m,V], if asked for).
        """
        h = self.embed(ids)
        m = h.shape[1]
        most = self.prefix_rows + self.config.memory.read_vectors
        cache, last = Cache(self.llama, most, m + new_tokens, beside), len(self.layers) - 1
        for number, layer in enumerate(self.layers):
            self.reading(number, len(self.layers))
            normed = layer.norm(h)
            # A layer's memory are rows of that layer, and what it reads may depend on what the
            # prompt has become by then. They stand in front of the prompt, as text would.
            reading = memory(number, normed[0])
            start = self.prefix_rows + len(reading.ids)
            cache.memory_rows[number] = start
            cache.readings.append(VectorsRead(reading.ids, reading.scores))
            rows = self._memory_rows(number, reading)
            cache.put(number, 0, layer.attention.placed(rows, part(cache.rope, 0, start)))
            # Behind the last layer nobody looks at any but the last row.
            queries = 1 if number == last and not all_logits else m
            h = self._token_rows(cache, number, h, normed, queries)
        self.reading(len(self.layers), len(self.layers))
        cache.tokens = m
        return cache, self.sound(self.llama.logits(h[0]))

    def _memory_rows(self, number: int, reading: LayerReading) -> Tensor:
        """Keys and values of the prefix and of a layer's memory, not yet placed.

        [1,p+R+P,2·G·e].
        """
        rows = self.prefix_kv(number, self.config.memory.read_adapter)[0]
        # Hidden states become keys and values as any row does; what was kept as those stays so.
        parts = [rows, self.as_kv(number, reading.states)] if len(reading.states) else [rows]
        return torch.cat([*parts, reading.kv.to(rows)] if len(reading.kv) else parts)[None]

    @torch.inference_mode()
    def as_kv(self, number: int, states: Tensor) -> Tensor:
        """What reading makes of a layer's vectors, before RoPE: [*,d] -> [*,2·G·e]."""
        layer = self.layers[number]
        normed = layer.norm(states.to(self.llama.embedding))
        rows: Tensor = layer.attention.kv(normed, self.config.memory.read_adapter)
        return rows

    @torch.inference_mode()
    def step(self, cache: Cache, token: int) -> Tensor:
        """Read one more token; logits [V] of what follows."""
        if self._decoder is not None:
            self._threads.settle()
            return self.sound(self._decoder.step(cache, token))
        # One row: all that it attends to is in the cache.
        h = self.embed([token])
        for number, layer in enumerate(self.layers):
            h = self._token_rows(cache, number, h, layer.norm(h), 1)
        cache.tokens += 1
        return self.sound(self.llama.logits(h[0, -1]))

    def sound(self, computed: Tensor) -> Tensor:
        """What was computed, if all of it are numbers. Raises `DamagedModelError`."""
        if computed.is_meta or bool(computed.isfinite().all()):  # shapes alone have no numbers
            return computed
        name = self.config.name
        raise DamagedModelError(
            name,
            "it computes what is no number (NaN or infinite)",
            f"see which of its files is not whole: mplus model verify {name}",
        )

    def _token_rows(
        self, cache: Cache, number: int, h: Tensor, normed: Tensor, queries: int
    ) -> Tensor:
        """Rows of the prompt or the answer through one layer, behind everything read before; of
        which the last `queries` go on.
        """
        layer, use = self.layers[number], self.config.memory.read_adapter
        memory_rows = cache.memory_rows[number]
        start = memory_rows + cache.tokens
        stop = start + h.shape[1]
        cache.put(number, start, layer.keys_values(normed, part(cache.rope, start, stop), use))
        last = part(cache.rope, stop - queries, stop)
        kv = cache.upto(number, stop)
        # E_next = E_attn + what a memory of slots adds (arXiv 2502.06049, eq. 4).
        added = cache.beside.added(number, cache.tokens, h) if cache.beside else None
        added = None if added is None else added[:, -queries:]
        rows, weights = layer(h[:, -queries:], normed[:, -queries:], last, kv, use, added)
        cache.attention[number, :memory_rows] += weights[..., :memory_rows].sum((0, 1))
        return rows  # type: ignore[no-any-return]
