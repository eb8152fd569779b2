"""The reader under training: the frozen base with low-rank adapters, over batches of memories.

It computes what `MPlus.read` computes, for many questions at once and with gradients. Shapes: B questions, S memory
rows at most, q token rows at most, C chunks, n tokens of a chunk at most; the rest as in mplus_cli/model/layers.py.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mplus_cli.model.layers import DecoderLayer, rotate
from mplus_cli.model.mplus import MPlus

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
    """Questions with what they read.

    chunks [C,n] ids, padded; rows [B,S] which of the C·n chunk rows each question reads, -1 where none (at the
    front); tokens [B,q] ids of prompt and answer, -1 where none (at the end); answer [B,q] marks the answer's.
    """

    chunks: Tensor
    rows: Tensor
    tokens: Tensor
    answer: Tensor


class Reader(nn.Module):
    """Adapters of rank r for each layer, and the forward pass that they train in."""

    def __init__(self, network: MPlus, rank: int, alpha: float) -> None:
        super().__init__()
        self.network, self.rank, self.scale = network, rank, alpha / rank
        self.adapters = nn.ParameterDict()
        for number, layer in enumerate(network.layers):
            for name, (rows, columns) in _shapes(network, layer).items():
                down = torch.empty(rank, columns)
                nn.init.kaiming_uniform_(down, a=math.sqrt(5))
                self.adapters[_key(number, name, "A")] = nn.Parameter(down)
                self.adapters[_key(number, name, "B")] = nn.Parameter(torch.zeros(rows, rank))

    def tensors(self) -> dict[str, Tensor]:
        """The adapters under their published names."""
        return {key.replace("/", "."): tensor.detach() for key, tensor in self.adapters.items()}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        with torch.no_grad():
            for key, parameter in self.adapters.items():
                parameter.copy_(tensors[key.replace("/", ".")])

    def forward(self, batch: Batch) -> Tensor:
        """Logits [a,V] of the a answer tokens of the batch, each from the row before it."""
        written = entering(self.network, batch.chunks, len(self.network.layers))
        there = batch.rows >= 0
        count = there.sum(1)
        memory_at = (there.cumsum(1) * there).clamp(min=0)  # the sequence start stands at 0
        token_at = 1 + count[:, None] + torch.arange(batch.tokens.shape[1])
        mask = _mask(there, batch.tokens.shape[1])
        table = self.network.network.rope(int(token_at.max()) + 1)
        h = self.network.network.embed(batch.tokens.clamp(min=0))
        for number, layer in enumerate(self.network.layers):
            bos = self.network.bos[number].to(h.dtype)[None]
            memory = torch.cat([bos, written[number].flatten(0, 1)])
            keys, values = self._keys_values(number, layer, layer.norm(memory))
            at = (batch.rows + 1).clamp(min=0)
            first = torch.zeros_like(at[:, :1])
            index = torch.cat([first, at], 1)
            turned = rotate(_gather(keys, index), _rope(table, torch.cat([first, memory_at], 1)))
            h = self._layer(number, layer, h, (turned, _gather(values, index)), mask, _rope(table, token_at))
        before = batch.answer.roll(-1, 1)
        before[:, -1] = False
        return self.network.network.logits(h[before])

    def _keys_values(self, number: int, layer: DecoderLayer, normed: Tensor) -> tuple[Tensor, Tensor]:
        """[...,d] -> 2 × [...,G,e], keys not yet turned."""
        both = layer.kv.base(normed)
        both = both + torch.cat([self._low(number, f"self_attn.{name}_proj", normed) for name in "kv"], -1)
        keys, values = both.unflatten(-1, (2, layer.kv_heads, layer.head_dim)).unbind(-3)
        return keys, values

    def _layer(
        self, number: int, layer: DecoderLayer, h: Tensor, memory: tuple[Tensor, Tensor], mask: Tensor, rope: object
    ) -> Tensor:
        normed = layer.norm(h)
        queries = layer.q.base(normed) + self._low(number, "self_attn.q_proj", normed)
        queries = rotate(queries.unflatten(-1, (-1, layer.head_dim)).transpose(1, 2), rope)
        keys, values = (each.transpose(1, 2) for each in self._keys_values(number, layer, normed))
        keys = torch.cat([memory[0], rotate(keys, rope)], 2)
        values = torch.cat([memory[1], values], 2)
        h = h + layer.o.base(_attend(queries, keys, values, mask).transpose(1, 2).flatten(-2))
        normed = F.rms_norm(h, layer.post_norm.shape, layer.post_norm, layer.eps)
        fused = layer.gate_up.base(normed)
        fused = fused + torch.cat([self._low(number, f"mlp.{name}_proj", normed) for name in ("gate", "up")], -1)
        gate, up = fused.chunk(2, -1)
        inner = F.silu(gate) * up
        return h + layer.down.base(inner) + self._low(number, "mlp.down_proj", inner)

    def _low(self, number: int, name: str, x: Tensor) -> Tensor:
        down, up = (self.adapters[_key(number, name, part)].to(x.dtype) for part in "AB")
        return F.linear(F.linear(x, down), up) * self.scale


def _attend(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
    """[B,H,q,e], 2 × [B,G,S,e], [B,1,q,S] -> [B,H,q,e]. Quicker than SDPA for few queries on a CPU."""
    grouped = queries.unflatten(1, (keys.shape[1], -1)).flatten(2, 3) * queries.shape[-1] ** -0.5
    scores = (grouped @ keys.transpose(-1, -2)).unflatten(2, (-1, queries.shape[2]))
    weights = scores.masked_fill(~mask[:, :, None], float("-inf")).softmax(-1)
    return (weights.flatten(2, 3) @ values).unflatten(2, (-1, queries.shape[2])).flatten(1, 2)


def _gather(rows: Tensor, index: Tensor) -> Tensor:
    """Rows [*,G,e] by index [B,S] -> [B,G,S,e]; embedding's gradient is much quicker than indexing's."""
    return F.embedding(index, rows.flatten(1)).unflatten(-1, rows.shape[1:]).transpose(1, 2)


def _shapes(network: MPlus, layer: DecoderLayer) -> dict[str, tuple[int, int]]:
    """Published projection name -> (out, in)."""
    shapes = {}
    for name, fused in ADAPTED.items():
        rows, columns = getattr(layer, fused).base.weight.shape
        shapes[name] = (rows // (2 if fused in ("kv", "gate_up") else 1), columns)
    return shapes


def _key(number: int, name: str, part: str) -> str:
    """The published name, with strokes where it has dots: a module's parameters must have none."""
    return f"model.layers.{number}.{name}.lora_{part}.decoder_adapter.weight".replace(".", "/")


@torch.no_grad()
def entering(network: MPlus, ids: Tensor, layers: int) -> list[Tensor]:
    """States that enter each of the first layers, [C,n,d], for ids [C,n], padded with -1: the frozen writer."""
    h = network.network.embed(ids.clamp(min=0))
    rope = network.network.rope(1 + ids.shape[1])
    entered = []
    for number, layer in enumerate(network.layers[:layers]):
        entered.append(h)
        if number + 1 < layers:
            rows = torch.cat([network.bos[number].to(h.dtype).expand(len(h), 1, -1), h], 1)
            normed = layer.norm(rows)
            h = layer(rows, normed, rope, layer.keys_values(normed, rope, "write"), "write")[0][:, 1:]
    return entered


def _mask(there: Tensor, tokens: int) -> Tensor:
    """[B,1,q,1+S+q]: the sequence start, the memory rows that are there, and causally the tokens."""
    ahead = torch.cat([torch.ones_like(there[:, :1]), there], 1)[:, None].expand(-1, tokens, -1)
    causal = torch.ones(tokens, tokens, dtype=torch.bool).tril().expand(len(there), -1, -1)
    return torch.cat([ahead, causal], 2)[:, None]


def _rope(table: tuple[Tensor, Tensor], positions: Tensor) -> tuple[Tensor, Tensor]:
    """cos and sin of positions [B,S], for rows of many heads: [B,1,S,e]."""
    return table[0][positions][:, None], table[1][positions][:, None]
