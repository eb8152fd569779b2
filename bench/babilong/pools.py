"""Pools of rows: what each segment is in every layer, kept until chance drops it (MemoryLLM, arXiv
2402.04624).

Rows are what the plain base makes of a segment that it reads alone: keys and values before RoPE, as
a memory of this project keeps them, in float16. Letters as in docs/design.md: N rows of the pool.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zlib import crc32

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from bench.babilong.arm import Arm, Asking, M
from bench.babilong.base import ADAPTED, PLAIN, RANK, Base, Rows, padded
from bench.babilong.cache import Cache
from bench.babilong.material import Material
from training.stories import Story
from training.stories.telling import TOKENS

READ = 768  # rows a layer that a question reads: as many as the default model's


@dataclass(frozen=True)
class Written:
    """A segment of n tokens: kv [L,n,2·G·e]; signs [L,n,*], what it can be found by; float16."""

    kv: Tensor
    signs: Tensor


@dataclass(frozen=True)
class Told:
    """A story's segments as they were written; none [L,0,2·G·e]: no row. A row of segment s has the
    number TOKENS·s + its place there.
    """

    segments: Sequence[Written]
    none: Tensor

    def rows(self, numbers: Tensor) -> Tensor:
        """Keys and values [L,R,2·G·e] of rows whose numbers [R] go up."""
        counts = torch.bincount(numbers // TOKENS, minlength=len(self.segments)).tolist()
        places = (numbers % TOKENS).split(counts)
        pairs = zip(self.segments, places, strict=False)
        return torch.cat([self.none, *(each.kv[:, at] for each, at in pairs)], 1)

    def of_layer(self, number: int, rows: Tensor) -> Tensor:
        """Keys and values [R,2·G·e] of some rows in one layer."""
        places = (divmod(row, TOKENS) for row in rows.tolist())
        found = [self.segments[segment].kv[number, at : at + 1] for segment, at in places]
        return torch.cat([self.none[number], *found])

    def signs(self, numbers: Tensor) -> Tensor:
        """What some rows can be found by: [L,R,*]."""
        places = (divmod(row, TOKENS) for row in numbers.tolist())
        return torch.stack([self.segments[segment].signs[:, at] for segment, at in places], 1)


class Pools(Arm[M]):
    """A pool of N rows a layer. A segment's rows enter it; where there is no room, others are
    dropped at random, the same in each layer.
    """

    most_segments = 32
    pool = READ

    def __init__(self, base: Base, material: Material) -> None:
        super().__init__(base, material)
        self.parameters = base.adapt(RANK)
        self.known = Cache(material.pool, self._written)

    def _written(self, texts: Sequence[Sequence[int]]) -> Iterator[Written]:
        ids, own = padded(texts)
        states = list[Tensor]()

        def kept(number: int, rows: Tensor) -> None:
            states.append(self.base.layers[number].norm(rows).half())

        _, kv = self.base.through(self.base.embed(ids), own, PLAIN, added=kept)
        every, entered = torch.stack(kv, 1).half(), torch.stack(states, 1)
        for number, text in enumerate(texts):
            n = len(text)
            yield Written(every[number, :, :n].clone(), self.signs(entered[number, :, :n]))

    def signs(self, states: Tensor) -> Tensor:
        """What rows can be found by, of what enters attention [L,n,d]: nobody looks for them."""
        return states[:, :0]

    def told(self, story: Story, known: dict[tuple[int, ...], Written]) -> Told:
        net = self.base.network.config.architecture
        none = torch.zeros(net.layers, 0, net.kv_width, device=self.base.device).half()
        return Told([known[segment.ids] for segment in story.segments], none)

    def pool_of(self, story: Story) -> tuple[Tensor, Tensor]:
        """Numbers of the rows in the pool, and of those that were dropped, in order of birth."""
        # Python's own hashes are others in each run.
        chance = torch.Generator().manual_seed(crc32(repr(story.segments[:1]).encode()))
        pool, dropped = torch.zeros(0, dtype=torch.long), [torch.zeros(0, dtype=torch.long)]
        for number, segment in enumerate(story.segments):
            new = TOKENS * number + torch.arange(len(segment.ids))
            over = len(pool) + len(new) - self.pool
            if over > 0:
                order = torch.randperm(len(pool), generator=chance)
                dropped.append(pool[order[:over]])
                pool = pool[order[over:].sort().values]
            pool = torch.cat([pool, new])
        return pool, torch.cat(dropped).sort().values

    def rows(self, taken: Sequence[Tensor]) -> Rows:
        """Of rows [L,R,2·G·e] of each story."""
        lengths = torch.tensor([each.shape[1] for each in taken])
        kv = pad_sequence([each.transpose(0, 1) for each in taken], True)  # [B,R,L,2·G·e]
        known = torch.arange(kv.shape[1]) < lengths[:, None]
        return Rows(kv.unbind(2), known.to(self.base.device), torch.arange(len(taken)))


class MemoryLlm(Pools[Rows]):
    """All rows of the pool are read."""

    name = "memoryllm"
    trained_on = f"LoRA of rank {RANK} in all layers, to read"

    def written(self, stories: Sequence[Story]) -> Rows:
        known = self.known.of(stories)
        return self.rows([self.told(each, known).rows(self.pool_of(each)[0]) for each in stories])

    def states(self, memory: Rows, asking: Asking) -> Tensor:
        rows = Rows(memory.kv, memory.known, asking.owners)
        return self.base.through(self.base.embed(asking.ids), asking.own, ADAPTED, rows)[0]
