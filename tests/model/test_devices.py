"""A network somewhere else than the memory: run on PyTorch's meta device, which computes shapes and
no numbers.
"""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from mplus_cli import engine
from mplus_cli.kinds.passes import find, read_by_layer, write_after, write_alone
from mplus_cli.model.machine import fit
from mplus_cli.model.net.cache import Cache
from mplus_cli.model.net.layers import DecoderLayer
from mplus_cli.model.net.llama import Llama
from mplus_cli.model.net.retriever import Retriever
from mplus_cli.model.prepared.catalog import prepared_folder
from mplus_cli.model.prepared.known import MPLUS_8B
from mplus_cli.model.prepared.load import load, load_origin
from store.kinds.vectors import Origin
from tests.conftest import Run
from tests.toy import HEAD_DIM, HIDDEN, KV_HEADS, LAYERS

KV_WIDTH = 2 * KV_HEADS * HEAD_DIM


class OneDevice(TorchDispatchMode):
    """Tensors of two devices in one operation are an error, as on a GPU; the meta device alone lets
    products pass.
    """

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        given = [
            leaf
            for leaf in tree_leaves((args, kwargs))
            if isinstance(leaf, torch.Tensor) and leaf.dim()
        ]
        devices = {tensor.device.type for tensor in given}
        assert len(devices) < 2 or function is torch.ops.aten.copy_.default, (
            f"{function} of tensors on {devices}"
        )
        return function(*args, **(kwargs or {}))


@pytest.fixture
def strict() -> Iterator[None]:
    with OneDevice():
        yield


@pytest.fixture
def elsewhere(strict: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program's network on the meta device; what comes back to the CPU are zeros."""

    def back(tensor: torch.Tensor) -> torch.Tensor:
        return torch.zeros(tensor.shape, dtype=tensor.dtype) if tensor.is_meta else tensor

    monkeypatch.setattr(
        "mplus_cli.model.prepared.load.load",
        lambda folder, *others, **named: load(folder, device="meta"),
    )
    monkeypatch.setattr(torch.Tensor, "cpu", back)


class OnTheCpu:
    """Five vectors as states and three as keys and values, where a memory has them."""

    def read(self, layer: int, queries: torch.Tensor | None) -> SimpleNamespace:
        states, kv = torch.ones(5, HIDDEN), torch.ones(3, KV_WIDTH)
        return SimpleNamespace(states=states, kv=kv, ids=np.arange(8), scores=torch.zeros(8))


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize("layout", ["mplus", "memoryllm", "chunks"])
def test_everything_is_computed_where_the_network_is(
    layout: str, toys: dict[str, Path], toy_cache: Path
) -> None:
    model = load(prepared_folder(str(toys[layout]), toy_cache), device="meta")
    if layout == "chunks":
        written = write_alone(model, [list(range(16)), [5, 6]], as_kv=True)[1]
    else:
        written = write_after(model, list(range(16)), torch.ones(LAYERS, 8, HIDDEN))
    cache, logits = read_by_layer(model, [1, 2, 3], OnTheCpu(), 4)
    found = [
        written.vectors,
        logits,
        model.step(cache, 3),
        model.as_kv(0, torch.ones(3, HIDDEN)),
        cache.attention,
    ]
    found += [] if written.keys is None else [written.keys]
    found += [find(model, [1, 2])] if layout == "chunks" else []
    assert {tensor.device.type for tensor in found} == {"meta"}


def inject_and_ask(mplus: Run, world: Path) -> dict[str, Any]:
    """Two generations, one more question to the second; what it read."""
    for number in range(2):
        (world / f"{number}.txt").write_text(
            f"The spare key {number} hangs behind the third flower pot. " * 30
        )
        assert mplus("inject", f"{number}.txt").code == 0
    asking = ("ask", "Where is the key?", "-n", "4", "--temperature", "1", "--json")
    assert mplus(*asking).code == 0
    usage: dict[str, Any] = mplus(*asking).json["usage"]
    return usage


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("layout", ["mplus", "memoryllm", "input", "chunks"])
def test_all_of_injecting_and_asking(
    layout: str, world: Path, toys: dict[str, Path], mplus: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From files to sources, through the memory on the CPU and the pool's keys and values."""
    monkeypatch.setenv("MPLUS_MODEL", str(toys[layout]))
    one_chunk = layout == "chunks"
    assert inject_and_ask(mplus, world)["memory_vectors"] > (20 if one_chunk else 40)


@pytest.mark.usefixtures("elsewhere")
def test_the_checkpoints_own_vectors_may_be_there_too(
    world: Path, toys: dict[str, Path], mplus: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def origin(self: engine.Engine) -> Origin:
        own = load_origin(self.folder)
        return Origin(
            [vectors.to("meta") for vectors, _ in own],
            [keys.to("meta") for _, keys in own if keys is not None],
        )

    monkeypatch.setenv("MPLUS_MODEL", str(toys["mplus"]))
    # The class gives no `origin` away without an engine, so it seems to have none.
    monkeypatch.setattr(engine.Engine, "origin", property(origin), raising=False)
    assert inject_and_ask(mplus, world)["memory_vectors"] > 40


def test_the_published_size_is_what_is_counted() -> None:
    """One layer of mplus-8b and its memory's keys and values, laid out without numbers."""
    sizes = MPLUS_8B
    net, rank, h = sizes.architecture, sizes.weights.rank, sizes.memory.selector
    tensors = {"input_norm": empty(net.hidden), "post_norm": empty(net.hidden)}
    for name, parts in sizes.projections.items():
        rows, columns = sum(part[0] for part in parts), parts[0][1]
        tensors[f"{name}.weight"] = empty(rows, columns)
        if name in sizes.weights.adapted:
            for use in ("write", "read"):
                tensors[f"{name}.{use}.a"] = empty(rank * len(parts), columns)
                tensors[f"{name}.{use}.b"] = empty(rows, rank * len(parts))
    for name in ("query_proj", "key_proj"):
        tensors |= {
            f"{name}.0": empty(2 * h, net.hidden),
            f"{name}.1": empty(h, 2 * h),
        }
    layer, retriever = DecoderLayer(net, tensors, 0), Retriever(tensors, "silu", unit=False)
    assert not tensors
    for part, counted in (
        (layer, fit.layer_bytes(sizes, "none")),
        (retriever, fit.retriever_bytes(sizes) // net.layers),
    ):
        assert sum(tensor.nbytes for tensor in part.parameters()) == counted
    outer = {"embedding": empty(1, 1), "final_norm": empty(1), "frequencies": empty(1)}
    cache = Cache(Llama(net, outer, []), fit.read_rows(sizes), fit.ANSWER_ROWS)
    assert cache.keys.nbytes + cache.values.nbytes == fit.read_cache_bytes(sizes)


def empty(*shape: int) -> torch.Tensor:
    return torch.empty(shape, dtype=torch.bfloat16, device="meta")
