"""Train the read adapter of the default model: frozen base, frozen writer.

    python -m training.train_reader --data qa-train.jsonl.gz --dev qa-dev.jsonl.gz --out run/ [--steps 1200]

Goes on from the last checkpoint in `--out`. The learning rate is constant after a warm-up and falls to zero over the
last fifth of the steps, so a run can be ended well by going on with a smaller `--steps`.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path

import torch
import torch.nn.functional as F
from rich.progress import Progress, TimeRemainingColumn
from safetensors.torch import load_file, save_file
from torch import Tensor

from mplus_cli.engine import Engine
from mplus_cli.model.catalog import DEFAULT
from mplus_cli.settings import load_settings
from training.batches import Batcher
from training.data import Passage, load, passage
from training.facts import make_facts
from training.neighbours import neighbours
from training.reader import Batch, Reader

RANK, ALPHA = 32, 32.0
LEARNING_RATE, WARM_UP, FALL = 5e-4, 40, 0.2
ANCHORS, PAIRED, FACTS = 4, 3, 1  # passages of a batch, those of them that bring a near one, and made-up ones
DEV_BATCHES, DEV_PASSAGES, DEV_EVERY, SAVE_EVERY = 8, 8, 150, 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="questions to train on (format: training/data.py)")
    parser.add_argument("--dev", type=Path, required=True, help="questions to watch the loss on")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints and the log")
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    torch.manual_seed(chosen.seed)
    chosen.out.mkdir(parents=True, exist_ok=True)
    engine = Engine(load_settings({"model": DEFAULT}), None)
    config = engine.config
    batcher = Batcher(engine.tokenizer, config.eos_ids[0], config.chunk_tokens, chosen.seed)
    run = Run(Reader(engine.network, RANK, ALPHA), chosen.out)
    dev = [batcher.batch(-1 - at, part) for at, part in enumerate(_parts(load(chosen.dev), DEV_BATCHES))]
    batches = _batches(batcher, load(chosen.data), chosen.seed, run.step)
    with Progress(*Progress.get_default_columns()[:-1], TimeRemainingColumn()) as bar:
        task = bar.add_task("training", total=chosen.steps, completed=run.step)
        while run.step < chosen.steps:
            loss = run.learn(next(batches), _rate(run.step, chosen.steps))
            last = run.step == chosen.steps
            watched = {"dev": run.watch(dev)} if last or run.step % DEV_EVERY == 0 else {}
            run.log(loss=loss, **watched)
            if last or run.step % SAVE_EVERY == 0:
                run.save()
            bar.update(task, completed=run.step, description=f"loss {loss:.2f}")


class Run:
    """A reader, its optimizer and how far they are; kept in a folder."""

    def __init__(self, reader: Reader, folder: Path) -> None:
        self.reader, self._folder, self.step = reader, folder, 0
        self._started = time.time()
        self._optimizer = torch.optim.AdamW(reader.adapters.values(), betas=(0.9, 0.98), weight_decay=0.0)
        if (folder / "adapter.safetensors").exists():
            self._restore()

    def learn(self, batch: Batch, rate: float) -> float:
        """One step; gives the loss before it."""
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        loss = _loss(self.reader, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.reader.adapters.values(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self.step += 1
        return loss.item()

    @torch.no_grad()
    def watch(self, batches: list[Batch]) -> float:
        return sum(_loss(self.reader, batch).item() for batch in batches) / len(batches)

    def log(self, **found: float) -> None:
        line = {"step": self.step, "seconds": round(time.time() - self._started), **found}
        with (self._folder / "log.jsonl").open("a") as out:
            out.write(json.dumps(line) + "\n")

    def save(self) -> None:
        """Adapter, optimizer and step; the adapter comes last, for with it the checkpoint is whole."""
        moments = {f"{key}.{name}": tensor for key, name, tensor in self._moments()}
        save_file(moments, self._folder / "optimizer.safetensors")
        (self._folder / "step.json").write_text(json.dumps(self.step))
        save_file({key: tensor.contiguous() for key, tensor in self.reader.tensors().items()}, self._adapter)

    @property
    def _adapter(self) -> Path:
        return self._folder / "adapter.safetensors"

    def _moments(self) -> Iterator[tuple[str, str, Tensor]]:
        for key, parameter in self.reader.adapters.items():
            for name in ("exp_avg", "exp_avg_sq"):
                yield key, name, self._optimizer.state[parameter][name]

    def _restore(self) -> None:
        self.reader.restore(load_file(self._adapter))
        self.step = json.loads((self._folder / "step.json").read_text())
        moments = load_file(self._folder / "optimizer.safetensors")
        for key, parameter in self.reader.adapters.items():
            self._optimizer.state[parameter] = {
                "step": torch.tensor(float(self.step)),
                **{name: moments[f"{key}.{name}"] for name in ("exp_avg", "exp_avg_sq")},
            }


def _loss(reader: Reader, batch: Batch) -> Tensor:
    return F.cross_entropy(reader(batch), batch.tokens[batch.answer])


def _rate(step: int, steps: int) -> float:
    left = (steps - step) / max(1, FALL * steps)
    return LEARNING_RATE * min(1.0, (step + 1) / WARM_UP, left)


def _batches(batcher: Batcher, passages: list[Passage], seed: int, step: int) -> Iterator[Batch]:
    """Batches from number `step` on: every epoch in an order of its own, with fresh facts in each batch."""
    near = neighbours(passages)
    while True:
        rng = random.Random(f"{seed} step {step}")
        epoch, at = divmod(step * ANCHORS, len(passages) - len(passages) % ANCHORS)
        order = random.Random(f"{seed} epoch {epoch}").sample(range(len(passages)), len(passages))
        anchors = order[at : at + ANCHORS]
        brought = [near[number] for number in anchors[:PAIRED]] + [[]] * (ANCHORS - PAIRED)
        groups = [
            [passages[each] for each in (number, *rng.sample(others, min(1, len(others))))]
            for number, others in zip(anchors, brought, strict=True)
        ]
        facts = [[passage(found)] for found in make_facts(seed * 1_000_003 + step, FACTS)]
        yield batcher.batch(step, groups + facts)
        step += 1


def _parts(passages: list[Passage], count: int) -> Iterator[list[list[Passage]]]:
    yield from ([[passage] for passage in passages[at::count][:DEV_PASSAGES]] for at in range(count))


if __name__ == "__main__":
    main()
