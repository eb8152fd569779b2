"""Long-term memory: which vectors a question finds (arXiv 2502.00592, section 3.2)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def score(keys: Sequence[Tensor], queries: Tensor) -> Tensor:
    """Score of every vector: the mean over the question's tokens of sigmoid(query . key).

    keys: blocks of [*,h], queries [m,h] -> [M], float32, M the sum of the blocks' rows. Block by block, so
    that memory use does not grow with m times M.
    """
    queries = queries.to(keys[0].dtype)
    return torch.cat([torch.sigmoid((queries @ block.T).float()).mean(dim=0) for block in keys])


def best(scores: Tensor, count: int) -> Tensor:
    """Positions of the `count` best scores (all that are not -inf, if fewer), in order of birth, oldest first."""
    available = int(torch.isfinite(scores).sum())
    return torch.topk(scores, min(count, available)).indices.sort().values
