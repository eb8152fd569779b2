"""Batches for the reader: each question with the chunks that a memory, small or large, would bring for it."""

from __future__ import annotations

import random
from collections.abc import Sequence

from mplus_cli.answer import SYSTEM
from mplus_cli.model.tokenizer import Tokenizer
from training.corpus import Corpus
from training.data import DECLINED
from training.reader import Batch, padded
from training.search import Asked

# Of a batch's questions, by kind; and the share of them without the chunk that answers.
KINDS = {"written": (13, 0.1), "fact": (3, 0.08)}
READ, READ_WEIGHTS = (1, 2, 3), (3, 2, 5)  # chunks
DENSITIES = (0.0, 0.05, 0.3, 1.0)  # share of the other chunks that the memory holds
TELLING = 6  # characters of an answer that does not stand in any text by chance


class Batcher:
    """Makes batch number i from a seed; the same number gives the same batch."""

    def __init__(self, corpus: Corpus, tokenizer: Tokenizer, eos: int, seed: int) -> None:
        self._corpus, self._tokenizer, self._eos, self._seed = corpus, tokenizer, eos, seed
        self._kinds = {
            kind: [each for each in corpus.questions if each.kind == kind and not each.dev] for kind in KINDS
        }
        self._others = [number for number, chunk in enumerate(corpus.chunks) if not chunk.dev]

    def batch(self, number: int) -> Batch:
        """Every kind's questions in an order of its own in each epoch."""
        asked = []
        for kind, (count, lost) in KINDS.items():
            there = self._kinds[kind]
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
            rows, answers = self._memory(question, rng.random() < lost, rng)
            starts.append([places.setdefault(row, len(places)) for row in rows])
            prompt = self._tokenizer.prompt(question.text, SYSTEM)
            answer = [*self._tokenizer.encode(answers[0] if answers else DECLINED)[0], self._eos]
            tokens.append(prompt + answer)
            marks.append([0] * len(prompt) + [1] * len(answer))
        states = self._corpus.states(list(places))
        return Batch(states, padded(starts, left=True), padded(tokens), padded(marks, fill=0).bool())

    def _memory(self, asked: Asked, lost: bool, rng: random.Random) -> tuple[list[int], tuple[str, ...]]:
        """Rows that the question reads, the best chunk last, and the answers that they hold."""
        density = rng.choice(DENSITIES[1:] if lost else DENSITIES)
        there = [each for each in asked.ranked if each == asked.chunk or rng.random() < density]
        if lost:
            there = [each for each in there or asked.ranked if not self._answers(each, asked)]
            there = there or rng.sample(self._others, 1)
        read = there[: rng.choices(READ, READ_WEIGHTS)[0]]
        answers = asked.answers if any(self._answers(each, asked) for each in read) else ()
        return [row for each in reversed(read) for row in self._corpus.rows(each)], answers

    def _answers(self, chunk: int, asked: Asked) -> bool:
        """The question's own chunk does; another one may, unless the answer is so short that it stands anywhere."""
        text = self._corpus.chunks[chunk].text
        return chunk == asked.chunk or any(len(one) >= TELLING and one in text for one in asked.answers)
