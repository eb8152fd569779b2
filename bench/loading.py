"""How much memory preparing and loading a large float32 checkpoint takes, against the size of what
is loaded.

    python -m bench.loading [--parameters 1000000000] [--json FILE]

A random checkpoint in the published M+ naming is written to a temporary folder: several float32
shards, its own pool in one of them, its own long-term memory. Preparing and each way of loading run
in a process of their own. The peak of resident memory counts pages of mapped files, which the
system may take back at any time; anonymous memory does not.
"""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, cast

import torch
from safetensors.torch import save_file

from bench.machine import ROOT, Sampler, keep, machine, megabytes, status_bytes
from mplus_cli.kinds.passes import write_after

HIDDEN, HEADS, KV_HEADS, INNER, VOCABULARY, RANK, SELECTOR = 2048, 16, 4, 8192, 32_000, 16, 256
TOKENS, BLOCKS, LONGTERM_BLOCKS, LONGTERM_ROWS = 256, 50, 10, 5_120
SHAPES = {
    "self_attn.q_proj": (HIDDEN, HIDDEN),
    "self_attn.k_proj": (HIDDEN // HEADS * KV_HEADS, HIDDEN),
    "self_attn.v_proj": (HIDDEN // HEADS * KV_HEADS, HIDDEN),
    "self_attn.o_proj": (HIDDEN, HIDDEN),
    "mlp.gate_proj": (INNER, HIDDEN),
    "mlp.up_proj": (INNER, HIDDEN),
    "mlp.down_proj": (HIDDEN, INNER),
}
LAYER_PARAMETERS = sum(rows * columns for rows, columns in SHAPES.values())
LAYERS_PER_SHARD = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--parameters", type=int, default=1_000_000_000, help="about as many weights"
    )
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    parser.add_argument("--measure", nargs=2, metavar=("HOW", "FOLDER"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        print(json.dumps(measure(chosen.measure[0], Path(chosen.measure[1]))))
        return
    layers = max(1, round((chosen.parameters - 2 * VOCABULARY * HIDDEN) / LAYER_PARAMETERS))
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write_checkpoint(folder / "checkpoint", layers)
        found = {"machine": machine(), **figures(folder, layers)}
    keep(found, chosen.json)
    for name, row in found["peaks"].items():
        print(
            f"{name:<14}" + "  ".join(f"{key} {value:,}" for key, value in row.items()),
            file=sys.stderr,
        )


def figures(folder: Path, layers: int) -> dict[str, Any]:
    peaks = {"prepare": in_a_process("prepare", folder)}
    for how in ("none", "int8", "nf4"):
        peaks[f"{how}, first"] = in_a_process(how, folder)
        if how != "none":
            peaks[f"{how}, again"] = in_a_process(how, folder)
    return {
        "layers": layers,
        "parameters": layers * LAYER_PARAMETERS + 2 * VOCABULARY * HIDDEN,
        "checkpoint_mb": megabytes(size_bytes(folder / "checkpoint")),
        "prepared_mb": megabytes(size_bytes(folder / "prepared")),
        "peaks": peaks,
    }


def in_a_process(how: str, folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.loading", "--measure", how, str(folder)],
        check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measure(how: str, folder: Path) -> dict[str, Any]:
    """Prepare, or load and write one chunk: seconds, and peaks above what the imports took, in
    megabytes.
    """
    from mplus_cli.model.config import Quantization
    from mplus_cli.model.prepared.load import load
    from mplus_cli.model.prepared.prepare import folder_source, prepare

    if how == "prepare":
        importlib.import_module("transformers.models.llama.modeling_llama")
    elif how != "none":
        logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
        importlib.import_module("bitsandbytes")
    start_bytes, start = status_bytes("RssAnon"), time.perf_counter()
    sampler = Sampler()
    row: dict[str, Any] = {}
    if how == "prepare":
        prepare(folder_source("bench", folder / "checkpoint"), folder / "prepared")
    else:
        model = load(folder / "prepared", "cpu", cast(Quantization, how))
        row["weights_mb"] = megabytes(weights_bytes(model.llama))
        row["loaded_s"] = round(time.perf_counter() - start, 1)
        row["loaded_anonymous_peak_mb"] = megabytes(sampler.peak_bytes - start_bytes)
        write_after(model, list(range(32)), torch.zeros(len(model.layers), TOKENS, HIDDEN))
    return row | {
        "seconds": round(time.perf_counter() - start, 1),
        "anonymous_peak_mb": megabytes(sampler.stop() - start_bytes),
        "resident_peak_mb": megabytes(status_bytes("VmHWM")),
    }


def weights_bytes(network: torch.nn.Module) -> int:
    tensors = [*network.parameters(), *network.buffers()]
    return sum({tensor.data_ptr(): tensor.nbytes for tensor in tensors}.values())


def size_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def write_checkpoint(folder: Path, layers: int) -> None:
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config(layers)))
    # Random numbers of a large checkpoint would take minutes: rows are cut from one block of them.
    block = torch.randn(2**22, generator=torch.Generator().manual_seed(0))
    weight_map: dict[str, str] = {}

    def save(number: int, shapes: dict[str, tuple[int, ...]]) -> None:
        file = f"model-{number:05}.safetensors"
        tensors = {name: random(block, shape) for name, shape in shapes.items()}
        save_file(tensors, folder / file)
        weight_map.update(dict.fromkeys(tensors, file))

    for first in range(0, layers, LAYERS_PER_SHARD):
        numbers = range(first, min(first + LAYERS_PER_SHARD, layers))
        save(
            1 + first,
            {name: shape for number in numbers for name, shape in layer_shapes(number).items()},
        )
    save(layers + 1, outer_shapes(layers))
    save(layers + 2, {"memory": (layers, (BLOCKS - LONGTERM_BLOCKS) * TOKENS, HIDDEN)})
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))


def random(block: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    count = torch.Size(shape).numel()
    return block.repeat(-(-count // len(block)))[:count].reshape(shape) * 0.02


def layer_shapes(number: int) -> dict[str, tuple[int, ...]]:
    prefix = f"model.layers.{number}"
    shapes: dict[str, tuple[int, ...]] = {
        f"{prefix}.input_layernorm.weight": (HIDDEN,),
        f"{prefix}.post_attention_layernorm.weight": (HIDDEN,),
        f"ltm.{number}": (LONGTERM_ROWS, HIDDEN),
        f"ltm_keys.{number}": (LONGTERM_ROWS, SELECTOR),
        f"ltm_ages.{number}": (LONGTERM_ROWS,),
    }
    for name, (rows, columns) in SHAPES.items():
        if name == "self_attn.o_proj":
            shapes[f"{prefix}.{name}.weight"] = (rows, columns)
            continue
        shapes[f"{prefix}.{name}.base_layer.weight"] = (rows, columns)
        for adapter in ("default", "decoder_adapter"):
            shapes[f"{prefix}.{name}.lora_A.{adapter}.weight"] = (RANK, columns)
            shapes[f"{prefix}.{name}.lora_B.{adapter}.weight"] = (rows, RANK)
    for name in ("query_proj", "key_proj", "encoder_query_proj"):
        shapes[f"{prefix}.self_attn.{name}.0.weight"] = (2 * SELECTOR, HIDDEN)
        shapes[f"{prefix}.self_attn.{name}.2.weight"] = (SELECTOR, 2 * SELECTOR)
    return shapes


def outer_shapes(layers: int) -> dict[str, tuple[int, ...]]:
    return {
        "model.embed_tokens.weight": (VOCABULARY, HIDDEN),
        "model.norm.weight": (HIDDEN,),
        "lm_head.weight": (VOCABULARY, HIDDEN),
        "bos_embedding": (layers, 1, HIDDEN),
        "new_memory_positional_emb": (1, 1, HIDDEN),
    }


def config(layers: int) -> dict[str, Any]:
    return {
        "model_type": "llama",
        "vocab_size": VOCABULARY,
        "hidden_size": HIDDEN,
        "intermediate_size": INNER,
        "num_hidden_layers": layers,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS,
        "max_position_embeddings": 131_072,
        "rope_theta": 500_000.0,
        "tie_word_embeddings": False,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "torch_dtype": "float32",
        "num_tokens": TOKENS,
        "num_blocks": BLOCKS,
        "num_ltm_blocks": LONGTERM_BLOCKS,
        "num_selector_layers": 2,
        "drop_memory_per_layer": True,
        "add_decoder_lora": True,
        "lora_config": {"r": RANK, "lora_alpha": 2 * RANK},
    }


if __name__ == "__main__":
    main()
