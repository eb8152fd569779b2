"""Long-term memory: which vectors a question finds (arXiv 2502.00592, section 3.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from torch import Tensor

from store.pool import Ids
from store.quantized import Rows, joined

ROWS_AT_ONCE = 16_384  # bounds the memory that scores of all the question's tokens take


def score(keys: Iterable[Rows], queries: Tensor) -> Tensor:
    """Score of every vector: the mean over the question's tokens of sigmoid(query . key); no
    1/sqrt(h).

    keys: blocks of [*,h], queries [m,h] -> [M], float32, M the sum of the blocks' rows.
    """
    products = [_products(block, queries).sigmoid_().mean(dim=0) for block in _even(keys)]
    return torch.cat(products) if products else torch.zeros(0)


def late_interaction(keys: Iterable[Rows], sizes: Ids, queries: Tensor) -> Tensor:
    """Score of every chunk: the mean over the question's tokens of the best product with one of its
    keys.

    keys: blocks of [*,h], all keys of S chunks in their order, sizes [S] the keys of each, queries
    [m,h] -> [S], float32 (ColBERT, arXiv 2004.12832, section 3.3).
    """
    starts = np.concatenate([[0], np.cumsum(sizes)])
    best = torch.full((len(queries), len(sizes)), -torch.inf, device=queries.device)
    at = 0
    for block in _even(keys):
        stop = at + len(block.numbers)
        first, last = np.searchsorted(starts, [at, stop - 1], side="right") - 1
        found = _maxima(_products(block, queries), np.clip(starts[first : last + 2], at, stop) - at)
        torch.maximum(
            best[:, first : last + 1], found, out=best[:, first : last + 1]
        )  # a chunk may lie in two blocks
        at = stop
    return best.mean(dim=0)


def _maxima(products: Tensor, bounds: Ids) -> Tensor:
    """The largest of each stretch of columns: products [m,*], bounds [S+1] -> [m,S]."""
    if products.device.type == "cpu":  # some 20 times quicker than PyTorch's
        return torch.from_numpy(np.maximum.reduceat(products.numpy(), bounds[:-1], axis=1))
    lengths = torch.from_numpy(np.diff(bounds)).to(products.device)
    return torch.segment_reduce(products.T.contiguous(), "max", lengths=lengths).T


def _products(block: Rows, queries: Tensor) -> Tensor:
    """Queries [m,h] times keys [*,h] -> [m,*], in float32 where the queries are; rounding here
    would swap ranks.
    """
    products = queries.float() @ block.numbers.to(queries.device).float().T
    return (
        products
        if block.scales is None
        else products * block.scales[:, 0].to(queries.device).float()
    )


def _even(keys: Iterable[Rows]) -> Iterator[Rows]:
    """The same rows in blocks of about the same size: one product for many small segments, none for
    millions.
    """
    held: list[Rows] = []
    for rows in keys:
        for start in range(0, len(rows.numbers), ROWS_AT_ONCE):
            held.append(rows.part(start, start + ROWS_AT_ONCE))
            if sum(len(piece.numbers) for piece in held) >= ROWS_AT_ONCE:
                yield joined(held)
                held = []
    if held:
        yield joined(held)


def best(scores: Tensor, count: int) -> Tensor:
    """Positions of the `count` best scores (all that are not -inf, if fewer), in order of birth,
    oldest first.
    """
    available = int(torch.isfinite(scores).sum())
    return torch.topk(scores, min(count, available)).indices.sort().values
