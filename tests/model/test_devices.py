"""A network somewhere else than the memory: run on PyTorch's meta device, which computes shapes and no numbers."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mplus_cli.model import fit
from mplus_cli.model.catalog import MPLUS_8B, prepared_folder
from mplus_cli.model.layers import DecoderLayer
from mplus_cli.model.load import load
from mplus_cli.model.mplus import Cache, MPlus
from tests.toy import HEAD_DIM, HIDDEN, KV_HEADS, LAYERS

KV_WIDTH = 2 * KV_HEADS * HEAD_DIM


class OnTheCpu:
    """Five vectors as states and three as keys and values, where a memory has them."""

    def read(self, layer: int, queries: torch.Tensor | None) -> SimpleNamespace:
        states, kv = torch.ones(5, HIDDEN), torch.ones(3, KV_WIDTH)
        return SimpleNamespace(states=states, kv=kv, ids=np.arange(8), scores=torch.zeros(8))


@pytest.mark.parametrize("layout", ["mplus", "memoryllm", "chunks"])
def test_everything_is_computed_where_the_network_is(layout: str, toys: dict[str, Path], toy_cache: Path) -> None:
    """Tensors of two devices in one product are an error on this device as on a GPU."""
    model = load(prepared_folder(str(toys[layout]), toy_cache), device="meta")
    if layout == "chunks":
        written = model.write_alone([list(range(16)), [5, 6]], as_kv=True)[1]
    else:
        written = model.write_after(list(range(16)), torch.ones(LAYERS, 8, HIDDEN))
    cache, logits = model.read([1, 2, 3], OnTheCpu(), 4)
    found = [written.vectors, logits, model.step(cache, 3), model.as_kv(0, torch.ones(3, HIDDEN)), cache.attention]
    found += [] if written.keys is None else [written.keys]
    found += [model.find([1, 2])] if layout == "chunks" else []
    assert {tensor.device.type for tensor in found} == {"meta"}


def test_the_published_size_is_what_is_counted() -> None:
    """One layer of mplus-8b and its memory's keys and values, laid out without numbers."""
    sizes = MPLUS_8B
    config = SimpleNamespace(
        layers=sizes.layers,
        hidden=sizes.hidden,
        kv_heads=sizes.kv_heads,
        head_dim=sizes.head_dim,
        rms_eps=1e-5,
        activation="silu",
        retrieved_vectors=sizes.retrieved_vectors,
        pool_vectors=sizes.pool_vectors,
    )
    tensors = {"input_norm": empty(sizes.hidden), "post_norm": empty(sizes.hidden)}
    for name, parts in sizes.projections.items():
        rows, columns = sum(part[0] for part in parts), parts[0][1]
        tensors[f"{name}.weight"] = empty(rows, columns)
        if name in sizes.adapted:
            for use in ("write", "read"):
                tensors[f"{name}.{use}.a"] = empty(sizes.rank * len(parts), columns)
                tensors[f"{name}.{use}.b"] = empty(rows, sizes.rank * len(parts))
    for name in ("query_proj", "key_proj"):
        tensors |= {
            f"{name}.0": empty(2 * sizes.selector, sizes.hidden),
            f"{name}.1": empty(sizes.selector, 2 * sizes.selector),
        }
    layer = DecoderLayer(config, tensors)  # type: ignore[arg-type]
    counted = fit.layer_bytes(sizes, "none") + fit.retriever_bytes(sizes) // sizes.layers
    assert sum(tensor.nbytes for tensor in layer.parameters()) == counted
    network = SimpleNamespace(embedding=empty(1, 1), rope=lambda rows: None)
    cache = Cache(MPlus(config, network, empty(1), None, "none"), fit.ANSWER_ROWS)  # type: ignore[arg-type]
    assert cache.keys.nbytes + cache.values.nbytes == fit.read_cache_bytes(sizes)


def empty(*shape: int) -> torch.Tensor:
    return torch.empty(shape, dtype=torch.bfloat16, device="meta")
