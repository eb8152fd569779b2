"""The stories: those that memories are trained with, and those that they are asked about."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from random import Random

from mplus_cli.engine import Engine
from mplus_cli.errors import UsageError
from store.errors import MplusError
from training.stories import Asked, Segment, Sentence, Story, babi
from training.stories.telling import TOKENS, segment
from training.train_lm2 import KINDS, stories_of

TASKS = tuple(f"qa{number}" for number in range(1, 11))
TAUGHT = tuple(kind for kind in KINDS if kind in TASKS)  # simple ones first
LENGTHS = {"0K": 1, "1K": 21, "4K": 85, "16K": 341, "64K": 1365}  # segments
POOL = 256  # segments of background
_FACTS = 6  # segments that tell facts, at most
_ASKED = 4  # questions that are trained on after a story, most of them of its own kind
_OWN = 3
_ALL_FROM = 0.4  # of the training: from there on there are stories of all kinds


@dataclass(frozen=True)
class Cell:
    """Stories of one task and length, a question at the end of each; labels: all answers that the
    task has.
    """

    task: str
    segments: int
    stories: tuple[Story, ...]
    labels: frozenset[str]

    @property
    def asked(self) -> list[Asked]:
        return [story.segments[-1].asked[0] for story in self.stories]

    @property
    def untold(self) -> tuple[Story, ...]:
        """The same without a segment: nothing is written."""
        return tuple(Story(story.kind, ()) for story in self.stories)


class Material:
    """Stories in one base's words, whose segments without facts come from a pool: what is written
    of them need be computed only once.
    """

    def __init__(
        self, engine: Engine, paths: Sequence[Path], real: Path | None, pool: int = POOL
    ) -> None:
        """paths: of passages whose sentences are background; real: a folder of bAbI's files, which
        are asked about in place of made-up stories.
        """
        self.stories, self.texts = stories_of(engine, paths)
        self.stops = frozenset(engine.config.special.eos_ids)
        self.engine, self._tokenizer = engine, engine.tokenizer
        self.decode = engine.tokenizer.decode
        rng = Random("background")
        self.pool = tuple(self._background(rng) for _ in range(pool))
        self._real = real

    def encode(self, text: str) -> list[int]:
        return self._tokenizer.encode(text)[0]

    @property
    def source(self) -> str:
        return "generated" if self._real is None else "babi"

    def _background(self, rng: Random) -> Segment:
        sentences = list[Sentence]()
        self.stories.fill(rng, sentences)
        return segment(sentences, ())

    def cell(self, task: str, segments: int, count: int, seed: int) -> Cell:
        """So many stories, the same for a seed, which none was trained with.

        segments: 0: there is one, but it is not written. Raises `UsageError` where there are no
        stories of the task.
        """
        if not segments:
            return replace(self.cell(task, 1, count, seed), segments=0)
        rng = Random(f"asked {seed} {task} {segments}")
        told = self._told(task) if self._real else []
        made = self._spread(rng, told, segments) if told else self._made_up(rng, task, segments)
        stories = tuple(islice(made, count))
        if not stories:
            raise UsageError(f"no story of {task} fits {segments} segments", "give it more")
        answers = (story.segments[-1].asked[0].answers[0] for story in stories)
        labels = frozenset(part for answer in answers for part in answer.lower().split(","))
        return Cell(task, segments, stories, babi.labels_of(told) if told else labels)

    def unknown(self, segments: int) -> Story:
        """A story of background alone, none of it from the pool."""
        rng = Random("unknown")
        return Story(TASKS[0], tuple(self._background(rng) for _ in range(segments)))

    def _told(self, task: str) -> list[babi.Told]:
        assert self._real is not None
        files = sorted(self._real.glob(f"{task}_*"))
        if not files:
            raise UsageError(f"{self._real} has no file of {task}", "its name begins with the task")
        return babi.read(files[0])

    def _spread(self, rng: Random, told: Sequence[babi.Told], segments: int) -> Iterator[Story]:
        """One question of each story that fits, in a random order."""
        for each in rng.sample(told, len(told)):
            questions = [babi.Told(each.kind, (*facts, asked)) for facts, asked in each.questions()]
            chosen = babi.spread(self.stories, rng, [rng.choice(questions)], segments)
            yield from (self._from_pool(rng, story) for story in chosen)

    def _made_up(self, rng: Random, task: str, segments: int) -> Iterator[Story]:
        while True:
            told = min(segments, _FACTS)
            try:
                story = self.stories.story(rng, task, segments, told)
            except MplusError:  # of few segments some have no place for what can be asked
                continue
            asked = [each for each in story.segments[-1].asked if each.kind == task]
            yield self._from_pool(rng, _asked_at_the_end(story, [rng.choice(asked)]))

    def _from_pool(self, rng: Random, story: Story) -> Story:
        """The same with other segments where none tells a fact."""
        *before, last = story.segments
        changed = (each if any(self.facts(each)) else rng.choice(self.pool) for each in before)
        return Story(story.kind, (*changed, last))

    def facts(self, segment: Segment) -> list[bool]:
        """Of each of its tokens whether its sentence tells a fact."""
        return [each.tells for each in segment.sentences for _ in each.ids]

    def taught(self, rng: Random, done: float, segments: int, count: int) -> list[Story]:
        """So many stories to be trained with at a part `done` of the training, with some questions
        at their end.
        """
        kinds = TAUGHT[: math.ceil(len(TAUGHT) * min(1.0, 0.25 + done / _ALL_FROM))]
        made = list[Story]()
        while len(made) < count:
            kind = rng.choice(kinds)
            try:
                story = self.stories.story(rng, kind, segments, min(segments, _FACTS))
            except MplusError:
                continue
            own, others = _parted(story.segments[-1].asked, kind)
            chosen = rng.sample(own, min(_OWN, len(own)))
            chosen += rng.sample(others, min(_ASKED - len(chosen), len(others)))
            made.append(self._from_pool(rng, _asked_at_the_end(story, chosen)))
        return made


def _parted(asked: Iterable[Asked], kind: str) -> tuple[list[Asked], list[Asked]]:
    """Questions of a kind, and the others."""
    own, others = list[Asked](), list[Asked]()
    for each in asked:
        (own if each.kind == kind else others).append(each)
    return own, others


def _asked_at_the_end(story: Story, asked: Sequence[Asked]) -> Story:
    """The same story with these questions alone."""
    *before, last = (replace(each, asked=()) for each in story.segments)
    return Story(story.kind, (*before, replace(last, asked=tuple(asked))))


def length_of(segments: int) -> str:
    """How a length is called: 0K, 1K …"""
    names = {count: name for name, count in LENGTHS.items()}
    return names.get(segments, f"{segments * TOKENS:,}")
