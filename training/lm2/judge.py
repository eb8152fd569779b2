"""How many answers are right, by kind and length of stories."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from mplus_cli.model.net.lm2.module import Lm2
from store.errors import MplusError
from training.lm2.batches import Batch, batch_of
from training.lm2.lens import Lens
from training.lm2.slots import slots_after, write_rows
from training.lm2.texts import Texts
from training.stories import Stories, Story

_AT_ONCE = 100  # questions
_FACTS = 6  # segments with facts, at most


def told(stories: Stories, rng: random.Random, kind: str, segments: int) -> Story:
    """A story of a kind whose facts are spread over some segments, with a question at its end."""
    while True:
        try:
            story = stories.story(rng, kind, segments, min(segments, _FACTS))
        except MplusError:  # of few segments some have no place for what can be asked
            continue
        *before, last = (replace(each, asked=()) for each in story.segments)
        asked = [each for each in story.segments[-1].asked if each.kind == kind]
        return Story(kind, (*before, replace(last, asked=(rng.choice(asked),))))


def judged(
    stories: Stories, texts: Texts, kind: str, segments: int, count: int, seed: int
) -> Batch:
    """So many such stories."""
    rng = random.Random(f"{seed} {kind} {segments}")
    return batch_of([told(stories, rng, kind, segments) for _ in range(count)], texts)


@torch.no_grad()
def right_answers(
    module: Lm2, lens: Lens, table: Tensor, batch: Batch, slots: int, shifts: Sequence[int] = (0,)
) -> list[list[bool]]:
    """Which questions are answered right, token by token and of the whole vocabulary; for each
    shift, with the slots of the story so many further: but for 0 a control.

    table [V,d]: whitened embeddings.
    """
    states = slots_after(module, batch, write_rows(module, batch, table[batch.ids]), slots)
    found = []
    for shift in shifts:
        read = states[(batch.story + shift) % batch.stories, batch.segment]
        right = list[bool]()
        for at in range(0, len(batch.asked), _AT_ONCE):
            part = slice(at, at + _AT_ONCE)
            x, places = table[batch.asked[part]], batch.places[part].to(table.device)
            said = lens.says(module.read(x, places, read[part])[0]).cpu()
            known = batch.targets[part]
            right += ((said == known) | (known < 0)).all(1).tolist()
        found.append(right)
    return found


def shares(
    module: Lm2, lens: Lens, table: Tensor, batches: Mapping[tuple[str, int], Batch], slots: int
) -> dict[str, dict[str, float]]:
    """Kind -> number of segments -> share of right answers."""
    found: dict[str, dict[str, float]] = {}
    for (kind, segments), batch in batches.items():
        (right,) = right_answers(module, lens, table, batch, slots)
        found.setdefault(kind, {})[str(segments)] = round(sum(right) / len(right), 4)
    return found


def watched(
    stories: Stories, texts: Texts, kinds: Sequence[str], lengths: Sequence[int], count: int
) -> dict[tuple[str, int], Batch]:
    """What is judged while training goes on."""
    return {
        (kind, length): judged(stories, texts, kind, length, count, 0)
        for kind in kinds
        for length in lengths
    }
