"""Texts as ids: where sentences end, which of them are background, how questions are put."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import torch

from mplus_cli.model.net.lm2.sentences import Sentences

if TYPE_CHECKING:
    from mplus_cli.engine import Engine
    from training.stories import Stories

PROMPT = "Question: {}\nAnswer:"  # as a model without a chat template is asked


class Texts:
    """Of one base. stories: whose background tells no facts.

    often: ids that stories have; meant [V]: whether a token is a word that they are told with.
    """

    def __init__(self, engine: Engine, stories: Stories) -> None:
        self._tokenizer, self._end = engine.tokenizer, engine.config.special.eos_ids[0]
        self.ends = Sentences.of(
            engine.tokenizer.decode, engine.config.architecture.vocabulary
        ).ends
        self._background = {stories.sentence(text).ids for text in stories.background}
        words = {self._tokenizer.encode(f" {word}")[0][0] for word in stories.words.all}
        spoken = {token for ids in self._background for token in ids}
        self.often = sorted(words | spoken)
        self.meant = torch.zeros(engine.config.architecture.vocabulary, dtype=torch.bool)
        self.meant[sorted(words)] = True
        self.prompt = lru_cache(1 << 16)(self._prompt)
        self.answer = lru_cache(1 << 16)(self._answer)

    def _prompt(self, question: str) -> list[int]:
        return self._tokenizer.encode(PROMPT.format(question))[0]

    def _answer(self, answer: str) -> list[int]:
        """Ids of an answer, and of its end."""
        return [*self._tokenizer.encode(f" {answer}")[0], self._end]

    def tells(self, ids: Sequence[int], ends: Sequence[int]) -> list[int]:
        """For each sentence of a segment whether it tells a fact, 1 or 0."""
        starts = [0, *(end + 1 for end in ends)]
        return [
            int(tuple(ids[start : end + 1]) not in self._background)
            for start, end in zip(starts, ends, strict=False)
        ]
