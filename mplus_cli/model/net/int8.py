"""Linear maps of bytes: 8-bit weights, and rows that are rounded to 8 bits for the product.

A processor multiplies bytes about twice as quickly as bfloat16, and reads half as many. A model
whose weights are kept in 8 bits goes through here on a CPU, a whole chunk as well as the one row of
a token.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mplus_cli.model.net.linear import Use, frozen

MOST = 127  # of an int8, the same on both sides of zero
# Rows of W that a whole chunk is multiplied with at a time: what comes of them stays in the
# processor's cache while it is scaled.
SLAB_ROWS = 2048


def is_possible() -> bool:
    """Whether this PyTorch has a quick product of bytes on this CPU.

    It is no public name of PyTorch's, and without AVX-512 slower than a product of floats.
    """
    return hasattr(torch, "_int_mm") and torch.backends.cpu.get_cpu_capability() == "AVX512"


class Int8Linear(nn.Module):
    """y = Wx (+ b) for rows x [*,in], W ≈ numbers · scales: int8 [out,in], and [out] for its rows.

    x is rounded likewise, each row with its own scale (LLM.int8(), arXiv 2208.07339, 3.1): what is
    added up are products of whole numbers, exactly, and both scales come after the sum.
    """

    def __init__(self, numbers: Tensor, scales: Tensor, bias: Tensor | None = None) -> None:
        super().__init__()
        self.weight, self.scales = frozen(numbers), frozen(scales.float())
        self.bias = None if bias is None else frozen(bias)

    def forward(self, x: Tensor, use: Use = "read") -> Tensor:
        rows = x.reshape(-1, x.shape[-1]).float()
        steps = rows.abs().amax(-1, keepdim=True).div_(MOST)
        steps.clamp_(min=torch.finfo(torch.float32).tiny)  # a row of zeros
        numbers = (rows / steps).round_().to(torch.int8)
        weights = torch.split(self.weight, SLAB_ROWS if len(rows) > 1 else len(self.weight))
        scales = torch.split(self.scales, len(weights[0]))
        y = x.new_empty(len(rows), len(self.weight))
        for out, weight, scale in zip(y.split(len(weights[0]), 1), weights, scales, strict=True):
            out.copy_(torch._int_mm(numbers, weight.mT).float().mul_(steps).mul_(scale))
        y = y.view(*x.shape[:-1], -1)
        return y if self.bias is None else y + self.bias
