"""What the adapters train on, made once: chunks, and questions with the chunks that a search brings
for them.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rich.progress import track
from torch import Tensor

from mplus_cli.chunking.passages import model_chunks
from mplus_cli.engine import Engine
from mplus_cli.readers import Document
from training.data import Passage, Question, passage
from training.facts import make_facts, make_near_misses
from training.facts.configs import make_configs
from training.facts.dialogues import make_dialogues
from training.facts.grids import make_grids
from training.facts.notices import make_notices
from training.search import Asked, Made, Search

MADE_UP = {  # passages
    make_facts: 700,
    make_near_misses: 300,
    make_dialogues: 700,
    make_grids: 500,
    make_notices: 400,
    make_configs: 300,
}
UNNAMED, MERGED = (
    0.3,
    0.15,
)  # share of documents whose name says nothing, and of passages in one with the next


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
    made_up = [
        passage(each)
        for make, count in MADE_UP.items()
        for each in make(rng.randrange(2**32), count)
    ]
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
                    own = there[0] if question.answers else _nearest(question, there, chunks)
                    asked.append(Asked(question.text, question.answers, own, (), kind, is_dev))
    search = Search(engine, retriever, chunks, rng)
    answered = [each for each in asked if each.answers]
    queries = search.queries([each.text for each in answered])
    found = [
        replace(each, ranked=search.ranked(each, queries[at]))
        for at, each in enumerate(track(answered, "searching"))
    ]
    return Corpus(chunks, [*found, *(each for each in asked if not each.answers)])


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
        title = None if not dev and rng.random() < UNNAMED else parts[0].title
        text = "\n\n".join(part.text for part in parts)
        questions = [each for part in parts for each in part.questions]
        yield replace(parts[0], text=text, title=title).document(), kind, questions


def _nearest(question: Question, there: list[int], chunks: list[Made]) -> int:
    """The chunk that has most of a question's words, the first of several."""
    words = _words(question.text)
    return max(there, key=lambda number: len(words & _words(chunks[number].text)))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _answered(question: Question, text: str) -> bool:
    return not question.answers or question.answers[0] in text
