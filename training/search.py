"""What a search brings for a question: the hardest wrong chunks to tell from the right one."""

from __future__ import annotations

import random
import re
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from mplus_cli.engine import Engine
from training.states import states_of

CANDIDATES, RANDOM, RANKED, RANK_OFFSET = 30, 10, 20, 60
COMMON = 0.1


@dataclass(frozen=True)
class Asked:
    """A question: the chunk that it is about, and the chunks that a search brings for it, best
    first.

    No answers: its chunk does not answer it, and nothing is brought for it. kind: its passage's
    (`training/data.py`).
    """

    text: str
    answers: tuple[str, ...]
    chunk: int
    ranked: tuple[int, ...]
    kind: str
    dev: bool


@dataclass(frozen=True)
class Made:
    """A chunk: its ids and text, and whether it is one to measure on."""

    ids: tuple[int, ...]
    text: str
    kind: str
    dev: bool


class Texts:
    """Texts by number, ranked by BM25.

    Words that more than `COMMON` of them have are left out where a question has others: they tell
    little, and most of the time would go into them.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        having = Counter(word for text in texts for word in set(_words(text)))
        self._common = {word for word, count in having.items() if count > COMMON * len(texts)}
        self._texts = sqlite3.connect(":memory:")
        self._texts.execute(
            "create virtual table texts using fts5(text, tokenize = 'porter unicode61')"
        )
        self._texts.executemany("insert into texts (rowid, text) values (?, ?)", enumerate(texts))

    def ranked(self, question: str, most: int) -> list[int]:
        """Numbers of the texts that fit best, best first."""
        words = _words(question)
        telling = [word for word in words if word not in self._common]
        wanted = " OR ".join(f'"{word}"' for word in telling or words)
        sql = "select rowid from texts where texts match ? order by rank limit ?"
        return [number for (number,) in self._texts.execute(sql, (wanted, most))]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


class Search:
    """What a question brings: chunks by BM25 and some at random, ranked by that and by late
    interaction.
    """

    def __init__(
        self, engine: Engine, retriever: dict[str, Tensor], chunks: list[Made], rng: random.Random
    ) -> None:
        self._engine, self._chunks, self._rng = engine, chunks, rng
        self._layers = sorted({int(name.split(".")[2]) for name in retriever})
        self._query, keys = (
            [
                retriever[f"model.layers.{layer}.self_attn.{name}_proj.weight"].bfloat16()
                for layer in self._layers
            ]
            for name in ("query", "key")
        )
        found = self._projected([chunk.ids for chunk in chunks], keys, "chunks")
        self._keys = [F.normalize(each, dim=-1) for each in found]
        self._texts = Texts([one.text for one in chunks])

    def ranked(self, asked: Asked, queries: Tensor) -> tuple[int, ...]:
        """Chunks that may stand beside the question's own one, and this, best first."""
        found = self._texts.ranked(asked.text, 2 * CANDIDATES)
        by_text = [
            number for number in found if number == asked.chunk or self._beside(asked, number)
        ][:CANDIDATES]
        more = [
            number
            for number in self._rng.sample(range(len(self._chunks)), min(RANDOM, len(self._chunks)))
            if self._beside(asked, number)
        ]
        numbers = list(dict.fromkeys([*by_text, *more, asked.chunk]))
        by_score = [
            numbers[place]
            for place in self._scores(queries, numbers).argsort(descending=True).tolist()
        ]
        joined = dict.fromkeys(numbers, 0.0)
        for order in (by_text, by_score):
            for rank, number in enumerate(order, 1):
                joined[number] += 1 / (RANK_OFFSET + rank)
        return tuple(sorted(joined, key=lambda number: -joined[number])[:RANKED])

    def _beside(self, asked: Asked, number: int) -> bool:
        """Whether a chunk may be read beside the question's own: no other made-up document must
        seem to answer it.
        """
        own, other = self._chunks[asked.chunk], self._chunks[number]
        if own.kind == other.kind == "fact":
            names = re.findall(r"(?<!^)\b[A-Z]\w+|\d+", asked.text)
            return any(name in own.text and name not in other.text for name in names)
        return asked.dev or not other.dev

    def queries(self, texts: list[str]) -> list[Tensor]:
        """Each question's queries [F,m,h]."""
        encode = self._engine.tokenizer.encode
        return self._projected([tuple(encode(text)[0]) for text in texts], self._query, "questions")

    def _projected(
        self, texts: list[tuple[int, ...]], projectors: list[Tensor], what: str
    ) -> list[Tensor]:
        stacked = torch.stack(projectors).mT
        found = states_of(self._engine.network, texts, self._layers, what)
        return [states.bfloat16() @ stacked for states in found]

    def _scores(self, queries: Tensor, numbers: list[int]) -> Tensor:
        keys = [self._keys[each] for each in numbers]
        best = [
            part.amax(-1)
            for part in (queries @ torch.cat(keys, 1).transpose(1, 2)).split(
                [each.shape[1] for each in keys], -1
            )
        ]
        return torch.stack(best).float().mean((1, 2))
