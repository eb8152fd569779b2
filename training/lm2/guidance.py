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
from training.stories.plans import RELATIONS

_LEAST = 1e-30  # no zero: what is looked at by so little must still be drawn towards it


class Guidance:
    """Watches what a module's poolings look at."""

    def __init__(self, module: Lm2) -> None:
        self._weights, self._relations = dict[str, Tensor](), dict[str, Tensor]()
        for side, part in (("writer", module.writer), ("reader", module.reader)):
            part.pooling.register_forward_hook(
                lambda _, given, out, side=side: self._weights.__setitem__(side, out[1])
            )
            part.relations.register_forward_hook(
                lambda _, given, out, side=side: self._relations.__setitem__(side, out)
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
        written = written + F.binary_cross_entropy(carried, kept[:, 3:5].float())
        written = written + self._unlike(kept, batch.steps.to(rows.device))
        return written + self._missed("writer", batch.meant) + self._missed("reader", batch.sought)

    def _unlike(self, kept: Tensor, steps: Tensor) -> Tensor:
        """Cross-entropy of the relations that are written, copied and read by."""
        text, place, row, _, copied, relation = kept.unbind(1)
        scores = self._relations["writer"][text, place, row]
        own, other = scores.unflatten(-1, (2, -1)).unbind(-2)
        question, at, hop, by = steps.unbind(1)
        read = self._relations["reader"][question, at].view(len(steps), -1, own.shape[-1])
        read = read[torch.arange(len(steps), device=steps.device), hop]
        found = F.cross_entropy(own, relation) + F.cross_entropy(read, by)
        if bool(copied.any()):  # of a place, always
            at_place = torch.full_like(relation, RELATIONS.index("at"))[copied > 0]
            found = found + F.cross_entropy(other[copied > 0], at_place)
        return found

    def _missed(self, side: str, pointed: Pointed) -> Tensor:
        """Mean of -log of how much poolings look at the words that they are to look at. Of two
        words, one by one, so that a key of both can't rest on one: least at a half each.
        """
        weights = self._weights[side]  # [B,J,s,n]
        texts, places, poolings = pointed.at.to(weights.device).unbind(1)
        tokens = pointed.tokens.to(weights.device)
        looked = weights[texts, poolings, places].gather(1, tokens.clamp(min=0)) * (tokens >= 0)
        return -(looked.sum(1) + _LEAST).log().sum() / max(1, len(texts))
