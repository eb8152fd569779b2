"""The network for one row after the other in 8 bits: a token costs what its weights weigh.

Reading a weight from memory takes longer than multiplying with it, so int8 rows, each with its own
scale, are twice as quick as bfloat16; and one map with the reader's adapter in it is quicker than
three. Only an answer's tokens after its first go through here; the prompt and all of writing keep
the prepared weights. `prepared.decode8` makes the tensors. Letters as in `attention`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from mplus_cli.model.config import Architecture, in_steps
from mplus_cli.model.net.attention import attend_row
from mplus_cli.model.net.cache import Cache
from mplus_cli.model.net.linear import Tensors, Use
from mplus_cli.model.net.llama import as_logits, embedded
from mplus_cli.model.net.mlp import ACTIVATIONS, gated_mlp
from mplus_cli.model.net.norm import Norms, rms_norm
from mplus_cli.model.net.rope import rotate


def is_possible() -> bool:
    """Whether this PyTorch has the product of a row with 8-bit weights; it is no public name of
    its.
    """
    return hasattr(torch, "_weight_int8pack_mm")


class Linear8:
    """y = Wx (+ b) for one row x [1,in], W of int8 rows with a scale each.

    The scale is the same for all of a row, so it is multiplied in once, after the sum.
    """

    def __init__(self, tensors: Tensors, name: str) -> None:
        self.weight, self.scales = tensors[name], tensors[f"{name}.scales"]
        self.bias = tensors.get(f"{name}.bias")

    def __call__(self, x: Tensor, use: Use = "read") -> Tensor:
        y: Tensor = torch._weight_int8pack_mm(x, self.weight, self.scales)
        return y if self.bias is None else y + self.bias


class DecodingLayer:
    """One decoder layer for one row: the parts of `DecoderLayer`, but one map for queries, keys and
    values, in which queries are scaled (in their norm, where they have one).
    """

    def __init__(self, architecture: Architecture, tensors: Tensors) -> None:
        self._net, self._activation = architecture, ACTIVATIONS[architecture.activation]
        self._norms = Norms(architecture, tensors)
        self._qkv, self._o = Linear8(tensors, "qkv"), Linear8(tensors, "o")
        self._gate_up, self._down = Linear8(tensors, "gate_up"), Linear8(tensors, "down")

    def __call__(self, h: Tensor, cache: Cache, number: int) -> Tensor:
        """The row h [1,d] behind all that was read: its keys and values join the cache."""
        net, norms, memory_rows = self._net, self._norms, cache.memory_rows[number]
        at = memory_rows + cache.tokens
        table = net.rope_tables[number] if net.rope_tables else 0
        turning = net.heads + net.kv_heads  # queries and keys, but no values
        qkv = self._with_head_norms(self._qkv(norms.before(h))).view(-1, net.head_dim)
        turned = rotate(qkv[:turning], cache.rope[0][table, at], cache.rope[1][table, at])
        keys, values = cache.keys[number, 0], cache.values[number, 0]
        keys[:, at], values[:, at] = turned[net.heads :], qkv[turning:]
        queries = turned[: net.heads].view(net.kv_heads, -1, net.head_dim)
        stop = in_steps(at + 1)
        read = keys[:, :stop], values[:, :stop]
        mixed, weights = attend_row(queries, *read, net.score_cap, at + 1)
        cache.attention[number, :memory_rows] += weights[..., :memory_rows].sum((0, 1))
        h = torch.add(h, norms.after(self._o(mixed.view(1, -1))), alpha=net.residual_scale)
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
        head: Linear8,
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
        return as_logits(self._head(last)[0], self._net)
