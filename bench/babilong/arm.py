"""What all memories have in common: stories are written, questions answered, answers learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Generic, Protocol, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from bench.babilong.base import Base, padded
from bench.babilong.material import Material
from training.stories import Story

ANSWER_TOKENS = 10
Ids = Sequence[int]


class Memory(Protocol):
    """What was written of some stories."""

    @property
    def bytes(self) -> int:
        """Of all of them."""


M = TypeVar("M", bound=Memory)


@dataclass(frozen=True)
class Asking:
    """Prompts, and what was said of the answers so far: ids [Q,u], 0 where none; own [Q,u]: which
    are there; prompts [Q]: tokens of each that are the prompt's; owners [Q]: the story that each is
    asked about.
    """

    ids: Tensor
    own: Tensor
    prompts: Tensor
    owners: Tensor

    @staticmethod
    def of(prompts: Sequence[Ids], said: Sequence[Ids], owners: Tensor) -> Asking:
        texts = [[*prompt, *answer] for prompt, answer in zip(prompts, said, strict=True)]
        return Asking(*padded(texts), torch.tensor([len(each) for each in prompts]), owners)


class Arm(Generic[M]):
    """A memory on a base.

    name; trained_on: what in it is trained, and how; most_segments: of stories that it is trained
    with; rate: the learning rate at its highest; parameters: what is trained.
    """

    name: str
    trained_on = "nothing"
    most_segments = 4
    rate = 1e-3

    def __init__(self, base: Base, material: Material) -> None:
        self.base, self.material = base, material
        self.parameters: dict[str, nn.Parameter] = {}

    def fits(self, segments: int) -> bool:
        """Whether a story of so many segments can be asked about at all."""
        return True

    def written(self, stories: Sequence[Story]) -> M:
        """A memory of each of some stories, which have equally many segments."""
        raise NotImplementedError

    def states(self, memory: M, asking: Asking) -> Tensor:
        """The last layer's states [Q,u,d] of questions."""
        raise NotImplementedError

    def start(self, folder: Path, seed: int) -> None:
        """Get ready to learn; what takes long is kept in the folder."""

    def prepare(self) -> None:
        """After training, before anything is asked."""

    def answers(self, memory: M, owners: Sequence[int], questions: Sequence[str]) -> list[str]:
        """The likeliest token, one after the other, of the whole vocabulary."""
        prompts = [self.material.texts.prompt(question) for question in questions]
        said: list[list[int]] = [[] for _ in prompts]
        for _ in range(ANSWER_TOKENS):
            going = [at for at, text in enumerate(said) if not self._ended(text)]
            if not going:
                break
            whose = torch.tensor([owners[at] for at in going])
            asking = Asking.of([prompts[at] for at in going], [said[at] for at in going], whose)
            last = self.states(memory, asking)[torch.arange(len(going)), asking.own.sum(1) - 1]
            for at, token in zip(
                going, self.base.llama.logits(last).argmax(-1).tolist(), strict=True
            ):
                said[at].append(token)
        return [self._text(text) for text in said]

    def _ended(self, ids: Sequence[int]) -> bool:
        material = self.material
        return bool(ids) and (ids[-1] in material.stops or "\n" in material.decode([ids[-1]]))

    def _text(self, ids: Sequence[int]) -> str:
        said = [each for each in ids if each not in self.material.stops]
        return self.material.decode(said).split("\n")[0].strip()

    def loss(self, rng: Random, done: float) -> Tensor:
        """Of the answers' tokens, at a part `done` of the training: one segment first, then two,
        then more.
        """
        most = 1 if done < 0.1 else 2 if done < 0.25 else self.most_segments
        segments = rng.choice([count for count in (1, 2, 3, 4, 8, 16, 32) if count <= most])
        stories = self.material.taught(rng, done, segments, self.at_once(segments))
        return self.loss_of(stories)

    def at_once(self, segments: int) -> int:
        """Stories of a step."""
        fast = self.base.device.type == "cuda"
        return max(2, (48 if fast else 4) // segments)

    def loss_of(self, stories: Sequence[Story]) -> Tensor:
        texts = self.material.texts
        ends = [story.segments[-1] for story in stories]
        asked = [(at, each) for at, end in enumerate(ends) for each in end.asked]
        prompts = [texts.prompt(each.question) for _, each in asked]
        answers = [texts.answer(each.answers[0]) for _, each in asked]
        owners = torch.tensor([at for at, _ in asked])
        asking = Asking.of(prompts, [answer[:-1] for answer in answers], owners)
        states = self.states(self.written(stories), asking)
        rows = [
            states[at, len(prompt) - 1 : len(prompt) - 1 + len(answer)]
            for at, (prompt, answer) in enumerate(zip(prompts, answers, strict=True))
        ]
        targets = torch.tensor([token for answer in answers for token in answer])
        return F.cross_entropy(self.base.llama.logits(torch.cat(rows)), targets.to(states.device))
