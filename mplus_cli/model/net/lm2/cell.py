"""The recurrence of the slots with gradients, for many stories at once.

`store.kinds.cell` computes the same for one memory, without torch, and says why.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from store.kinds.cell import FADING, KNOWN, LEAST_USAGE, MOST_WRITTEN, SHARPNESS


def let_in(
    slots: Tensor, usage: Tensor, row: Tensor, tag: int, sharpness: float = SHARPNESS
) -> tuple[Tensor, Tensor]:
    """One write row of each of B stories: slots [B,N,a+m], usage [B,N], row [B,w] -> the same.

    LM2's equations with gates that sum to one: M' = (1 - w) M + w v (arXiv 2502.06049, eq. 5-7).
    """
    value = slots.shape[-1] - tag
    keys = row[:, : 2 * tag].reshape(len(row), 2, tag)
    text, (gate, own, copied) = row[:, 2 * tag : 2 * tag + value], row[:, -3:].unbind(-1)
    alike = keys @ slots[..., :tag].mT  # [B,2,N]
    content = (sharpness * alike).softmax(-1)
    known = torch.sigmoid(sharpness * (alike.amax(-1) - KNOWN))[..., None]
    read = (known * content) @ slots[..., tag:]  # E_mem: [B,2,m]
    least = torch.where(usage < LEAST_USAGE, 0, usage).argmin(-1)
    free = F.one_hot(least, usage.shape[-1]).to(usage)
    chosen = known[:, 0] * content[:, 0] + (1 - known[:, 0]) * free
    v = text + own[:, None] * read[:, 0] + copied[:, None] * read[:, 1]
    new = torch.cat([row[:, :tag], v.clamp(-1, 1)], -1)
    w = (gate[:, None] * chosen).clamp(max=MOST_WRITTEN)
    usage = (1 - w) * usage * (1 - FADING * gate[:, None]) + w
    return slots + w[..., None] * (new[:, None] - slots), usage.detach()
