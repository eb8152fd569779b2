"""Bring a trained LM2 memory into the product: its parameters, and their digest in config.json.

    python -m training.pack_lm2 run/lm2.safetensors
    python -m training.pack_lm2 run/lm2.safetensors --out FOLDER

The first writes `mplus_cli/model/data/smollm2-lm2/lm2.safetensors` and what follows from it in the
`config.json` beside it; the second the same in a folder that `mplus model pull` takes, where its
config.json names a base.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor

import mplus_cli.model
from mplus_cli.model.prepared.checkpoint import SLOTS_FILE, sha256
from training.base import as_program

TARGET = Path(mplus_cli.model.__file__).parent / "data" / "smollm2-lm2"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parameters", type=Path, help="a run's lm2.safetensors")
    parser.add_argument("--out", type=Path, default=TARGET, help="folder (default: %(default)s)")
    chosen = parser.parse_args()
    pack(load_file(chosen.parameters), chosen.out)


def pack(tensors: dict[str, Tensor], folder: Path) -> None:
    """Write parameters as float16 into a folder, and their digest into its config.json, which is
    made after the default model's where there is none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config, weights = folder / "config.json", folder / SLOTS_FILE
    described = json.loads((config if config.exists() else TARGET / config.name).read_text("utf-8"))
    save_file({name: each.half().contiguous() for name, each in tensors.items()}, weights)
    heads, width = len(tensors["writer.heads.weight"]), len(tensors["enter_writer.weight"])
    code, aside = len(tensors["to_code"]), len(tensors["writer.aside.weight"])
    described["lm2"] |= {
        "tag": tensors["to_keys"].shape[1],
        "value": code + aside,
        "write_heads": heads // width,
    }
    described["weights_sha256"] = sha256(weights)
    config.write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    as_program(main)
