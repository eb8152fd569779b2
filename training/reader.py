"""The model under training: the frozen base with low-rank adapters to write chunks and to read
them, in batches.

It computes what `Network.write_alone` and `Network.read` compute, with gradients. Shapes: C chunks
of n tokens at most, R tokens of all chunks; B questions, q token rows at most, T of all questions;
the rest as in mplus_cli/model/net/layers.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from mplus_cli.model.net.layers import DecoderLayer, Rope, Use, rotate
from mplus_cli.model.net.network import Network
from mplus_cli.model.prepared.fused import ADAPTERS

# Published name -> (fused projection of the prepared form).
ADAPTED = {
    "self_attn.q_proj": "q",
    "self_attn.k_proj": "kv",
    "self_attn.v_proj": "kv",
    "mlp.gate_proj": "gate_up",
    "mlp.up_proj": "gate_up",
    "mlp.down_proj": "down",
}


@dataclass(frozen=True)
class Batch:
    """Questions, each with the chunk that it reads.

    chunks [C,n] ids, -1 where none (at the end); read [B] each question's chunk; tokens [B,q] ids
    of prompt and answer, -1 where none (at the end); answer [B,q] marks the answer's.
    """

    chunks: Tensor
    read: Tensor
    tokens: Tensor
    answer: Tensor


@dataclass(frozen=True)
class Layout:
    """How token rows [T,d], which lie one after the other, are padded to [B,q] for attention to S
    rows.

    padded [B,q]: numbers of the rows; own [T]: their places among the padded ones; rope [B,1,S,e]
    of all S rows; bias [B·G,H/G·q,S]: what attention's scores begin with.
    """

    padded: Tensor
    own: Tensor
    rope: Rope
    bias: Tensor


class Reader(nn.Module):
    """Both adapters, each of its rank, and the forward pass that they train in.

    The write adapter begins at layer `first_written`: nothing changes in what the retriever sees
    before it.
    """

    def __init__(self, network: Network, rank: int, write_rank: int, first_written: int) -> None:
        super().__init__()
        self.network = network
        self.adapters = nn.ParameterDict()
        last = len(network.layers) - 1  # what it makes of a chunk is read by no layer
        for number, layer in enumerate(network.layers):
            ranks: dict[Use, int] = {"read": rank}
            if first_written <= number < last:
                ranks["write"] = write_rank
            for (use, r), (name, (rows, columns)) in product(ranks.items(), _shapes(layer).items()):
                down = torch.empty(r, columns)
                nn.init.kaiming_uniform_(down, a=math.sqrt(5))
                self.adapters[_key(number, name, "A", use)] = nn.Parameter(down)
                self.adapters[_key(number, name, "B", use)] = nn.Parameter(torch.zeros(rows, r))

    def tensors(self) -> dict[str, Tensor]:
        """The adapters under their published names."""
        return {key.replace("/", "."): tensor.detach() for key, tensor in self.adapters.items()}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Take adapters over; one that is not among them stays as it is."""
        with torch.no_grad():
            for key, parameter in self.adapters.items():
                parameter.copy_(tensors.get(key.replace("/", "."), parameter))

    def forward(self, batch: Batch) -> Tensor:
        """Logits [a,V] of the a answer tokens of the batch, each from the row before it."""
        states = self.write(batch.chunks)
        there, written = (batch.chunks >= 0)[batch.read], batch.tokens >= 0
        # The sequence start stands at 0, the chunk behind it, the question behind the chunk.
        chunk_at = torch.arange(1 + there.shape[1]).expand(len(there), -1)
        token_at = 1 + there.sum(1)[:, None] + torch.arange(batch.tokens.shape[1])
        layout = self._layout(written, there, torch.cat([chunk_at, token_at], 1))
        rows = (1 + _numbers(batch.chunks >= 0))[batch.read]
        index = torch.cat([torch.zeros_like(rows[:, :1]), rows], 1)
        h = self.network.llama.embed(batch.tokens[written])
        for number, layer in enumerate(self.network.layers):
            memory = self._keys_values(
                number, layer, torch.cat([self._first(number, layer), states[number]]), "read"
            )
            h = self._layer(number, layer, h, F.embedding(index, memory), layout, "read")
        before = batch.answer.roll(-1, 1)
        before[:, -1] = False
        return self.network.llama.logits(h[before[written]])

    def write(self, chunks: Tensor) -> list[Tensor]:
        """What enters the attention of each layer, normed, for chunks [C,n], padded with -1: [R,d]
        each.
        """
        written = chunks >= 0
        positions = torch.arange(1 + chunks.shape[1]).expand(len(chunks), -1)
        layout = self._layout(written, written[:, :0], positions)
        h = self.network.llama.embed(chunks[written])
        states = []
        for number, layer in enumerate(self.network.layers):
            states.append(layer.norm(h))
            if number + 1 < len(self.network.layers):
                first = self._keys_values(number, layer, self._first(number, layer), "write")
                h = self._layer(number, layer, h, first.expand(len(chunks), 1, -1), layout, "write")
        return states

    def _first(self, number: int, layer: DecoderLayer) -> Tensor:
        """The sequence start, as it enters attention: [1,d]."""
        return layer.norm(self.network.bos[number].to(self.network.llama.embedding)[None])

    def _keys_values(self, number: int, layer: DecoderLayer, normed: Tensor, use: Use) -> Tensor:
        """[*,d] -> [*,2·G·e], keys not yet turned."""
        return self._adapted(
            number, ("self_attn.k_proj", "self_attn.v_proj"), layer.kv.base(normed), normed, use
        )

    def _layer(
        self, number: int, layer: DecoderLayer, h: Tensor, memory: Tensor, layout: Layout, use: Use
    ) -> Tensor:
        """Token rows [T,d] through a layer, with the keys and values [B,S-q,2·G·e] of what they
        read first.
        """
        normed = layer.norm(h)
        queries = self._adapted(number, ("self_attn.q_proj",), layer.q.base(normed), normed, use)
        # Embedding's gradient is much quicker than indexing's.
        queries = (
            F.embedding(layout.padded, queries).unflatten(-1, (-1, layer.head_dim)).transpose(1, 2)
        )
        tokens = layout.padded.shape[1]
        queries = rotate(queries, (layout.rope[0][:, :, -tokens:], layout.rope[1][:, :, -tokens:]))
        both = torch.cat(
            [memory, F.embedding(layout.padded, self._keys_values(number, layer, normed, use))], 1
        )
        keys, values = both.unflatten(-1, (2, layer.kv_heads, layer.head_dim)).permute(
            2, 0, 3, 1, 4
        )
        mixed = (
            _attend(queries, rotate(keys, layout.rope), values, layout.bias)
            .transpose(1, 2)
            .flatten(0, 1)
            .flatten(1)
        )
        h = h + layer.o.base(F.embedding(layout.own, mixed))
        normed = F.rms_norm(h, layer.post_norm.shape, layer.post_norm, layer.eps)
        fused = layer.gate_up.base(normed)
        fused = self._adapted(number, ("mlp.gate_proj", "mlp.up_proj"), fused, normed, use)
        gate, up = fused.chunk(2, -1)
        inner = F.silu(gate) * up
        return h + self._adapted(number, ("mlp.down_proj",), layer.down.base(inner), inner, use)

    def _layout(self, written: Tensor, there: Tensor, positions: Tensor) -> Layout:
        """Of `written` tokens [B,q] that see the sequence start, the rows that are `there`, and
        each other causally.

        positions [B,S] of all of these.
        """
        ahead = torch.cat([there.new_ones(len(there), 1), there], 1)[:, None]
        causal = torch.ones(written.shape[1], written.shape[1], dtype=torch.bool).tril()
        mask = torch.cat([ahead.expand(-1, len(causal), -1), causal.expand(len(there), -1, -1)], 2)[
            :, None, None
        ]
        groups, heads = self.network.config.kv_heads, self.network.config.heads
        mask = mask.expand(-1, groups, heads // groups, -1, -1)
        bias = torch.zeros(mask.shape, dtype=self.network.llama.embedding.dtype)
        bias = bias.masked_fill_(~mask, float("-inf")).flatten(2, 3).flatten(0, 1)
        cos, sin = self.network.llama.rope(int(positions.max()) + 1)
        rope = cos[positions][:, None], sin[positions][:, None]
        return Layout(_numbers(written), written.flatten().nonzero()[:, 0], rope, bias)

    def _adapted(
        self, number: int, names: tuple[str, ...], y: Tensor, x: Tensor, use: Use
    ) -> Tensor:
        """Wx -> Wx + B(Ax), for projections of the same input as one; α/r is 1."""
        if _key(number, names[0], "A", use) not in self.adapters:
            return y
        return y + torch.cat([self._low(number, name, x, use) for name in names], -1)

    def _low(self, number: int, name: str, x: Tensor, use: Use) -> Tensor:
        down, up = (self.adapters[_key(number, name, part, use)].to(x.dtype) for part in "AB")
        return F.linear(F.linear(x, down), up)


def _numbers(written: Tensor) -> Tensor:
    """Numbers [B,q] of the rows that are `written`, counted over all; of the others, any."""
    return (written.flatten().cumsum(0) - 1).clamp(min=0).view_as(written)


def _attend(queries: Tensor, keys: Tensor, values: Tensor, bias: Tensor) -> Tensor:
    """[B,H,q,e], 2 × [B,G,S,e], [B·G,H/G·q,S] -> [B,H,q,e]. Quicker than SDPA for few queries on a
    CPU.
    """
    grouped = queries.unflatten(1, (keys.shape[1], -1)).flatten(2, 3).flatten(0, 1)
    scores = torch.baddbmm(
        bias, grouped, keys.flatten(0, 1).transpose(1, 2), alpha=queries.shape[-1] ** -0.5
    )
    return (scores.softmax(-1) @ values.flatten(0, 1)).view_as(queries)


def _shapes(layer: DecoderLayer) -> dict[str, tuple[int, int]]:
    """Published projection name -> (out, in)."""
    shapes = {}
    for name, fused in ADAPTED.items():
        rows, columns = getattr(layer, fused).base.weight.shape
        shapes[name] = (rows // (2 if fused in ("kv", "gate_up") else 1), columns)
    return shapes


def _key(number: int, name: str, part: str, use: Use) -> str:
    """The published name, with strokes where it has dots: a module's parameters must have none."""
    return f"model.layers.{number}.{name}.lora_{part}.{ADAPTERS[use]}.weight".replace(".", "/")


def padded(rows: Sequence[Sequence[int]], fill: int = -1) -> Tensor:
    """Rows of unlike length as one tensor, filled at the end."""
    return pad_sequence([torch.tensor(row, dtype=torch.long) for row in rows], True, fill)
