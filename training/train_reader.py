"""Train the write and the read adapter of a frozen base.

    python -m training.train_reader --data qa-train.jsonl.gz --dev qa-dev.jsonl.gz --out run/
    [--steps 600] [--base NAME]

Needs the retriever of `train_retriever` in `--out`, makes `--out/corpus.json` where it is not
there, and goes on from the last checkpoint. The learning rate is constant after a warm-up and falls
over the last third of the steps, so a run can be ended well by going on with a smaller `--steps`.
The result is `mean.safetensors`, a running mean of the adapters: it is less bound to the training
questions than the last state.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
import torch.nn.functional as F
from rich.progress import Progress, TimeRemainingColumn
from safetensors.torch import load_file, save_file
from torch import Tensor

from training.base import as_program, base_options, opened, recipe_of
from training.batches import Batcher
from training.corpus import corpus_in
from training.data import load
from training.reader import Batch, Reader

LEARNING_RATE, LAST_RATE, WARM_UP, FALL, MEAN_OVER = (
    4e-4,
    4e-5,
    30,
    0.33,
    150,
)  # of these steps is the running mean
DEV_BATCH, DEV_EVERY, SAVE_EVERY = 16, 100, 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data", type=Path, nargs="+", required=True, help="questions (format: training/data.py)"
    )
    parser.add_argument("--dev", type=Path, required=True, help="questions to watch the loss on")
    parser.add_argument(
        "--out", type=Path, required=True, help="folder for checkpoints and the log"
    )
    parser.add_argument("--start", type=Path, help="adapters to begin with: a mean.safetensors")
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument(
        "--times", type=int, default=1, help="so many times the chunks in a batch, on a GPU, say"
    )
    parser.add_argument("--seed", type=int, default=0)
    base_options(parser)
    chosen = parser.parse_args()
    torch.manual_seed(chosen.seed)
    engine = opened(chosen.base, chosen.device, chosen.out)
    recipe = recipe_of(engine.config)
    corpus = corpus_in(
        chosen.out / "corpus.json",
        engine,
        load_file(chosen.out / "retriever.safetensors"),
        load(*chosen.data),
        load(chosen.dev),
        chosen.seed,
    )
    batcher = Batcher(corpus, engine.tokenizer, engine.config, chosen.seed, chosen.times)
    reader = Reader(engine.network, recipe.rank, recipe.write_rank, recipe.first_written)
    run = Run(reader, chosen.out, chosen.start)
    dev = batcher.dev(DEV_BATCH)
    with (
        ThreadPoolExecutor(1) as ahead,
        Progress(*Progress.get_default_columns()[:-1], TimeRemainingColumn()) as bar,
    ):
        task = bar.add_task("training", total=chosen.steps, completed=run.step)
        batch = ahead.submit(batcher.batch, run.step)
        while run.step < chosen.steps:
            read, batch = batch.result(), ahead.submit(batcher.batch, run.step + 1)
            loss = run.learn(read, _rate(run.step, chosen.steps))
            last = run.step == chosen.steps
            watched = run.watch(dev) if last or run.step % DEV_EVERY == 0 else {}
            run.log(loss=loss, **watched)
            if last or run.step % SAVE_EVERY == 0:
                run.save()
            bar.update(task, completed=run.step, description=f"loss {loss:.2f}")


class Run:
    """A reader, its optimizer and how far they are; kept in a folder."""

    def __init__(self, reader: Reader, folder: Path, start: Path | None) -> None:
        self.reader, self._folder, self.step = reader, folder, 0
        self._device = str(reader.network.device)
        if start:
            reader.restore(load_file(start))
        self._mean = {key: tensor.clone() for key, tensor in reader.tensors().items()}
        self._started = time.time()
        self._optimizer = torch.optim.AdamW(
            reader.adapters.values(), betas=(0.9, 0.98), weight_decay=0.0
        )
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
        share = max(1 / MEAN_OVER, 1 / (self.step + 1))
        for key, tensor in self.reader.tensors().items():
            self._mean[key].lerp_(tensor, share)
        return loss.item()

    def watch(self, batches: list[Batch]) -> dict[str, float]:
        """Loss on dev, of the last state and of the running mean."""
        last = {key: tensor.clone() for key, tensor in self.reader.tensors().items()}
        found = {"dev": self._loss(batches)}
        self.reader.restore(self._mean)
        found["dev_mean"] = self._loss(batches)
        self.reader.restore(last)
        return found

    @torch.no_grad()
    def _loss(self, batches: list[Batch]) -> float:
        self.reader.eval()
        found = sum(_loss(self.reader, batch).item() for batch in batches) / len(batches)
        self.reader.train()
        return found

    def log(self, **found: float) -> None:
        line = {"step": self.step, "seconds": round(time.time() - self._started), **found}
        with (self._folder / "log.jsonl").open("a") as out:
            out.write(json.dumps(line) + "\n")

    def save(self) -> None:
        """Adapter, optimizer and step; the adapter comes last, for with it the checkpoint is
        whole.
        """
        moments = {f"{key}.{name}": tensor for key, name, tensor in self._moments()}
        save_file(moments, self._folder / "optimizer.safetensors")
        (self._folder / "step.json").write_text(json.dumps(self.step))
        save_file(self._mean, self._folder / "mean.safetensors")
        save_file(
            {key: tensor.contiguous() for key, tensor in self.reader.tensors().items()},
            self._adapter,
        )

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
        self._mean = load_file(self._folder / "mean.safetensors", self._device)
        moments = load_file(self._folder / "optimizer.safetensors", self._device)
        for key, parameter in self.reader.adapters.items():
            self._optimizer.state[parameter] = {
                "step": torch.tensor(float(self.step)),
                **{name: moments[f"{key}.{name}"] for name in ("exp_avg", "exp_avg_sq")},
            }


def _loss(reader: Reader, batch: Batch) -> Tensor:
    logits = reader(batch)
    return F.cross_entropy(logits, batch.tokens[batch.answer].to(logits.device))


def _rate(step: int, steps: int) -> float:
    left = (steps - step) / max(1, FALL * steps)
    return max(LAST_RATE, LEARNING_RATE * min(1.0, (step + 1) / WARM_UP, left))


if __name__ == "__main__":
    as_program(main)
