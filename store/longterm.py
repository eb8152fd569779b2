"""Long-term memory: which vectors a question finds (arXiv 2502.00592, section 3.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

ROWS_AT_ONCE = 16_384  # bounds the memory that scores of all the question's tokens take


def score(keys: Sequence[Tensor], queries: Tensor) -> Tensor:
    """Score of every vector: the mean over the question's tokens of sigmoid(query . key); no 1/sqrt(h).

    keys: blocks of [*,h], queries [m,h] -> [M], float32, M the sum of the blocks' rows.
    """
    queries = queries.to(keys[0].dtype)
    return torch.cat([(queries @ block.T).float().sigmoid_().mean(dim=0) for block in _joined(keys)])


def late_interaction(keys: Sequence[Tensor], queries: Tensor) -> Tensor:
    """Score of every chunk: the mean over the question's tokens of the best product with one of its keys.

    keys: of each of S chunks [*,h], queries [m,h] -> [S], float32 (ColBERT, arXiv 2004.12832, section 3.3).
    """
    best = [(block.float() @ queries.float().T).amax(dim=0) for block in keys]
    return torch.stack(best).mean(dim=1)


def _joined(keys: Sequence[Tensor]) -> Iterator[Tensor]:
    """The same rows in fewer, larger blocks: one product for many small segments."""
    held: list[Tensor] = []
    for block in keys:
        held.append(block)
        if sum(len(rows) for rows in held) >= ROWS_AT_ONCE:
            yield torch.cat(held)
            held = []
    if held:
        yield torch.cat(held)


def best(scores: Tensor, count: int) -> Tensor:
    """Positions of the `count` best scores (all that are not -inf, if fewer), in order of birth, oldest first."""
    available = int(torch.isfinite(scores).sum())
    return torch.topk(scores, min(count, available)).indices.sort().values
