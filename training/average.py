"""Average the adapters of several runs: `python -m training.average --run first/ --run second/
--out mean/`.

A run that went on from another one's end lies in the same valley of the loss, and their mean is
less bound to the training questions than either (Wortsman et al., arXiv 2203.05482). Also copies
the first run's retriever.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from training.base import as_program, copy_record


def average(runs: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    """The mean of all; an adapter that a run lacks counts as zero there: B is zero, A as in the
    others.
    """
    found = {}
    for name in {name: None for run in runs for name in run}:
        there = [run[name] for run in runs if name in run]
        found[name] = torch.stack(there).sum(0) / (len(runs) if "lora_B" in name else len(there))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--run",
        type=Path,
        action="append",
        required=True,
        help="folder of train_reader; repeatable",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the mean")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    save_file(
        average([load_file(run / "mean.safetensors") for run in chosen.run]),
        chosen.out / "mean.safetensors",
    )
    shutil.copy(chosen.run[0] / "retriever.safetensors", chosen.out)
    copy_record(chosen.run, chosen.out)


if __name__ == "__main__":
    as_program(main)
