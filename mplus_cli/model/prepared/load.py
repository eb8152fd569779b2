"""Prepared form -> network on a device."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from mplus_cli.errors import UsageError
from mplus_cli.model.config import CONFIG_FILE, ModelConfig, Quantization, damaged
from mplus_cli.model.machine import kernels, precision
from mplus_cli.model.machine.fit import available_ram, computed, sizes_of
from mplus_cli.model.net import int8
from mplus_cli.model.net.decode8 import Decoder
from mplus_cli.model.net.layers import DecoderLayer
from mplus_cli.model.net.linear import Tensors
from mplus_cli.model.net.llama import Llama
from mplus_cli.model.net.lm2.module import Lm2
from mplus_cli.model.net.network import Network
from mplus_cli.model.net.retriever import Retriever
from mplus_cli.model.prepared.checkpoint import SLOTS_FILE
from mplus_cli.model.prepared.decode8 import head_form, open_decoder, quantized_decoder
from mplus_cli.model.prepared.fused import PROJECTIONS
from mplus_cli.model.prepared.slots import module_of

Progress = Callable[[int, int], None]  # layers done, in all


def load(
    folder: Path,
    device: str = "cpu",
    quantize: Quantization = "none",
    dtype: str | None = None,
    decode8: bool = False,
    quantizing: Progress = lambda done, of: None,
) -> Network:
    """The network of a prepared model, its weights mapped where they stay on the CPU.

    dtype: what to compute in, whatever the prepared type; None: see `fit.computed`. decode8: decode
    with 8-bit weights; quantizing: told of layers whose quantized form is made, now or at the first
    decoded token. Raises `ModelError`.
    """
    config = ModelConfig.load(folder)
    # cuDNN's attention makes a plan of each new shape, some 100 ms on an H200, and hardly two texts
    # are of one length.
    torch.backends.cuda.enable_cudnn_sdp(False)
    kernels.keep_few()
    try:
        if dtype is None:
            quick, free = precision.quick_type(device), available_ram()
            dtype = computed(sizes_of(folder), quantize, quick, free).architecture.dtype
        kind = getattr(torch, dtype)
        return _network(folder, config, kind, device, quantize, decode8, quantizing)
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        wrong = f"and the tensors beside it do not fit each other ({error})"
        raise damaged(folder / CONFIG_FILE, wrong) from error


def _network(
    folder: Path,
    config: ModelConfig,
    kind: torch.dtype,
    device: str,
    quantize: Quantization,
    decode8: bool,
    quantizing: Progress,
) -> Network:
    net = config.architecture
    outer = _tensors(folder / "outer.safetensors")
    _need_shapes(outer, {"embedding": (net.vocabulary, net.hidden)})
    # Not cast: rounding would be seen. mplus 0.1 and 0.2 kept the one row as [L,d].
    frequencies, prefix = (outer.pop(each).to(device) for each in ("frequencies", "bos_embedding"))
    prefix_states = prefix.view(net.layers, -1, net.hidden)
    outer = {name: tensor.to(device, kind) for name, tensor in outer.items()}
    positional = outer.pop("positional", None)
    layers, retrievers = list[DecoderLayer](), dict[int, Retriever]()
    shapes = {
        f"{name}.weight": (sum(rows for rows, _ in parts), parts[0][1])
        for name, parts in sizes_of(folder).projections.items()
    }
    for number in range(net.layers):
        making = partial(quantizing, number, net.layers)
        tensors, scales = _layer_tensors(folder, number, quantize, device, kind, making)
        if quantize == "none":
            _need_shapes(tensors, shapes)
        layer = DecoderLayer(net, tensors, number)
        if scales:
            from mplus_cli.model.prepared.quantized import put_quantized

            put_quantized(layer, scales, quantize, device)
        layers.append(layer.to(device))
        if tensors:  # what the layer has left
            retriever = Retriever(tensors, net.activation, unit=config.memory.finds_chunks)
            retrievers[number] = retriever.to(device)
    llama = Llama(net, outer | {"frequencies": frequencies}, layers).eval()
    if quantize != "none" and device == "cpu" and int8.is_possible():
        # No vector depends on the head.
        llama.register_module("head", int8.Int8Linear(*head_form(folder, config)))
    decoder: Callable[[], Decoder] | None = None
    if decode8:
        decoder = partial(open_decoder, folder, config, llama, quantizing)
    elif quantize != "none" and device == "cpu":
        decoder = partial(quantized_decoder, llama, config.memory.read_adapter)
    slots = _slots(folder, config, device) if config.memory.recurrent else None
    return Network(config, llama, retrievers, prefix_states, positional, quantize, decoder, slots)


def _slots(folder: Path, config: ModelConfig, device: str) -> Lm2:
    """What writes and reads the slots of an LM2 memory."""
    found: Lm2 = module_of(config, _tensors(folder / SLOTS_FILE).get).to(device)
    return found


def _need_shapes(tensors: Tensors, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Raise `ValueError` where a tensor is not of the shape that the description gives it."""
    for name, shape in shapes.items():
        if tensors[name].shape != shape:
            raise ValueError(f"{name} is {list(tensors[name].shape)}, not {list(shape)}")


def _layer_tensors(
    folder: Path,
    number: int,
    quantize: Quantization,
    device: str,
    kind: torch.dtype,
    making: Callable[[], None],
) -> tuple[Tensors, dict[str, Tensors]]:
    """Of one layer and its retriever; and by projection what else its quantized form has."""
    if quantize == "none":
        stored, scales = _tensors(folder / f"layer-{number:03}.safetensors"), {}
    else:
        from mplus_cli.model.prepared.quantized import quantized_tensors

        stored = quantized_tensors(folder, number, quantize, device, making)
        scales = {name: _below(stored, f"{name}.weight.") for name in PROJECTIONS}
    quantized = {f"{name}.weight" for name in scales}
    cast = {
        name: tensor if name in quantized else tensor.to(kind) for name, tensor in stored.items()
    }
    return cast, scales


def _below(tensors: Tensors, prefix: str) -> Tensors:
    """Takes out what begins with the prefix, and takes it off their names."""
    return {
        name.removeprefix(prefix): tensors.pop(name)
        for name in list(tensors)
        if name.startswith(prefix)
    }


def load_origin(folder: Path) -> list[tuple[Tensor, Tensor | None]]:
    """The checkpoint's own vectors and keys per layer, mapped: [O,d], [O,h]. Empty where it brings
    none.
    """
    config = ModelConfig.load(folder)
    if not any(config.memory.origin_vectors):
        return []
    layers = range(config.architecture.layers)
    stored = [_tensors(folder / f"memory-{number:03}.safetensors") for number in layers]
    return [(tensors["vectors"], tensors.get("keys")) for tensors in stored]


def default_device() -> str:
    """The fastest device that PyTorch finds here."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def need_device(device: str) -> None:
    """Raise `UsageError` where PyTorch finds no such device here."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not there.get(device, True):
        raise UsageError(
            f"PyTorch {torch.__version__} finds no {device} device here",
            "leave --device out, or see what there is with: mplus doctor",
        )


def free_memory(device: str) -> int:
    """Bytes that are free for weights on a device."""
    return int(torch.cuda.mem_get_info()[0]) if device == "cuda" else available_ram()


def _tensors(file: Path) -> Tensors:
    try:
        return load_file(file)
    except (SafetensorError, OSError) as error:
        raise damaged(file, error) from error
