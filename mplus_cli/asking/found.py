"""What a question found in a memory, read and ready to be answered when the memory is let go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from mplus_cli.asking.how import Asking
from mplus_cli.asking.opened import Opened
from mplus_cli.asking.prompts import whole_prompt
from mplus_cli.asking.settling.lists import asks_several
from mplus_cli.asking.settling.scene import Scene, scene_of
from mplus_cli.asking.settling.settle import MOST_JOINED
from mplus_cli.asking.sources import passage_words
from mplus_cli.asking.understanding.question import Question
from mplus_cli.engine import Engine
from mplus_cli.errors import UnknownError, UsageError
from mplus_cli.kinds.readings import Reading, surest
from mplus_cli.results.answers import Prompt, Source, Within

if TYPE_CHECKING:
    from mplus_cli.kinds import Ranked
    from store.records import Located

FUSED = 64
"""Passages of each of two rankings that become one."""
FRONT = 2
"""What a ranking weighs that was found with the question before in front."""
LOOKED_AT = 8
"""Passages that are looked at, of which a few are read: for who speaks, dates, what disagrees."""


@dataclass(frozen=True)
class Found:
    """Readings of a question, the one to answer from first, and the chunks that they have read.

    ids: of the prompt behind what is read; located: by the numbers of their segments; scenes: of
    the passages that were found, whether read or not, by these numbers, the likeliest first.
    """

    question: str
    ids: list[int]
    readings: list[Reading]
    located: Mapping[int, Located]
    generation: int
    within: Within | None
    prompt: Prompt | None
    scenes: Mapping[int, Scene]

    def passage(self, reading: Reading) -> str:
        """All words of the one chunk that was read; empty where it was none, or several."""
        located = None if reading.number is None else self.located.get(reading.number)
        return "" if located is None else passage_words(located)

    def chunks(self, sources: Iterable[Source]) -> list[Located]:
        """The chunks that are some sources, as far as their texts are kept."""
        placed = {(each.document, each.ordinal): each for each in self.located.values()}
        found = [placed[source.document, source.chunk] for source in sources]
        return [each for each in found if each.chunk.text]


def find(asked: Question, ids: list[int], how: Asking, opened: Opened, engine: Engine) -> Found:
    """Read what a question finds, as little as its answer and `how.top` take."""
    kind, memory, number = engine.kind, opened.memory, opened.generation.id
    question = asked.asked
    with engine.turn:
        several = MOST_JOINED if asks_several(question) else 1
        top, count = max(how.top, several), max(kind.passages, how.top, LOOKED_AT)
        if how.passages is not None:
            ranked, most = _chosen(how, opened, engine)
        else:
            ranked = search(asked, opened, engine, count) if kind.reads_passages else []
            most = kind.passages
        following = kind.readings(ids, memory, ranked, how.max_tokens)
        following = _wanted(following, how)
        readings = surest(islice(following, most), engine.config.answering.sure)
        readings += islice(following, max(top - len(readings), 0))
        engine.network.open_decoder()  # before the first piece, for making its form is told
    numbers = {each for reading in readings for each in reading.trace.segments()}
    located = opened.index.located(number, sorted(numbers | {each for each, _ in ranked}))
    scenes = {each: scene_of(located[each]) for each, _ in ranked if each in located}
    prompt = None
    if how.show_prompt:
        first = readings[0].number
        read = None if first is None else located[first]
        prompt = whole_prompt(question, ids, engine, how, opened.index, read)
    return Found(question, ids, readings, located, number, opened.within, prompt, scenes)


def _chosen(how: Asking, opened: Opened, engine: Engine) -> tuple[list[Ranked], int]:
    """The passages that were named, as far as they are there, and how many of them to read.

    Raises `UsageError` where the model reads none, `UnknownError` where the first ones are gone.
    """
    if not engine.kind.reads_passages:
        raise UsageError("this model reads no single passages", "ask without naming any")
    numbers = opened.numbers(how.chosen)
    read = {number for number in numbers[: len(how.passages or ())] if number}
    if not read:
        raise UnknownError("the passages to read are not there any more", "search anew")
    return [(number, None) for number in dict.fromkeys(numbers) if number], len(read)


def search(asked: Question, opened: Opened, engine: Engine, count: int) -> list[Ranked]:
    """The chunks that fit a question best, best first.

    One that goes on with another is searched for twice, alone and with that one in front, and both
    rankings are fused by reciprocal ranks: the sum of w / (1 + rank). What a follow-up finds alone
    is mostly noise, so the other ranking weighs twice, and the first ranks weigh more than where
    both sides can be trusted (`store.kinds.chunks`).
    """
    kind = engine.kind
    rankings: list[tuple[int, list[Ranked]]] = []
    most = max(count, FUSED) if asked.before else count
    for weight, (words, by_words) in zip((1, FRONT), asked.searches, strict=False):
        by_text = partial(opened.by_text, by_words)
        rankings.append((weight, kind.search(words, opened.memory, by_text, most)))
    if len(rankings) == 1:
        return rankings[0][1]
    worth, scores = dict[int, float](), dict[int, float | None]()
    for weight, ranking in rankings:
        for rank, (number, score) in enumerate(ranking, 1):
            worth[number] = worth.get(number, 0.0) + weight / (1 + rank)
            scores.setdefault(number, score)
    best = sorted(worth, key=lambda number: -worth[number])[:count]
    return [(number, scores[number]) for number in best]


def _wanted(readings: Iterator[Reading], how: Asking) -> Iterator[Reading]:
    """Readings, each made only while somebody wants the answer."""
    while True:
        how.go_on()
        reading = next(readings, None)
        if reading is None:
            return
        yield reading
