"""How often the segment that an answer is said to be from is the one that tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from store.kinds.cell import Cell, Matrix
from training.lm2.slots import write_rows

if TYPE_CHECKING:
    from mplus_cli.model.net.lm2.module import Lm2
    from training.lm2.batches import Batch
    from training.stories import Asked, Story


def telling(story: Story, asked: Asked) -> int | None:
    """The number, from 1, of the last segment that tells what is asked; None where it takes more
    than one fact, or a kind of fact that the plans do not name.
    """
    if len(asked.relations) != 1 or asked.beside:
        return None
    wanted = asked.key, asked.relations[0]
    numbers = [
        number
        for number, segment in enumerate(story.segments, 1)
        for sentence in segment.sentences
        if wanted in ((write.key, write.relation) for write in sentence.writes)
    ]
    return numbers[-1] if numbers else None


@torch.no_grad()
def named(module: Lm2, table: Tensor, batch: Batch, slots: int) -> list[int]:
    """The segment that each question draws on most, by its number in the story, from 1; 0: none.

    As a memory has it: with float16 rows, one story's after another's. table [V,d]: whitened
    embeddings; batch: one question each story.
    """
    shape, tag = module.shape, module.shape.tag
    rows = write_rows(module, batch, table[batch.ids]).half().cpu().numpy()
    rows = rows.reshape(batch.stories, batch.segments, -1, rows.shape[-1])
    cells = [Cell(Matrix.empty(slots, tag + shape.value), tag) for _ in range(batch.stories)]
    for cell, segments in zip(cells, rows, strict=True):
        for number, written in enumerate(segments, 1):
            cell.let_in(written, number)
    held = torch.from_numpy(np.stack([cell.matrix.slots for cell in cells])).to(table.device)
    places = batch.places.to(table.device)
    read = module.read(table[batch.asked], places, held[batch.story])[1].sum(2)  # [Q,p,N]
    said = (batch.targets >= 0).to(read)
    weights = (read * said[..., None]).sum(1).cpu().double().numpy()
    found = []
    for story, weight in zip(batch.story.tolist(), weights, strict=True):
        matrix, drawn = cells[story].matrix, np.zeros(batch.segments + 1)
        np.add.at(drawn, matrix.sources, weight[:, None] * matrix.shares)
        drawn[0] = 0
        found.append(int(drawn.argmax()))
    return found
