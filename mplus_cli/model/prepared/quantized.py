"""Quantized forms of a prepared model, each made once and kept beside it: the only user of
bitsandbytes.

PREPARED/nf4/layer-NNN.safetensors holds all tensors of a layer, its base projections quantized;
adapters, norms and the retriever are as prepared. A form is made on the CPU whatever the device, so
it is the same on every machine.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from mplus_cli.errors import ModelError
from mplus_cli.model.config import Quantization
from mplus_cli.model.net.layers import DecoderLayer
from mplus_cli.model.net.linear import AdaptedLinear, Tensors
from mplus_cli.model.prepared.forms import kept_form
from mplus_cli.model.prepared.fused import PROJECTIONS

FORM_VERSION = 1
NF4_BLOCK = 64  # weights with one scale
SCALES_BLOCK = 256  # scales with one scale of their own
CPU_KERNEL_ROWS = 32  # the quickest CPU kernel takes whole blocks of rows only
# Weights quantized at a time: the steps between stay in the processor's cache. A multiple of
# NF4_BLOCK rows.
SLAB_WEIGHTS = 2**18


def quantized_tensors(folder: Path, number: int, quantize: Quantization) -> Tensors:
    """Tensors of one layer in a quantized form, mapped; made first where it is missing, damaged or
    of another model.

    Raises `ModelError` where bitsandbytes is not there or the prepared layer is damaged.
    """
    dense = folder / f"layer-{number:03}.safetensors"
    return kept_form(dense, quantize, FORM_VERSION, lambda: _make(dense, quantize))


def _make(dense: Path, quantize: Quantization) -> Tensors:
    bnb = _bitsandbytes()
    out: Tensors = {}
    try:
        with safe_open(dense, framework="pt") as opened:
            names = opened.keys()
            for name in names:
                tensor = opened.get_tensor(name)
                fused = name.removesuffix(".weight")
                if fused not in PROJECTIONS:
                    out[name] = tensor
                else:
                    made = _nf4(bnb, tensor) if quantize == "nf4" else _int8(bnb, tensor)
                    out |= {f"{name}{part}": value for part, value in made.items()}
    except (SafetensorError, OSError) as error:
        raise ModelError(
            f"the prepared model is damaged: {dense}: {error}",
            "prepare it again with: mplus model pull --again",
        ) from error
    return out


def _nf4(bnb: Any, weight: Tensor) -> Tensors:
    """As `quantize_4bit` does it for a whole weight, scales quantized, too, but a slab of rows at a
    time.
    """
    functional = bnb.functional
    slabs = [
        functional.quantize_4bit(
            slab, blocksize=NF4_BLOCK, compress_statistics=False, quant_type="nf4"
        )
        for slab in _slabs(weight)
    ]
    scales = torch.cat([state.absmax for _, state in slabs])
    offset = scales.mean()
    absmax, state2 = functional.quantize_blockwise(scales - offset, blocksize=SCALES_BLOCK)
    state = functional.QuantState(
        absmax=absmax,
        shape=weight.shape,
        code=slabs[0][1].code.clone(),
        blocksize=NF4_BLOCK,
        quant_type="nf4",
        dtype=weight.dtype,
        offset=offset,
        state2=state2,
    )
    packed = torch.cat([values for values, _ in slabs])
    return {"": packed} | {f".{name}": value for name, value in state.as_dict(packed=True).items()}


def _int8(bnb: Any, weight: Tensor) -> Tensors:
    """One scale a row."""
    slabs = [
        bnb.functional.int8_vectorwise_quant(slab.to(torch.float16))[:2] for slab in _slabs(weight)
    ]
    values, scales = zip(*slabs, strict=True)
    return {"": torch.cat(values), ".SCB": torch.cat(scales)}


def _slabs(weight: Tensor) -> Iterator[Tensor]:
    rows = max(SLAB_WEIGHTS // weight.shape[1] // NF4_BLOCK, 1) * NF4_BLOCK
    yield from torch.split(weight, rows)


def put_quantized(
    layer: DecoderLayer, states: dict[str, Tensors], quantize: Quantization, device: str
) -> None:
    """Put bitsandbytes' linear layers in the place of the base projections; adapters and norms
    stay.

    layer: its base projections hold quantized weights; states: projection -> what else its
    quantized form has.
    """
    bnb = _bitsandbytes()
    make = _linear4bit if quantize == "nf4" else _linear8bit

    def quantized(name: str, linear: AdaptedLinear) -> AdaptedLinear:
        linear.base = make(bnb, linear.base, states[name], device)
        return linear

    layer.swap(quantized)


def _linear4bit(bnb: Any, dense: Any, state: Tensors, device: str) -> Any:
    data = dense.weight.data
    parameter = bnb.nn.Params4bit.from_prequantized(data, dict(state), device=device)
    rows, columns = parameter.quant_state.shape
    made = bnb.nn.Linear4bit(columns, rows, dense.bias is not None, quant_type="nf4", device="meta")
    made.weight, made.bias = parameter, dense.bias
    if rows % CPU_KERNEL_ROWS or columns % NF4_BLOCK:
        made.support_avx512bf16_for_cpu = False
    return made


def _linear8bit(bnb: Any, dense: Any, state: Tensors, device: str) -> Any:
    data = dense.weight.data.to(device)
    rows, columns = data.shape
    made = bnb.nn.Linear8bitLt(
        columns, rows, dense.bias is not None, has_fp16_weights=False, device="meta"
    )
    scales = state["SCB"].to(device)
    made.weight = bnb.nn.Int8Params(
        data, requires_grad=False, has_fp16_weights=False, CB=data, SCB=scales
    )
    made.bias = dense.bias
    return made


def bitsandbytes_version() -> str:
    """Of the bitsandbytes that works here. Raises `ModelError` where none does."""
    return str(_bitsandbytes().__version__)


def _bitsandbytes() -> Any:
    # It warns of kernels that are not installed, and of every cast, on each call.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    try:
        import bitsandbytes
    except ImportError as error:
        raise ModelError(
            f"bitsandbytes, which quantizes, does not work here: {error}", "take --quantize none"
        ) from error
    return bitsandbytes
