"""Bring trained parts into the product: the adapters and the retriever as a checkpoint in the
published naming.

    python -m training.pack --run run/

Writes `mplus_cli/model/data/smollm2/model.safetensors` and what follows from it in the
`config.json` beside it.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

import mplus_cli.model
from mplus_cli.model.prepared.checkpoint import sha256
from training.train_reader import RANK
from training.train_retriever import LAYERS, WIDTH

TARGET = Path(mplus_cli.model.__file__).parent / "data" / "smollm2"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--run", type=Path, required=True, help="folder of train_reader and train_retriever"
    )
    run = parser.parse_args().run
    tensors = load_file(run / "mean.safetensors") | load_file(run / "retriever.safetensors")
    weights = TARGET / "model.safetensors"
    save_file(
        {name: tensor.to(torch.bfloat16).contiguous() for name, tensor in tensors.items()}, weights
    )
    described = TARGET / "config.json"
    config = json.loads(described.read_text(encoding="utf-8")) | {
        "retrieval_layers": list(LAYERS),
        "selector_hidden_dim": WIDTH,
        "lora_config": {"r": RANK, "lora_alpha": float(RANK)},
        "weights_sha256": sha256(weights),
    }
    described.write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
