"""What is known of made-up stories and helps a module to begin: which sentences tell nothing, and
which words can be meant at all.

Questions alone teach it, too, and later do so alone, nearly; but at first every sentence writes and
every word is pooled, and what a question reads is noise.
"""

from __future__ import annotations

import torch
from torch import Tensor

from mplus_cli.model.net.lm2.module import Lm2
from training.lm2.batches import Batch

_LEAST = 0.05  # of what should be one: what is still far from it must not drown the rest


class Guidance:
    """Watches what a module's poolings look at. meant [V]: whether a token is a word that stories
    are told with.
    """

    def __init__(self, module: Lm2, meant: Tensor) -> None:
        self._meant, self._weights = meant, dict[str, Tensor]()
        for side, pooling in (("writer", module.writer.pooling), ("reader", module.reader.pooling)):
            pooling.register_forward_hook(
                lambda _, given, out, side=side: self._weights.__setitem__(side, out[1])
            )

    def loss(self, batch: Batch, rows: Tensor) -> Tensor:
        """Of the last pass: background written, facts not written, other words pooled.

        rows [B·n,s,W,w]: of this batch.
        """
        gates = rows[..., -3].clamp(1e-4, 1 - 1e-4)
        facts = batch.facts.to(rows.device)
        background, told = gates[facts == 0], gates[facts == 1]
        one_open = 1 - (1 - told).prod(-1)
        asked = (batch.targets >= 0).to(rows.device)
        return (
            _far_from_one(1 - background)
            + _far_from_one(one_open)
            + _far_from_one(self._on_words("writer", batch.ids)[facts == 1])
            + _far_from_one(self._on_words("reader", batch.asked)[asked])
        )

    def _on_words(self, side: str, ids: Tensor) -> Tensor:
        """How much of each pooling is on words that can be meant: [B,s,J]."""
        weights = self._weights[side]
        words = self._meant[ids].to(weights)
        return torch.einsum("bjsn,bn->bsj", weights, words)


def _far_from_one(shares: Tensor) -> Tensor:
    """Mean of -log, 0 where there is nothing."""
    return -(shares + _LEAST).log().sum() / max(1, shares.numel())
