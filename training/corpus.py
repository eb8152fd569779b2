"""Everything that the reader trains on, made once: what the frozen writer makes of each chunk, and each question with
the chunks that a search would bring for it.

    C chunks of N rows in all; states [N,L,d] lie in a file of 35 KB a row (bfloat16), 40 GB for 1.1 million.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from itertools import accumulate
from pathlib import Path

import numpy as np
import torch
from rich.progress import track
from torch import Tensor

from mplus_cli.engine import Engine
from mplus_cli.model.config import MIN_CHUNK_TOKENS
from mplus_cli.model.mplus import MPlus
from mplus_cli.readers import Document, Span
from mplus_cli.readers.chunks import cut
from training.data import Passage, Question, passage
from training.facts import make_facts
from training.reader import entering, padded
from training.search import Asked, Made, Search

FACTS = 700  # made-up passages
TITLED, MERGED = 0.3, 0.15  # share of passages with their title before them, or in one document with the next
CHUNKS_AT_ONCE = 16


class Corpus:
    """Chunks, questions, and normed states as they enter the layers' attention; chunk c has rows starts[c:c+2]."""

    def __init__(self, folder: Path, layers: int, width: int) -> None:
        read = json.loads((folder / "corpus.json").read_text(encoding="utf-8"))
        self.chunks = [Made(**{**each, "ids": tuple(each["ids"])}) for each in read["chunks"]]
        self.questions = [Asked(**{**each, "answers": tuple(each["answers"]), "ranked": tuple(each["ranked"])})
                          for each in read["questions"]]  # fmt: skip
        self.starts = [0, *accumulate(len(chunk.ids) for chunk in self.chunks)]
        self._states, self._row = os.open(folder / "states.bin", os.O_RDONLY), (layers, width)

    def rows(self, chunk: int) -> range:
        return range(*self.starts[chunk : chunk + 2])

    def states(self, rows: Sequence[int]) -> Tensor:
        """States [R,L,d] of some rows."""
        found = np.empty((len(rows), *self._row), dtype=np.int16)
        at = 0
        while at < len(rows):  # rows that follow each other, at once
            stop = next(
                (next_ for next_ in range(at + 1, len(rows)) if rows[next_] != rows[next_ - 1] + 1), len(rows)
            )
            wanted = memoryview(found[at:stop].data).cast("B")
            if os.preadv(self._states, [wanted], rows[at] * found[0].nbytes) != wanted.nbytes:
                raise SystemExit("states.bin is cut short; delete the corpus folder and begin again")
            at = stop
        return torch.from_numpy(found).view(torch.bfloat16)


def opened(
    folder: Path, engine: Engine, retriever: dict[str, Tensor], train: list[Passage], dev: list[Passage], seed: int
) -> Corpus:
    """The corpus in a folder, made there where it is not yet."""
    if not (folder / "corpus.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        _make(folder, engine, retriever, train, dev, random.Random(seed))
    return Corpus(folder, engine.config.layers, engine.config.hidden)


def _make(
    folder: Path,
    engine: Engine,
    retriever: dict[str, Tensor],
    train: list[Passage],
    dev: list[Passage],
    rng: random.Random,
) -> None:
    chunks: list[Made] = []
    asked: list[Asked] = []
    facts = [passage(each) for each in make_facts(rng.randrange(2**32), FACTS)]
    for is_dev, passages in ((False, train + facts), (True, dev)):
        for document, kind, questions in _documents(passages, is_dev, rng):
            cuts = cut(document, engine.tokenizer, engine.config.chunk_tokens, MIN_CHUNK_TOKENS)
            first = len(chunks)
            chunks += [Made(chunk.ids, chunk.text, kind, is_dev) for chunk in cuts]
            for question in questions:
                there = [number for number, chunk in enumerate(cuts, first) if _answered(question, chunk.text)]
                if there:
                    asked.append(Asked(question.text, question.answers, there[0], (), kind, is_dev))
    rows, config = sum(len(chunk.ids) for chunk in chunks), engine.config
    states = _mapped(folder / "states.bin", rows, config.layers, config.hidden)
    _write(engine.network, chunks, states)
    search = Search(engine, retriever, chunks, states, rng)
    queries = search.queries([each.text for each in asked])
    found = [
        replace(each, ranked=search.ranked(each, queries[at])) for at, each in enumerate(track(asked, "searching"))
    ]
    whole = {"chunks": [asdict(each) for each in chunks], "questions": [asdict(each) for each in found]}
    (folder / "corpus.json").write_text(json.dumps(whole), encoding="utf-8")


def _documents(
    passages: list[Passage], dev: bool, rng: random.Random
) -> Iterator[tuple[Document, str, list[Question]]]:
    """Documents to be cut, with their kind and questions; those to measure on stay as they are."""
    waiting = list(reversed(passages))
    while waiting:
        parts = [waiting.pop()]
        kind = parts[0].kind
        if waiting and not dev and kind == waiting[-1].kind == "written" and rng.random() < MERGED:
            parts.append(waiting.pop())
        title = parts[0].title if not dev and rng.random() < TITLED else None
        text = "\n\n".join([*([title] if title else []), *(part.text for part in parts)])
        questions = [each for part in parts for each in part.questions]
        yield Document("", text, (Span(0, len(text)),), "text"), kind, questions


def _answered(question: Question, text: str) -> bool:
    return not question.answers or question.answers[0] in text


def _write(network: MPlus, chunks: list[Made], states: Tensor) -> None:
    """The frozen writer's states of all chunks, normed."""
    starts = [0, *accumulate(len(chunk.ids) for chunk in chunks)]
    order = sorted(range(len(chunks)), key=lambda number: len(chunks[number].ids))  # alike lengths: little padding
    for at in track(range(0, len(order), CHUNKS_AT_ONCE), "writing"):
        group = order[at : at + CHUNKS_AT_ONCE]
        entered = entering(network, padded([chunks[number].ids for number in group]), len(network.layers))
        normed = torch.stack([layer.norm(rows) for layer, rows in zip(network.layers, entered, strict=True)], 2)
        for rows, number in zip(normed, group, strict=True):
            states[starts[number] : starts[number + 1]] = rows[: len(chunks[number].ids)]


def _mapped(file: Path, rows: int, layers: int, width: int) -> Tensor:
    """bfloat16 [N,L,d] in a new file."""
    shape = (rows, layers, width)
    return torch.from_numpy(np.memmap(file, dtype=np.int16, mode="w+", shape=shape)).view(torch.bfloat16)
