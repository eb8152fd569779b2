"""The read path: question -> ids -> read the memory -> decode -> text and its sources."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mplus_cli.engine import Engine
from mplus_cli.errors import UsageError
from mplus_cli.sources import Source, find_sources
from store import state as states
from store.change import check_model
from store.errors import NoMemoryError
from store.home import Home
from store.index import Index
from store.records import Generation

if TYPE_CHECKING:
    from mplus_cli.model.mplus import MemoryReader

SYSTEM = "Answer the question briefly, from what you have read."


@dataclass(frozen=True)
class Options:
    """How to answer. Temperature 0 is greedy."""

    max_tokens: int = 128
    temperature: float = 0.0
    seed: int = 0
    system: str | None = SYSTEM
    sources: bool = True


@dataclass(frozen=True)
class Answer:
    """An answer, where it came from and what it cost."""

    answer: str
    sources: list[Source]
    generation: int
    usage: dict[str, int]
    timings_ms: dict[str, float] = field(default_factory=dict)


def answer(question: str, engine: Engine, home: Home, options: Options) -> Iterator[str | Answer]:
    """Pieces of the answer as they are decoded, and at the end the whole `Answer`. Changes nothing.

    Raises `OtherModelError` where the memory is another model's, `UsageError` where the question is too long.
    """
    check_model(home.spec, engine.spec)
    index = Index.open(home)
    try:
        generation = index.generation()
        if generation is None:
            raise NoMemoryError(f"the memory at {home.path} is empty", "fill it with: mplus inject PATH")
        ids = prompt_ids(question, engine, options)
        yield from _decode(question, ids, engine, home, index, generation, options)
    finally:
        index.close()


def prompt_ids(question: str, engine: Engine, options: Options) -> list[int]:
    """Token ids of the prompt; `UsageError` where it, the memory and the answer do not fit the model's positions."""
    config = engine.config
    ids = engine.tokenizer.prompt(question, options.system)
    memory = 1 + config.pool_vectors + config.retrieved_vectors
    room = config.max_positions - memory - options.max_tokens
    if len(ids) > room:
        raise UsageError(
            f"the question is too long: {len(ids):,} tokens, and there is room for {max(room, 0):,}",
            "ask a shorter question, or put the text into the memory with: mplus inject -",
        )
    return ids


def _decode(
    question: str,
    ids: list[int],
    engine: Engine,
    home: Home,
    index: Index,
    generation: Generation,
    options: Options,
) -> Iterator[str | Answer]:
    clock = [time.perf_counter()]
    from mplus_cli.model.generate import generate
    from store.chunks import find_chunks
    from store.memory import Memory
    from store.segments import Segments

    state = states.read_state(home, generation.state)
    segments = Segments(home)
    segments.packed.grow(state.journal)
    memory = Memory(home.spec, state, segments, engine.origin)
    network = engine.network
    clock.append(time.perf_counter())
    reader: MemoryReader = memory
    if engine.config.retrieval_layers:
        by_text = index.ranked_by_text(generation.id, question)
        reader = find_chunks(memory, network.find(engine.tokenizer.encode(question)[0]), by_text)
    cache, logits = network.read(ids, reader, options.max_tokens)
    clock.append(time.perf_counter())
    tokens: list[int] = []

    def kept() -> Iterator[int]:
        for token in generate(network, cache, logits, options.max_tokens, options.temperature, options.seed):
            tokens.append(token)
            yield token

    text = ""
    for piece in engine.tokenizer.stream(kept()):
        text += piece
        yield piece
    clock.append(time.perf_counter())
    sources = find_sources(cache, state, index, generation.id, f"{question} {text}") if options.sources else []
    clock.append(time.perf_counter())
    names = ("load", "read", "decode", "sources")
    spans = {name: (clock[place + 1] - clock[place]) * 1000 for place, name in enumerate(names)}
    yield Answer(
        answer=text.strip(),
        sources=sources,
        generation=generation.id,
        usage={
            "prompt_tokens": len(ids),
            "memory_vectors": max(len(reading.ids) for reading in cache.readings),
            "answer_tokens": len(tokens),
        },
        timings_ms={name: round(span, 1) for name, span in spans.items()},
    )
