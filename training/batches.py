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
TITLED, RIGHT_LAST, WITH_POOL, WITHOUT_PASSAGE = 0.3, 0.6, 0.5, 0.12
WITH_NEAR = 0.7  # of those with wrong chunks, where there are near ones


@dataclass(frozen=True)
class Made:
    """A chunk in a batch."""

    ids: tuple[int, ...]
    text: str
    passage: Passage
    group: int

    def answers(self, question: Question) -> bool:
        """Whether the answer stands in it; a question without one may be asked of any chunk."""
        return not question.answers or question.answers[0] in self.text


@dataclass(frozen=True)
class Item:
    """A question in a batch: the chunk that answers it (None: no chunk does), the answer, and wrong chunks."""

    question: str
    answer: str
    chunk: int | None
    wrong: list[int]
    near: list[int]  # those of them that a search might bring


class Batcher:
    """Makes batch number i from a seed; the same number gives the same batch."""

    def __init__(self, tokenizer: Tokenizer, eos: int, chunk_tokens: int, seed: int) -> None:
        self._tokenizer, self._eos, self._chunk_tokens, self._seed = tokenizer, eos, chunk_tokens, seed

    def batch(self, number: int, groups: list[list[Passage]]) -> Batch:
        """Questions about some passages, each among wrong chunks of the others; those of its group are near ones."""
        rng = random.Random(f"{self._seed} {number}")
        made: list[Made] = []
        for group, passages in enumerate(groups):
            for passage in passages:
                made += self._chunks(passage, group, rng)
        items = [item for passages in groups for passage in passages for item in _items(passage, made, rng)]
        rows = [_rows(item, [len(one.ids) for one in made], rng) for item in items]
        chunks = [one.ids for one in made]
        width = max(map(len, chunks))
        starts = [[chunk * width + offset for chunk, offset in row] for row in rows]
        prompts = [self._tokenizer.prompt(item.question, SYSTEM) for item in items]
        answers = [[*self._tokenizer.encode(item.answer)[0], self._eos] for item in items]
        tokens = [prompt + answer for prompt, answer in zip(prompts, answers, strict=True)]
        marks = [[0] * len(prompt) + [1] * len(answer) for prompt, answer in zip(prompts, answers, strict=True)]
        return Batch(padded(chunks), padded(starts, left=True), padded(tokens), padded(marks, fill=0).bool())

    def _chunks(self, passage: Passage, group: int, rng: random.Random) -> list[Made]:
        titled = passage.title and rng.random() < TITLED
        text = f"{passage.title}\n\n{passage.text}" if titled else passage.text
        document = Document("", text, (Span(0, len(text)),), "text")
        chunks = cut(document, self._tokenizer, self._chunk_tokens, MIN_CHUNK_TOKENS)
        return [Made(chunk.ids, chunk.text, passage, group) for chunk in chunks]


def _items(passage: Passage, made: list[Made], rng: random.Random) -> list[Item]:
    """Some questions of one passage, a share of them without it."""
    own = [number for number, one in enumerate(made) if one.passage is passage]
    items = []
    for question in rng.sample(passage.questions, min(QUESTIONS_OF_A_PASSAGE, len(passage.questions))):
        right = next((number for number in own if made[number].answers(question)), None)
        if right is None:
            continue
        lost = rng.random() < WITHOUT_PASSAGE
        wrong = [
            number
            for number, one in enumerate(made)
            if one.passage is not passage and not (lost and question.answers and one.answers(question))
        ]
        near = [number for number in wrong if made[number].group == made[right].group]
        answer = DECLINED if lost else (*question.answers, DECLINED)[0]
        items.append(Item(question.text, answer, None if lost else right, wrong, near))
    return items


def _rows(item: Item, sizes: list[int], rng: random.Random) -> list[tuple[int, int]]:
    """(chunk, offset) of the rows read: thinned rows of a pool, then whole chunks."""
    least = 1 if item.chunk is None else 0
    whole = rng.sample(item.wrong, min(rng.randint(least, MOST_WRONG_CHUNKS), len(item.wrong)))
    if whole and item.near and rng.random() < WITH_NEAR:
        near = rng.choice(item.near)
        whole = [*(chunk for chunk in whole[1:] if chunk != near), near]
    read = set(whole)
    if item.chunk is not None:
        last = rng.random() < RIGHT_LAST
        whole.insert(len(whole) if last else rng.randint(0, len(whole)), item.chunk)
    pool: list[tuple[int, int]] = []
    if rng.random() < WITH_POOL:
        rest = [(chunk, offset) for chunk in item.wrong if chunk not in read for offset in range(sizes[chunk])]
        pool = sorted(rng.sample(rest, min(rng.randint(1, MOST_POOL_ROWS), len(rest))))
    return pool + [(chunk, offset) for chunk in whole for offset in range(sizes[chunk])]


def padded(rows: list[tuple[int, ...]] | list[list[int]], left: bool = False, fill: int = -1) -> Tensor:
    width = max(len(row) for row in rows)
    out = torch.full((len(rows), width), fill)
    for number, row in enumerate(rows):
        out[number, width - len(row) if left else 0 : width if left else len(row)] = torch.tensor(
            row, dtype=torch.long
        )
    return out
