"""The MLP of a layer: each row by itself, wide in the middle."""

from __future__ import annotations

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor, nn

from mplus_cli.model.net.linear import Use

Activation = Callable[[Tensor], Tensor]

ACTIVATIONS: dict[str, Activation] = {
    "silu": F.silu,
    "gelu": F.gelu,
    "gelu_pytorch_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "relu": F.relu,
}


class GatedMLP(nn.Module):
    """down(act(gate x) · up x), [*,d] -> [*,d] (SwiGLU where act is SiLU, arXiv 2002.05202).

    Each of the inner numbers is a product: how far its gate is open times what it has to say.
    gate_up, down: linear maps; gate and up are one, for they have the same input.
    """

    def __init__(
        self,
        gate_up: Callable[[Tensor, Use], Tensor],
        down: Callable[[Tensor, Use], Tensor],
        activation: str,
    ) -> None:
        super().__init__()
        self.gate_up, self.down = gate_up, down
        self._activation = ACTIVATIONS[activation]

    def forward(self, normed: Tensor, use: Use) -> Tensor:
        gate, up = self.gate_up(normed, use).chunk(2, -1)
        return self.down(self._activation(gate) * up, use)
