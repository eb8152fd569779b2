"""The read path: question -> ids -> read the memory -> decode -> text and its sources."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mplus_cli.asking.among import Among
from mplus_cli.asking.checking.checked import Checked, checked
from mplus_cli.asking.checking.literally import answered
from mplus_cli.asking.found import Found, find, search
from mplus_cli.asking.how import Asking
from mplus_cli.asking.opened import Opened, Opener
from mplus_cli.asking.prompts import prompt_ids
from mplus_cli.asking.response import Response
from mplus_cli.asking.said import Said, unsaid, whole
from mplus_cli.asking.settling.given import ToGive, to_give
from mplus_cli.asking.sources import passage
from mplus_cli.asking.understanding.by_model import understood_by
from mplus_cli.asking.understanding.followed import before, behind, followed
from mplus_cli.asking.understanding.joined import BETWEEN, joined
from mplus_cli.asking.understanding.language import foreign
from mplus_cli.asking.understanding.question import Question
from mplus_cli.asking.understanding.rewritten import can_rewrite, rewritten
from mplus_cli.engine import Engine
from mplus_cli.errors import UsageError
from mplus_cli.kinds.readings import Reading
from mplus_cli.results.answers import APPROXIMATE, NO_SOURCES, Answer, Passage, Source

if TYPE_CHECKING:
    from mplus_cli.kinds import Ranked


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
        among = Among.of(how.among, how.since, how.here)
        self._need_parts(among, how.quote)
        return Response(self._respond(question, how, at, among))

    def check(self, at: str | None, among: Among) -> None:
        """Raises what asking these documents raises, whatever the question."""
        self._need_parts(among, quoting=False)
        with self._opener.opened(at, among):
            pass

    def _need_parts(self, among: Among, quoting: bool) -> None:
        """Raise `UsageError` where parts of a memory are wanted that can't be told apart."""
        if self._engine.kind.divisible:
            return
        if among.names is not None or among.since:
            raise UsageError(
                "this memory holds all that was read in one matrix, so it can't be asked of some "
                "documents alone",
                "ask without --in and --since; or find passages in them with: mplus search",
            )
        if quoting:
            raise UsageError(
                "this memory holds no sentences, but a matrix, so there is nothing to quote",
                "ask without --quote; or find passages with: mplus search",
            )

    def _respond(
        self, typed: str, how: Asking, at: str | None, among: Among
    ) -> Generator[str, None, Answer]:
        """Answer each part of a question from its own passages."""
        watch, answers = _Stopwatch(), list[Answer]()
        with self._opener.opened(at, among) as opened:
            asked = understood_by(self._engine, typed, opened.index.vocabulary)
            _asked(asked.asked)  # emoji alone leave nothing
            asked = self._followed(asked, how, opened)
            parts = asked.parts or (asked,)
            watch.lap("load")
            read = [self._find(part, how, opened) for part in parts]
        watch.lap("read")
        doubt = max(found.readings[0].doubt for found in read)
        if how.if_sure and doubt >= self._engine.config.answering.sure:
            return _unsaid(read[0], doubt, watch.ms)
        for part, found in zip(parts, read, strict=True):
            if answers:
                yield BETWEEN
            answers.append((yield from self._answer(part, found, how, watch)))
        return replace(joined(asked, answers), timings_ms=watch.ms)

    def _followed(self, asked: Question, how: Asking, opened: Opened) -> Question:
        """A question as it is after others: put so that it can be asked alone."""
        engine, words = self._engine, opened.index.vocabulary
        front = [
            understood_by(engine, each, words).asked for each in before(asked.asked, how.after)
        ]
        if not front:
            return asked
        if can_rewrite(engine) and (
            whole := rewritten(engine, opened.memory, [*front, asked.asked], how)
        ):
            found = replace(understood_by(engine, whole, words), typed=asked.typed)
            return behind(found, front)
        return behind(followed(asked, front), front)

    def _find(self, question: Question, how: Asking, opened: Opened) -> Found:
        ids = prompt_ids(question.asked, self._engine, how)
        return find(question, ids, how, opened, self._engine)

    def _answer(
        self, question: Question, found: Found, how: Asking, watch: _Stopwatch
    ) -> Generator[str, None, Answer]:
        engine, answering = self._engine, self._engine.config.answering
        saying = self._said(found, found.readings[0], how)
        settles = answering.literal and not how.quote
        first = whole(saying) if settles else (yield from saying)
        count = len(found.readings) - 1
        others = _Others(lambda at: whole(self._said(found, found.readings[at + 1], how)))
        asked_for = [others[at] for at in range(min(count, how.top - 1))]
        watch.lap("decode")
        if first.declined:
            engine.suspect()
        rest = [checked(found, other, answering, how.quote) for other in asked_for]
        given = ToGive(checked(found, first, answering, how.quote), first.declined)
        if settles:
            more = (others[at] for at in range(count))
            given = to_give(found, given.checked, more, answering.declines)
        if settles or how.quote:
            yield given.checked.text
        notes = (
            *_notes(how, engine, given.checked.sources),
            *self._foreign(question, found),
        )
        answer = _answer_of(found, given, rest, notes, how, bool(answering.declines))
        watch.lap("sources")
        searched = question.searched if engine.kind.reads_passages else question.searched[:1]
        return replace(answer, searched=searched)

    def _said(self, found: Found, reading: Reading, how: Asking) -> Generator[str, None, Said]:
        """Pieces of what a reading says; where sentences are quoted nothing is said aloud, and
        decoded only what points at one.
        """
        engine, words = self._engine, found.passage(reading)
        if reading.is_empty:
            said = unsaid(reading, engine)
            yield said.text
            return said
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
        with self._opener.opened(None, Among.of(how.among, how.since, how.here)) as opened:
            asked = understood_by(self._engine, _asked(question), opened.index.vocabulary)
            found = self._find(asked, how, opened)
        said = whole(self._said(found, found.readings[0], how))
        return checked(found, said, self._engine.config.answering, how.quote)

    def search(self, words: str, count: int, how: Asking, at: str | None = None) -> list[Passage]:
        """The chunks that fit some words best, best first. Raises as `respond` does."""
        _asked(words)
        with self._opener.opened(at, Among.of(how.among, how.since, how.here)) as opened:
            asked = understood_by(self._engine, words, opened.index.vocabulary)
            # Words are looked for as they were typed, too: they need be no question.
            asked = Question(words, words, f"{words} {asked.words}", {})
            asked = self._followed(asked, how, opened)
            if not asked.before:
                return self._ranking(*asked.searches[0], opened, count)
            with self._engine.turn:
                found = search(asked, opened, self._engine, count)
            return _placed(found, opened, ())

    def rankings(
        self, question: str, count: int, how: Asking, at: str | None = None
    ) -> list[list[Passage]]:
        """The chunks that a question finds, best first, for each of `Question.searches`. Raises as
        `respond` does.
        """
        with self._opener.opened(at, Among.of(how.among, how.since, how.here)) as opened:
            asked = understood_by(self._engine, _asked(question), opened.index.vocabulary)
            asked = self._followed(asked, how, opened)
            return [self._ranking(*each, opened, count) for each in asked.searches]

    def _ranking(self, words: str, by_words: str, opened: Opened, count: int) -> list[Passage]:
        by_text = opened.by_text(by_words)
        with self._engine.turn:
            found = self._engine.kind.search(words, opened.memory, lambda: by_text, count)
        return _placed(found, opened, by_text)


def _placed(found: Sequence[Ranked], opened: Opened, by_text: Sequence[int]) -> list[Passage]:
    """Chunks that were found, as people see them. by_text: their numbers, ranked by their text."""
    ranks = {number: rank for rank, number in enumerate(by_text, 1)}
    located = opened.index.located(opened.generation.id, [number for number, _ in found])
    return [
        passage(located[number], score, ranks.get(number))
        for number, score in found
        if number in located
    ]


class _Stopwatch:
    """What the steps of an answer take, in milliseconds."""

    def __init__(self) -> None:
        self._at, self.ms = time.perf_counter(), dict[str, float]()

    def lap(self, step: str) -> None:
        """The time since the last lap was this step's."""
        now = time.perf_counter()
        took, self._at = (now - self._at) * 1000, now
        self.ms[step] = round(self.ms.get(step, 0.0) + took, 1)


class _Others(dict[int, Said]):
    """What the readings behind the first say, each decoded once, when it is asked for."""

    def __init__(self, say: Callable[[int], Said]) -> None:
        self._say = say

    def __missing__(self, at: int) -> Said:
        self[at] = self._say(at)
        return self[at]


def _asked(words: str) -> str:
    """Raises `UsageError` where there is nothing to look for."""
    if not re.search(r"\w", words):
        raise UsageError("there is no question", "ask one, such as: What is …?")
    return words


def _unsaid(found: Found, doubt: float, ms: dict[str, float]) -> Answer:
    """Nothing is said: no passage is surely one to answer from."""
    return Answer("", True, False, (), found.generation, found.within, {}, ms, doubt=doubt)


def _notes(how: Asking, engine: Engine, sources: Sequence[Source]) -> tuple[str, ...]:
    notes = []
    if how.top > 1 and not engine.kind.reads_passages:
        notes.append("this model reads no passages one at a time, so there are no other answers")
    if how.sources and not engine.config.answering.sources:
        notes.append(NO_SOURCES)
    if how.sources and any(source.kind == APPROXIMATE for source in sources):
        notes.append("approximate: what was copied from one slot to another is not traced")
    return tuple(notes)


def _answer_of(
    found: Found,
    given: ToGive,
    rest: Sequence[Checked],
    notes: tuple[str, ...],
    how: Asking,
    declines: bool,
) -> Answer:
    """rest: what further passages say that were asked for; declines: whether the model ever does.
    Its times are its whole question's.
    """
    answer = given.checked
    return Answer(
        answer.text,
        given.declined,
        answer.said.cut,
        answer.sources if how.sources else (),
        found.generation,
        found.within,
        _usage(found, answer.said),
        {},
        found.prompt,
        literal=answer.literal,
        quote=answer.quote,
        unsupported=answer.unsupported,
        confidence=answer.confidence,
        alternatives=tuple(other.as_alternative() for other in rest if other.sources),
        disagrees=given.disagrees,
        dates=given.dates,
        notes=notes,
        doubt=found.readings[0].doubt if declines else None,
    )


def _usage(found: Found, said: Said) -> dict[str, int]:
    return {
        "prompt_tokens": len(found.ids),
        "memory_vectors": said.reading.cache.vectors_read,
        "answer_tokens": said.tokens,
    }
