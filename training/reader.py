"""The reader under training: the frozen base with low-rank adapters, over batches of memories.

It computes what `MPlus.read` computes, for many questions at once and with gradients. Shapes: B questions, S memory
rows at most, q token rows at most, R rows of chunks; C chunks, n tokens of a chunk at most; the rest as in
mplus_cli/model/layers.py.
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

    states [R,L,d] of chunk rows, normed; rows [B,S] which of them each question reads, -1 where none (at the front);
    tokens [B,q] ids of prompt and answer, -1 where none (at the end); answer [B,q] marks the answer's.
    """

    states: Tensor
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
        there, written = batch.rows >= 0, batch.tokens >= 0
        memory_at = (there.cumsum(1) * there).clamp(min=0)  # the sequence start stands at 0
        token_at = 1 + there.sum(1)[:, None] + torch.arange(batch.tokens.shape[1])
        first = torch.zeros_like(memory_at[:, :1])
        table = self.network.network.rope(int(token_at.max()) + 1)
        rope = _rope(table, torch.cat([first, memory_at, token_at], 1))
        index = torch.cat([first, (batch.rows + 1).clamp(min=0)], 1)
        # Token rows lie one after the other, without padding, but in attention.
        places = ((written.flatten().cumsum(0) - 1).clamp(min=0)).view_as(written), written.flatten().nonzero()[:, 0]
        h = self.network.network.embed(batch.tokens[written])
        bias = self._bias(there, batch.tokens.shape[1], h.dtype)
        for number, layer in enumerate(self.network.layers):
            bos = layer.norm(self.network.bos[number].to(h.dtype)[None])
            memory = self._keys_values(number, layer, torch.cat([bos, batch.states[:, number].to(h.dtype)]))
            memory = F.embedding(index, memory.flatten(1))
            h = self._layer(number, layer, h, memory, places, bias, rope)
        before = batch.answer.roll(-1, 1)
        before[:, -1] = False
        return self.network.network.logits(h[before[written]])

    def _keys_values(self, number: int, layer: DecoderLayer, normed: Tensor) -> Tensor:
        """[*,d] -> [*,2·G·e], keys not yet turned."""
        return layer.kv.base(normed) + torch.cat(
            [self._low(number, f"self_attn.{name}_proj", normed) for name in "kv"], -1
        )

    def _layer(
        self,
        number: int,
        layer: DecoderLayer,
        h: Tensor,
        memory: Tensor,
        places: tuple[Tensor, Tensor],
        bias: Tensor,
        rope: tuple[Tensor, Tensor],
    ) -> Tensor:
        """Token rows [T,d] through a layer, with the keys and values [B,1+S,2·G·e] of what they read."""
        padded_at, own = places
        normed = layer.norm(h)
        queries = layer.q.base(normed) + self._low(number, "self_attn.q_proj", normed)
        # Embedding's gradient is much quicker than indexing's.
        queries = F.embedding(padded_at, queries).unflatten(-1, (-1, layer.head_dim)).transpose(1, 2)
        tokens = padded_at.shape[1]
        queries = rotate(queries, (rope[0][:, :, -tokens:], rope[1][:, :, -tokens:]))
        both = torch.cat([memory, F.embedding(padded_at, self._keys_values(number, layer, normed))], 1)
        keys, values = both.unflatten(-1, (2, layer.kv_heads, layer.head_dim)).permute(2, 0, 3, 1, 4)
        mixed = _attend(queries, rotate(keys, rope), values, bias).transpose(1, 2).flatten(0, 1).flatten(1)
        h = h + layer.o.base(F.embedding(own, mixed))
        normed = F.rms_norm(h, layer.post_norm.shape, layer.post_norm, layer.eps)
        fused = layer.gate_up.base(normed)
        fused = fused + torch.cat([self._low(number, f"mlp.{name}_proj", normed) for name in ("gate", "up")], -1)
        gate, up = fused.chunk(2, -1)
        inner = F.silu(gate) * up
        return h + layer.down.base(inner) + self._low(number, "mlp.down_proj", inner)

    def _bias(self, there: Tensor, tokens: int, dtype: torch.dtype) -> Tensor:
        """What attention's scores begin with, [B·G,H/G·q,1+S+q]: nothing where a row may be read, else -inf."""
        layer = self.network.layers[0]
        mask = _mask(there, tokens)[:, :, None].expand(
            -1, layer.kv_heads, self.network.config.heads // layer.kv_heads, -1, -1
        )
        return torch.zeros(mask.shape, dtype=dtype).masked_fill_(~mask, float("-inf")).flatten(2, 3).flatten(0, 1)

    def _low(self, number: int, name: str, x: Tensor) -> Tensor:
        down, up = (self.adapters[_key(number, name, part)].to(x.dtype) for part in "AB")
        return F.linear(F.linear(x, down), up) * self.scale


def _attend(queries: Tensor, keys: Tensor, values: Tensor, bias: Tensor) -> Tensor:
    """[B,H,q,e], 2 × [B,G,S,e], [B·G,H/G·q,S] -> [B,H,q,e]. Quicker than SDPA for few queries on a CPU."""
    grouped = queries.unflatten(1, (keys.shape[1], -1)).flatten(2, 3).flatten(0, 1)
    scores = torch.baddbmm(bias, grouped, keys.flatten(0, 1).transpose(1, 2), alpha=queries.shape[-1] ** -0.5)
    return (scores.softmax(-1) @ values.flatten(0, 1)).view_as(queries)


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


def padded(rows: list[tuple[int, ...]] | list[list[int]], left: bool = False, fill: int = -1) -> Tensor:
    """Rows of unlike length as one tensor, filled at the end or, `left`, at the front."""
    width = max(len(row) for row in rows)
    out = torch.full((len(rows), width), fill)
    for number, row in enumerate(rows):
        out[number, width - len(row) if left else 0 : width if left else len(row)] = torch.tensor(
            row, dtype=torch.long
        )
    return out


def _mask(there: Tensor, tokens: int) -> Tensor:
    """[B,1,q,1+S+q]: the sequence start, the memory rows that are there, and causally the tokens."""
    ahead = torch.cat([torch.ones_like(there[:, :1]), there], 1)[:, None].expand(-1, tokens, -1)
    causal = torch.ones(tokens, tokens, dtype=torch.bool).tril().expand(len(there), -1, -1)
    return torch.cat([ahead, causal], 2)[:, None]


def _rope(table: tuple[Tensor, Tensor], positions: Tensor) -> tuple[Tensor, Tensor]:
    """cos and sin of positions [B,S], for rows of many heads: [B,1,S,e]."""
    return table[0][positions][:, None], table[1][positions][:, None]
