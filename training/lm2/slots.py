"""Segments let into the slots of many stories at once, with gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from mplus_cli.model.net.lm2.cell import let_in
from store.kinds.cell import GATES, LEAST_GATE

if TYPE_CHECKING:
    from mplus_cli.model.net.lm2.module import Lm2
    from training.lm2.batches import Batch


def write_rows(module: Lm2, batch: Batch, x: Tensor) -> Tensor:
    """Write rows [B·n,s,W,w] of all segments, of which x [B·n,t,d] are the tokens, whitened."""
    return module.rows(x, batch.ends.to(x.device))


def slots_after(module: Lm2, batch: Batch, rows: Tensor, count: int) -> Tensor:
    """What N slots hold behind each segment: [B,n,N,a+m]. rows: of `write_rows`.

    Rows are let in one after the other, all stories side by side; of each story those that write.
    """
    tag, stories = module.shape.tag, batch.stories
    rows = rows.reshape(stories, -1, rows.shape[-1])
    writes = rows[..., -GATES] >= LEAST_GATE
    turns = int(writes.sum(1).max())
    order = writes.logical_not().int().argsort(dim=1, stable=True)[:, :turns]
    mine = rows.gather(1, order[..., None].expand(-1, -1, rows.shape[-1]))
    gates = mine[..., -GATES:][..., :1] * writes.gather(1, order)[..., None]
    mine = torch.cat([mine[..., :-GATES], gates, mine[..., 1 - GATES :]], -1)
    slots = rows.new_zeros(stories, count, tag + module.shape.value)
    usage = rows.new_zeros(stories, count)
    states = [slots]
    for turn in range(turns):
        slots, usage = let_in(slots, usage, mine[:, turn], tag, module.reader.sharpness)
        states.append(slots)
    last = writes.view(stories, batch.segments, -1).sum(2).cumsum(1)
    return torch.stack(states)[last, torch.arange(stories, device=rows.device)[:, None]]
