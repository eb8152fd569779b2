"""What is known of made-up stories and helps a module to begin: which sentences tell something, and
which of their words belong together (training/stories/plans.py).

Questions alone teach it, too, and later do so alone, nearly; but at first every sentence writes and
every word is pooled, and what a question reads is noise.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from mplus_cli.model.net.lm2.module import Lm2
from store.kinds.cell import GATES
from training.lm2.batches import Batch, Pointed

_LEAST = 0.02  # of what should be one: what is still far from it must not drown the rest


class Guidance:
    """Watches what a module's poolings look at."""

    def __init__(self, module: Lm2) -> None:
        self._weights = dict[str, Tensor]()
        for side, pooling in (("writer", module.writer.pooling), ("reader", module.reader.pooling)):
            pooling.register_forward_hook(
                lambda _, given, out, side=side: self._weights.__setitem__(side, out[1])
            )

    def loss(self, batch: Batch, rows: Tensor) -> Tensor:
        """How far the last pass is from what the stories say: which rows are written [B·n,s,W,w],
        and which words they and the questions are of.
        """
        writes = batch.writes.to(rows.device)
        gates = rows[..., -GATES].clamp(1e-4, 1 - 1e-4)[writes >= 0]
        wanted = torch.arange(gates.shape[-1], device=rows.device) < writes[writes >= 0][:, None]
        written = F.binary_cross_entropy(gates, wanted.float())
        kept = batch.kept.to(rows.device)
        text, place, row = kept[:, :3].unbind(1)
        carried = rows[text, place, row, 1 - GATES :].clamp(1e-4, 1 - 1e-4)
        written = written + F.binary_cross_entropy(carried, kept[:, 3:].float())
        return written + self._missed("writer", batch.meant) + self._missed("reader", batch.sought)

    def _missed(self, side: str, pointed: Pointed) -> Tensor:
        """Mean of -log of how much poolings look at the tokens that they are to look at."""
        weights = self._weights[side]  # [B,J,s,n]
        texts, places, poolings = pointed.at.to(weights.device).unbind(1)
        tokens = pointed.tokens.to(weights.device)
        looked = weights[texts, poolings, places].gather(1, tokens.clamp(min=0)) * (tokens >= 0)
        return -(looked.sum(1) + _LEAST).log().sum() / max(1, len(texts))
