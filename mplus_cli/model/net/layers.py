"""One decoder layer in plain torch, whose rows may be memory vectors as well as tokens.

    rows = rows + o(attention(norm(rows)))
    rows = rows + mlp(post_norm(rows))

Each adds to the rows what it has computed, and so a row is its token's embedding and what all
layers have added. Reading, writing, training and 8-bit decoding go through the same parts; what
differs is the linear maps, and which rows are queries. Shapes as in `attention`, and d hidden size.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from mplus_cli.model.config import Architecture
from mplus_cli.model.net.attention import Attention, Texts, attend, attend_biased, merged
from mplus_cli.model.net.linear import AdaptedLinear, Tensors, Use
from mplus_cli.model.net.mlp import GatedMLP
from mplus_cli.model.net.norm import RMSNorm
from mplus_cli.model.net.rope import Rope, part


class DecoderLayer(nn.Module):
    """One layer of the network. `tensors` is emptied of what the layer takes.

    norm: what enters attention, the retriever's projectors included.
    """

    def __init__(self, architecture: Architecture, tensors: Tensors) -> None:
        super().__init__()
        self.norm = RMSNorm(tensors.pop("input_norm"), architecture.rms_eps)
        self.attention = Attention(architecture, tensors)
        self.post_norm = RMSNorm(tensors.pop("post_norm"), architecture.rms_eps)
        self.mlp = GatedMLP(architecture, tensors)

    def swap(self, make: Callable[[str, AdaptedLinear], nn.Module]) -> None:
        """Put what `make` gives for a linear map, by its name, in the map's place."""
        for owner, names in ((self.attention, ("q", "kv", "o")), (self.mlp, ("gate_up", "down"))):
            for name in names:
                setattr(owner, name, make(name, getattr(owner, name)))

    def keys_values(self, normed: Tensor, rope: Rope, use: Use) -> tuple[Tensor, Tensor]:
        """Attention's keys and values of rows: normed [B,S,d] -> 2 × [B,G,S,e]."""
        return self.attention.placed(self.attention.kv(normed, use), rope)

    def forward(
        self, rows: Tensor, normed: Tensor, rope: Rope, kv: tuple[Tensor, Tensor], use: Use
    ) -> tuple[Tensor, Tensor]:
        """Rows [B,q,d] that are queries -> the same rows behind the layer, and what attention the
        last of them paid to all rows, [B,H,S].

        normed: these rows, normed; kv: of all S rows, theirs at the end.
        """
        attention = self.attention
        mixed, weights = attend(attention.queries(attention.q(normed, use), rope), *kv)
        return self.finish(rows, merged(mixed), use), weights

    def through(self, rows: Tensor, queries: int, rope: Rope, use: Use) -> Tensor:
        """All rows [B,S,d] are keys and values, the last `queries` of them go on: [B,q,d]."""
        total = rows.shape[1]
        normed = self.norm(rows)
        kv = self.keys_values(normed, rope, use)
        last = part(rope, total - queries, total)
        out: Tensor = self(rows[:, -queries:], normed[:, -queries:], last, kv, use)[0]
        return out

    def through_texts(
        self, rows: Tensor, normed: Tensor, kv: Tensor, before: Tensor, texts: Texts, use: Use
    ) -> Tensor:
        """Rows [R,d] of texts -> the same rows behind the layer, each text by itself.

        normed: these rows, normed; kv [R,2·G·e]: their keys and values; before [B,S-n,2·G·e]: those
        of what each text reads first.
        """
        tokens, total = texts.numbers.shape[1], texts.rope[0].shape[-2]
        at = part(texts.rope, total - tokens, total)
        queries = self.attention.queries(texts.padded(self.attention.q(normed, use)), at)
        keys, values = self.attention.placed(torch.cat([before, texts.padded(kv)], 1), texts.rope)
        if texts.bias is None:
            mixed = attend(queries, keys, values)[0]
        else:
            mixed = attend_biased(queries, keys, values, texts.bias)
        return self.finish(rows, texts.unpadded(merged(mixed)), use)

    def finish(self, rows: Tensor, mixed: Tensor, use: Use) -> Tensor:
        """What comes after attention: rows [*,d] and what was mixed for them [*,H·e] -> [*,d]."""
        rows = rows + self.attention.o(mixed, use)
        out: Tensor = rows + self.mlp(self.post_norm(rows), use)
        return out
