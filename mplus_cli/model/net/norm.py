"""Norms: rows brought to one length before a layer looks at them."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from mplus_cli.model.net.linear import frozen


def rms_norm(rows: Tensor, weight: Tensor, eps: float) -> Tensor:
    """x / sqrt(mean(x²) + ε) · w over the last axis [d] (arXiv 1910.07467).

    The residual stream grows from layer to layer; what a layer reads of it should not. Only the
    length is taken out, not the mean, and w weighs the directions anew.
    """
    return F.rms_norm(rows, weight.shape, weight, eps)


class RMSNorm(nn.Module):
    """`rms_norm` with its weight."""

    def __init__(self, weight: Tensor, eps: float) -> None:
        super().__init__()
        self.weight, self.eps = frozen(weight), eps

    def forward(self, rows: Tensor) -> Tensor:
        return rms_norm(rows, self.weight, self.eps)
