"""Norms: rows brought to one length before a layer looks at them."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from mplus_cli.model.config import Architecture
from mplus_cli.model.net.linear import Tensors, frozen


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


class HeadNorm(RMSNorm):
    """`rms_norm` of queries or keys [*,H·e], by as many numbers as its weight has: those of a head,
    or all (arXiv 2302.05442, 2).

    A product of long rows is a sharp softmax, however alike their directions are.
    """

    def forward(self, rows: Tensor) -> Tensor:
        heads = rows.view(*rows.shape[:-1], -1, len(self.weight))
        return super().forward(heads).flatten(-2)


class Norms:
    """The norms of a layer, each by its place; `nn.Identity` where the architecture has none.

    before, after: of attention; mlp_before, mlp_after: of the MLP; queries, keys: before they are
    turned. `tensors` is emptied of what they take.
    """

    def __init__(self, architecture: Architecture, tensors: Tensors) -> None:
        def made(name: str, there: bool, kind: type[RMSNorm] = RMSNorm) -> nn.Module:
            return kind(tensors.pop(name), architecture.rms_eps) if there else nn.Identity()

        before, after = architecture.norms != "after", architecture.norms != "before"
        self.before, self.mlp_before = made("input_norm", before), made("post_norm", before)
        self.after, self.mlp_after = made("after_norm", after), made("mlp_after_norm", after)
        heads = architecture.head_norms != "none"
        self.queries, self.keys = (made(f"{name}_norm", heads, HeadNorm) for name in "qk")
