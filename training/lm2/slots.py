"""Segments let into the slots of many stories at once, with gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from mplus_cli.model.net.lm2.cell import let_in

if TYPE_CHECKING:
    from mplus_cli.model.net.lm2.module import Lm2
    from training.lm2.batches import Batch


def write_rows(module: Lm2, batch: Batch, x: Tensor) -> Tensor:
    """Write rows [B·n,s,W,w] of all segments, of which x [B·n,t,d] are the tokens, whitened."""
    return module.rows(x, batch.ends.to(x.device))


def slots_after(module: Lm2, batch: Batch, rows: Tensor, count: int) -> Tensor:
    """What N slots hold behind each segment: [B,n,N,a+m]. rows: of `write_rows`.

    Sentences are let in one after the other, all stories side by side; those that a story lacks
    are left out of its turn.
    """
    shape, stories = module.shape, batch.stories
    sentences = rows.shape[1]
    rows = rows.view(stories, -1, *rows.shape[2:])
    there = (batch.ends >= 0).view(stories, -1).to(rows.device)
    most = int(there.sum(1).max())
    order = there.logical_not().int().argsort(dim=1, stable=True)[:, :most]
    rows = rows.gather(1, order[..., None, None].expand(-1, -1, *rows.shape[2:]))
    slots = rows.new_zeros(stories, count, shape.tag + shape.value)
    usage = rows.new_zeros(stories, count)
    states = [slots]
    for sentence in range(most):
        for head in range(shape.heads):
            row = rows[:, sentence, head]
            slots, usage = let_in(slots, usage, row, shape.tag, module.reader.sharpness)
        states.append(slots)
    last = there.view(stories, -1, sentences).sum(2).cumsum(1)
    numbers = torch.arange(stories, device=rows.device)[:, None]
    return torch.stack(states)[last, numbers]
