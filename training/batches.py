"""Batches for the reader: each question with one chunk, the right one or one that a memory would bring for it."""

from __future__ import annotations

import random
from collections.abc import Sequence

from mplus_cli.answer import DECLINED, SYSTEM
from mplus_cli.model.tokenizer import Tokenizer
from training.corpus import Corpus
from training.reader import Batch, padded
from training.search import Asked

# Of a batch's questions, by kind; and the share of them with a wrong chunk.
KINDS = {"written": (11, 0.25), "invented": (4, 0.25), "manual": (7, 0.25), "fact": (2, 0.2)}
DENSITIES = (0.05, 0.3, 1.0)  # share of the wrong chunks that the memory holds
TELLING = 6  # characters of an answer that does not stand in any text by chance


class Batcher:
    """Makes batch number i from a seed; the same number gives the same batch."""

    def __init__(self, corpus: Corpus, tokenizer: Tokenizer, eos: int, seed: int) -> None:
        self._corpus, self._tokenizer, self._eos, self._seed = corpus, tokenizer, eos, seed
        train = [each for each in corpus.questions if not each.dev]
        self._kinds = {kind: there for kind in KINDS if (there := [each for each in train if each.kind == kind])}
        self._others = [number for number, chunk in enumerate(corpus.chunks) if not chunk.dev]

    def batch(self, number: int) -> Batch:
        """Every kind's questions in an order of its own in each epoch."""
        asked = []
        for kind, there in self._kinds.items():
            count, lost = KINDS[kind]
            epochs = {place // len(there) for place in range(number * count, (number + 1) * count)}
            orders = {
                epoch: random.Random(f"{self._seed} {kind} {epoch}").sample(there, len(there)) for epoch in epochs
            }
            for place in range(number * count, (number + 1) * count):
                epoch, at = divmod(place, len(there))
                asked.append((orders[epoch][at], lost))
        return self._batch(asked, random.Random(f"{self._seed} {number}"))

    def dev(self, size: int) -> list[Batch]:
        """Every passage's first question, always the same way."""
        first = {each.chunk: each for each in reversed(self._corpus.questions) if each.dev}
        asked = [(each, KINDS["written"][1]) for each in first.values()]
        rng = random.Random("dev")
        return [self._batch(asked[at : at + size], rng) for at in range(0, len(asked), size)]

    def _batch(self, asked: Sequence[tuple[Asked, float]], rng: random.Random) -> Batch:
        starts, tokens, marks, places = [], [], [], dict[int, int]()
        for question, lost in asked:
            chunk = self._wrong(question, rng) if rng.random() < lost else question.chunk
            starts.append([places.setdefault(row, len(places)) for row in self._corpus.rows(chunk)])
            answers = question.answers if chunk == question.chunk else ()
            prompt = self._tokenizer.prompt(question.text, SYSTEM)
            answer = [*self._tokenizer.encode(answers[0] if answers else DECLINED)[0], self._eos]
            tokens.append(prompt + answer)
            marks.append([0] * len(prompt) + [1] * len(answer))
        states = self._corpus.states(list(places))
        return Batch(states, padded(starts, left=True), padded(tokens), padded(marks, fill=0).bool())

    def _wrong(self, asked: Asked, rng: random.Random) -> int:
        """The best wrong chunk that a memory, small or large, would bring."""
        density = rng.choice(DENSITIES)
        near = [each for each in asked.ranked if not self._answers(each, asked) and rng.random() < density]
        return near[0] if near else rng.choice(self._others)

    def _answers(self, chunk: int, asked: Asked) -> bool:
        """The question's own chunk does; another one may, unless the answer is so short that it stands anywhere."""
        text = self._corpus.chunks[chunk].text
        return chunk == asked.chunk or any(len(one) >= TELLING and one in text for one in asked.answers)
