"""The base under all memories: frozen, float32, with low-rank adapters where a memory trains some.

Shapes: B texts of n rows, R rows that were read before them, L layers, d hidden size, 2·G·e numbers
of a row's keys and values, V vocabulary, as in mplus_cli/model/net/attention.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from mplus_cli.engine import Engine
from mplus_cli.model.net.attention import attend_biased, merged
from mplus_cli.model.net.linear import AdaptedLinear, Use
from mplus_cli.model.net.rope import Rope, part
from mplus_cli.model.prepared.load import load
from training.reader import TrainedLinear

RANK = 16
PLAIN: Use = "write"  # the base as it is
ADAPTED: Use = "read"


class Before(Protocol):
    """Rows that stand in front of texts, behind the base's own prefix.

    there [B,R]: which are, the others are padding.
    """

    @property
    def there(self) -> Tensor: ...

    def at(self, number: int, normed: Tensor) -> Tensor:
        """Keys and values before RoPE [B,R,2·G·e] of a layer, into whose attention `normed` [B,n,d]
        goes.
        """


@dataclass(frozen=True)
class Rows:
    """Keys and values before RoPE that some texts were read into, and whose they are now.

    kv: [L] of [S,R,2·G·e]; known [S,R]: which are no padding, which stands at the end; owners [B]:
    of the S which each text reads.
    """

    kv: Sequence[Tensor]
    known: Tensor
    owners: Tensor

    @property
    def there(self) -> Tensor:
        return self.known[self.owners]

    def at(self, number: int, normed: Tensor) -> Tensor:
        return self.kv[number][self.owners].to(normed)

    @property
    def bytes(self) -> int:
        """Of all rows, padding aside, as they are held."""
        row = sum(each.shape[-1] * each.element_size() for each in self.kv)
        return int(self.known.sum()) * row


Added = Callable[[int, Tensor], Tensor | None]
"""A layer's number and its input [B,n,d] -> what is added to what attention gives."""


def nothing(number: int, rows: Tensor) -> None:
    """Adds nothing."""


class Base:
    """A prepared model's network without the adapters that came with it."""

    def __init__(self, engine: Engine) -> None:
        self.network = load(engine.folder, engine.device, dtype="float32")
        self.layers, self.llama = self.network.layers, self.network.llama
        self.device = self.network.device
        self.adapt(RANK, first=len(self.layers))

    def adapt(self, rank: int, first: int = 0) -> dict[str, nn.Parameter]:
        """Give all linear maps of the layers from `first` on adapters for the use `ADAPTED`, which
        change nothing at first (LoRA, arXiv 2106.09685); those that are there go.
        """
        made: dict[str, nn.Parameter] = {}
        for number, layer in enumerate(self.layers):

            def adapted(name: str, linear: AdaptedLinear, number: int = number) -> nn.Module:
                if number < first:
                    return TrainedLinear(linear.base, {})
                assert isinstance(linear.base.weight, Tensor)
                rows, columns = linear.base.weight.shape
                down = torch.empty(rank, columns)
                nn.init.kaiming_uniform_(down, a=math.sqrt(5))
                pair = (
                    nn.Parameter(down.to(self.device)),
                    nn.Parameter(torch.zeros(rows, rank, device=self.device)),
                )
                for letter, parameter in zip("ab", pair, strict=True):
                    made[f"{number}.{name}.{letter}"] = parameter
                return TrainedLinear(linear.base, {ADAPTED: [pair]})

            layer.swap(adapted)
        return made

    def embed(self, ids: Tensor) -> Tensor:
        """[B,n] -> [B,n,d]"""
        return self.llama.embed(ids.to(self.device))

    def through(
        self,
        h: Tensor,
        own: Tensor,
        use: Use,
        before: Before | None = None,
        stop: int | None = None,
        added: Added = nothing,
    ) -> tuple[Tensor, list[Tensor]]:
        """Rows [B,n,d] of texts through the first `stop` layers (None: all): what they become
        [B,n,d], and their keys and values before RoPE, [stop] of [B,n,2·G·e].

        own [B,n]: which rows are no padding. A row sees the prefix, the rows before its text, and
        its own text up to itself.
        """
        own = own.to(self.device)
        ahead = own[:, :0] if before is None else before.there.to(self.device)
        bias, rope = self._seen(own, ahead), self._places(own, ahead)
        at = part(rope, rope[0].shape[-2] - own.shape[1], rope[0].shape[-2])
        found = []
        for number, layer in enumerate(self.layers[:stop]):
            attention, normed = layer.attention, layer.norm(h)
            prefix = attention.kv(layer.norm(self.network.prefix(number)), use)
            front = [prefix.expand(len(h), -1, -1)]
            front += [] if before is None else [before.at(number, normed)]
            kv = attention.kv(normed, use)
            found.append(kv)
            keys, values = attention.placed(torch.cat([*front, kv], 1), rope)
            queries = attention.queries(attention.q(normed, use), at)
            mixed = attend_biased(queries, keys, values, attention.cap, bias)
            more = added(number, h)
            h = layer.finish(h if more is None else h + more, merged(mixed), use)
        return h, found

    def _seen(self, own: Tensor, ahead: Tensor) -> Tensor:
        """What each row sees, as `attend_biased` takes it."""
        n, net = own.shape[1], self.network.config.architecture
        causal = torch.ones(n, n, dtype=torch.bool, device=self.device).tril()
        itself = torch.eye(n, dtype=torch.bool, device=self.device)
        front = torch.cat([own.new_ones(len(own), self.network.prefix_rows), ahead], 1)
        mask = torch.cat([front[:, None].expand(-1, n, -1), causal & own[:, None] | itself], 2)[
            :, None, None
        ].expand(-1, net.kv_heads, net.heads // net.kv_heads, -1, -1)
        bias = torch.zeros(mask.shape, device=self.device).masked_fill_(~mask, float("-inf"))
        return bias.flatten(2, 3).flatten(0, 1)

    def _places(self, own: Tensor, ahead: Tensor) -> Rope:
        """RoPE of all rows: padding takes no position."""
        front = torch.cat([own.new_ones(len(own), self.network.prefix_rows), ahead, own], 1)
        places = (front.cumsum(1) - 1).clamp(min=0)
        cos, sin = self.llama.rope(int(places.max()) + 1)
        return cos[:, places][:, :, None], sin[:, places][:, :, None]


def padded(texts: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Ids [B,n], 0 where none, and which are there [B,n]."""
    longest = max(map(len, texts), default=0)
    ids = torch.zeros(len(texts), longest, dtype=torch.long)
    own = torch.zeros(len(texts), longest, dtype=torch.bool)
    for number, text in enumerate(texts):
        ids[number, : len(text)] = torch.tensor(text, dtype=torch.long)
        own[number, : len(text)] = True
    return ids, own
