"""The 8-bit form for decoding on a CPU, made once and kept beside the prepared model.

PREPARED/decode8/ holds the base projections with the reader's adapter added, each row as int8 with
its own scale: weight ≈ number · scale, where the row's largest weight is 127. One map gives
queries, keys and values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import cast

import torch
from safetensors.torch import load_file
from torch import Tensor

from mplus_cli.model.config import ModelConfig
from mplus_cli.model.net.attention import Attention
from mplus_cli.model.net.decode8 import Decoder, DecodingLayer, decoding_map
from mplus_cli.model.net.int8 import MOST
from mplus_cli.model.net.layers import DecoderLayer
from mplus_cli.model.net.linear import AdaptedLinear, Tensors, Use
from mplus_cli.model.net.llama import Llama
from mplus_cli.model.net.mlp import Linear
from mplus_cli.model.net.norm import Norms
from mplus_cli.model.prepared.forms import kept_form

FORM, FORM_VERSION = "decode8", 1
SLAB_ROWS = 1024


def open_decoder(
    folder: Path,
    config: ModelConfig,
    llama: Llama,
    making: Callable[[int, int], None] = lambda done, of: None,
) -> Decoder:
    """What decodes in a network's place, its weights mapped from the form, which is made first
    where it is not there.

    making: told of layers whose form is made, and how many there are.
    """
    net, layers = config.architecture, []
    for number in range(net.layers):
        file = folder / f"layer-{number:03}.safetensors"
        make = partial(_layer, file, config, partial(making, number, net.layers))
        form = kept_form(file, FORM, FORM_VERSION, make)
        maps = {
            name: decoding_map(form[name], form[f"{name}.scales"], form.get(f"{name}.bias"))
            for name in ("qkv", "o", "gate_up", "down")
        }
        norms = {name: form[name].to(llama.embedding) for name in form if name.endswith("_norm")}
        layers.append(DecodingLayer(net, Norms(net, norms), maps))
    head = decoding_map(*head_form(folder, config))
    return Decoder(net, layers, llama.embedding, llama.final_norm.weight, head)


def quantized_decoder(llama: Llama, use: Use) -> Decoder:
    """The same by the network's own maps, which are quantized already; with the adapters of a
    use.
    """
    net, layers = llama.architecture, []
    for layer in cast(Iterable[DecoderLayer], llama.layers):
        attention, mlp = layer.attention, layer.mlp
        maps: dict[str, Linear] = {
            "qkv": partial(_queries_keys_values, attention, use),
            "o": partial(_used, attention.o, use),
            "gate_up": partial(_used, mlp.gate_up, use),
            "down": partial(_used, mlp.down, use),
        }
        layers.append(DecodingLayer(net, layer.norms, maps, net.query_scale))
    norm = llama.final_norm.weight
    return Decoder(net, layers, llama.embedding, norm, lambda x, _: llama.head(x))


def _queries_keys_values(attention: Attention, use: Use, x: Tensor, _: Use) -> Tensor:
    kv, bias = attention.kv(x, use), attention.kv_bias
    return torch.cat([attention.q(x, use), kv if bias is None else kv + bias], -1)


def _used(linear: AdaptedLinear, use: Use, x: Tensor, _: Use) -> Tensor:
    y: Tensor = linear(x, use)
    return y


def head_form(folder: Path, config: ModelConfig) -> tuple[Tensor, Tensor]:
    """The head's numbers [V,d] and scales [V], made first where they are not there."""
    outer, kind = folder / "outer.safetensors", getattr(torch, config.architecture.dtype)
    made = kept_form(outer, FORM, FORM_VERSION, partial(_head, outer, kind))
    return made["head"], made["head.scales"]


def _layer(file: Path, config: ModelConfig, making: Callable[[], None]) -> Tensors:
    """The decoding form of one prepared layer."""
    making()
    stored, kind = load_file(file), getattr(torch, config.architecture.dtype)
    weights = {
        name: _adapted(stored, name, config.memory.read_adapter)
        for name in ("q", "kv", "o", "gate_up", "down")
    }
    biases = {name: stored[f"{name}.bias"].to(kind) for name in weights if f"{name}.bias" in stored}
    # Attention's scale, which would be a product a token. A norm behind the map would undo it.
    norms = {name: stored[name].to(kind) for name in stored if name.endswith("_norm")}
    scale = config.architecture.query_scale
    for scaled, name in (
        ((norms, "q_norm"),) if "q_norm" in norms else ((weights, "q"), (biases, "q"))
    ):
        if name in scaled:
            scaled[name] = scaled[name] * scale
    weights["qkv"] = torch.cat([weights.pop("q"), weights.pop("kv")])
    if biases.keys() & {"q", "kv"}:
        biases["qkv"] = torch.cat([biases.pop("q"), biases.pop("kv")])
    out = norms
    for name, weight in weights.items():
        out |= _eight_bits(name, weight, kind)
    return out | {f"{name}.bias": bias for name, bias in biases.items()}


def _adapted(stored: Tensors, name: str, use: str) -> Tensor:
    """W + BA of a projection, float32."""
    weight = stored[f"{name}.weight"].float()
    if f"{name}.{use}.a" in stored:
        weight = weight + stored[f"{name}.{use}.b"].float() @ stored[f"{name}.{use}.a"].float()
    return weight


def _head(outer: Path, kind: torch.dtype) -> Tensors:
    stored = load_file(outer)
    return _eight_bits("head", stored.get("head", stored["embedding"]), kind)


def _eight_bits(name: str, weight: Tensor, kind: torch.dtype) -> Tensors:
    numbers = torch.empty(weight.shape, dtype=torch.int8)
    scales = torch.empty(len(weight), dtype=kind)
    # A slab of rows at a time: the steps between take no memory to speak of.
    slabs = (torch.split(each, SLAB_ROWS) for each in (weight, numbers, scales))
    for slab, whole, steps in zip(*slabs, strict=True):
        rows = slab.float()
        steps.copy_((rows.abs().amax(1) / MOST).clamp(min=torch.finfo(kind).tiny))
        whole.copy_((rows / steps.float()[:, None]).round_().clamp_(-MOST, MOST))
    return {name: numbers, f"{name}.scales": scales}
