"""Draw the loss of a run: python -m training.plot --run run/ (needs matplotlib)."""

from __future__ import annotations

import argparse
import json
import statistics
from pathlib import Path

WINDOW = 25  # steps that are averaged


def main() -> None:
    import matplotlib.pyplot as plt

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="folder of train_reader")
    run = parser.parse_args().run
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    # A run that went on from a checkpoint logs the steps after it again; the last word counts.
    steps = sorted({line["step"]: line for line in lines}.values(), key=lambda line: line["step"])
    losses = [line["loss"] for line in steps]
    means = [statistics.mean(losses[max(0, at + 1 - WINDOW) : at + 1]) for at in range(len(losses))]
    figure, axes = plt.subplots(figsize=(7, 3.5))
    axes.plot([line["step"] for line in steps], means, label=f"training, mean of {WINDOW} steps")
    for name, label in (("dev", "dev"), ("dev_mean", "dev, running mean of the weights")):
        watched = [(line["step"], line[name]) for line in steps if name in line]
        axes.plot(*zip(*watched, strict=True), marker="o", label=label)
    axes.set(xlabel="step", ylabel="cross-entropy per answer token", ylim=(0, None))
    axes.legend()
    figure.tight_layout()
    figure.savefig(run / "loss.svg")


if __name__ == "__main__":
    main()
