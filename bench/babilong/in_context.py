"""Stories read as a prompt, behind an instruction and examples, or by a base tuned to do so."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from random import Random

import torch
from torch import Tensor

from bench.babilong.arm import ANSWER_TOKENS, Arm, Asking
from bench.babilong.base import ADAPTED, PLAIN, RANK, Base, Rows, padded
from bench.babilong.material import Material
from mplus_cli.model.net.linear import Use
from training.stories import Story
from training.stories.telling import TOKENS

_PIECE = 512  # tokens that go through the layers at once: scores grow with their number
_ROOM = 80  # tokens of a question and its answer
_WANTED = {
    "qa4": "a place",
    "qa5": "a name or a thing",
    "qa6": "yes or no",
    "qa7": "a number in letters",
    "qa8": "the things, with a comma between them, or nothing",
    "qa9": "yes or no",
    "qa10": "yes, no or maybe",
}
_INSTRUCTION = (
    "Facts are hidden in a text. Answer the question by these facts alone; where they change, the "
    "latest counts. Say {} and nothing else.\n\n"
)
_EXAMPLES = 2


class InContext(Arm[Rows]):
    """The plain base with all of a story in its context (BABILong's way: arXiv 2406.10149)."""

    name = "context"
    use: Use = PLAIN

    def __init__(self, base: Base, material: Material) -> None:
        super().__init__(base, material)
        self._around = cache(self._ids_around)

    def fits(self, segments: int) -> bool:
        net = self.base.network
        before = net.prefix_rows + max(len(self.ahead(task)) for task in _WANTED)
        tokens = before + segments * TOKENS + _ROOM + ANSWER_TOKENS
        return tokens <= net.config.architecture.max_positions

    def ahead(self, kind: str) -> list[int]:
        """Ids in front of a story."""
        return self._around(kind)

    def _ids_around(self, kind: str) -> list[int]:
        """An instruction and two examples with their answers."""
        text = _INSTRUCTION.format(_WANTED.get(kind, "a place"))
        rng, cell = Random(kind), self.material.cell(kind, 1, _EXAMPLES, -1)
        for story in rng.sample(cell.stories, len(cell.stories)):
            asked = story.segments[-1].asked[0]
            told = story.segments[-1].text
            text += f"{told}\nQuestion: {asked.question}\nAnswer: {asked.answers[0]}\n\n"
        return self.material.encode(text)

    def written(self, stories: Sequence[Story]) -> Rows:
        line = self.material.encode("\n")
        texts = [
            [
                *self.ahead(story.kind),
                *(token for segment in story.segments for token in segment.ids),
                *line,
            ]
            for story in stories
        ]
        ids, own = padded(texts)
        ids, own = ids.to(self.base.device), own.to(self.base.device)
        every = torch.arange(len(texts))
        kv: list[Tensor] = []
        for start in range(0, ids.shape[1], _PIECE):
            stop = start + _PIECE
            before = Rows(kv, own[:, :start], every) if kv else None
            h = self.base.embed(ids[:, start:stop])
            more = self.base.through(h, own[:, start:stop], self.use, before)[1]
            kv = [torch.cat(each, 1) for each in zip(kv, more, strict=True)] if kv else more
        return Rows(kv, own, every)

    def states(self, memory: Rows, asking: Asking) -> Tensor:
        rows = Rows(memory.kv, memory.known, asking.owners)
        h = self.base.embed(asking.ids)
        return self.base.through(h, asking.own, self.use, rows)[0]


class Tuned(InContext):
    """The same with adapters in all layers in the instruction's place."""

    name = "tuned"
    trained_on = f"LoRA of rank {RANK} in all layers, for stories and questions"
    use = ADAPTED

    def __init__(self, base: Base, material: Material) -> None:
        super().__init__(base, material)
        self.parameters = base.adapt(RANK)

    def ahead(self, kind: str) -> list[int]:
        return []
