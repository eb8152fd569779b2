"""Decoding on a CPU, where an answer's token costs what its weights weigh: 8-bit weights, adapters
in them.

PREPARED/decode8/ holds the base projections with the reader's adapter added, each row as int8 with
its own scale. Only the tokens after an answer's first go through them; the prompt and all of
writing keep the prepared weights. Shapes: H heads, G key-value heads, e head size, S rows read so
far.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor

from mplus_cli.model.config import ModelConfig, in_steps
from mplus_cli.model.net.layers import ACTIVATIONS, Tensors, rotate
from mplus_cli.model.prepared.forms import kept_form

if TYPE_CHECKING:
    from mplus_cli.model.net.cache import Cache

FORM, FORM_VERSION = "decode8", 1
_MOST = 127


def is_possible() -> bool:
    """Whether this PyTorch has the product of a row with 8-bit weights; it is no public name of
    its.
    """
    return hasattr(torch, "_weight_int8pack_mm")


class Linear8:
    """y = Wx (+ b) for one row x [1,in], W of int8 rows with a scale each."""

    def __init__(self, tensors: Tensors, name: str) -> None:
        self.weight, self.scales = tensors[name], tensors[f"{name}.scales"]
        self.bias = tensors.get(f"{name}.bias")

    def __call__(self, x: Tensor) -> Tensor:
        y: Tensor = torch._weight_int8pack_mm(x, self.weight, self.scales)
        return y if self.bias is None else y + self.bias


class DecodingLayer:
    """One decoder layer for one row."""

    def __init__(self, config: ModelConfig, tensors: Tensors) -> None:
        self.config = config
        self.input_norm, self.post_norm = tensors["input_norm"], tensors["post_norm"]
        self.qkv, self.o = Linear8(tensors, "qkv"), Linear8(tensors, "o")
        self.gate_up, self.down = Linear8(tensors, "gate_up"), Linear8(tensors, "down")
        self._activation = ACTIVATIONS[config.activation]

    def __call__(self, h: Tensor, cache: Cache, number: int) -> Tensor:
        """The row h [1,d] behind all that was read: its keys and values join the cache."""
        config, memory_rows = self.config, cache.memory_rows[number]
        at = memory_rows + cache.tokens
        turning = config.heads + config.kv_heads
        qkv = self.qkv(self._norm(h, self.input_norm)).view(-1, config.head_dim)
        turned = rotate(qkv[:turning], (cache.rope[0][at], cache.rope[1][at]))
        keys, values = cache.keys[number, 0], cache.values[number, 0]
        keys[:, at], values[:, at] = turned[config.heads :], qkv[turning:]
        queries = turned[: config.heads].view(config.kv_heads, -1, config.head_dim)
        # A CPU makes a kernel for each new length, which costs more than a product: so lengths go
        # up in steps.
        stop = in_steps(at + 1)
        # Keys on the left: the other way round a CPU copies all of them first.
        scores = (keys[:, :stop] @ queries.mT).mT.contiguous()
        scores[..., at + 1 :] = -torch.inf
        weights = scores.softmax(-1, dtype=torch.float32)
        cache.attention[number, :memory_rows] += weights[..., :memory_rows].sum((0, 1))
        mixed = weights.to(values.dtype) @ values[:, :stop]
        h = h + self.o(mixed.view(1, -1))
        gate, up = self.gate_up(self._norm(h, self.post_norm)).chunk(2, -1)
        return h + self.down(self._activation(gate) * up)

    def _norm(self, row: Tensor, weight: Tensor) -> Tensor:
        return F.rms_norm(row, weight.shape, weight, self.config.rms_eps)


class Decoder:
    """The whole network for one row after the other."""

    def __init__(self, folder: Path, config: ModelConfig) -> None:
        outer = folder / "outer.safetensors"
        kind = getattr(torch, config.dtype)
        self._config = config
        self._layers = [
            DecodingLayer(
                config, kept_form(file, FORM, FORM_VERSION, partial(_layer, file, config))
            )
            for file in (
                folder / f"layer-{number:03}.safetensors" for number in range(config.layers)
            )
        ]
        tensors = load_file(outer)
        self._embedding, self._final_norm = (
            tensors["embedding"].to(kind),
            tensors["final_norm"].to(kind),
        )
        self._head = Linear8(
            kept_form(outer, FORM, FORM_VERSION, partial(_head, outer, kind)), "head"
        )

    @torch.inference_mode()
    def step(self, cache: Cache, token: int) -> Tensor:
        """Read one more token; logits [V] of what follows, float32."""
        h = self._embedding[token][None]
        for number, layer in enumerate(self._layers):
            h = layer(h, cache, number)
        cache.tokens += 1
        normed = F.rms_norm(h, self._final_norm.shape, self._final_norm, self._config.rms_eps)
        return self._head(normed)[0].float()


def _layer(file: Path, config: ModelConfig) -> Tensors:
    """The decoding form of one prepared layer."""
    stored, kind = load_file(file), getattr(torch, config.dtype)
    merged = {
        name: _merged(stored, name, config.read_adapter)
        for name in ("q", "kv", "o", "gate_up", "down")
    }
    biases = {name: stored[f"{name}.bias"].to(kind) for name in merged if f"{name}.bias" in stored}
    merged["q"] *= config.head_dim**-0.5  # attention's scale
    if "q" in biases:
        biases["q"] = biases["q"] * config.head_dim**-0.5
    merged["qkv"] = torch.cat([merged.pop("q"), merged.pop("kv")])
    if biases.keys() & {"q", "kv"}:
        biases["qkv"] = torch.cat([biases.pop("q"), biases.pop("kv")])
    out = {name: stored[name].to(kind) for name in ("input_norm", "post_norm")}
    for name, weight in merged.items():
        out |= _eight_bits(name, weight, kind)
    return out | {f"{name}.bias": bias for name, bias in biases.items()}


def _merged(stored: Tensors, name: str, use: str) -> Tensor:
    """W + BA of a projection, float32."""
    weight = stored[f"{name}.weight"].float()
    if f"{name}.{use}.a" in stored:
        weight = weight + stored[f"{name}.{use}.b"].float() @ stored[f"{name}.{use}.a"].float()
    return weight


def _head(outer: Path, kind: torch.dtype) -> Tensors:
    stored = load_file(outer)
    return _eight_bits("head", stored.get("head", stored["embedding"]).float(), kind)


def _eight_bits(name: str, weight: Tensor, kind: torch.dtype) -> Tensors:
    scales = (weight.abs().amax(1) / _MOST).clamp(min=torch.finfo(kind).tiny).to(kind)
    numbers = (weight / scales.float()[:, None]).round_().clamp_(-_MOST, _MOST).to(torch.int8)
    return {name: numbers, f"{name}.scales": scales}
