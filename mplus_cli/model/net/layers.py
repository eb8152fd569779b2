"""A lean Llama decoder in plain torch, whose rows may be memory vectors as well as tokens.

Shapes: B batch, S rows that are keys and values, q rows that are queries (the last q of the S), d
hidden size, H heads, G key-value heads, e head size, h selector width. Attention is causal, aligned
at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mplus_cli.model.config import ModelConfig

Use = Literal["write", "read"]
Tensors = dict[str, Tensor]
Rope = tuple[Tensor, Tensor]  # cos and sin, [S,e]
Activation = Callable[[Tensor], Tensor]

ACTIVATIONS: dict[str, Activation] = {
    "silu": F.silu,
    "gelu": F.gelu,
    "gelu_pytorch_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "relu": F.relu,
}

# Attention's scores that are held at once (64 MB of weights); beyond, torch's own attention holds
# none.
MOST_SCORES = 16_000_000


def frozen(tensor: Tensor) -> nn.Parameter:
    return nn.Parameter(tensor, requires_grad=False)


class Dense(nn.Module):
    """y = Wx (+ b). A quantized layer takes its place (load.py)."""

    def __init__(self, tensors: Tensors, name: str) -> None:
        super().__init__()
        self.weight = frozen(tensors.pop(f"{name}.weight"))
        bias = tensors.pop(f"{name}.bias", None)
        self.bias = None if bias is None else frozen(bias)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight, self.bias)


class AdaptedLinear(nn.Module):
    """y = Wx + B(Ax), with the write or the read adapter's A [R,in] and B [out,R]; α/r is in B
    already.
    """

    def __init__(self, tensors: Tensors, name: str) -> None:
        super().__init__()
        self.base: nn.Module = Dense(tensors, name)
        self.adapters = nn.ModuleDict()
        for use in ("write", "read"):
            if f"{name}.{use}.a" in tensors:
                down, up = (frozen(tensors.pop(f"{name}.{use}.{part}")) for part in "ab")
                self.adapters[use] = nn.ParameterList([down, up])

    def forward(self, x: Tensor, use: Use) -> Tensor:
        return self.adapt(self.base(x), x, use)

    def adapt(self, y: Tensor, x: Tensor, use: Use) -> Tensor:
        """Wx -> Wx + B(Ax)."""
        if use not in self.adapters:
            return y
        down, up = self.adapters[use].parameters()
        return y + F.linear(F.linear(x, down), up)


class Selector(nn.Module):
    """A projector of the retriever: d -> h directly, or d -> 2h, activation, 2h -> h.

    unit: give directions alone, vectors of length one.
    """

    def __init__(self, tensors: Tensors, name: str, activation: str, unit: bool = False) -> None:
        super().__init__()
        self._unit = unit
        names = sorted(key for key in tensors if key.startswith(f"{name}."))
        self.weights = nn.ParameterList([frozen(tensors.pop(key)) for key in names])
        self._activation: Activation = ACTIVATIONS[activation]

    def forward(self, x: Tensor) -> Tensor:
        for weight in self.weights[:-1]:
            x = self._activation(F.linear(x, weight))
        out = F.linear(x, self.weights[-1])
        return F.normalize(out, dim=-1) if self._unit else out


class DecoderLayer(nn.Module):
    """One layer of the Llama. `tensors` is emptied of what the layer takes."""

    def __init__(self, config: ModelConfig, tensors: Tensors) -> None:
        super().__init__()
        self.kv_heads, self.head_dim, self.eps = config.kv_heads, config.head_dim, config.rms_eps
        self.input_norm = frozen(tensors.pop("input_norm"))
        self.post_norm = frozen(tensors.pop("post_norm"))
        self.q = AdaptedLinear(tensors, "q")
        self.kv = AdaptedLinear(tensors, "kv")
        self.o = AdaptedLinear(tensors, "o")
        self.gate_up = AdaptedLinear(tensors, "gate_up")
        self.down = AdaptedLinear(tensors, "down")
        self._activation: Activation = ACTIVATIONS[config.activation]
        self.query_proj = self.key_proj = None
        if any(name.startswith("query_proj.") for name in tensors):
            self.query_proj = Selector(tensors, "query_proj", config.activation)
            # Late interaction compares directions; a token counts by the length of its query.
            unit = bool(config.retrieval_layers)
            self.key_proj = Selector(tensors, "key_proj", config.activation, unit)

    def norm(self, rows: Tensor) -> Tensor:
        """What enters attention, the retriever's projectors included: [...,d] -> [...,d]."""
        return F.rms_norm(rows, self.input_norm.shape, self.input_norm, self.eps)

    def keys_values(self, normed: Tensor, rope: Rope, use: Use) -> tuple[Tensor, Tensor]:
        """Attention's keys and values of rows: normed [B,S,d] -> 2 × [B,G,S,e]."""
        return self.placed(self.kv(normed, use), rope)

    def placed(self, kv: Tensor, rope: Rope) -> tuple[Tensor, Tensor]:
        """Keys and values as projected [B,S,2·G·e] -> 2 × [B,G,S,e], the keys at their
        positions.
        """
        keys, values = kv.view(*kv.shape[:-1], 2, self.kv_heads, self.head_dim).permute(
            2, 0, 3, 1, 4
        )
        return rotate(keys, rope), values

    def forward(
        self, rows: Tensor, normed: Tensor, rope: Rope, kv: tuple[Tensor, Tensor], use: Use
    ) -> tuple[Tensor, Tensor]:
        """The layer's output for the query rows [B,q,d], and what the last of them paid to all rows
        [B,H,S].

        rows and normed: the query rows before and after the norm; rope: theirs; kv: of all S rows.
        """
        mixed, weights = self.mix(self.q(normed, use), rope, kv)
        return self.finish(rows, mixed, use), weights

    def through(self, rows: Tensor, queries: int, rope: Rope, use: Use) -> Tensor:
        """All rows [B,S,d] are keys and values, the last `queries` of them go on: [B,q,d]."""
        total = rows.shape[1]
        normed = self.norm(rows)
        kv = self.keys_values(normed, rope, use)
        last = part(rope, total - queries, total)
        out: Tensor = self(rows[:, -queries:], normed[:, -queries:], last, kv, use)[0]
        return out

    def mix(self, queries: Tensor, rope: Rope, kv: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """Attention of queries as projected [B,q,H·e] -> [B,q,H·e], and what the last paid to all
        rows [B,H,S].
        """
        heads = queries.view(*queries.shape[:-1], -1, self.head_dim).transpose(1, 2)
        mixed, weights = attend(rotate(heads, rope), *kv)
        return mixed.transpose(1, 2).flatten(-2), weights

    def finish(self, rows: Tensor, mixed: Tensor, use: Use) -> Tensor:
        """What comes after attention: rows [*,d] and what was mixed for them [*,H·e] -> [*,d]."""
        rows = rows + self.o(mixed, use)
        normed = F.rms_norm(rows, self.post_norm.shape, self.post_norm, self.eps)
        gate, up = self.gate_up(normed, use).chunk(2, -1)
        out: Tensor = rows + self.down(self._activation(gate) * up, use)
        return out


class Llama(nn.Module):
    """Embedding, layers, final norm and head. `outer` holds what belongs to no layer."""

    def __init__(self, config: ModelConfig, outer: Tensors, layers: list[DecoderLayer]) -> None:
        super().__init__()
        self._scaling, self._eps = config.rope_scaling, config.rms_eps
        self.embedding = frozen(outer.pop("embedding"))
        self.head = Dense({"head.weight": outer.pop("head", self.embedding)}, "head")
        self.final_norm = frozen(outer.pop("final_norm"))
        self.register_buffer("frequencies", outer.pop("frequencies").float(), persistent=False)
        self.layers = nn.ModuleList(layers)

    def embed(self, ids: Tensor) -> Tensor:
        """Token ids [B,n] -> [B,n,d]."""
        return F.embedding(ids, self.embedding)

    def logits(self, rows: Tensor) -> Tensor:
        """[...,d] -> [...,V], float32."""
        normed = F.rms_norm(rows, self.final_norm.shape, self.final_norm, self._eps)
        out: Tensor = self.head(normed).float()
        return out

    def rope(self, stop: int) -> Rope:
        """cos and sin of the positions 0..stop-1."""
        frequencies: Tensor = self.get_buffer("frequencies")
        positions = torch.arange(stop, device=frequencies.device, dtype=torch.float32)
        angles = torch.outer(positions, frequencies).repeat(1, 2)
        dtype = self.embedding.dtype
        return (angles.cos() * self._scaling).to(dtype), (angles.sin() * self._scaling).to(dtype)


def part(rope: Rope, start: int, stop: int) -> Rope:
    """The positions start..stop-1 of a table."""
    return rope[0][start:stop], rope[1][start:stop]


def rotate(x: Tensor, rope: Rope) -> Tensor:
    """Rotary position embedding, halves convention: x [B,*,S,e]."""
    cos, sin = rope
    low, high = x.chunk(2, -1)
    return x * cos + torch.cat((-high, low), -1) * sin


def attend(queries: Tensor, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
    """queries [B,H,q,e], keys and values [B,G,S,e] -> mixed values [B,H,q,e], weights of the last
    row [B,H,S].

    H is a multiple of G; the weights are float32.
    """
    count, total = queries.shape[2], keys.shape[2]
    if count == 1 or (
        queries.device.type == "cpu" and queries[..., 0].numel() * total <= MOST_SCORES
    ):
        return _attend_by_groups(queries, keys, values)
    last = _attend_by_groups(queries[:, :, -1:], keys, values)[1]
    # A group's heads as rows of one head: PyTorch's quick kernels take a mask, but no groups beside
    # it.
    grouped = queries.reshape(queries.shape[0], keys.shape[1], -1, queries.shape[-1])
    mask = torch.ones(count, total, dtype=torch.bool, device=keys.device).tril(total - count)
    mask = mask.repeat(queries.shape[1] // keys.shape[1], 1)
    mixed = F.scaled_dot_product_attention(grouped, keys, values, attn_mask=mask)
    return mixed.view(queries.shape), last


def _attend_by_groups(queries: Tensor, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
    """The same by two batched products over a group's heads: on a CPU some 2.5 times faster than
    torch's own.
    """
    batch, _, count, _ = queries.shape
    groups, total = keys.shape[1:3]
    grouped = (queries * queries.shape[-1] ** -0.5).reshape(batch, groups, -1, queries.shape[-1])
    # Keys of a larger cache: on the right they would be copied slowly, on the left they need not be
    # copied.
    scores = (keys @ grouped.mT).mT if count == 1 else grouped @ keys.contiguous().mT
    scores = scores.reshape(batch, -1, count, total)
    if count > 1:
        ahead = torch.ones(count, count, dtype=torch.bool, device=keys.device).triu(1)
        scores[..., total - count :].masked_fill_(ahead, float("-inf"))
    mixed = scores.softmax(-1).view(batch, groups, -1, total) @ values
    last = scores[:, :, -1].softmax(-1, dtype=torch.float32)
    return mixed.view(batch, -1, count, values.shape[-1]), last
