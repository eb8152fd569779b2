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
_LEAST = 1e-30  # a scale: of a row of zeros


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
        rows = x.reshape(-1, x.shape[-1])
        y = self._row(rows) if len(rows) == 1 else self._rows(rows)
        y = y.view(*x.shape[:-1], -1)
        return y if self.bias is None else y + self.bias

    def _row(self, row: Tensor) -> Tensor:
        """One row [1,in], where each small step counts: its scale is a number."""
        step = max(float(row.abs().max()) / MOST, _LEAST)
        numbers = (row.float() * (1 / step)).round_().to(torch.int8)
        sums = torch._int_mm(numbers, self.weight.mT).float()
        return sums.mul_(self.scales).mul_(step).to(row.dtype)

    def _rows(self, rows: Tensor) -> Tensor:
        floats = rows.float()
        steps = floats.abs().amax(-1, keepdim=True).div_(MOST).clamp_(min=_LEAST)
        numbers = (floats / steps).round_().to(torch.int8)
        y = rows.new_empty(len(rows), len(self.weight))
        slabs = (torch.split(each, SLAB_ROWS, -1) for each in (y, self.scales))
        for out, scales, weight in zip(*slabs, torch.split(self.weight, SLAB_ROWS), strict=True):
            out.copy_(torch._int_mm(numbers, weight.mT).float().mul_(steps).mul_(scales))
        return y
