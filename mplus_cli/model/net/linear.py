"""Linear maps, and what may stand in their places.

All of the network calls them as `linear(x, use)`, so that a map can be another thing: rows of bytes
(`int8`, `decode8`), bitsandbytes' weights (`prepared.quantized` puts them in `base`), adapters that
train (`training.reader`). Shapes: r rank of an adapter, in and out widths of the map.
"""

from __future__ import annotations

from typing import Literal

import torch.nn.functional as F
from torch import Tensor, nn

Use = Literal["write", "read"]
"""What rows go through a map for: each use has adapters of its own."""

Tensors = dict[str, Tensor]


def frozen(tensor: Tensor) -> nn.Parameter:
    return nn.Parameter(tensor, requires_grad=False)


class Dense(nn.Module):
    """y = Wx (+ b). `tensors` is emptied of what it takes."""

    def __init__(self, tensors: Tensors, name: str) -> None:
        super().__init__()
        self.weight = frozen(tensors.pop(f"{name}.weight"))
        bias = tensors.pop(f"{name}.bias", None)
        self.bias = None if bias is None else frozen(bias)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight, self.bias)


class AdaptedLinear(nn.Module):
    """y = Wx + B(Ax), with the write or the read adapter's A [r,in] and B [out,r].

    A low-rank adapter (LoRA, arXiv 2106.09685): BA has the shape of W and rank r, so r·(in+out)
    numbers change what W does, and W is shared by both uses. Its factor α/r is in B already.
    """

    def __init__(self, tensors: Tensors, name: str) -> None:
        super().__init__()
        self.base: nn.Module = Dense(tensors, name)
        self.adapters = nn.ModuleDict()
        for use in ("write", "read"):
            if f"{name}.{use}.a" in tensors:
                down, up = (frozen(tensors.pop(f"{name}.{use}.{part}")) for part in "ab")
                self.adapters[use] = nn.ParameterList([down, up])

    def forward(self, x: Tensor, use: Use) -> Tensor:
        return self.adapt(self.base(x), x, use)

    def adapt(self, y: Tensor, x: Tensor, use: Use) -> Tensor:
        """Wx -> Wx + B(Ax). Who needs both uses of the same rows computes Wx once."""
        if use not in self.adapters:
            return y
        down, up = self.adapters[use].parameters()
        # Two thin products: BA itself would be as large as W.
        return y + F.linear(F.linear(x, down), up)
