"""Stories and questions about them as tensors: one batch a step, the same for a seed and a step."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.utils.data import Dataset

from mplus_cli.model.net.lm2.reader import BESIDE
from mplus_cli.model.net.lm2.writer import POOLED
from store.errors import MplusError
from training.stories import Asked, Segment, Stories, Story
from training.stories.plans import DIGITS, RELATIONS, told_by

if TYPE_CHECKING:
    from training.lm2.texts import Texts

SEGMENTS, AFTER_EACH = 48, 3  # of a batch, and questions asked after one
_DENSITIES = 1.0, 1.0, 0.6  # shares of segments with facts
_ALL_FROM = 0.3  # of the steps: from three quarters of this on there are stories of all kinds
_HARD = frozenset(("qa3", "qa4", "qa5", "qa8"))  # kinds that come twice as often as others
_OWN = 2  # questions of the story's own kind after a segment, before others


@dataclass(frozen=True)
class Pointed:
    """Tokens that poolings are to look at: for each of K words `at` [K,3], the numbers of the text,
    of its place and of the place's pooling; tokens [K,t] of the word, -1 at the end. Of several
    words a pooling is to look at each.
    """

    at: Tensor
    tokens: Tensor


@dataclass(frozen=True)
class Batch:
    """B stories of n segments each and Q questions; padded at the end, with 0 where no number is
    given.

    ids [B·n,t] of segments; ends [B·n,s] where sentences end, -1 for none; writes [B·n,s] how many
    rows of a sentence are to be written, 0 for background, -1 for none; kept [K,6] of these rows:
    numbers of the text, sentence and row, whether what is there is kept and what is elsewhere
    copied, and the relation; meant: the words that rows are of, and sought: those of questions;
    steps [K,4] of questions' readings: numbers of the question, place and hop, and the relation;
    asked [Q,u] ids of prompts and answers; places [Q,p] of the tokens whose next one is to be said;
    targets [Q,p] that one, -1 for none; story, segment [Q]: each question is asked after a story's
    segment.
    """

    stories: int
    ids: Tensor
    ends: Tensor
    writes: Tensor
    kept: Tensor
    meant: Pointed
    sought: Pointed
    steps: Tensor
    asked: Tensor
    places: Tensor
    targets: Tensor
    story: Tensor
    segment: Tensor
    questions: tuple[Asked, ...]

    @property
    def segments(self) -> int:
        """n"""
        return len(self.ids) // self.stories


def batch_of(stories: Sequence[Story], texts: Texts) -> Batch:
    """All that is asked in these stories, which have equally many segments."""
    segments = [segment for story in stories for segment in story.segments]
    ids, ends = zip(*(texts.read(segment.ids) for segment in segments), strict=True)
    counts, kept, meant = zip(*map(partial(_writes, texts), segments, ends), strict=True)
    asked = [
        (number, place, asked)
        for number, story in enumerate(stories)
        for place, segment in enumerate(story.segments)
        for asked in segment.asked
    ]
    prompts = [texts.prompt(each.question) for _, _, each in asked]
    answers = [texts.answer(each.answers[0]) for _, _, each in asked]
    sought = [
        [
            ((place, pooling), tokens)
            for pooling, words in _sought(each)
            for tokens in texts.places(words, prompt)
            for place in range(len(answer))
        ]
        for (_, _, each), prompt, answer in zip(asked, prompts, answers, strict=True)
    ]
    return Batch(
        len(stories),
        _padded(ids),
        _padded(ends, -1),
        _padded(counts, -1),
        _rows([(text, *row) for text, each in enumerate(kept) for row in each], 6),
        _pointed(meant),
        _pointed(sought),
        _rows(
            [
                (question, *step)
                for question, ((_, _, each), answer) in enumerate(zip(asked, answers, strict=True))
                for step in _steps(texts, each, answer)
            ],
            4,
        ),
        _padded([[*prompt, *answer[:-1]] for prompt, answer in zip(prompts, answers, strict=True)]),
        _padded(
            [
                range(len(prompt) - 1, len(prompt) - 1 + len(answer))
                for prompt, answer in zip(prompts, answers, strict=True)
            ]
        ),
        _padded(answers, -1),
        torch.tensor([number for number, _, _ in asked]),
        torch.tensor([place for _, place, _ in asked]),
        tuple(each for _, _, each in asked),
    )


def _writes(
    texts: Texts, segment: Segment, ends: Sequence[int]
) -> tuple[list[int], list[tuple[int, ...]], list[tuple[tuple[int, int], list[int]]]]:
    """How many rows each of a segment's sentences is to write; what these keep and copy; and of
    each row's poolings, by place and number, the tokens.
    """
    counts, kept, pointed, start = [0] * len(ends), list[tuple[int, ...]](), [], 0
    for sentence in segment.sentences:
        ids = texts.spoken(sentence.ids)
        stop = start + len(ids)
        if sentence.writes and stop - 1 in ends:
            place = ends.index(stop - 1)
            counts[place] = len(sentence.writes)
            for row, write in enumerate(sentence.writes):
                relation = RELATIONS.index(write.relation)
                kept.append((place, row, write.more, bool(write.copied), relation))
                told = write.key, write.copied, write.value, told_by(write.relation)
                for pooling, words in enumerate(told):
                    for tokens in texts.places(words, ids):
                        at = place, POOLED * row + pooling
                        pointed.append((at, [start + token for token in tokens]))
        start = stop
    return counts, kept, pointed


def _sought(asked: Asked) -> Iterator[tuple[int, str]]:
    """Numbers of a question's poolings and the words that they are to look at. A second hop looks
    for what the first one found together with what the question has beside it.
    """
    yield 0, asked.key
    yield -1, asked.beside
    yield -BESIDE, told_by(asked.relations[0]) if asked.relations else ""
    if len(asked.relations) > 1:
        yield 1, asked.beside


def _steps(texts: Texts, asked: Asked, answer: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Places of an answer's tokens, the hops that read for them, and by which relation.

    Of a number each digit is kept by itself, and behind the last one that there are no more. The
    first is looked for at the space before it, too: an answer begins with what is known.
    """
    for hop, relation in enumerate(asked.relations):
        by = RELATIONS.index(relation)
        if any(map(texts.is_digit, answer)):
            read = [at for at, token in enumerate(answer[:-1]) if texts.is_digit(token)]
            yield 0, hop, by
            for digit, place in enumerate([*read, len(answer) - 1][: len(DIGITS)]):
                if place:
                    yield place, hop, RELATIONS.index(DIGITS[digit]) if digit else by
        else:
            yield from ((place, hop, by) for place in range(len(answer)))


def _pointed(texts: Sequence[Sequence[tuple[tuple[int, int], list[int]]]]) -> Pointed:
    known = [(number, *at, tokens) for number, each in enumerate(texts) for at, tokens in each]
    return Pointed(_rows([each[:3] for each in known], 3), _padded([each[3] for each in known], -1))


def _rows(rows: Sequence[Sequence[int]], width: int) -> Tensor:
    return torch.tensor(rows, dtype=torch.long).view(-1, width)


def _padded(rows: Sequence[Sequence[int]], fill: int = 0) -> Tensor:
    out = torch.full((len(rows), max(map(len, rows), default=0)), fill)
    for number, row in enumerate(rows):
        out[number, : len(row)] = torch.tensor(row)
    return out


class Batches(Dataset[Batch]):
    """A batch for each step: stories of one segment first, then of two, then of up to `most`; of a
    quarter of the kinds at first, then of more, in the order in which they are given.
    """

    def __init__(
        self, stories: Stories, texts: Texts, kinds: Sequence[str], steps: int, most: int, seed: int
    ) -> None:
        self._stories, self._texts, self._kinds = stories, texts, list(kinds)
        self._steps, self._most, self._seed = steps, most, seed

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, step: int) -> Batch:
        torch.set_num_threads(1)
        rng = random.Random(f"{self._seed} {step}")
        done = step / self._steps
        most = 1 if done < 0.06 else 2 if done < 0.15 else self._most
        segments = rng.randint(1, most)
        kinds = self._kinds[: math.ceil(len(self._kinds) * (0.25 + done / _ALL_FROM))]
        often = [2 if each in _HARD else 1 for each in kinds]
        made = list[Story]()
        while len(made) < max(4, SEGMENTS // segments):
            made += self._story(rng, rng.choices(kinds, often)[0], segments)
        return batch_of(made, self._texts)

    def _story(self, rng: random.Random, kind: str, segments: int) -> list[Story]:
        try:
            story = self._stories.story(rng, kind, segments, rng.choice(_DENSITIES))
        except MplusError:  # nothing that can be asked fits so few segments
            return []
        chosen = [_some(segment, kind, rng) for segment in story.segments]
        return [Story(kind, tuple(chosen))] if any(each.asked for each in chosen) else []


def _some(segment: Segment, kind: str, rng: random.Random) -> Segment:
    """A segment with some of its questions, most of its story's own kind."""
    own = [asked for asked in segment.asked if asked.kind == kind]
    others = [asked for asked in segment.asked if asked.kind != kind]
    chosen = rng.sample(own, min(_OWN, len(own)))
    chosen += rng.sample(others, min(AFTER_EACH - _OWN, len(others)))
    return replace(segment, asked=tuple(chosen))
