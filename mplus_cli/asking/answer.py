"""The read path: question -> ids -> read the memory -> decode -> text and its sources."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path

from mplus_cli.asking.among import Among
from mplus_cli.asking.checked import Checked, checked
from mplus_cli.asking.found import Found, find
from mplus_cli.asking.given import ToGive, to_give
from mplus_cli.asking.how import Asking
from mplus_cli.asking.joined import BETWEEN, joined
from mplus_cli.asking.language import foreign
from mplus_cli.asking.literally import answered
from mplus_cli.asking.opened import Opener
from mplus_cli.asking.prompts import prompt_ids
from mplus_cli.asking.question import Question
from mplus_cli.asking.response import Response
from mplus_cli.asking.said import Said, unsaid, whole
from mplus_cli.asking.sources import passage
from mplus_cli.asking.understanding import understood_by
from mplus_cli.engine import Engine
from mplus_cli.errors import UsageError
from mplus_cli.kinds.readings import Reading
from mplus_cli.results.answers import Answer, Passage


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
        nothing was read yet, `EmptyError` where all is forgotten, `UsageError` where the memory has
        none of the documents that are to be asked, `OtherModelError`, `DamagedError` and
        `LockedError`.
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
        answering = engine.config.answering
        saying = self._said(found, found.readings[0], how)
        settles = answering.literal and not how.quote
        first = whole(saying) if settles else (yield from saying)
        others = _Others(lambda at: whole(self._said(found, found.readings[at + 1], how)))
        count = len(found.readings) - 1
        rest = [
            checked(found, others[at], answering, how.quote)
            for at in range(min(count, how.top - 1))
        ]
        clock.append(time.perf_counter())
        if first.declined:
            engine.suspect()
        answer = checked(found, first, answering, how.quote)
        given = ToGive(answer, first.declined)
        if settles:
            given = to_give(found, answer, (others[at] for at in range(count)), answering.declines)
            answer = given.checked
        if settles or how.quote:
            yield answer.text
        clock.append(time.perf_counter())
        return Answer(
            answer.text,
            given.declined,
            first.cut,
            answer.sources if how.sources else (),
            found.generation,
            found.within,
            _usage(found, first),
            _timings_ms(clock),
            found.prompt,
            literal=answer.literal,
            quote=answer.quote,
            unsupported=answer.unsupported,
            confidence=answer.confidence,
            alternatives=tuple(other.as_alternative() for other in rest if other.sources),
            disagrees=given.disagrees,
            dates=given.dates,
            notes=(*_notes(how, engine), *self._foreign(question, found)),
        )

    def _said(self, found: Found, reading: Reading, how: Asking) -> Generator[str, None, Said]:
        """Pieces of what a reading says; where sentences are quoted nothing is said aloud, and
        decoded only what points at one.
        """
        engine, words = self._engine, found.passage(reading)
        if not how.quote:
            return (yield from answered(reading, words, engine, how))
        if engine.config.answering.literal:
            return whole(answered(reading, words, engine, how))
        return unsaid(reading, engine)

    def _foreign(self, question: Question, found: Found) -> list[str]:
        languages = self._engine.config.answering.languages
        return foreign(languages, question.typed, found.passage(found.readings[0]))

    def first(self, question: str, how: Asking) -> Checked:
        """What is said first from the newest generation, with all that is known of it: for
        measurements. Raises as `respond` does.
        """
        with self._opener.opened(None, Among.of(how.among, how.since)) as opened:
            asked = understood_by(self._engine, _asked(question), opened.index.vocabulary)
            ids = prompt_ids(asked.asked, self._engine, how)
            found = find(asked, ids, how, opened, self._engine)
        said = whole(self._said(found, found.readings[0], how))
        return checked(found, said, self._engine.config.answering, how.quote)

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


class _Others(dict[int, Said]):
    """What the readings behind the first say, each decoded once, when it is asked for."""

    def __init__(self, say: Callable[[int], Said]) -> None:
        self._say = say

    def __missing__(self, at: int) -> Said:
        self[at] = self._say(at)
        return self[at]


def _asked(words: str) -> str:
    """Raises `UsageError` where there is nothing to look for."""
    if not words.strip():
        raise UsageError("there is no question", "ask one, such as: What is …?")
    return words


def _notes(how: Asking, engine: Engine) -> tuple[str, ...]:
    if how.top > 1 and not engine.kind.reads_passages:
        return ("this model reads no passages one at a time, so there are no other answers",)
    return ()


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
