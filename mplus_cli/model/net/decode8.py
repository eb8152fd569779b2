"""The network for one row after the other: a token costs what its weights weigh.

Reading a weight from memory takes longer than multiplying with it, so int8 rows, each with its own
scale, are twice as quick as bfloat16; and one map with the reader's adapter in it is quicker than
three. Only an answer's tokens after its first go through here; the prompt and all of writing keep
the prepared weights. Where those are quantized themselves, they are the ones that decode, too.
`prepared.decode8` puts the maps together. Letters as in `attention`.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from mplus_cli.model.config import Architecture, in_steps
from mplus_cli.model.net import int8
from mplus_cli.model.net.attention import attend_row
from mplus_cli.model.net.cache import Cache
from mplus_cli.model.net.linear import Use
from mplus_cli.model.net.llama import as_logits, embedded
from mplus_cli.model.net.mlp import ACTIVATIONS, Linear, gated_mlp
from mplus_cli.model.net.norm import Norms, rms_norm
from mplus_cli.model.net.rope import rotate

# Rows so long are rounded to 8 bits as well: what the product gains is more than rounding costs.
LONG_ROWS = 2048


def is_possible() -> bool:
    """Whether this PyTorch has the product of a row with 8-bit weights; it is no public name of
    its.
    """
    return hasattr(torch, "_weight_int8pack_mm")


class Linear8:
    """y = Wx (+ b) for one row x [1,in], W of int8 rows with a scale each.

    The scale is the same for all of a row, so it is multiplied in once, after the sum. The product
    is in the type of the scales: without AVX-512 it is quick in bfloat16 alone, where it needs no
    instructions for that.
    """

    def __init__(self, numbers: Tensor, scales: Tensor, bias: Tensor | None = None) -> None:
        self.weight, self.scales, self.bias = numbers, scales, bias

    def __call__(self, x: Tensor, use: Use = "read") -> Tensor:
        y: Tensor = torch._weight_int8pack_mm(x.to(self.scales), self.weight, self.scales).to(x)
        return y if self.bias is None else y + self.bias


def decoding_map(numbers: Tensor, scales: Tensor, bias: Tensor | None = None) -> Linear:
    """The quickest map of one row by 8-bit weights."""
    rounds = int8.is_possible() and numbers.shape[1] >= LONG_ROWS
    return (int8.Int8Linear if rounds else Linear8)(numbers, scales, bias)


class DecodingLayer:
    """One decoder layer for one row: the parts of `DecoderLayer`, but one map for queries, keys and
    values.
    """

    def __init__(
        self,
        architecture: Architecture,
        norms: Norms,
        maps: Mapping[str, Linear],
        query_scale: float = 1.0,
    ) -> None:
        """maps: qkv, o, gate_up and down; query_scale: attention's, where the maps or norms have it
        not.
        """
        self._net, self._activation = architecture, ACTIVATIONS[architecture.activation]
        self._norms, self._scale = norms, query_scale
        self._qkv, self._o = maps["qkv"], maps["o"]
        self._gate_up, self._down = maps["gate_up"], maps["down"]

    def __call__(self, h: Tensor, cache: Cache, number: int) -> Tensor:
        """The row h [1,d] behind all that was read: its keys and values join the cache."""
        net, norms, memory_rows = self._net, self._norms, cache.memory_rows[number]
        at = memory_rows + cache.tokens
        table = net.rope_tables[number] if net.rope_tables else 0
        turning = net.heads + net.kv_heads  # queries and keys, but no values
        qkv = self._with_head_norms(self._qkv(norms.before(h), "read")).view(-1, net.head_dim)
        turned = rotate(qkv[:turning], cache.rope[0][table, at], cache.rope[1][table, at])
        keys, values = cache.keys[number, 0], cache.values[number, 0]
        keys[:, at], values[:, at] = turned[net.heads :], qkv[turning:]
        queries = turned[: net.heads].view(net.kv_heads, -1, net.head_dim)
        if self._scale != 1:
            queries = queries * self._scale
        stop = in_steps(at + 1)
        read = keys[:, :stop], values[:, :stop]
        mixed, weights = attend_row(queries, *read, net.score_cap, at + 1)
        cache.attention[number, :memory_rows] += weights[..., :memory_rows].sum((0, 1))
        h = torch.add(h, norms.after(self._o(mixed.view(1, -1), "read")), alpha=net.residual_scale)
        normed = norms.mlp_before(h)
        made = gated_mlp(normed, self._gate_up, self._down, self._activation, "read")
        return torch.add(h, norms.mlp_after(made), alpha=net.residual_scale)

    def _with_head_norms(self, qkv: Tensor) -> Tensor:
        """The row of queries, keys and values [1,(H+2·G)·e], normed where the architecture says
        so.
        """
        net = self._net
        if net.head_norms == "none":
            return qkv
        widths = [heads * net.head_dim for heads in (net.heads, net.kv_heads, net.kv_heads)]
        queries, keys, values = torch.split(qkv, widths, -1)
        return torch.cat([self._norms.queries(queries), self._norms.keys(keys), values], -1)


class Decoder:
    """All layers for one row after the other."""

    def __init__(
        self,
        architecture: Architecture,
        layers: list[DecodingLayer],
        embedding: Tensor,
        final_norm: Tensor,
        head: Linear,
    ) -> None:
        self._net, self._layers = architecture, layers
        self._embedding, self._final_norm, self._head = embedding, final_norm, head

    @torch.inference_mode()
    def step(self, cache: Cache, token: int) -> Tensor:
        """Read one more token; logits [V] of what follows, float32."""
        h = embedded(torch.tensor([token]), self._embedding, self._net)
        for number, layer in enumerate(self._layers):
            h = layer(h, cache, number)
        cache.tokens += 1
        last = rms_norm(h, self._final_norm, self._net.rms_eps)
        return as_logits(self._head(last, "read")[0], self._net)
