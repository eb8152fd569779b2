"""M+ (arXiv 2502.00592): what a pool drops goes to a long-term memory, and is found there by keys.

Letters as in docs/design.md: M rows of the long-term memory, K0 of these read, h width of a key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from bench.babilong.arm import Asking
from bench.babilong.base import ADAPTED, RANK, Base, Rows
from bench.babilong.material import Material
from bench.babilong.pools import READ, Pools, Told
from training.stories import Story
from training.stories.telling import TOKENS

RETRIEVED = 256  # K0: of the rows that a question reads
_KEY = 64  # h
_COMPARED = 64  # rows of a story that tell facts, and as many others, to learn finding from


@dataclass(frozen=True)
class Sample:
    """Some rows of a story to learn finding from: states [L,s,d], tells [s]: 1 for a fact's."""

    states: Tensor
    tells: Tensor


@dataclass(frozen=True)
class Longterm:
    """Of one story: its rows, the numbers [M] of those that left the pool, and their keys [L,M,h].

    sample: while it is learned to find them.
    """

    told: Told
    numbers: Tensor
    keys: Tensor
    sample: Sample | None

    @property
    def bytes(self) -> int:
        row = self.told.none.shape[0] * (self.told.none.shape[2] + _KEY)
        return len(self.numbers) * row * self.told.none.element_size()


@dataclass(frozen=True)
class Both:
    """Pools and long-term memories of some stories."""

    pools: Rows
    longterm: Sequence[Longterm]

    @property
    def bytes(self) -> int:
        return self.pools.bytes + sum(each.bytes for each in self.longterm)


class Found:
    """What questions read in each layer: the K0 rows of their long-term memory that they find, in
    order of birth, then the pool. See `base.Before`.
    """

    def __init__(self, memory: Both, asking: Asking, queries: Tensor) -> None:
        """queries [L,d,h]: the projection of what enters attention."""
        self._asking, self._projection = asking, queries
        self._pools = Rows(memory.pools.kv, memory.pools.known, asking.owners)
        self.longterm = [memory.longterm[owner] for owner in asking.owners.tolist()]
        counts = torch.tensor([min(RETRIEVED, len(each.numbers)) for each in self.longterm])
        self._most = int(counts.max())
        known = torch.arange(self._most) < counts[:, None]
        self.there = torch.cat([known.to(self._pools.there), self._pools.there], 1)
        self.queries: list[list[Tensor]] = []  # [L] of [Q] of [m,h]

    def at(self, number: int, normed: Tensor) -> Tensor:
        prompts = self._asking.prompts.tolist()
        queries = [
            each[:count].detach() @ self._projection[number]
            for each, count in zip(normed, prompts, strict=True)
        ]
        self.queries.append(queries)
        found = [
            self._best(number, each, own) for each, own in zip(self.longterm, queries, strict=True)
        ]
        return torch.cat([torch.stack(found).to(normed), self._pools.at(number, normed)], 1)

    @torch.no_grad()
    def _best(self, number: int, longterm: Longterm, queries: Tensor) -> Tensor:
        """[K0,2·G·e]; score(v) = mean over the queries of sigmoid(query . key(v))."""
        if not len(longterm.numbers):
            return F.pad(longterm.told.none[number], (0, 0, 0, self._most))
        scores = torch.sigmoid(queries @ longterm.keys[number].to(queries).T).mean(0)
        best = scores.topk(min(RETRIEVED, len(scores))).indices.sort().values.cpu()
        rows = longterm.told.of_layer(number, longterm.numbers[best])
        return F.pad(rows, (0, 0, 0, self._most - len(rows)))


class MPlus(Pools[Both]):
    """Pool and long-term memory, of which each layer retrieves K0 rows by its own keys. Keys and
    queries learn to tell rows of facts from background, as they do there from rows of other
    documents (section 3.2).
    """

    name = "mplus"
    trained_on = f"LoRA of rank {RANK} in all layers, to read; a retriever in each layer"
    pool = READ - RETRIEVED

    def __init__(self, base: Base, material: Material) -> None:
        super().__init__(base, material)
        net = base.network.config.architecture
        drawn = (torch.randn(net.layers, net.hidden, _KEY) * net.hidden**-0.5 for _ in range(2))
        self._query, self._key = (nn.Parameter(each.to(base.device)) for each in drawn)
        self.parameters |= {"query": self._query, "key": self._key}
        self._learned = False
        self._finding = torch.zeros(())

    def signs(self, states: Tensor) -> Tensor:
        """Keys, once they are learned; till then what they are made of."""
        return self._keys(states).half() if self._learned else states

    def _keys(self, states: Tensor) -> Tensor:
        """[L,R,d] -> [L,R,h]"""
        return states.float() @ self._key

    def prepare(self) -> None:
        self._learned = True
        self.known.clear()

    def written(self, stories: Sequence[Story]) -> Both:
        known, longterm, pools = self.known.of(stories), list[Longterm](), list[Tensor]()
        for story in stories:
            told = self.told(story, known)
            pool, numbers = self.pool_of(story)
            pools.append(told.rows(pool))
            with torch.no_grad():
                signs = told.signs(numbers) if len(numbers) else told.none
                keys = signs if self._learned or not len(numbers) else self._keys(signs)
            sample = None if self._learned else self._sample(story, told)
            longterm.append(Longterm(told, numbers, keys, sample))
        return Both(self.rows(pools), longterm)

    def _sample(self, story: Story, told: Told) -> Sample:
        facts, others = list[int](), list[int]()
        for number, segment in enumerate(story.segments):
            for place, fact in enumerate(self.material.facts(segment)):
                (facts if fact else others).append(TOKENS * number + place)
        rng = Random(len(facts))
        facts, others = (rng.sample(each, min(_COMPARED, len(each))) for each in (facts, others))
        tells = torch.tensor([1.0] * len(facts) + [0.0] * len(others), device=self.base.device)
        return Sample(told.signs(torch.tensor([*facts, *others])), tells)

    def states(self, memory: Both, asking: Asking) -> Tensor:
        found = Found(memory, asking, self._query)
        states, _ = self.base.through(self.base.embed(asking.ids), asking.own, ADAPTED, found)
        if torch.is_grad_enabled():
            self._finding = self._finding_loss(found)
        return states

    def _finding_loss(self, found: Found) -> Tensor:
        """How badly the questions' queries tell rows of facts from others, in all layers."""
        losses = []
        for at, longterm in enumerate(found.longterm):
            assert longterm.sample is not None
            queries = torch.stack([layer[at] for layer in found.queries])
            scores = queries @ self._keys(longterm.sample.states).mT  # [L,m,s]
            tells = longterm.sample.tells.expand_as(scores)
            losses.append(F.binary_cross_entropy_with_logits(scores, tells))
        return torch.stack(losses).mean()

    def loss_of(self, stories: Sequence[Story]) -> Tensor:
        return super().loss_of(stories) + self._finding
