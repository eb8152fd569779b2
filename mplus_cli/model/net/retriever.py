"""The retriever of a layer: what is sought and what can be found, as rows of one width h."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from mplus_cli.model.net.linear import Tensors, frozen
from mplus_cli.model.net.mlp import ACTIVATIONS


class Selector(nn.Module):
    """A projector: d -> h directly, or d -> 2h, activation, 2h -> h (arXiv 2502.00592, 3.2).

    `tensors` is emptied of what it takes.
    """

    def __init__(self, tensors: Tensors, name: str, activation: str) -> None:
        super().__init__()
        names = sorted(key for key in tensors if key.startswith(f"{name}."))
        self.weights = nn.ParameterList([frozen(tensors.pop(key)) for key in names])
        self._activation = ACTIVATIONS[activation]

    def forward(self, x: Tensor) -> Tensor:
        for weight in self.weights[:-1]:
            x = self._activation(F.linear(x, weight))
        return F.linear(x, self.weights[-1])


class Retriever(nn.Module):
    """Both projectors of a layer, whose products are scores. They see what enters its attention.

    unit: late interaction over whole chunks compares directions, so keys have length one; how long
    a query is says how much its token counts.
    """

    def __init__(self, tensors: Tensors, activation: str, unit: bool) -> None:
        super().__init__()
        self._unit = unit
        self.query, self.key = (
            Selector(tensors, f"{name}_proj", activation) for name in ("query", "key")
        )

    def queries(self, normed: Tensor) -> Tensor:
        """[*,d] -> [*,h]."""
        out: Tensor = self.query(normed)
        return out

    def keys(self, normed: Tensor) -> Tensor:
        """[*,d] -> [*,h]."""
        out: Tensor = self.key(normed)
        return F.normalize(out, dim=-1) if self._unit else out
