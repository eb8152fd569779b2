"""What the adapters train on, made once: chunks, and questions with the chunks that a search brings
for them.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rich.progress import track
from torch import Tensor

from mplus_cli.chunking.passages import model_chunks
from mplus_cli.engine import Engine
from mplus_cli.readers import Document, Span
from training.data import Passage, Question, passage
from training.facts import make_facts
from training.facts.dialogues import make_dialogues
from training.facts.grids import make_grids
from training.search import Asked, Made, Search

FACTS, DIALOGUES, GRIDS = 700, 700, 500  # made-up passages
TITLED, MERGED = (
    0.3,
    0.15,
)  # share of passages with their title before them, or in one document with the next


@dataclass(frozen=True)
class Corpus:
    """Chunks, and questions that name them by their number."""

    chunks: list[Made]
    questions: list[Asked]


def corpus_in(
    file: Path,
    engine: Engine,
    retriever: dict[str, Tensor],
    train: list[Passage],
    dev: list[Passage],
    seed: int,
) -> Corpus:
    """The corpus in a file, made there where it is not yet."""
    if not file.exists():
        made = _make(engine, retriever, train, dev, random.Random(seed))
        partial = file.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(made)), encoding="utf-8")
        partial.replace(file)
    read = json.loads(file.read_text(encoding="utf-8"))
    return Corpus(
        [Made(**{**each, "ids": tuple(each["ids"])}) for each in read["chunks"]],
        [
            Asked(**{**each, "answers": tuple(each["answers"]), "ranked": tuple(each["ranked"])})
            for each in read["questions"]
        ],
    )


def _make(
    engine: Engine,
    retriever: dict[str, Tensor],
    train: list[Passage],
    dev: list[Passage],
    rng: random.Random,
) -> Corpus:
    chunks: list[Made] = []
    asked: list[Asked] = []
    facts = make_facts(rng.randrange(2**32), FACTS)
    talks = make_dialogues(rng.randrange(2**32), DIALOGUES)
    grids = make_grids(rng.randrange(2**32), GRIDS)
    made_up = [passage(each) for each in (*facts, *talks, *grids)]
    for is_dev, passages in ((False, train + made_up), (True, dev)):
        for document, kind, questions in _documents(passages, is_dev, rng):
            cuts = model_chunks(document, engine.tokenizer, engine.config.memory)
            first = len(chunks)
            chunks += [Made(chunk.ids, chunk.text, kind, is_dev) for chunk in cuts]
            for question in questions:
                there = [
                    number
                    for number, chunk in enumerate(cuts, first)
                    if _answered(question, chunk.text)
                ]
                if there:
                    asked.append(Asked(question.text, question.answers, there[0], (), kind, is_dev))
    search = Search(engine, retriever, chunks, rng)
    queries = search.queries([each.text for each in asked])
    found = [
        replace(each, ranked=search.ranked(each, queries[at]))
        for at, each in enumerate(track(asked, "searching"))
    ]
    return Corpus(chunks, found)


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
        yield Document(text, (Span(0, len(text)),), "text"), kind, questions


def _answered(question: Question, text: str) -> bool:
    return not question.answers or question.answers[0] in text
