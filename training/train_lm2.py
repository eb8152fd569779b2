"""Train the memory module of LM2 for a base: what sentences write into slots, and what questions
read there.

    python -m training.train_lm2 --background qa-train.jsonl.gz --out run/ [--steps 4000]
    [--base NAME] [--kinds qa1 qa2 …]

Stories are made up as they are needed, no one twice, and questions are asked behind each of their
segments (training/stories). The base is frozen, and stands behind a lens (training/lm2/lens.py).
Goes on from the last checkpoint. The learning rate is constant after a warm-up and falls over the
last part of the steps, so a run can be ended well by going on with other `--steps`. The result is
`lm2.safetensors`, with a running mean of the parameters; training/pack_lm2.py takes it.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from rich.progress import Progress, TimeRemainingColumn
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.utils.data import DataLoader, Subset

from mplus_cli.engine import Engine
from mplus_cli.model.net.lm2.module import Lm2
from mplus_cli.model.net.lm2.shape import Shape
from mplus_cli.model.net.network import Network
from mplus_cli.model.prepared.load import load
from store.kinds.cell import SHARPNESS
from training.base import as_program, base_options, opened
from training.lm2 import judge
from training.lm2.batches import Batch, Batches
from training.lm2.guidance import Guidance
from training.lm2.lens import Lens, bank_of
from training.lm2.slots import slots_after, write_rows
from training.lm2.start import module_for
from training.lm2.texts import Texts
from training.run import Run
from training.stories import Stories, Words, background

# Simple ones first.
KINDS = (
    *("qa1", "status", "holder", "parcel", "qa2", "qa6", "qa4", "meeting", "qa9", "stock"),
    *("meter", "qa10", "qa8", "qa7", "qa5", "qa3"),
)
LEARNING_RATE, LAST_RATE, WARM_UP, FALL, DECAY = 1.5e-3, 5e-5, 40, 0.45, 0.01
SLOTS = 48  # N while it is trained; a memory may have more
MOST_SEGMENTS = 4  # of a story
BLUNT, SHARP_FROM = 8.0, 0.12  # how sharp slots are chosen at first; when as in a memory
GUIDED, GUIDED_LEAST = 1.0, 0.2  # weight of guidance at first, and from half of the steps on
SAID, REPEATED = 0.3, 64  # weight of saying tokens as they are held; how many
WATCHED, WATCH_EVERY, SAVE_EVERY = 32, 500, 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--background", type=Path, nargs="+", default=[], help="passages (training/data.py)"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints and log")
    parser.add_argument("--start", type=Path, help="parameters to begin with: a mean.safetensors")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--seed", type=int, default=0)
    base_options(parser)
    chosen = parser.parse_args()
    torch.manual_seed(chosen.seed)
    engine = opened(chosen.base, chosen.device, chosen.out)
    stories, texts = stories_of(engine, chosen.background)
    batches = Batches(stories, texts, chosen.kinds, chosen.steps, MOST_SEGMENTS, chosen.seed)
    network = load(engine.folder, engine.device, dtype="float32")
    lens = lens_of(network, batches[0], texts.often, chosen.out)
    module = module_for(lens, Shape(network.config.architecture.hidden), texts.often)
    if chosen.start:
        module.load_state_dict(load_file(chosen.start))
    learned = chosen.out / "lm2.safetensors"
    if learned.exists():  # what is drawn and not learned stays what it was, whatever has changed
        drawn = {name for name, _ in module.named_buffers()}
        found = load_file(learned, str(network.device)).items()
        module.load_state_dict({k: v for k, v in found if k in drawn}, strict=False)
    learner = Learner(lens, module)
    run = Run(learner.parameters, chosen.out, "module", DECAY)
    watched = judge.watched(stories, texts, chosen.kinds, (1, MOST_SEGMENTS), WATCHED)
    with Progress(*Progress.get_default_columns()[:-1], TimeRemainingColumn()) as bar:
        task = bar.add_task("training", total=chosen.steps, completed=run.step)
        left = Subset(batches, range(run.step, chosen.steps))
        for batch in DataLoader(left, batch_size=None, num_workers=1, prefetch_factor=8):
            loss, right = learner.loss(batch, run.step / chosen.steps)
            run.learn(loss, _rate(run.step, chosen.steps))
            last = run.step == chosen.steps
            seen = run.step % WATCH_EVERY == 0 or last
            run.log(
                loss=round(loss.item(), 4),
                right=round(right, 4),
                **(run.with_mean(lambda: learner.judged(watched)) if seen else {}),
            )
            if last or run.step % SAVE_EVERY == 0:
                run.save()
                save_file(learner.learned(run.mean), learned)
            bar.update(task, completed=run.step, description=f"loss {loss.item():.2f}")


def stories_of(
    engine: Engine, paths: Sequence[Path], unseen: bool = False
) -> tuple[Stories, Texts]:
    """Stories in a base's words. paths: of passages, whose sentences are their background."""
    tokens = Tokenizer.from_file(str(engine.folder / "tokenizer.json"))
    words = Words.of(tokens, unseen, background.nouns(*paths))
    stories = Stories(tokens, words, background.sentences(*paths) or background.BUILT_IN)
    return stories, Texts(engine, stories)


def lens_of(network: Network, batch: Batch, often: Sequence[int], folder: Path) -> Lens:
    """The lens of a base; its bank is kept in a run's folder."""
    file = folder / "bank.safetensors"
    if not file.exists():
        save_file({"bank": bank_of(network, batch)}, file)
    return Lens(network, load_file(file, str(network.device))["bank"], often)


class Learner:
    """A module that is learned, with all that a step needs."""

    def __init__(self, lens: Lens, module: Lm2) -> None:
        self.module, self._lens = module, lens
        self._guidance = Guidance(module)
        embedding = lens.network.llama.embedding
        self._table = module.whitened(embedding)
        self._rng = random.Random(0)

    @property
    def parameters(self) -> dict[str, nn.Parameter]:
        return dict(self.module.named_parameters())

    def learned(self, mean: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The whole module with these parameters."""
        state = self.module.state_dict() | dict(mean)
        return {name: tensor.contiguous() for name, tensor in state.items()}

    def loss(self, batch: Batch, done: float) -> tuple[Tensor, float]:
        """What to go down at a part `done` of the run, and the share of right tokens."""
        module, table = self.module, self._table
        module.reader.sharpness = min(SHARPNESS, BLUNT + (SHARPNESS - BLUNT) * done / SHARP_FROM)
        rows = write_rows(module, batch, table[batch.ids])
        states = slots_after(module, batch, rows, SLOTS)
        slots = states[batch.story, batch.segment]
        said, _ = module.read(table[batch.asked], batch.places.to(slots.device), slots)
        known = batch.targets >= 0
        answers, right = self._lens.loss(
            batch.targets[known], said[known.to(said.device)], self._rng
        )
        guided = GUIDED * max(GUIDED_LEAST, 1 - 2 * done) * self._guidance.loss(batch, rows)
        return answers + guided + SAID * self._repeated(), right.item()

    def _repeated(self) -> Tensor:
        """Loss of saying tokens whose codes are read: so words that no story has can be said."""
        ids = self._rng.choices(range(len(self._table)), k=REPEATED)
        ids += self._rng.choices(self._lens.often, k=REPEATED)
        said = self.module.say(self.module.codes(self._table[ids]))
        return self._lens.loss(torch.tensor(ids), said, self._rng)[0]

    def judged(self, batches: Mapping[tuple[str, int], Batch]) -> dict[str, object]:
        """Kind -> number of segments -> share of right answers, as a memory would give them."""
        self.module.reader.sharpness = SHARPNESS
        return dict(judge.shares(self.module, self._lens, self._table, batches, SLOTS))


def _rate(step: int, steps: int) -> float:
    left = (steps - step) / max(1, FALL * steps)
    return max(LAST_RATE, LEARNING_RATE * min(1.0, (step + 1) / WARM_UP, left))


if __name__ == "__main__":
    as_program(main)
