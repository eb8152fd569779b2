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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
import torch.nn.functional as F
from rich.progress import Progress, TimeRemainingColumn
from safetensors.torch import load_file
from torch import Tensor

from training.base import as_program, base_options, opened, recipe_of
from training.batches import Batcher
from training.corpus import corpus_in
from training.data import load
from training.reader import Batch, Reader
from training.run import Run

LEARNING_RATE, LAST_RATE, WARM_UP, FALL = 4e-4, 4e-5, 30, 0.33
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
    if chosen.start:
        reader.restore(load_file(chosen.start))
    run = Run(reader.named(), chosen.out, "adapter")
    dev = batcher.dev(DEV_BATCH)
    with (
        ThreadPoolExecutor(1) as ahead,
        Progress(*Progress.get_default_columns()[:-1], TimeRemainingColumn()) as bar,
    ):
        task = bar.add_task("training", total=chosen.steps, completed=run.step)
        batch = ahead.submit(batcher.batch, run.step)
        while run.step < chosen.steps:
            read, batch = batch.result(), ahead.submit(batcher.batch, run.step + 1)
            found = _loss(reader, read)
            run.learn(found, _rate(run.step, chosen.steps))
            last, loss = run.step == chosen.steps, found.item()
            watched = _watched(reader, run, dev) if last or run.step % DEV_EVERY == 0 else {}
            run.log(loss=loss, **watched)
            if last or run.step % SAVE_EVERY == 0:
                run.save()
            bar.update(task, completed=run.step, description=f"loss {loss:.2f}")


@torch.no_grad()
def _watched(reader: Reader, run: Run, batches: list[Batch]) -> dict[str, float]:
    """Loss on dev, of the last state and of the running mean."""

    def measured() -> float:
        return sum(_loss(reader, batch).item() for batch in batches) / len(batches)

    reader.eval()
    found = {"dev": measured(), "dev_mean": run.with_mean(measured)}
    reader.train()
    return found


def _loss(reader: Reader, batch: Batch) -> Tensor:
    logits = reader(batch)
    return F.cross_entropy(logits, batch.tokens[batch.answer].to(logits.device))


def _rate(step: int, steps: int) -> float:
    left = (steps - step) / max(1, FALL * steps)
    return max(LAST_RATE, LEARNING_RATE * min(1.0, (step + 1) / WARM_UP, left))


if __name__ == "__main__":
    as_program(main)
