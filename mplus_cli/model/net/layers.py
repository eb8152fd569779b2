"""One decoder layer in plain torch, whose rows may be memory vectors as well as tokens.

    rows = rows + after(o(attention(before(rows))))
    rows = rows + mlp_after(mlp(mlp_before(rows)))

Each adds to the rows what it has computed, and so a row is its token's embedding and what all
layers have added. Which of the four norms there are, and by how much what is added is scaled, is
the architecture's affair. Reading, writing, training and 8-bit decoding go through the same parts;
what differs is the linear maps, and which rows are queries. Shapes as in `attention`, and d hidden
size.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from mplus_cli.model.config import Architecture
from mplus_cli.model.net.attention import Attention, Texts, attend, attend_biased, merged
from mplus_cli.model.net.linear import AdaptedLinear, Tensors, Use
from mplus_cli.model.net.mlp import GatedMLP
from mplus_cli.model.net.norm import Norms
from mplus_cli.model.net.rope import Rope, part


class DecoderLayer(nn.Module):
    """One layer of the network. `tensors` is emptied of what the layer takes.

    norm: what enters attention, the retriever's projectors included; where the architecture has
    norms behind attention alone, the rows themselves.
    """

    def __init__(self, architecture: Architecture, tensors: Tensors, number: int) -> None:
        super().__init__()
        self.norms = norms = Norms(architecture, tensors)
        self.norm, self._after = norms.before, norms.after
        self._mlp_norm, self._mlp_after = norms.mlp_before, norms.mlp_after
        table = architecture.rope_tables[number] if architecture.rope_tables else 0
        self.attention = Attention(architecture, tensors, norms, table)
        self.mlp = GatedMLP(architecture, tensors)
        self._residual_scale = architecture.residual_scale

    def swap(self, make: Callable[[str, AdaptedLinear], nn.Module]) -> None:
        """Put what `make` gives for a linear map, by its name, in the map's place."""
        for owner, names in ((self.attention, ("q", "kv", "o")), (self.mlp, ("gate_up", "down"))):
            for name in names:
                setattr(owner, name, make(name, getattr(owner, name)))

    def keys_values(self, normed: Tensor, rope: Rope, use: Use) -> tuple[Tensor, Tensor]:
        """Attention's keys and values of rows: normed [B,S,d] -> 2 × [B,G,S,e]."""
        return self.attention.placed(self.attention.kv(normed, use), rope)

    def forward(
        self,
        rows: Tensor,
        normed: Tensor,
        rope: Rope,
        kv: tuple[Tensor, Tensor],
        use: Use,
        added: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Rows [B,q,d] that are queries -> the same rows behind the layer, and what attention the
        last of them paid to all rows, [B,H,S].

        normed: these rows, normed; kv: of all S rows, theirs at the end; added [B,q,d]: what a
        memory beside the layer adds to what attention does.
        """
        attention = self.attention
        queries = attention.queries(attention.q(normed, use), rope)
        mixed, weights = attend(queries, *kv, attention.cap)
        return self.finish(rows, merged(mixed), use, added), weights

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
        attention = self.attention
        queries = attention.queries(texts.padded(attention.q(normed, use)), at)
        keys, values = attention.placed(torch.cat([before, texts.padded(kv)], 1), texts.rope)
        if texts.bias is None:
            mixed = attend(queries, keys, values, attention.cap)[0]
        else:
            mixed = attend_biased(queries, keys, values, attention.cap, texts.bias)
        return self.finish(rows, texts.unpadded(merged(mixed)), use)

    def finish(self, rows: Tensor, mixed: Tensor, use: Use, added: Tensor | None = None) -> Tensor:
        """What comes after attention: rows [*,d], what was mixed for them [*,H·e], and what is
        added to that [*,d] -> [*,d].
        """
        scale = self._residual_scale
        rows = torch.add(rows, self._after(self.attention.o(mixed, use)), alpha=scale)
        rows = rows if added is None else rows + added
        made = self._mlp_after(self.mlp(self._mlp_norm(rows), use))
        return torch.add(rows, made, alpha=scale)
