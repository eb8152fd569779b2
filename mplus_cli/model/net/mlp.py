"""The MLP of a layer: each row by itself, wide in the middle."""

from __future__ import annotations

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor, nn

from mplus_cli.model.config import Architecture
from mplus_cli.model.net.linear import AdaptedLinear, Tensors, Use

Activation = Callable[[Tensor], Tensor]
Linear = Callable[[Tensor, Use], Tensor]

ACTIVATIONS: dict[str, Activation] = {
    "silu": F.silu,
    "gelu": F.gelu,
    "gelu_pytorch_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "relu": F.relu,
}


def gated_mlp(
    normed: Tensor, gate_up: Linear, down: Linear, activation: Activation, use: Use
) -> Tensor:
    """down(act(gate x) · up x), [*,d] -> [*,d] (SwiGLU where act is SiLU, arXiv 2002.05202).

    Each of the inner numbers is a product: how far its gate is open times what it has to say. Gate
    and up are one map, for they have the same input.
    """
    gate, up = gate_up(normed, use).chunk(2, -1)
    return down(activation(gate) * up, use)


class GatedMLP(nn.Module):
    """`gated_mlp` with its linear maps."""

    def __init__(self, architecture: Architecture, tensors: Tensors) -> None:
        super().__init__()
        self.gate_up, self.down = (AdaptedLinear(tensors, name) for name in ("gate_up", "down"))
        self._activation = ACTIVATIONS[architecture.activation]

    def forward(self, normed: Tensor, use: Use) -> Tensor:
        return gated_mlp(normed, self.gate_up, self.down, self._activation, use)
