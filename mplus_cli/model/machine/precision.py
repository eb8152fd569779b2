"""Which type of numbers products are quick in on this machine: the one owner of that decision."""

from __future__ import annotations

import platform

import torch

_ARM = ("aarch64", "arm64")


def cpu_multiplies_bfloat16() -> bool:
    """Whether this CPU has instructions for products of bfloat16 matrices: AVX-512 BF16 or AMX, on
    ARM BF16. PyTorch computes such products without them, too, up to eight times slower than
    float32.
    """
    if platform.machine() in _ARM:
        # Without oneDNN (macOS) no product would use them.
        told = getattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", None)
        return told is not None and bool(told())
    # oneDNN's own answer is yes for all of AVX-512. No public name of PyTorch 2.7's tells.
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


def quick_type(device: str) -> str:
    """In what a model should be computed there, as torch names it: bfloat16, or float32 on a CPU
    without instructions for that.
    """
    return "float32" if device == "cpu" and not cpu_multiplies_bfloat16() else "bfloat16"
