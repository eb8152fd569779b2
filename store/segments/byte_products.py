"""Products of many rows of bytes with one query: whole numbers, and the same on every machine.

Converting rows to floats takes longer than multiplying them. Processors with VNNI (AVX-512)
multiply bytes as they are; PyTorch's product for it has no public name. Elsewhere the rows are
converted, and the sums are the same: below 2^24 float32 adds whole numbers exactly, which holds for
rows of up to 1,040 numbers.
"""

from __future__ import annotations

import torch
from torch import Tensor

_MOST = 127
_FLOATS_AT_ONCE = 1024  # rows: they stay in the processor's cache
_LEAST = 1e-30  # a step: of a query of zeros


def is_possible() -> bool:
    """Whether this PyTorch has a quick and exact product of bytes on this CPU. Without VNNI sums of
    two products may be cut to 16 bits.
    """
    return hasattr(torch, "_int_mm") and torch.cpu._is_vnni_supported()


class ByteQuery:
    """A query [h] in int8, with which rows are multiplied: its largest number becomes 127."""

    def __init__(self, query: Tensor) -> None:
        self._step = max(float(query.abs().max()) / _MOST, _LEAST)
        self._numbers = (query / self._step).round().to(torch.int8)

    def products(self, rows: Tensor) -> Tensor:
        """Of rows, int8 [R,h]: [R], float32."""
        if is_possible():
            sums = torch._int_mm(rows, self._numbers[:, None])[:, 0].float()
        else:
            query = self._numbers.float()
            sums = torch.cat([some.float() @ query for some in torch.split(rows, _FLOATS_AT_ONCE)])
        return sums.mul_(self._step)
