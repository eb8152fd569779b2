"""Texts as ids: where sentences end, where words stand in them, how questions are put."""

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
    """Of one base. stories: what texts there are.

    often: ids that stories have; meant [V]: whether a token is a word that they are told with.
    """

    def __init__(self, engine: Engine, stories: Stories) -> None:
        self._tokenizer, self._end = engine.tokenizer, engine.config.special.eos_ids[0]
        self.read = Sentences.of(
            engine.tokenizer.decode, engine.config.architecture.vocabulary
        ).read
        words = {self._tokenizer.encode(f" {word}")[0][0] for word in stories.words.all}
        background = (stories.sentence(text).ids for text in stories.background)
        spoken = {token for ids in background for token in ids}
        vocabulary = range(engine.config.architecture.vocabulary)
        alone = [engine.tokenizer.decode([token]) for token in vocabulary]
        self._digits = [text.isdecimal() for text in alone]
        self._blank = [not text.strip() for text in alone]
        self.often = sorted(words | spoken)
        self.meant = torch.zeros(engine.config.architecture.vocabulary, dtype=torch.bool)
        self.meant[sorted(words)] = True
        self.prompt = lru_cache(1 << 16)(self._prompt)
        self.answer = lru_cache(1 << 16)(self._answer)
        self.forms = lru_cache(1 << 16)(self._forms)

    def _prompt(self, question: str) -> list[int]:
        return self._tokenizer.encode(PROMPT.format(question))[0]

    def _answer(self, answer: str) -> list[int]:
        """Ids of an answer, and of its end."""
        return [*self._tokenizer.encode(f" {answer}")[0], self._end]

    def places(self, words: str, ids: Sequence[int]) -> list[list[int]]:
        """Numbers of the tokens of some words in a text; several are parted by |, and of a number
        "17#1" means the digit with this number. Only of those that are there.
        """
        found = (self._places(each, ids) for each in words.split("|") if each)
        return [places for places in found if places]

    def _places(self, words: str, ids: Sequence[int]) -> list[int]:
        word, _, digit = words.partition("#")
        place = next(filter(None, (_found(one, ids) for one in self.forms(word))), range(0))
        if digit:
            digits = [at for at in place if self._digits[ids[at]]]
            return digits[int(digit) : int(digit) + 1]
        return [at for at in place if self.meant[ids[at]]] or list(place)

    def spoken(self, ids: Sequence[int]) -> list[int]:
        """Those of a sentence's ids that `read` leaves."""
        return [token for token in ids if not self._blank[token]]

    def is_digit(self, token: int) -> bool:
        return self._digits[token]

    def _forms(self, words: str) -> list[list[int]]:
        """Ids of words as they may stand in a text."""
        bare = words.removeprefix("the ")
        forms = (f" {words}", f" {bare}", f" {bare[:1].upper()}{bare[1:]}", words)
        return [self._tokenizer.encode(form)[0] for form in dict.fromkeys(forms)]


def _found(part: Sequence[int], ids: Sequence[int]) -> range:
    """Where a part of some ids stands; empty where it does not."""
    size = len(part)
    starts = (at for at in range(len(ids) - size + 1) if list(ids[at : at + size]) == list(part))
    start = next(starts, None)
    return range(0) if start is None else range(start, start + size)
