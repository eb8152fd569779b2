"""Bring trained parts into the product: the adapters and the retriever as a checkpoint in the
published naming.

    python -m training.pack --run run/                                the parts of the default model
    python -m training.pack --run run/ --base NAME --out FOLDER --data "what it was trained on"

The first writes `mplus_cli/model/data/smollm2/model.safetensors` and what follows from it in the
`config.json` beside it. The second makes a folder that `mplus model pull FOLDER` takes; it names
its base by name, revision and the SHA-256 of each file, and has a README.md (a model card).
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

import mplus_cli.model
from mplus_cli.engine import Engine
from mplus_cli.errors import UsageError
from mplus_cli.model.config import MemoryLayout, ModelConfig
from mplus_cli.model.prepared.checkpoint import sha256
from mplus_cli.model.prepared.known import DEFAULT
from mplus_cli.settings import load_settings
from training.base import as_program, need_run_of, recipe_of

TARGET = Path(mplus_cli.model.__file__).parent / "data" / "smollm2"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--run", type=Path, required=True, help="folder of train_reader and train_retriever"
    )
    parser.add_argument("--base", default=DEFAULT, help="the run's base (default: %(default)s)")
    parser.add_argument("--out", type=Path, help="folder to make (default: the default model's)")
    parser.add_argument("--data", help="what it was trained on, in words, for its model card")
    chosen = parser.parse_args()
    config = Engine(load_settings({"model": chosen.base}), None).config
    need_run_of(chosen.run, config)
    if chosen.out is None:
        if config.name != DEFAULT:
            raise UsageError(f"the place in mplus is {DEFAULT}'s", "name a folder with: --out")
        described = json.loads((TARGET / "config.json").read_text(encoding="utf-8"))
        _write(chosen.run, TARGET, config, described)
        return
    if not chosen.data:
        raise UsageError("the model card does not say what it was trained on", "say it with --data")
    chosen.out.mkdir(parents=True, exist_ok=True)
    _write(chosen.run, chosen.out, config, _described(config))
    (chosen.out / "README.md").write_text(_card(chosen.run, config, chosen.data), encoding="utf-8")


def _write(run: Path, target: Path, config: ModelConfig, described: dict[str, Any]) -> None:
    """The weights, and what is described, with all that follows from them."""
    recipe, weights = recipe_of(config), target / "model.safetensors"
    tensors = load_file(run / "mean.safetensors") | load_file(run / "retriever.safetensors")
    save_file(
        {name: tensor.to(torch.bfloat16).contiguous() for name, tensor in tensors.items()}, weights
    )
    described |= {
        "retrieval_layers": list(recipe.layers),
        "selector_hidden_dim": recipe.width,
        "lora_config": {"r": recipe.rank, "lora_alpha": float(recipe.rank)},
        "weights_sha256": sha256(weights),
    }
    text = json.dumps(described, indent=1) + "\n"
    (target / "config.json").write_text(text, encoding="utf-8")


def _described(config: ModelConfig) -> dict[str, Any]:
    """What a config.json says of a memory like the base's, how it is read, and of the base."""
    base = config.provenance
    return {
        "base": {"model": base.name, "revision": base.revision, "files": base.files},
        "add_decoder_lora": True,
        **_memory(config.memory),
        "answering": asdict(config.answering),
    }


def _memory(layout: MemoryLayout) -> dict[str, Any]:
    """A layout in the words of a config.json, as `prepared.describe` reads them."""
    longterm_blocks = layout.retrieved_vectors // layout.num_tokens
    return {
        "memory_state": layout.memory_state,
        "write_context": layout.write_context,
        "drop_memory_per_layer": layout.drop_per_layer,
        "num_tokens": layout.num_tokens,
        "num_blocks": layout.pool_vectors // layout.num_tokens + longterm_blocks,
        "num_ltm_blocks": longterm_blocks,
        "num_selector_layers": 1,
        "ltm_capacity": layout.capacity_vectors,
    }


def _card(run: Path, config: ModelConfig, data: str) -> str:
    recipe, base = recipe_of(config), config.provenance
    revision = f", revision {base.revision}" if base.revision else ""
    layers = " and ".join(map(str, recipe.layers))
    return f"""# M+ parts for {Path(base.name).name}

A retriever and two low-rank adapters, one to write chunks with and one to read them with, for
mplus. They are of no use without their base, which is not in this folder: {base.name}{revision}.
Its licence holds for it; `config.json` has the SHA-256 of its files.

- Trained on: {data}
- Retriever: layers {layers}, width {recipe.width}. Adapters: rank {recipe.rank} to read,
  {recipe.write_rank} to write, on q, k, v, gate, up and down.
{_losses(run)}
Use it with `mplus model pull THIS_FOLDER` and `mplus inject docs/ -m THIS_FOLDER`; where the base
lies somewhere else here: `mplus model pull THIS_FOLDER --from BASE`.
"""


def _losses(run: Path) -> str:
    """Steps and losses, as far as the run has a log (a mean of several runs has none)."""
    file = run / "log.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    steps = [json.loads(line) for line in lines]
    watched = [step for step in steps if "dev_mean" in step]
    if not watched:
        return ""
    first, last, dev = steps[0], steps[-1], watched[-1]
    return (
        f"- {last['step']} steps. Cross-entropy per token of the answers: {first['loss']:.3f} at\n"
        f"  the first step, {last['loss']:.3f} at the last; of questions that it was not trained\n"
        f"  on {dev['dev']:.3f}, and {dev['dev_mean']:.3f} with the mean of the weights, which "
        "these are.\n"
    )


if __name__ == "__main__":
    as_program(main)
