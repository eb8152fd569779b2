"""Attention: each query row takes the mean of all rows' values, weighted by how well keys fit.

    weights = softmax(q·k / sqrt(e))        mixed = Σ weights · v

A product of two random rows grows with sqrt(e), so that is taken out; else softmax would pick one
row alone. Queries are scaled so when they are made, and products are scores everywhere. Causal,
aligned at the end: the last query sees all rows, the one before it all but the last. Shapes: B
batch, S rows that are keys and values, q rows that are queries, H heads, e head size, G key-value
heads; with G < H each of them serves H/G heads, its group (arXiv 2305.13245).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mplus_cli.model.config import Architecture
from mplus_cli.model.net.linear import AdaptedLinear, Tensors, frozen
from mplus_cli.model.net.norm import Norms
from mplus_cli.model.net.rope import Rope, rotate

# Attention's scores that are held at once (64 MB of weights); beyond, torch's own attention holds
# none. Below, that is no quicker on a GPU either: a few launches are what attention takes there.
MOST_SCORES = 16_000_000


class Attention(nn.Module):
    """The maps of a layer's attention, and how their rows become heads.

    Keys and values of a row are one row [2·G·e], as `kv` gives them: so they are kept in memories.
    Bias and norm come when they are placed, for keys of a few large numbers (Qwen 2 has biases in
    the hundreds) can't be kept in 8 bits.

    cap: most that a score can be, see `capped`.
    """

    def __init__(
        self, architecture: Architecture, tensors: Tensors, norms: Norms, table: int
    ) -> None:
        """table: which of RoPE's tables says where rows stand."""
        super().__init__()
        self._head_dim, self._table = architecture.head_dim, table
        self._scale, self.cap = architecture.query_scale, architecture.score_cap
        bias = tensors.pop("kv.bias", None)
        self.kv_bias = None if bias is None else frozen(bias)
        self._query_norm, self._key_norm = norms.queries, norms.keys
        self.q, self.kv, self.o = (AdaptedLinear(tensors, name) for name in ("q", "kv", "o"))

    def queries(self, rows: Tensor, rope: Rope) -> Tensor:
        """Rows of queries [B,q,H·e] -> heads in their places, scaled [B,H,q,e]."""
        return self._turned(self._query_norm(rows), rope) * self._scale

    def placed(self, rows: Tensor, rope: Rope) -> tuple[Tensor, Tensor]:
        """Rows of keys and values [B,S,2·G·e] -> heads 2 × [B,G,S,e], the keys in their places."""
        keys, values = (rows if self.kv_bias is None else rows + self.kv_bias).chunk(2, -1)
        return self._turned(self._key_norm(keys), rope), self._heads(values)

    def _turned(self, rows: Tensor, rope: Rope) -> Tensor:
        return rotate(self._heads(rows), rope[0][self._table], rope[1][self._table])

    def _heads(self, rows: Tensor) -> Tensor:
        return rows.view(*rows.shape[:-1], -1, self._head_dim).transpose(1, 2)


def merged(mixed: Tensor) -> Tensor:
    """Heads [B,H,q,e] -> rows [B,q,H·e]."""
    return mixed.transpose(1, 2).flatten(-2)


def capped(scores: Tensor, cap: float) -> Tensor:
    """cap·tanh(scores/cap): small ones hardly change, none is beyond the cap (arXiv 2408.00118, 2).

    0: there is none.
    """
    return (scores / cap).tanh() * cap if cap else scores


def attend(queries: Tensor, keys: Tensor, values: Tensor, cap: float) -> tuple[Tensor, Tensor]:
    """queries [B,H,q,e], keys and values [B,G,S,e] -> mixed values [B,H,q,e], weights of the last
    row [B,H,S], float32.
    """
    count, total = queries.shape[2], keys.shape[2]
    # torch's own attention caps nothing.
    if count == 1 or cap or queries[..., 0].numel() * total <= MOST_SCORES:
        return _attend_by_groups(queries, keys, values, cap)
    last = _attend_by_groups(queries[:, :, -1:], keys, values, cap)[1]
    # A group's heads as rows of one head: PyTorch's quick kernels take a mask, but no groups beside
    # it.
    grouped = queries.reshape(queries.shape[0], keys.shape[1], -1, queries.shape[-1])
    mask = torch.ones(count, total, dtype=torch.bool, device=keys.device).tril(total - count)
    mask = mask.repeat(queries.shape[1] // keys.shape[1], 1)
    mixed = F.scaled_dot_product_attention(grouped, keys, values, attn_mask=mask, scale=1.0)
    return mixed.view(queries.shape), last


def _attend_by_groups(
    queries: Tensor, keys: Tensor, values: Tensor, cap: float
) -> tuple[Tensor, Tensor]:
    """The same by two batched products over a group's heads: on a CPU some 2.5 times faster than
    torch's own.
    """
    batch, _, count, _ = queries.shape
    groups, total = keys.shape[1:3]
    grouped = queries.reshape(batch, groups, -1, queries.shape[-1])
    # Keys of a larger cache: on the right they would be copied slowly, on the left they need not be
    # copied.
    scores = (keys @ grouped.mT).mT if count == 1 else grouped @ keys.contiguous().mT
    scores = capped(scores.reshape(batch, -1, count, total), cap)
    if count > 1:
        # The rows before the queries are seen by all of these; among themselves each sees only what
        # is not ahead of it. exp(-inf) is 0: no weight.
        ahead = torch.ones(count, count, dtype=torch.bool, device=keys.device).triu(1)
        scores[..., total - count :].masked_fill_(ahead, float("-inf"))
    mixed = scores.softmax(-1).view(batch, groups, -1, total) @ values
    last = scores[:, :, -1].softmax(-1, dtype=torch.float32)
    return mixed.view(batch, -1, count, values.shape[-1]), last


def attend_biased(
    queries: Tensor, keys: Tensor, values: Tensor, cap: float, bias: Tensor
) -> Tensor:
    """The same with a mask of any form: bias [B·G,H/G·q,S] is added to scores, 0 or -inf.

    -> mixed values [B,H,q,e]. Training reads chunks of unlike length before questions of unlike
    length, so its masks are no triangles. One fused product; few queries make it quicker than
    torch's own on a CPU, and gradients go through it.
    """
    grouped = queries.reshape(bias.shape[0], -1, queries.shape[-1])
    keys = keys.flatten(0, 1).mT
    scores = capped(grouped @ keys, cap) + bias if cap else torch.baddbmm(bias, grouped, keys)
    return (scores.softmax(-1) @ values.flatten(0, 1)).view_as(queries)


def attend_row(
    queries: Tensor, keys: Tensor, values: Tensor, cap: float, rows: int
) -> tuple[Tensor, Tensor]:
    """The same for one row alone: queries [G,H/G,e], keys and values [G,S,e].

    -> mixed values [G,H/G,e], weights [G,H/G,S], float32. Only the first `rows` of S count: a CPU
    makes a kernel for each new length, which costs more than the product, so S goes up in steps.
    That, and no batch, is why decoding has a function of its own.
    """
    # Keys on the left: the other way round a CPU copies all of them first.
    scores = capped((keys @ queries.mT).mT.contiguous(), cap)
    scores[..., rows:] = -torch.inf
    weights = scores.softmax(-1, dtype=torch.float32)
    return weights.to(values.dtype) @ values, weights


@dataclass(frozen=True)
class Texts:
    """Texts that see nothing of each other, as rows [R,*] that lie one after the other.

    Only attention needs them as a batch [B,n], where each is padded to the longest; all other
    products would compute the padding, too. It is behind a text, where causal attention never sees
    it.

    numbers [B,n]: of each place's row (of padding, any); places [R]: where each row stands among
    the B·n; rope: of all S rows that a text reads, its own last; bias: see `attend_biased`; None:
    causal.
    """

    numbers: Tensor
    places: Tensor
    rope: Rope
    bias: Tensor | None = None

    @staticmethod
    def of(lengths: Sequence[int], rope: Rope) -> Texts:
        """Texts of so many rows."""
        there = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
        return Texts.where(there, rope)

    @staticmethod
    def where(there: Tensor, rope: Rope, bias: Tensor | None = None) -> Texts:
        """Texts whose rows are `there` [B,n], each from the left on."""
        numbers, places = row_numbers(there), there.flatten().nonzero()[:, 0]
        device = rope[0].device
        return Texts(numbers.to(device), places.to(device), rope, bias)

    def padded(self, rows: Tensor) -> Tensor:
        """[R,w] -> [B,n,w]."""
        # Embedding's gradient is much quicker than indexing's.
        return F.embedding(self.numbers, rows)

    def unpadded(self, batch: Tensor) -> Tensor:
        """[B,n,w] -> [R,w]."""
        return F.embedding(self.places, batch.flatten(0, 1))


def row_numbers(there: Tensor) -> Tensor:
    """Numbers [B,n] of the rows that are `there`, counted over all; of the others, any."""
    return (there.flatten().cumsum(0) - 1).clamp(min=0).view_as(there)
