"""Prepared form -> network on a device: the only user of bitsandbytes."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from mplus_cli.errors import ModelError
from mplus_cli.model.config import ModelConfig, Quantization
from mplus_cli.model.layers import AdaptedLinear, DecoderLayer, Llama, Tensors
from mplus_cli.model.mplus import MPlus


def load(folder: Path, device: str = "cpu", quantize: Quantization = "none", dtype: str | None = None) -> MPlus:
    """The network of a prepared model, its weights mapped where they stay on the CPU.

    dtype: compute in another type than the prepared one. Raises `ModelError`.
    """
    config = ModelConfig.load(folder)
    if dtype is not None:
        config = replace(config, dtype=dtype)
    kind = getattr(torch, config.dtype)
    outer = _tensors(folder / "outer.safetensors")
    frequencies, bos = outer["frequencies"], outer.pop("bos_embedding")
    outer = {name: tensor.to(kind) for name, tensor in outer.items()} | {"frequencies": frequencies}
    positional = outer.pop("positional", None)
    layers = []
    for number in range(config.layers):
        stored = _tensors(folder / f"layer-{number:03}.safetensors")
        layer = DecoderLayer(config, {name: tensor.to(kind) for name, tensor in stored.items()})
        if quantize != "none":
            _quantize(layer, quantize)
        layers.append(layer.to(device))
    network = Llama(config, outer, layers).to(device).eval()
    if positional is not None:
        positional = positional.to(device)
    return MPlus(config, network, bos.to(device), positional, quantize)


def load_origin(folder: Path) -> list[tuple[Tensor, Tensor | None]]:
    """The checkpoint's own vectors and keys per layer, mapped: [O,d], [O,h]. Empty where it brings none."""
    config = ModelConfig.load(folder)
    if not any(config.origin_vectors):
        return []
    files = (folder / f"memory-{number:03}.safetensors" for number in range(config.layers))
    stored = [_tensors(file) for file in files]
    return [(tensors["vectors"], tensors.get("keys")) for tensors in stored]


def default_device() -> str:
    """The fastest device that PyTorch finds here."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _tensors(file: Path) -> Tensors:
    try:
        return load_file(file)
    except (SafetensorError, OSError) as error:
        raise ModelError(
            f"the prepared model is damaged: {file}: {error}",
            "prepare it again with: mplus model pull --again",
        ) from error


def _quantize(layer: DecoderLayer, quantize: Quantization) -> None:
    """Put bitsandbytes' linear layers in the place of the base projections; adapters and norms stay."""
    for module in layer.children():
        if isinstance(module, AdaptedLinear):
            module.base = _quantized(module.base, quantize)


def _quantized(dense: Any, quantize: Quantization) -> nn.Module:
    import bitsandbytes as bnb

    # It warns of kernels that are not installed, and of every cast, on each call.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    weight, bias = dense.weight, dense.bias
    made: nn.Module
    if quantize == "nf4":
        made = bnb.nn.Linear4bit(weight.shape[1], weight.shape[0], bias is not None, weight.dtype, quant_type="nf4")
        made.weight = bnb.nn.Params4bit(weight.data, requires_grad=False, quant_type="nf4")
    else:
        made = bnb.nn.Linear8bitLt(weight.shape[1], weight.shape[0], bias is not None, has_fp16_weights=False)
        made.weight = bnb.nn.Int8Params(weight.data, requires_grad=False, has_fp16_weights=False)
    made.bias = bias
    return made
