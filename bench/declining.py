"""How well an LM2 memory knows what it was never told: questions about its story, and questions of
another story about names, things and rooms that this one never mentions.

    python -m bench.declining --background qa-dev.jsonl.gz [--model smollm2-lm2] [--count 100]
    [--unseen] [--json FILE]

Declined is what the product declines: where the first reading for the first token finds less than
half. *Right*: of the told ones that are answered right through the lens (training/lm2/lens.py), if
nothing is declined, the share that is declined; *told*: of all of them.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from bench.machine import keep
from mplus_cli.engine import Engine
from mplus_cli.model.net.network import Network
from mplus_cli.model.prepared.load import load
from mplus_cli.settings import load_settings
from store.errors import MplusError
from training.base import as_program
from training.lm2.batches import batch_of
from training.lm2.lens import Lens, bank_of
from training.lm2.slots import slots_after, write_rows
from training.lm2.texts import Texts
from training.stories import Asked, Stories, Story
from training.train_lm2 import stories_of

KINDS, SEGMENTS = ("qa1", "qa2", "qa6", "stock", "status", "holder"), (1, 4, 16)
_FACTS = 6  # segments with facts, at most
_TRIES = 200  # other stories, until one asks what the first one never mentions
_LITTLE = frozenset(("the", "of", "in", "door", "ticket"))  # words that tell no two things apart

Pair = tuple[Story, list[bool]]
"""A story with questions at its end, and whether each is about what it tells."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--background", type=Path, nargs="*", default=[], help="passages")
    parser.add_argument("--model", default="smollm2-lm2", help="a prepared model (default: it)")
    parser.add_argument("--count", type=int, default=100, help="stories of a kind and length")
    parser.add_argument("--unseen", action="store_true", help="in words that training never sees")
    parser.add_argument("--json", type=Path, help="write the shares there, too")
    chosen = parser.parse_args()
    engine = Engine(load_settings({"model": chosen.model}), None)
    stories, texts = stories_of(engine, chosen.background, chosen.unseen)
    network = load(engine.folder, engine.device, dtype="float32")
    judge = Judge(network, texts, engine.config.answering.likely)
    found = []
    for kind in KINDS:
        for segments in SEGMENTS:
            row = judge.shares(pairs(stories, kind, segments, chosen.count))
            found.append({"kind": kind, "segments": segments, **row})
            print(json.dumps(found[-1]), file=sys.stderr)
    keep({"shares": found}, chosen.json)


def pairs(stories: Stories, kind: str, segments: int, count: int) -> list[Pair]:
    """So many stories, each with a question that it answers, and one of another story about what
    it never mentions, where there is such.
    """
    rng, told = random.Random(f"{kind} {segments}"), list[Story]()
    while len(told) < count:
        try:
            told.append(stories.story(rng, kind, segments, min(segments, _FACTS)))
        except MplusError:  # of few segments some have no place for what can be asked
            continue
    return [_pair(story, told, rng) for story in told]


def _pair(story: Story, others: Sequence[Story], rng: random.Random) -> Pair:
    *before, last = (replace(each, asked=()) for each in story.segments)
    mentioned = set(_words(" ".join(each.text for each in story.segments)))
    asked = [rng.choice(_own(story))]
    for _ in range(_TRIES):
        other = rng.choice(_own(rng.choice(others)))
        about = set(_words(other.key)) - _LITTLE
        if about and not about & mentioned:
            asked.append(other)
            break
    ended = Story(story.kind, (*before, replace(last, asked=tuple(asked))))
    return ended, [True, False][: len(asked)]


def _own(story: Story) -> list[Asked]:
    return [each for each in story.segments[-1].asked if each.kind == story.kind]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


class Judge:
    """Of a network with slots, which declines from a doubt of `likely` on."""

    def __init__(self, network: Network, texts: Texts, likely: float) -> None:
        assert network.slots is not None  # else the model is of another kind
        self._network, self._module = network, network.slots
        self._texts, self._likely = texts, likely
        self._table = self._module.whitened(network.llama.embedding.float())
        self._lens: Lens | None = None  # of what is judged first

    @torch.no_grad()
    def shares(self, asked: Sequence[Pair]) -> dict[str, float]:
        """Shares of what is declined."""
        batch = batch_of([story for story, _ in asked], self._texts)
        told = torch.tensor([each for _, some in asked for each in some])
        rows = write_rows(self._module, batch, self._table[batch.ids])
        states = slots_after(self._module, batch, rows, self._network.config.memory.slots)
        slots = states[batch.story, batch.segment]
        places = batch.places.to(slots.device)
        said, weights = self._module.read(self._table[batch.asked], places, slots)
        found = weights[:, 0, 0].sum(-1).cpu()  # by the prompt's last token, at first
        declined = 1 - found >= self._likely
        self._lens = self._lens or Lens(self._network, bank_of(self._network, batch), ())
        known = batch.targets
        right = ((self._lens.says(said).cpu() == known) | (known < 0)).all(1) & told
        return {
            "answered_right": _share(right[told]),
            "right_declined": _share(declined[right]),
            "told_declined": _share(declined[told]),
            "untold_declined": _share(declined[~told]),
            "untold": int((~told).sum()),
        }


def _share(which: Tensor) -> float:
    return round(float(which.float().mean()), 4)


if __name__ == "__main__":
    as_program(main)
