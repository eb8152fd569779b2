"""A prepared model of any size with random weights: what a published checkpoint becomes, without
the checkpoint.
"""

from __future__ import annotations

import os
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from mplus_cli.model.config import Answering, ModelConfig, Provenance, SpecialTokens
from mplus_cli.model.machine.fit import Sizes

# Weights, adapters and all else that enters a sum: small, so that states stay finite through any
# number of layers.
SCALE = 0.02
THETA = 500_000.0  # of Llama 3.1, without its smoothing band: RoPE costs the same


def write_prepared(folder: Path, sizes: Sizes, device: str, memory_files: int) -> None:
    """Write the prepared form in bfloat16, a layer at a time; the numbers are drawn on `device`.

    memory_files: layers with long-term vectors of their own; the others have hard links to theirs.
    """
    for number in range(sizes.architecture.layers):
        _save(
            {name: _random(shape, device) for name, shape in layer_shapes(sizes).items()},
            folder,
            "layer",
            number,
        )
        if not sizes.origin_vectors:
            continue
        if number < memory_files:
            shapes = {
                "vectors": (sizes.origin_vectors, sizes.architecture.hidden),
                "keys": (sizes.origin_vectors, sizes.memory.selector),
            }
            _save(
                {name: _random(shape, device, 1.0) for name, shape in shapes.items()},
                folder,
                "memory",
                number,
            )
        else:
            os.link(_file(folder, "memory", number % memory_files), _file(folder, "memory", number))
    tensors = {name: _random(shape, device) for name, shape in outer_shapes(sizes).items()}
    width = sizes.architecture.head_dim
    exponents = torch.arange(0, width, 2, dtype=torch.float32) / width
    save_file(tensors | {"frequencies": THETA**-exponents}, folder / "outer.safetensors")
    config(sizes).save(folder)


def layer_shapes(sizes: Sizes) -> dict[str, tuple[int, ...]]:
    """Tensors of one layer, as `DecoderLayer` takes them."""
    d, h, weights = sizes.architecture.hidden, sizes.memory.selector, sizes.weights
    shapes: dict[str, tuple[int, ...]] = {"input_norm": (d,), "post_norm": (d,)}
    for name, parts in sizes.projections.items():
        rows, columns, rank = sum(part[0] for part in parts), parts[0][1], weights.rank * len(parts)
        shapes[f"{name}.weight"] = (rows, columns)
        for use in ("write", "read") if name in weights.adapted else ():
            shapes |= {f"{name}.{use}.a": (rank, columns), f"{name}.{use}.b": (rows, rank)}
    for name in ("query_proj", "key_proj") if h else ():
        shapes |= {
            f"{name}.0": (2 * h, d),
            f"{name}.1": (h, 2 * h),
        }
    return shapes


def outer_shapes(sizes: Sizes) -> dict[str, tuple[int, ...]]:
    """Tensors that belong to no layer; RoPE's frequencies come besides."""
    net = sizes.architecture
    table = (net.vocabulary, net.hidden)
    positional = {"positional": (net.hidden,)} if sizes.memory.memory_state == "output" else {}
    return {
        "embedding": table,
        **({} if sizes.weights.tied else {"head": table}),
        "final_norm": (net.hidden,),
        **positional,
        "bos_embedding": (net.layers, 1, net.hidden),
    }


def config(sizes: Sizes) -> ModelConfig:
    """Of a model that never ends an answer."""
    special, origin = SpecialTokens("", ()), Provenance("random")
    return ModelConfig(sizes.architecture, sizes.memory, special, Answering(), origin)


def _random(shape: tuple[int, ...], device: str, scale: float = SCALE) -> Tensor:
    """One row is a norm's weight, or what stands in the place of one: drawn around 1."""
    drawn = torch.randn(shape, dtype=torch.bfloat16, device=device).mul_(scale)
    return (drawn.add_(1) if len(shape) == 1 else drawn).cpu()


def _save(tensors: dict[str, Tensor], folder: Path, kind: str, number: int) -> None:
    save_file(tensors, _file(folder, kind, number))


def _file(folder: Path, kind: str, number: int) -> Path:
    return folder / f"{kind}-{number:03}.safetensors"
