"""Draw the loss of a run: python -m training.plot --run run/ (needs matplotlib).

Of a memory module (training/train_lm2.py) also the share of right answers, mean of all kinds.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

WINDOW = 25  # steps that are averaged
HIGHEST = 4.0  # loss that is shown


def main() -> None:
    import matplotlib.pyplot as plt

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="folder of a training")
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
        if watched:
            axes.plot(*zip(*watched, strict=True), marker="o", label=label)
    # The first steps of a module that knows nothing would make a line at the bottom of the rest.
    highest = min(HIGHEST, 1.05 * max(means))
    axes.set(xlabel="step", ylabel="cross-entropy per answer token", ylim=(0, highest))
    judged = sorted(_judged(steps))
    if judged:
        shares = axes.twinx()
        shares.set(ylabel="share of right answers", ylim=(0, 1))
        for number, (segments, points) in enumerate(judged, 1):
            label = f"right answers, segments: {segments}"
            shares.plot(*zip(*points, strict=True), "--o", color=f"C{number}", label=label)
    figure.legend(loc="center")
    figure.tight_layout()
    figure.savefig(run / "loss.svg")


def _judged(steps: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[tuple[int, float]]]]:
    """Number of segments -> steps, and the mean over all kinds there (training/lm2/judge.py)."""
    found: dict[str, list[tuple[int, float]]] = {}
    for line in steps:
        kinds = [each for each in line.values() if isinstance(each, dict)]
        for segments in kinds[0] if kinds else ():
            share = statistics.mean(each[segments] for each in kinds)
            found.setdefault(segments, []).append((line["step"], share))
    yield from found.items()


if __name__ == "__main__":
    main()
