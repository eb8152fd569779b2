"""Batches: each question with one chunk, the right one or one that a memory would bring for it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import lru_cache

import torch

from mplus_cli.model.config import ModelConfig
from mplus_cli.model.net.tokenizer import Tokenizer
from training.corpus import Corpus
from training.reader import Batch, padded
from training.search import Asked
from training.typed import typed

# Of a batch's chunks, by kind; and the share of their answered questions that get a wrong chunk.
# All kinds bring questions of their own, too, that their chunk does not answer.
KINDS = {
    "written": (4, 0.25),
    "invented": (2, 0.15),
    "manual": (3, 0.2),
    "fact": (1, 0.2),
    "dialogue": (1, 0.1),
    "grid": (1, 0.1),
    "near": (1, 0.1),
    "kinds": (1, 0.25),
}
TOGETHER = 3  # questions about a chunk in a batch, at most: it is written once for all of them
BEFORE, BEHIND, LEAST = (
    0.5,
    0.25,
    8,
)  # share of chunks with tokens of another one before and behind, at least so many
TYPED = 0.25  # share of questions as people type them
DENSITIES = (0.05, 0.3, 1.0)  # share of the wrong chunks that the memory holds
TELLING = 6  # characters of an answer that does not stand in any text by chance


class Batcher:
    """Makes batch number i from a seed; the same number gives the same batch."""

    def __init__(
        self, corpus: Corpus, tokenizer: Tokenizer, config: ModelConfig, seed: int, times: int = 1
    ) -> None:
        """times: how many times the chunks of `KINDS` a batch has."""
        self._corpus, self._tokenizer, self._seed = corpus, tokenizer, seed
        self._times = times
        self._answering, self._eos_ids = config.answering, config.special.eos_ids
        self._chunk_tokens = config.memory.chunk_tokens
        self._about: dict[str, dict[int, list[Asked]]] = {kind: {} for kind in KINDS}
        for each in corpus.questions:
            if not each.dev:
                self._about[each.kind].setdefault(each.chunk, []).append(each)
        self._alike: dict[str, list[int]] = {kind: [] for kind in KINDS}
        for number, chunk in enumerate(corpus.chunks):
            if not chunk.dev:
                self._alike[chunk.kind].append(number)
        self._order = lru_cache(2 * len(KINDS))(self._make_order)

    def batch(self, number: int) -> Batch:
        """Every kind's chunks with some of their questions, in an order of its own in each
        epoch.
        """
        asked = []
        for kind, (least, lost) in KINDS.items():
            count = least * self._times
            if not self._about[kind]:
                continue
            for place in range(number * count, (number + 1) * count):
                epoch, at = divmod(place, len(self._order(kind, 0)))
                asked += [(each, lost) for each in self._order(kind, epoch)[at]]
        return self._batch(asked, random.Random(f"{self._seed} {number}"), vary=True)

    def _make_order(self, kind: str, epoch: int) -> list[list[Asked]]:
        """All questions, those about one chunk in groups."""
        rng = random.Random(f"{self._seed} {kind} {epoch}")
        groups = []
        for there in self._about[kind].values():
            mixed = rng.sample(there, len(there))
            groups += [mixed[at : at + TOGETHER] for at in range(0, len(mixed), TOGETHER)]
        rng.shuffle(groups)
        return groups

    def dev(self, size: int) -> list[Batch]:
        """Every passage's first question, always the same way."""
        first = {each.chunk: each for each in reversed(self._corpus.questions) if each.dev}
        asked = [(each, KINDS["written"][1]) for each in first.values()]
        rng = random.Random("dev")
        return [
            self._batch(asked[at : at + size], rng, vary=False) for at in range(0, len(asked), size)
        ]

    def _batch(self, asked: Sequence[tuple[Asked, float]], rng: random.Random, vary: bool) -> Batch:
        chunks, places = list[list[int]](), dict[int, int]()
        read, tokens, marks = [], [], []
        for question, lost in asked:
            # What no passage of its own answers another one may: no wrong chunk for it.
            swapped = rng.random() < lost and question.answers
            chunk = self._wrong(question, rng) if swapped else question.chunk
            if chunk not in places:
                places[chunk] = len(chunks)
                chunks.append(self._ids(chunk, rng, vary))
            read.append(places[chunk])
            answers = question.answers if chunk == question.chunk else ()
            as_typed = vary and rng.random() < TYPED
            text = typed(question.text, rng) if as_typed else question.text
            prompt = self._tokenizer.prompt(text, self._answering.asked_with or None)
            said = answers[0] if answers else self._answering.declines
            answer = [*self._tokenizer.saying(said), self._end(prompt)]
            tokens.append(prompt + answer)
            marks.append([0] * len(prompt) + [1] * len(answer))
        return Batch(
            padded(chunks), torch.tensor(read), padded(tokens), padded(marks, fill=0).bool()
        )

    def _end(self, prompt: list[int]) -> int:
        """What ends an answer: of several tokens the one that ends the question's turn, too."""
        ends = (token for token in reversed(prompt) if token in self._eos_ids)
        return next(ends, self._eos_ids[0])

    def _ids(self, number: int, rng: random.Random, vary: bool) -> list[int]:
        """A chunk's ids; to `vary`, often with the end of another one before and the start of one
        behind.
        """
        chunk = self._corpus.chunks[number]
        ids = list(chunk.ids)
        for before, share in ((True, BEFORE), (False, BEHIND)) if vary else ():
            room = self._chunk_tokens - len(ids)
            if room >= LEAST and rng.random() < share:
                other, count = (
                    self._corpus.chunks[rng.choice(self._alike[chunk.kind])].ids,
                    rng.randint(LEAST, room),
                )
                ids = [*other[-count:], *ids] if before else [*ids, *other[:count]]
        return ids if len(ids) == len(chunk.ids) else self._passage(ids) or list(chunk.ids)

    def _passage(self, ids: list[int]) -> list[int]:
        """Ids as the model reads them; none where they are too many so.

        Within a template a passage has other ids at its ends than amid a text.
        """
        if self._answering.in_template:
            ids = self._tokenizer.passage(self._tokenizer.decode(ids))
        return ids if len(ids) <= self._chunk_tokens else []

    def _wrong(self, asked: Asked, rng: random.Random) -> int:
        """The best wrong chunk that a memory, small or large, would bring."""
        density = rng.choice(DENSITIES)
        near = [
            each
            for each in asked.ranked
            if not self._answers(each, asked) and rng.random() < density
        ]
        return near[0] if near else rng.choice(self._alike[asked.kind])

    def _answers(self, chunk: int, asked: Asked) -> bool:
        """The question's own chunk does; another one may, unless the answer is so short that it
        stands anywhere.
        """
        text = self._corpus.chunks[chunk].text
        return chunk == asked.chunk or any(
            len(one) >= TELLING and one in text for one in asked.answers
        )
