"""Average the adapters of several runs: `python -m training.average --run first/ --run second/ --out mean/`.

A run that went on from another one's end lies in the same valley of the loss, and their mean is less bound to the
training questions than either (Wortsman et al., arXiv 2203.05482). Also copies the first run's retriever.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, action="append", required=True, help="folder of train_reader; repeatable")
    parser.add_argument("--out", type=Path, required=True, help="folder for the mean")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    adapters = [load_file(run / "mean.safetensors") for run in chosen.run]
    mean = {name: torch.stack([each[name] for each in adapters]).mean(0) for name in adapters[0]}
    save_file(mean, chosen.out / "mean.safetensors")
    shutil.copy(chosen.run[0] / "retriever.safetensors", chosen.out)


if __name__ == "__main__":
    main()
