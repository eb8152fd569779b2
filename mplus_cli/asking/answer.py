"""The read path: question -> ids -> read the memory -> decode -> text and its sources."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from mplus_cli.asking.sources import find_sources, passage
from mplus_cli.engine import Engine
from mplus_cli.errors import UsageError
from mplus_cli.results.answers import Answer, Passage, Source
from mplus_cli.upkeep.generations import find_generation
from store.errors import NoMemoryError
from store.home import Home
from store.index import Index
from store.locks import read_lock
from store.segments import Segments
from store.spec import check_model
from store.state_files import read_state

if TYPE_CHECKING:
    from mplus_cli.model.net.cache import Cache
    from store.kinds.mplus import Memory as State
    from store.records import Generation

T = TypeVar("T")

STATES_KEPT = 2
"""States that stay open: the newest, and one that a question began with before it changed."""


@dataclass(frozen=True)
class Asking:
    """How to answer. Temperature 0 is greedy. system: None is the checkpoint's own, "" none."""

    max_tokens: int = 128
    temperature: float = 0.0
    seed: int = 0
    system: str | None = None
    sources: bool = True


class Response:
    """An answer as it grows: iterate over its pieces, or ask for all of it at once."""

    def __init__(self, pieces: Generator[str, None, Answer]) -> None:
        self._pieces = pieces
        self._answer: Answer | None = None

    def __iter__(self) -> Iterator[str]:
        """Pieces of the text that nobody has taken yet. Raises what asking raises."""
        while self._answer is None:
            try:
                piece = next(self._pieces)
            except StopIteration as end:
                self._answer = end.value
            else:
                yield piece

    @property
    def answer(self) -> Answer:
        """The whole answer; decodes what is not decoded yet."""
        for _ in self:
            pass
        assert self._answer is not None
        return self._answer

    def close(self) -> None:
        """Decode no more, and let go of the memory."""
        self._pieces.close()


class Asker:
    """Answers from a memory's newest generation, or from one that is named. Changes nothing.

    For any number of questions, from several threads: each question holds the memory's files for
    its own time only, sees one generation from its beginning to its end, and takes turns with
    others at the model, pass by pass.
    """

    def __init__(self, engine: Engine, home: Home, timeout_s: float) -> None:
        """Raises `OtherModelError`, `DamagedError`."""
        check_model(home.spec, engine.spec)
        self._engine, self._home, self._timeout_s = engine, home, timeout_s
        self._index = Index.open(home)
        self._states: OrderedDict[str, State] = OrderedDict()
        self._lock = threading.Lock()

    def close(self) -> None:
        self._index.close()

    def respond(self, question: str, how: Asking, at: str | None = None) -> Response:
        """Begin to answer. at: a generation by number, tag or `last`.

        Raises `UsageError` where the question is too long; its pieces raise `NoMemoryError` where
        the memory is empty, `DamagedError` and `LockedError`.
        """
        ids = prompt_ids(question, self._engine, how)
        return Response(self._answer(question, ids, how, at))

    def _answer(
        self, question: str, ids: list[int], how: Asking, at: str | None
    ) -> Generator[str, None, Answer]:
        engine, clock = self._engine, [time.perf_counter()]
        with read_lock(self._home.path, self._timeout_s):
            generation = self._generation(at)
            from mplus_cli.model.net.generate import generate

            network, state = engine.network, self._open(generation)
            clock.append(time.perf_counter())
            with engine.turn:
                cache, logits = engine.kind.read(
                    question,
                    ids,
                    state,
                    lambda: self._by_text(generation, question),
                    how.max_tokens,
                )
                logits = logits.cpu()  # on a GPU they are there only now
            clock.append(time.perf_counter())
            tokens: list[int] = []
            following = generate(network, cache, logits, how.max_tokens, how.temperature, how.seed)
            text = ""
            for piece in engine.tokenizer.stream(_noted(_in_turns(following, engine.turn), tokens)):
                text += piece
                yield piece
            clock.append(time.perf_counter())
            sources: list[Source] = []
            if how.sources:
                about = f"{question} {text}"
                sources = find_sources(cache, state.state, self._index, generation.id, about)
            clock.append(time.perf_counter())
        text = text.strip()
        declined, usage = engine.kind.declined(text), _usage(ids, cache, tokens)
        return Answer(text, declined, tuple(sources), generation.id, usage, _timings_ms(clock))

    def search(self, words: str, count: int, at: str | None = None) -> list[Passage]:
        """The chunks that fit some words best, best first. Raises as `respond` does."""
        with read_lock(self._home.path, self._timeout_s):
            generation = self._generation(at)
            state = self._open(generation)
            with self._engine.turn:
                found = self._engine.kind.search(
                    words, state, lambda: self._by_text(generation, words), count
                )
            located = self._index.located(generation.id, [number for number, _ in found])
        return [passage(located[number], score) for number, score in found if number in located]

    def _generation(self, at: str | None) -> Generation:
        if at is not None:
            return find_generation(self._index, at)
        generation = self._index.generation()
        if generation is None:
            raise NoMemoryError(
                f"the memory at {self._home.path} is empty", "fill it with: mplus inject PATH"
            )
        return generation

    def _by_text(self, generation: Generation, words: str) -> list[int]:
        return self._index.ranked_by_text(generation.id, words)

    def _open(self, generation: Generation) -> State:
        """The state of a generation, opened once."""
        with self._lock:
            if generation.state not in self._states:
                state = read_state(self._home, generation.state)
                segments = Segments(self._home)  # its own: what was erased stays open nowhere
                segments.packed.grow(state.journal)
                opened = self._engine.kind.open(self._home, state, segments)
                self._states[generation.state] = opened
            self._states.move_to_end(generation.state)
            while len(self._states) > STATES_KEPT:
                self._states.popitem(last=False)
            return self._states[generation.state]


def prompt_ids(question: str, engine: Engine, how: Asking) -> list[int]:
    """Token ids of the prompt.

    Raises `UsageError` where it, the memory and the answer do not fit the model's positions.
    """
    config = engine.config
    system = config.answering.system if how.system is None else how.system
    ids = engine.tokenizer.prompt(question, system or None)
    positions = config.architecture.max_positions - 1 - config.memory.read_vectors
    room = positions - how.max_tokens
    if len(ids) > room:
        raise UsageError(
            f"the question is too long: {len(ids):,} tokens, and there is room for "
            f"{max(room, 0):,}",
            "ask a shorter question, or put the text into the memory with: mplus inject -",
        )
    return ids


def _in_turns(items: Iterable[T], turn: threading.RLock) -> Iterator[T]:
    """Items that are made one at a time, each in a turn of its own."""
    waiting = iter(items)
    while True:
        with turn:
            item = next(waiting, None)
        if item is None:
            return
        yield item


def _noted(tokens: Iterable[int], noted: list[int]) -> Iterator[int]:
    for token in tokens:
        noted.append(token)
        yield token


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
