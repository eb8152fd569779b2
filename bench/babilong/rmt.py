"""The recurrent memory transformer (arXiv 2207.06881): tokens carried from segment to segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from bench.babilong.arm import Arm, Asking
from bench.babilong.base import ADAPTED, RANK, Base, padded
from bench.babilong.material import Material
from training.stories import Story

TOKENS = 16  # m, of memory
_TOGETHER = 4  # segments that gradients go back through
_UNLIKE = 0.1  # how unlike one another memory tokens are at first, of an embedding's size


@dataclass(frozen=True)
class Carried:
    """What is carried out of some stories: [B,m,d]."""

    tokens: Tensor

    @property
    def bytes(self) -> int:
        return self.tokens.nbytes


class Rmt(Arm[Carried]):
    """Memory tokens stand in front of each segment, to be read, and behind it, to be written: the
    last states of the latter are the next segment's (section 3.2 there, as in decoders).

    States are normed as for the head, and weighed by d numbers that are learned: else they would be
    much larger than embeddings. Memory tokens begin as line ends, among which the base reads a text
    as before; beside words drawn at random it reads nothing right.
    """

    name = "rmt"
    trained_on = f"{TOKENS} memory tokens, LoRA of rank {RANK} in all layers, over 4 segments"

    def __init__(self, base: Base, material: Material) -> None:
        super().__init__(base, material)
        embedding = base.llama.embedding
        size = embedding.float().square().mean().sqrt()
        (line,) = material.encode("\n")
        noise = torch.randn(TOKENS, embedding.shape[1]).to(base.device) * size
        scale = size / base.llama.final_norm.weight.float().square().mean().sqrt()
        self._start = nn.Parameter(embedding[line].float() + _UNLIKE * noise)
        self._scale = nn.Parameter(scale.expand(embedding.shape[1]).clone())
        self.parameters = {"start": self._start, "scale": self._scale, **base.adapt(RANK)}

    def written(self, stories: Sequence[Story]) -> Carried:
        memory = self._start.expand(len(stories), -1, -1)
        for number in range(len(stories[0].segments)):
            if number and number % _TOGETHER == 0:
                memory = memory.detach()
            ids, own = padded([story.segments[number].ids for story in stories])
            rows = torch.cat([memory, self.base.embed(ids), memory], 1)
            there = own.new_ones(len(own), TOKENS)
            out, _ = self.base.through(rows, torch.cat([there, own, there], 1), ADAPTED)
            memory = self.base.llama.final_norm(out[:, -TOKENS:]) * self._scale
        return Carried(memory)

    def states(self, memory: Carried, asking: Asking) -> Tensor:
        rows = torch.cat([memory.tokens[asking.owners], self.base.embed(asking.ids)], 1)
        there = asking.own.new_ones(len(asking.own), TOKENS)
        out, _ = self.base.through(rows, torch.cat([there, asking.own], 1), ADAPTED)
        return out[:, TOKENS:]
