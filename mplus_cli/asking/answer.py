"""The read path: question -> ids -> read the memory -> decode -> text and its sources."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from mplus_cli.asking.sources import Source, find_sources
from mplus_cli.engine import Engine
from mplus_cli.errors import UsageError
from store import state as states
from store.change import check_model
from store.errors import NoMemoryError
from store.home import Home
from store.index import Index

if TYPE_CHECKING:
    from mplus_cli.model.net.cache import Cache, Read
    from store.memory import Memory


@dataclass(frozen=True)
class Options:
    """How to answer. Temperature 0 is greedy. system: None is the checkpoint's own prompt, and an
    empty one is none.
    """

    max_tokens: int = 128
    temperature: float = 0.0
    seed: int = 0
    system: str | None = None
    sources: bool = True


@dataclass(frozen=True)
class Answer:
    """An answer, where it came from and what it cost.

    declined: the answer is that there is none; the source is then the passage that came nearest to
    holding one.
    """

    answer: str
    declined: bool
    sources: list[Source]
    generation: int
    usage: dict[str, int]
    timings_ms: dict[str, float] = field(default_factory=dict)


class Asking:
    """The last generation of a memory, opened once for any number of questions. Changes nothing.

    Raises `OtherModelError` where the memory is another model's, `NoMemoryError` where it is empty.
    """

    def __init__(self, engine: Engine, home: Home, options: Options) -> None:
        check_model(home.spec, engine.spec)
        self._engine, self._home, self._options = engine, home, options
        self._index = Index.open(home)
        generation = self._index.generation()
        if generation is None:
            self.close()
            raise NoMemoryError(
                f"the memory at {home.path} is empty", "fill it with: mplus inject PATH"
            )
        self._generation = generation

    def close(self) -> None:
        self._index.close()

    def ask(self, question: str) -> Iterator[str | Answer]:
        """Pieces of the answer as they are decoded, and at the end the whole `Answer`.

        Raises `UsageError` where the question is too long.
        """
        ids = prompt_ids(question, self._engine, self._options)
        clock = [time.perf_counter()]
        from mplus_cli.model.net.generate import generate

        options, network, memory = self._options, self._engine.network, self._memory
        clock.append(time.perf_counter())
        cache, logits = self._read(question, ids)
        logits = logits.cpu()  # on a GPU they are there only now
        clock.append(time.perf_counter())
        tokens: list[int] = []

        def kept() -> Iterator[int]:
            for token in generate(
                network, cache, logits, options.max_tokens, options.temperature, options.seed
            ):
                tokens.append(token)
                yield token

        text = ""
        for piece in self._engine.tokenizer.stream(kept()):
            text += piece
            yield piece
        clock.append(time.perf_counter())
        sources: list[Source] = []
        if options.sources:
            about = f"{question} {text}"
            sources = find_sources(cache, memory.state, self._index, self._generation.id, about)
        clock.append(time.perf_counter())
        text = text.strip()
        declined = self._engine.kind.declined(text)
        usage, timings = _usage(ids, cache, tokens), _timings_ms(clock)
        yield Answer(text, declined, sources, self._generation.id, usage, timings)

    @cached_property
    def _memory(self) -> Memory:
        from store.segments import Segments

        state = states.read_state(self._home, self._generation.state)
        segments = Segments(self._home)
        segments.packed.grow(state.journal)
        return self._engine.kind.open(self._home, state, segments)

    def _read(self, question: str, ids: list[int]) -> Read:
        """Read the memory and then the prompt, as the model's kind of memory does."""

        def by_text() -> list[int]:
            return self._index.ranked_by_text(self._generation.id, question)

        room = self._options.max_tokens
        return self._engine.kind.read(question, ids, self._memory, by_text, room)


def answer(question: str, engine: Engine, home: Home, options: Options) -> Iterator[str | Answer]:
    """Answer a single question: see `Asking`."""
    with closing(Asking(engine, home, options)) as asking:
        yield from asking.ask(question)


def prompt_ids(question: str, engine: Engine, options: Options) -> list[int]:
    """Token ids of the prompt; `UsageError` where it, the memory and the answer do not fit the
    model's positions.
    """
    config = engine.config
    system = config.answering.system if options.system is None else options.system
    ids = engine.tokenizer.prompt(question, system or None)
    most = config.architecture.max_positions - 1 - config.memory.read_vectors
    room = most - options.max_tokens
    if len(ids) > room:
        raise UsageError(
            (
                f"the question is too long: {len(ids):,} tokens, and there is room for "
                f"{max(room, 0):,}"
            ),
            "ask a shorter question, or put the text into the memory with: mplus inject -",
        )
    return ids


def _usage(ids: list[int], cache: Cache, tokens: list[int]) -> dict[str, int]:
    return {
        "prompt_tokens": len(ids),
        "memory_vectors": max(len(reading.ids) for reading in cache.readings),
        "answer_tokens": len(tokens),
    }


def _timings_ms(clock: list[float]) -> dict[str, float]:
    names = ("load", "read", "decode", "sources")
    return {
        name: round((clock[place + 1] - clock[place]) * 1000, 1) for place, name in enumerate(names)
    }
