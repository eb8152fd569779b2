"""The 8-bit form for decoding on a CPU, made once and kept beside the prepared model.

PREPARED/decode8/ holds the base projections with the reader's adapter added, each row as int8 with
its own scale: weight ≈ number · scale, where the row's largest weight is 127. One map gives
queries, keys and values.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import torch
from safetensors.torch import load_file

from mplus_cli.model.config import ModelConfig
from mplus_cli.model.net.decode8 import Decoder, DecodingLayer, Linear8
from mplus_cli.model.net.linear import Tensors
from mplus_cli.model.prepared.forms import kept_form

FORM, FORM_VERSION = "decode8", 1
_MOST = 127


def open_decoder(folder: Path, config: ModelConfig) -> Decoder:
    """What decodes in the network's place, its weights mapped from the form, which is made first
    where it is not there.
    """
    net, outer = config.architecture, folder / "outer.safetensors"
    kind = getattr(torch, net.dtype)
    files = (folder / f"layer-{number:03}.safetensors" for number in range(net.layers))
    layers = [
        DecodingLayer(net, kept_form(file, FORM, FORM_VERSION, partial(_layer, file, config)))
        for file in files
    ]
    tensors = load_file(outer)
    head = kept_form(outer, FORM, FORM_VERSION, partial(_head, outer, kind))
    return Decoder(
        net,
        layers,
        tensors["embedding"].to(kind),
        tensors["final_norm"].to(kind),
        Linear8(head, "head"),
    )


def _layer(file: Path, config: ModelConfig) -> Tensors:
    """The decoding form of one prepared layer."""
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


def _adapted(stored: Tensors, name: str, use: str) -> torch.Tensor:
    """W + BA of a projection, float32."""
    weight = stored[f"{name}.weight"].float()
    if f"{name}.{use}.a" in stored:
        weight = weight + stored[f"{name}.{use}.b"].float() @ stored[f"{name}.{use}.a"].float()
    return weight


def _head(outer: Path, kind: torch.dtype) -> Tensors:
    stored = load_file(outer)
    return _eight_bits("head", stored.get("head", stored["embedding"]).float(), kind)


def _eight_bits(name: str, weight: torch.Tensor, kind: torch.dtype) -> Tensors:
    scales = (weight.abs().amax(1) / _MOST).clamp(min=torch.finfo(kind).tiny).to(kind)
    numbers = (weight / scales.float()[:, None]).round_().clamp_(-_MOST, _MOST).to(torch.int8)
    return {name: numbers, f"{name}.scales": scales}
