"""Batches for the reader: each question with its own chunk among others, as retrieval would bring them."""

from __future__ import annotations

import random
from dataclasses import dataclass

import torch
from torch import Tensor

from mplus_cli.answer import SYSTEM
from mplus_cli.model.config import MIN_CHUNK_TOKENS
from mplus_cli.model.tokenizer import Tokenizer
from mplus_cli.readers import Document, Span
from mplus_cli.readers.chunks import cut
from training.data import DECLINED, Passage, Question
from training.reader import Batch

QUESTIONS_OF_A_PASSAGE = 4
MOST_WRONG_CHUNKS = 3
MOST_POOL_ROWS = 384
# Shares of the questions.
TITLED, RIGHT_LAST, WITH_POOL, WITHOUT_PASSAGE = 0.3, 0.6, 0.5, 0.07


@dataclass(frozen=True)
class Item:
    """A question in a batch: the chunk that answers it (None: no chunk does) and the answer."""

    question: str
    answer: str
    chunk: int | None
    avoid: frozenset[int]  # chunks of its own passage, which are no wrong ones


class Batcher:
    """Makes batch number i from a seed; the same number gives the same batch."""

    def __init__(self, tokenizer: Tokenizer, eos: int, chunk_tokens: int, seed: int) -> None:
        self._tokenizer, self._eos, self._chunk_tokens, self._seed = tokenizer, eos, chunk_tokens, seed

    def batch(self, number: int, passages: list[Passage]) -> Batch:
        """Questions about some passages, each among wrong chunks of the others."""
        rng = random.Random(f"{self._seed} {number}")
        chunks: list[tuple[int, ...]] = []
        items: list[Item] = []
        for passage in passages:
            items += self._items(passage, chunks, rng)
        rows = [self._rows(item, [len(chunk) for chunk in chunks], rng) for item in items]
        width = max(len(chunk) for chunk in chunks)
        starts = [[chunk * width + offset for chunk, offset in row] for row in rows]
        prompts = [self._tokenizer.prompt(item.question, SYSTEM) for item in items]
        answers = [[*self._tokenizer.encode(item.answer)[0], self._eos] for item in items]
        tokens = [prompt + answer for prompt, answer in zip(prompts, answers, strict=True)]
        marks = [[0] * len(prompt) + [1] * len(answer) for prompt, answer in zip(prompts, answers, strict=True)]
        return Batch(padded(chunks), padded(starts, left=True), padded(tokens), padded(marks, fill=0).bool())

    def _items(self, passage: Passage, chunks: list[tuple[int, ...]], rng: random.Random) -> list[Item]:
        """Questions of one passage; its chunks are added to `chunks`."""
        titled = passage.title and rng.random() < TITLED
        text = f"{passage.title}\n\n{passage.text}" if titled else passage.text
        document = Document("", text, (Span(0, len(text)),), "text")
        made = cut(document, self._tokenizer, self._chunk_tokens, MIN_CHUNK_TOKENS)
        own = frozenset(range(len(chunks), len(chunks) + len(made)))
        chosen = rng.sample(passage.questions, min(QUESTIONS_OF_A_PASSAGE, len(passage.questions)))
        places = {question: _place([chunk.text for chunk in made], question) for question in chosen}
        items = [
            Item(question.text, (*question.answers, DECLINED)[0], place + len(chunks), own)
            for question, place in places.items()
            if place is not None
        ]
        chunks += [chunk.ids for chunk in made]
        return [
            Item(item.question, DECLINED, None, own) if rng.random() < WITHOUT_PASSAGE else item for item in items
        ]

    def _rows(self, item: Item, sizes: list[int], rng: random.Random) -> list[tuple[int, int]]:
        """(chunk, offset) of the rows read: thinned rows of a pool, then whole chunks."""
        others = [chunk for chunk in range(len(sizes)) if chunk not in item.avoid]
        least = 1 if item.chunk is None else 0
        wrong = rng.sample(others, min(rng.randint(least, MOST_WRONG_CHUNKS), len(others)))
        whole = list(wrong)
        if item.chunk is not None:
            last = rng.random() < RIGHT_LAST
            whole.insert(len(whole) if last else rng.randint(0, len(whole)), item.chunk)
        rest = [(chunk, offset) for chunk in others if chunk not in wrong for offset in range(sizes[chunk])]
        pool: list[tuple[int, int]] = []
        if rng.random() < WITH_POOL:
            pool = sorted(rng.sample(rest, min(rng.randint(1, MOST_POOL_ROWS), len(rest))))
        return pool + [(chunk, offset) for chunk in whole for offset in range(sizes[chunk])]


def _place(texts: list[str], question: Question) -> int | None:
    """The chunk that holds the answer; the first one for a question that has none."""
    if not question.answers:
        return 0
    return next((number for number, text in enumerate(texts) if question.answers[0] in text), None)


def padded(rows: list[tuple[int, ...]] | list[list[int]], left: bool = False, fill: int = -1) -> Tensor:
    width = max(len(row) for row in rows)
    out = torch.full((len(rows), width), fill)
    for number, row in enumerate(rows):
        out[number, width - len(row) if left else 0 : width if left else len(row)] = torch.tensor(
            row, dtype=torch.long
        )
    return out
