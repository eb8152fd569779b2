"""Tokens pooled by attention: which of them is meant."""

from __future__ import annotations

import torch
from torch import Tensor, nn

SHARP = 4.0


class Pooling(nn.Module):
    """J poolings of tokens for each of some places: whose code is the key, whose the value."""

    def __init__(self, width: int, poolings: int, key: int = 48) -> None:
        super().__init__()
        self.poolings = poolings
        self.queries = nn.Linear(width, poolings * key)
        self.keys = nn.Linear(width, poolings * key, bias=False)

    def forward(
        self, places: Tensor, tokens: Tensor, seen: Tensor, codes: Tensor
    ) -> tuple[Tensor, Tensor]:
        """places [B,s,c] pool tokens [B,n,c] as far as seen [B,s,n]: codes [B,n,k] -> [B,s,J,k],
        and how much each token counts [B,J,s,n].

        A place that sees nothing pools nothing.
        """
        queries = self.queries(places).unflatten(-1, (self.poolings, -1))
        keys = self.keys(tokens).unflatten(-1, (self.poolings, -1))
        scores = torch.einsum("bsjk,bnjk->bjsn", queries, keys) * keys.shape[-1] ** -0.5
        scores = (SHARP * scores).masked_fill(~seen[:, None], -1e4)
        weights = scores.softmax(-1) * seen[:, None]
        return torch.einsum("bjsn,bnk->bsjk", weights, codes), weights
