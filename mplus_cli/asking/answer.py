"""The read path: question -> ids -> read the memory -> decode -> text and its sources."""

from __future__ import annotations

import time
from collections.abc import Generator
from functools import partial
from pathlib import Path

from mplus_cli.asking.among import Among
from mplus_cli.asking.found import Found, find
from mplus_cli.asking.how import Asking
from mplus_cli.asking.joined import BETWEEN, joined
from mplus_cli.asking.language import foreign
from mplus_cli.asking.opened import Opener
from mplus_cli.asking.prompts import prompt_ids
from mplus_cli.asking.question import Question
from mplus_cli.asking.response import Response
from mplus_cli.asking.said import Said, say, whole
from mplus_cli.asking.sources import find_sources, passage
from mplus_cli.asking.understanding import understood_by
from mplus_cli.engine import Engine
from mplus_cli.errors import UsageError
from mplus_cli.results.answers import Alternative, Answer, Passage, Source


class Asker:
    """Answers from a memory's newest generation, or from one that is named. Changes nothing.

    For any number of questions, from several threads. Each question holds the memory's files until
    what it found is read, sees one generation from its beginning to its end, and takes turns with
    others at the model, pass by pass.
    """

    def __init__(self, engine: Engine, path: Path, timeout_s: float) -> None:
        self._engine, self._opener = engine, Opener(engine, path, timeout_s)

    def respond(self, question: str, how: Asking, at: str | None = None) -> Response:
        """Begin to answer. at: a generation by number, tag or `last`.

        Raises `UsageError` where the question is too long; its pieces raise `NoMemoryError` where
        the memory is empty, `UsageError` where it has none of the documents that are to be asked,
        `OtherModelError`, `DamagedError` and `LockedError`.
        """
        prompt_ids(_asked(question), self._engine, how)
        among = Among.of(how.among, how.since)
        return Response(self._respond(question, how, at, among))

    def check(self, at: str | None, among: Among) -> None:
        """Raises what asking these documents raises, whatever the question."""
        with self._opener.opened(at, among):
            pass

    def _respond(
        self, typed: str, how: Asking, at: str | None, among: Among
    ) -> Generator[str, None, Answer]:
        """Answer each part of a question from its own passages."""
        with self._opener.opened(at, among) as opened:
            asked = understood_by(self._engine, typed, opened.index.vocabulary)
        answers = list[Answer]()
        for part in asked.parts or (asked,):
            if answers:
                yield BETWEEN
            answers.append((yield from self._answer(part, how, at, among)))
        return joined(asked, answers)

    def _answer(
        self, question: Question, how: Asking, at: str | None, among: Among
    ) -> Generator[str, None, Answer]:
        engine, clock = self._engine, [time.perf_counter()]
        ids = prompt_ids(question.asked, engine, how)
        with self._opener.opened(at, among) as opened:
            clock.append(time.perf_counter())
            found = find(question, ids, how, opened, engine)
        clock.append(time.perf_counter())
        first = yield from say(found.readings[0], engine, how)
        others = [whole(say(reading, engine, how)) for reading in found.readings[1 : how.top]]
        clock.append(time.perf_counter())
        sources = _sources(found, first) if how.sources else []
        alternatives = _alternatives(found, others)
        clock.append(time.perf_counter())
        return Answer(
            first.text,
            first.declined,
            first.cut,
            tuple(sources),
            found.generation,
            found.within,
            _usage(found, first),
            _timings_ms(clock),
            found.prompt,
            alternatives=alternatives,
            notes=tuple(self._foreign(question, found)),
        )

    def _foreign(self, question: Question, found: Found) -> list[str]:
        read = found.passage(found.readings[0])
        languages = self._engine.config.answering.languages
        return foreign(languages, question.typed, read.chunk.text if read else "")

    def search(self, words: str, count: int, at: str | None, among: Among) -> list[Passage]:
        """The chunks that fit some words best, best first. Raises as `respond` does."""
        _asked(words)
        with self._opener.opened(at, among) as opened:
            asked = understood_by(self._engine, words, opened.index.vocabulary)
            with self._engine.turn:
                by_text = partial(opened.by_text, f"{words} {asked.words}")
                found = self._engine.kind.search(words, opened.memory, by_text, count)
            numbers = [number for number, _ in found]
            located = opened.index.located(opened.generation.id, numbers)
        return [passage(located[number], score) for number, score in found if number in located]


def _asked(words: str) -> str:
    """Raises `UsageError` where there is nothing to look for."""
    if not words.strip():
        raise UsageError("there is no question", "ask one, such as: What is …?")
    return words


def _sources(found: Found, said: Said) -> list[Source]:
    about = f"{found.question} {said.text}"
    return find_sources(said.reading.cache, found.state, found.located, about)


def _alternatives(found: Found, others: list[Said]) -> tuple[Alternative, ...]:
    """What other passages answer, each from the one that it was read from."""
    placed = [(said, _sources(found, said)) for said in others]
    return tuple(
        Alternative(said.text, said.declined, None, sources[0])
        for said, sources in placed
        if sources
    )


def _usage(found: Found, said: Said) -> dict[str, int]:
    return {
        "prompt_tokens": len(found.ids),
        "memory_vectors": max(len(reading.ids) for reading in said.reading.cache.readings),
        "answer_tokens": said.tokens,
    }


def _timings_ms(clock: list[float]) -> dict[str, float]:
    names = ("load", "read", "decode", "sources")
    return {
        name: round((clock[place + 1] - clock[place]) * 1000, 1) for place, name in enumerate(names)
    }
