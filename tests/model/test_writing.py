"""Chunks written together, and what is kept of them."""

from pathlib import Path

import pytest
import torch

from mplus_cli.kinds.passes import write_alone
from mplus_cli.model.net.network import Network
from mplus_cli.model.prepared.catalog import prepared_folder
from mplus_cli.model.prepared.load import load

CHUNKS = [[7, 3, 90], list(range(40, 60)), [5], [7, 3, 91, 4, 4, 4]]


@pytest.fixture(params=["input", "chunks"])
def model(request: pytest.FixtureRequest, toys: dict[str, Path], toy_cache: Path) -> Network:
    return load(prepared_folder(str(toys[request.param]), toy_cache))


@pytest.mark.parametrize("as_kv", [False, True])
def test_chunks_written_together_are_those_written_one_by_one(model: Network, as_kv: bool) -> None:
    together = write_alone(model, CHUNKS, as_kv)
    for chunk, found in zip(CHUNKS, together, strict=True):
        (single,) = write_alone(model, [chunk], as_kv)
        assert found.vectors.shape[1] == len(chunk)
        assert torch.allclose(found.vectors, single.vectors, atol=1e-5)
        assert found.keys is not None
        assert single.keys is not None
        assert torch.allclose(found.keys, single.keys, atol=1e-5)


def test_keys_and_values_are_what_reading_makes_of_the_states(model: Network) -> None:
    for states, kv in zip(
        write_alone(model, CHUNKS, False), write_alone(model, CHUNKS, True), strict=True
    ):
        for layer, rows in enumerate(states.vectors):
            assert torch.allclose(model.as_kv(layer, rows), kv.vectors[layer], atol=1e-5)
        assert states.keys is not None
        assert kv.keys is not None
        assert torch.equal(states.keys, kv.keys)
