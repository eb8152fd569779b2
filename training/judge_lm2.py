"""Ask a trained memory module of LM2 about stories that training never saw.

    python -m training.judge_lm2 run/lm2.safetensors --background qa-dev.jsonl.gz --out run/
    [--kinds qa1 qa2 …] [--segments 1 4 16 64] [--questions 200] [--seed 1]
    [--unseen] [--babi FOLDER] [--base NAME]

Through the lens (training/lm2/lens.py): token by token, each the likeliest of the whole vocabulary,
up to the answer's end. A line for each kind and length: the share of right answers; of those that
are right with another story's memory, a control; and how often the segment that is named as source
is the one that tells the answer, for questions that one fact answers.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from safetensors.torch import load_file

from mplus_cli.errors import UsageError
from mplus_cli.model.net.lm2.module import Lm2
from mplus_cli.model.net.lm2.shape import Shape
from mplus_cli.model.prepared.load import load
from store.kinds.cell import SHARPNESS
from training.base import as_program, base_options, opened
from training.lm2 import judge
from training.lm2.batches import batch_of
from training.lm2.lens import Lens
from training.lm2.sources import named, telling
from training.lm2.texts import Texts
from training.stories import Stories, Story, babi
from training.train_lm2 import KINDS, lens_of, stories_of

SLOTS = 64  # N of the product's memories
_AT_ONCE = 1_000  # segments


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parameters", type=Path, help="a run's lm2.safetensors")
    parser.add_argument(
        "--background", type=Path, nargs="+", default=[], help="passages (training/data.py)"
    )
    parser.add_argument("--out", type=Path, required=True, help="the run's folder")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--segments", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--questions", type=int, default=200, help="of each kind and length")
    parser.add_argument("--slots", type=int, default=SLOTS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--unseen", action="store_true", help="words that training never sees")
    parser.add_argument("--babi", type=Path, help="bAbI's files, for their kinds of stories")
    base_options(parser)
    chosen = parser.parse_args()
    engine = opened(chosen.base, chosen.device, chosen.out)
    stories, texts = stories_of(engine, chosen.background, chosen.unseen)
    network = load(engine.folder, engine.device, dtype="float32")
    first = batch_of(list(islice(_told(stories, "qa1", 1, chosen), 16)), texts)
    lens = lens_of(network, first, texts.often, chosen.out)
    module = Lm2(Shape(network.config.architecture.hidden)).to(network.device).eval()
    module.load_state_dict(load_file(chosen.parameters, str(network.device)))
    module.reader.sharpness = SHARPNESS
    judging = Judging(module, lens, texts, chosen.slots)
    print("| kind | segments | questions | right | of another story | source named |")
    print("|---|---|---|---|---|---|", flush=True)
    for kind in chosen.kinds:
        for segments in chosen.segments:
            made = islice(_told(stories, kind, segments, chosen), chosen.questions)
            print(f"| {kind} | {segments} | {judging.line(list(made))} |", flush=True)


def _told(
    stories: Stories, kind: str, segments: int, chosen: argparse.Namespace
) -> Iterator[Story]:
    """Stories with a question at the end: made up, or one of each of bAbI's."""
    rng = random.Random(f"{chosen.seed} {kind} {segments}")
    if not chosen.babi:
        while True:
            yield judge.told(stories, rng, kind, segments)
    files = sorted(chosen.babi.glob(f"{kind}_*"))
    if not files:
        raise UsageError(f"{chosen.babi} has no file of {kind}", "its name begins with the task")
    told = babi.read(files[0])
    for each in rng.sample(told, len(told)):
        fitting = list(babi.spread(stories, rng, [each], segments))
        yield from [rng.choice(fitting)] if fitting else []


class Judging:
    """A module that is asked; slots: N."""

    def __init__(self, module: Lm2, lens: Lens, texts: Texts, slots: int) -> None:
        self._module, self._lens, self._texts, self._slots = module, lens, texts, slots
        self._table = module.whitened(lens.network.llama.embedding).detach()

    def line(self, stories: Sequence[Story]) -> str:
        """Of stories with one question each, at their end: how many there are, and the shares."""
        right, other, sources = list[bool](), list[bool](), list[bool]()
        count = max(2, _AT_ONCE // len(stories[0].segments)) if stories else 1
        for at in range(0, len(stories), count):
            part = stories[at : at + count]
            batch = batch_of(part, self._texts)
            asked = self._module, self._lens, self._table, batch, self._slots
            own, others = judge.right_answers(*asked, (0, 1))
            right += own
            other += others if len(part) > 1 else []
            told = [telling(story, story.segments[-1].asked[0]) for story in part]
            found = named(self._module, self._table, batch, self._slots)
            sources += [one == tells for one, tells in zip(found, told, strict=True) if tells]
        return " | ".join((str(len(right)), *map(_share, (right, other, sources))))


def _share(found: Sequence[bool]) -> str:
    return f"{sum(found) / len(found):.3f}" if found else ""


if __name__ == "__main__":
    as_program(main)
