"""The read path: question -> ids -> read the memory -> decode -> text and its sources."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from mplus_cli.asking.among import Among
from mplus_cli.asking.ending import spoken, until, whole_sentences
from mplus_cli.asking.how import Asking
from mplus_cli.asking.prompts import prompt_ids, whole_prompt
from mplus_cli.asking.sources import find_sources, passage, segments_read
from mplus_cli.engine import Engine
from mplus_cli.errors import UsageError
from mplus_cli.results.answers import Answer, Passage, Within
from mplus_cli.upkeep.generations import find_generation
from store.errors import NoMemoryError
from store.home import Home
from store.index import Index
from store.locks import read_lock
from store.segments import Segments
from store.spec import check_generation, check_model
from store.state_files import read_state

if TYPE_CHECKING:
    from mplus_cli.model.net.cache import Cache
    from store.kinds.mplus import Memory as OpenMemory
    from store.records import Generation
    from store.spec import Spec

T = TypeVar("T")

STATES_KEPT = 2
"""States that stay open: the newest, and one that a question began with before it changed."""


class Response:
    """An answer as it grows: iterate over its pieces, or ask for all of it at once.

    Threads may share one: each piece comes to one of them.
    """

    def __init__(self, pieces: Generator[str, None, Answer]) -> None:
        self._pieces = pieces
        self._answer: Answer | None = None
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[str]:
        """Pieces of the text that nobody has taken yet.

        Raises what asking raises, and `UsageError` where it was ended before its time.
        """
        while (piece := self._next()) is not None:
            yield piece

    def _next(self) -> str | None:
        with self._lock:
            if self._answer is not None:
                return None
            try:
                return next(self._pieces)
            except StopIteration as end:
                if end.value is None:
                    raise UsageError("the answer was not decoded to its end", "ask anew") from None
                self._answer = end.value
                return None

    @property
    def answer(self) -> Answer:
        """The whole answer; decodes what is not decoded yet. Raises as iterating does."""
        for _ in self:
            pass
        assert self._answer is not None
        return self._answer

    def close(self) -> None:
        """Decode no more."""
        with self._lock:
            self._pieces.close()


@dataclass(frozen=True)
class _Opened:
    """One generation of a memory while its files are held.

    documents: those that are asked (None: all); the memory is that of their segments.
    """

    index: Index
    generation: Generation
    memory: OpenMemory
    documents: list[int] | None

    def by_text(self, words: str) -> list[int]:
        return self.index.ranked_by_text(self.generation.id, words, self.documents)

    @property
    def within(self) -> Within | None:
        if self.documents is None:
            return None
        return Within(len(self.documents), self.generation.documents)


class Asker:
    """Answers from a memory's newest generation, or from one that is named. Changes nothing.

    For any number of questions, from several threads. Each question holds the memory's files until
    what it found is read, sees one generation from its beginning to its end, and takes turns with
    others at the model, pass by pass.
    """

    def __init__(self, engine: Engine, path: Path, timeout_s: float) -> None:
        self._engine, self._path, self._timeout_s = engine, path, timeout_s
        self._states: OrderedDict[str, OpenMemory] = OrderedDict()

    def respond(self, question: str, how: Asking, at: str | None = None) -> Response:
        """Begin to answer. at: a generation by number, tag or `last`.

        Raises `UsageError` where the question is too long; its pieces raise `NoMemoryError` where
        the memory is empty, `UsageError` where it has none of the documents that are to be asked,
        `OtherModelError`, `DamagedError` and `LockedError`.
        """
        ids = prompt_ids(_asked(question), self._engine, how)
        among = Among.of(how.among, how.since)
        return Response(self._answer(question, ids, how, at, among))

    def check(self, at: str | None, among: Among) -> None:
        """Raises what asking these documents raises, whatever the question."""
        with self._opened(at, among):
            pass

    def _answer(
        self, question: str, ids: list[int], how: Asking, at: str | None, among: Among
    ) -> Generator[str, None, Answer]:
        from mplus_cli.model.net.generate import generate

        engine, clock = self._engine, [time.perf_counter()]
        with self._opened(at, among) as opened:
            network, memory = engine.network, opened.memory
            clock.append(time.perf_counter())
            with engine.turn:
                by_text = partial(opened.by_text, question)
                cache, logits = engine.kind.read(question, ids, memory, by_text, how.max_tokens)
                logits = logits.cpu()  # on a GPU they are there only now
                network.open_decoder()  # before the first piece, for making its form is told
            number = opened.generation.id
            wanted = how.sources or how.show_prompt
            numbers = segments_read(cache, memory.state) if wanted else []
            located = opened.index.located(number, numbers)
            prompt = None
            if how.show_prompt:
                one = located[numbers[0]] if engine.kind.reads_passages and numbers else None
                prompt = whole_prompt(question, ids, engine, how, opened.index, one)
        clock.append(time.perf_counter())
        tokens: list[int] = []
        following = generate(network, cache, logits, how.max_tokens, how.temperature, how.seed)
        pieces = engine.tokenizer.stream(_noted(_in_turns(following, engine.turn), tokens))
        text, stopped = yield from _joined(until(spoken(pieces), how.stop))
        cut = len(tokens) == how.max_tokens and not stopped
        text = (whole_sentences(text) if cut else text).strip()
        clock.append(time.perf_counter())
        about = f"{question} {text}"
        sources = find_sources(cache, memory.state, located, about) if how.sources else []
        clock.append(time.perf_counter())
        declined, usage = engine.kind.declined(text), _usage(ids, cache, tokens)
        if declined:
            engine.suspect()
        found, timings = tuple(sources), _timings_ms(clock)
        return Answer(text, declined, cut, found, number, opened.within, usage, timings, prompt)

    def search(self, words: str, count: int, at: str | None, among: Among) -> list[Passage]:
        """The chunks that fit some words best, best first. Raises as `respond` does."""
        _asked(words)
        with self._opened(at, among) as opened:
            with self._engine.turn:
                by_text = partial(opened.by_text, words)
                found = self._engine.kind.search(words, opened.memory, by_text, count)
            numbers = [number for number, _ in found]
            located = opened.index.located(opened.generation.id, numbers)
        return [passage(located[number], score) for number, score in found if number in located]

    @contextmanager
    def _opened(self, at: str | None, among: Among) -> Iterator[_Opened]:
        """The memory that lies there now, held for a while."""
        home = Home(self._path)
        if at is None:
            check_model(home.spec, self._engine.spec)
        with read_lock(self._path, self._timeout_s), closing(Index.open(home)) as index:
            generation = index.generation() if at is None else find_generation(index, at)
            if generation is None:
                raise NoMemoryError(
                    f"the memory at {self._path} is empty", "fill it with: mplus inject PATH"
                )
            spec = index.spec(generation)  # the memory may have been written anew just now
            if at is None:
                check_model(spec, self._engine.spec)
            else:
                check_generation(generation.id, spec, self._engine.spec)
            documents = among.documents(index, generation, self._path)
            memory = self._state(home, generation, spec)
            if documents is not None:
                memory = memory.among(index.numbers(generation.id, documents))
            yield _Opened(index, generation, memory, documents)

    def _state(self, home: Home, generation: Generation, spec: Spec) -> OpenMemory:
        """The state of a generation, opened once."""
        with self._engine.turn:
            if generation.state not in self._states:
                state = read_state(home, generation.state, spec)
                segments = Segments(home, spec)  # its own: what was erased stays open nowhere
                segments.packed.grow(state.journal)
                self._states[generation.state] = self._engine.kind.open(home, state, segments)
            self._states.move_to_end(generation.state)
            while len(self._states) > STATES_KEPT:
                self._states.popitem(last=False)
            return self._states[generation.state]


def _asked(words: str) -> str:
    """Raises `UsageError` where there is nothing to look for."""
    if not words.strip():
        raise UsageError("there is no question", "ask one, such as: What is …?")
    return words


def _joined(pieces: Generator[str, None, T]) -> Generator[str, None, tuple[str, T]]:
    """The same pieces; gives all of them as one text, and what they give."""
    text = ""
    while True:
        try:
            piece = next(pieces)
        except StopIteration as end:
            return text, end.value
        text += piece
        yield piece


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
