"""Quantized forms of a prepared model, each made once and kept beside it: the only user of
bitsandbytes.

PREPARED/nf4/layer-NNN.safetensors holds all tensors of a layer, its base projections quantized;
adapters, norms and the retriever are as prepared. A form is made on the CPU whatever the device, so
it is the same on every machine. Where bitsandbytes has a kernel for NF4 on a CPU, nf4-cpu/ holds
the same numbers in the order that it wants; made from nf4/ at every start they would take the
memory of a second model.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from mplus_cli.errors import ModelError
from mplus_cli.model.config import Quantization, damaged
from mplus_cli.model.net import int8
from mplus_cli.model.net.layers import DecoderLayer
from mplus_cli.model.net.linear import AdaptedLinear, Tensors, frozen
from mplus_cli.model.prepared.forms import kept_form
from mplus_cli.model.prepared.fused import PROJECTIONS

FORM_VERSION = 1
NF4_BLOCK = 64  # weights with one scale
SCALES_BLOCK = 256  # scales with one scale of their own
SCB_STEPS = 127  # bitsandbytes keeps a row's largest weight, which is so many steps
CPU_KERNEL_ROWS = 32  # bitsandbytes' CPU kernel takes whole blocks of rows only
# Weights quantized at a time: the steps between stay in the processor's cache. A multiple of
# NF4_BLOCK rows.
SLAB_WEIGHTS = 2**18
CPU_ORDER = ".cpu_order"  # behind a weight's name: bfloat16 scales [in/64,out] of the CPU's order


def quantized_tensors(
    folder: Path,
    number: int,
    quantize: Quantization,
    device: str = "cpu",
    making: Callable[[], None] = lambda: None,
) -> Tensors:
    """Tensors of one layer in a quantized form, mapped; made first where it is missing, damaged or
    of another model.

    making: told before it is made. Raises `ModelError` where bitsandbytes is not there or the
    prepared layer is damaged.
    """
    dense = folder / f"layer-{number:03}.safetensors"
    for_cpu = quantize == "nf4" and device == "cpu" and _has_cpu_kernel(_bitsandbytes())

    def make() -> Tensors:
        making()
        bnb = _bitsandbytes()
        if quantize == "int8":
            return _make(dense, lambda weight: _int8(bnb, weight))
        return _make(dense, lambda weight: _nf4(bnb, weight, for_cpu))

    return kept_form(dense, "nf4-cpu" if for_cpu else quantize, FORM_VERSION, make)


def _make(dense: Path, quantized: Callable[[Tensor], Tensors]) -> Tensors:
    out: Tensors = {}
    try:
        with safe_open(dense, framework="pt") as opened:
            for name in opened.keys():  # noqa: SIM118
                tensor = opened.get_tensor(name)
                fused = name.removesuffix(".weight")
                if fused not in PROJECTIONS:
                    out[name] = tensor
                else:
                    made = quantized(tensor)
                    out |= {f"{name}{part}": value for part, value in made.items()}
    except (SafetensorError, OSError) as error:
        raise damaged(dense, error) from error
    return out


def _has_cpu_kernel(bnb: Any) -> bool:
    """Whether NF4 weights are multiplied as they are on this CPU; no public names of bitsandbytes'
    tell, and without them whole weights are dequantized for each product.
    """
    functional = bnb.functional
    known = all(hasattr(functional, name) for name in ("has_avx512bf16", _TO_CPU_ORDER))
    return known and bool(functional.has_avx512bf16())


_TO_CPU_ORDER = "_convert_weight_packed_for_cpu"


def _nf4(bnb: Any, weight: Tensor, for_cpu: bool) -> Tensors:
    """As `quantize_4bit` does it for a whole weight, scales quantized, too, but a slab of rows at a
    time.

    for_cpu: in the order of the CPU's kernel, if the weight has whole blocks of it.
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
    if for_cpu and not (weight.shape[0] % CPU_KERNEL_ROWS or weight.shape[1] % NF4_BLOCK):
        return _in_cpu_order(bnb, [values for values, _ in slabs], state)
    packed = torch.cat([values for values, _ in slabs])
    return {"": packed} | {f".{name}": value for name, value in state.as_dict(packed=True).items()}


def _in_cpu_order(bnb: Any, slabs: list[Tensor], state: Any) -> Tensors:
    """Packed weights of slabs of rows, and their scales, as bitsandbytes' CPU kernel reads them."""
    functional, columns = bnb.functional, state.shape[1]
    scales = functional.dequantize_blockwise(state.absmax, state.state2) + state.offset
    numbers, ordered = list[Tensor](), list[Tensor]()
    for values in slabs:
        rows = 2 * values.numel() // columns
        own, scales = scales.split(
            [rows * columns // NF4_BLOCK, scales.numel() - rows * columns // NF4_BLOCK]
        )
        slab = functional.QuantState(
            absmax=own,
            shape=torch.Size([rows, columns]),
            code=state.code,
            blocksize=NF4_BLOCK,
            quant_type="nf4",
            dtype=torch.bfloat16,
        )
        made, slab = getattr(functional, _TO_CPU_ORDER)(values, slab)
        numbers.append(made)
        ordered.append(slab.absmax)
    return {"": torch.cat(numbers), CPU_ORDER: torch.cat(ordered, 1)}


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
    """Put quantized linear maps in the place of the base projections; adapters and norms stay.

    layer: its base projections hold quantized weights; states: projection -> what else its
    quantized form has.
    """
    make = _linear4bit if quantize == "nf4" else _linear8bit

    def quantized(name: str, linear: AdaptedLinear) -> AdaptedLinear:
        linear.base = make(linear.base, states[name], device)
        return linear

    layer.swap(quantized)


class NF4Linear(nn.Module):
    """y = Wx (+ b) by bitsandbytes' CPU kernel, which multiplies bfloat16 rows of any number with
    NF4 weights as they lie.

    scales [in/64,out]; code [16]: the weights that four bits stand for, over their block's largest.
    """

    def __init__(self, bnb: Any, numbers: Tensor, scales: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        self.weight, self.scales, self.bias = frozen(numbers), frozen(scales), bias
        self.register_buffer("code", bnb.functional.get_4bit_type("nf4", "cpu"), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        shape = len(self.weight), x.shape[-1]
        given = (self.weight, shape, self.scales, self.get_buffer("code"), NF4_BLOCK)
        y: Tensor = torch.ops.bitsandbytes.gemv_4bit(x.contiguous(), *given)
        return y if self.bias is None else y + self.bias


class FlatNF4Linear(nn.Module):
    """y = Wx (+ b) on a CPU, where rows of W end amid a block of scales.

    bitsandbytes' CPU kernel (0.50) counts blocks anew in each row of some such widths, so it gets W
    as one row.
    """

    def __init__(self, bnb: Any, numbers: Tensor, state: Any, bias: Tensor | None) -> None:
        super().__init__()
        self.weight, self.bias = frozen(numbers), bias
        self._dequantize, self._state, self._shape = (
            bnb.functional.dequantize_4bit,
            state,
            state.shape,
        )
        state.shape = torch.Size([self._shape.numel()])

    def forward(self, x: Tensor) -> Tensor:
        weight: Tensor = self._dequantize(self.weight.view(-1, 1), self._state)
        return F.linear(x, weight.view(self._shape).to(x.dtype), self.bias)


def _linear4bit(dense: Any, state: Tensors, device: str) -> Any:
    bnb, data = _bitsandbytes(), dense.weight.data
    if CPU_ORDER.removeprefix(".") in state:
        return NF4Linear(bnb, data, state[CPU_ORDER.removeprefix(".")], dense.bias)
    parameter = bnb.nn.Params4bit.from_prequantized(data, dict(state), device=device)
    rows, columns = parameter.quant_state.shape
    if device == "cpu" and columns % NF4_BLOCK:
        return FlatNF4Linear(bnb, data, parameter.quant_state, dense.bias)
    made = bnb.nn.Linear4bit(columns, rows, dense.bias is not None, quant_type="nf4", device="meta")
    made.weight, made.bias = parameter, dense.bias
    made.support_avx512bf16_for_cpu = False  # what is for it is in its order already
    return made


def _linear8bit(dense: Any, state: Tensors, device: str) -> Any:
    data, scales = dense.weight.data.to(device), state["SCB"].to(device)
    if device == "cpu" and int8.is_possible():
        return int8.Int8Linear(data, scales / SCB_STEPS, dense.bias)
    bnb, (rows, columns) = _bitsandbytes(), data.shape
    made = bnb.nn.Linear8bitLt(
        columns, rows, dense.bias is not None, has_fp16_weights=False, device="meta"
    )
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
