"""Search with a model that was never trained for it: by what its own attention tells apart."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from mplus_cli.kinds.passes import find, write_alone
from mplus_cli.model.config import ModelConfig
from mplus_cli.model.net.network import Network
from mplus_cli.model.net.tokenizer import Tokenizer
from mplus_cli.model.prepared.catalog import prepared_folder
from mplus_cli.model.prepared.load import load
from mplus_cli.model.prepared.prepare import folder_source, prepare
from store.kinds.chunks import late_interaction, weights_of
from store.segments.two_bits import levels, rotated, two_bits
from tests.toy import HEAD_DIM, HIDDEN, KV_HEADS, make_checkpoint

PASSAGES = [
    "The gate code is 4711 and changes in May.",
    "The boiler was last serviced by Mr Holm.",
    "Whoever leaves last closes the shutters.",
    "Bins go out on Tuesday before seven.",
]


@pytest.fixture
def folder(toys: dict[str, Path], toy_cache: Path) -> Path:
    return prepared_folder(str(toys["plain"]), toy_cache)


def scores(network: Network, tokenizer: Tokenizer, words: str) -> Tensor:
    """Of the passages, as they are found by keys that lie on a disk."""
    chunks = [tokenizer.passage(text) for text in PASSAGES]
    sizes = np.array([len(chunk) for chunk in chunks])
    written = [each.keys for each in write_alone(network, chunks, as_kv=True)]
    queries = find(network, tokenizer.encode(words)[0])
    found = []
    for place in range(len(queries)):
        keys = [each[place] for each in written if each is not None]
        packed = [levels(two_bits(each), each.shape[-1]) for each in keys]
        best = late_interaction([(torch.cat(packed), sizes)], rotated(queries[place]))
        found.append(weights_of(best) @ best)
    return torch.stack(found).mean(0)


def test_preparing_again_gives_the_same_directions(toys: dict[str, Path], tmp_path: Path) -> None:
    for name in ("one", "two"):
        prepare(folder_source(name, toys["plain"]), tmp_path / name)
    config = ModelConfig.load(tmp_path / "one")
    assert config.memory.retrieval_layers == (0, 1)
    for layer in config.memory.retrieval_layers:
        file = f"layer-{layer:03}.safetensors"
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_directions_are_orthonormal_and_those_that_attention_sees(folder: Path) -> None:
    layer = load_file(folder / "layer-000.safetensors")
    directions = layer["key_proj.0"]
    assert torch.equal(directions, layer["query_proj.0"])
    assert directions.shape == (KV_HEADS * HEAD_DIM, HIDDEN)  # no more than k has
    unit = torch.nn.functional.normalize(directions, dim=-1)
    assert torch.allclose(unit @ unit.T, torch.eye(len(unit)), atol=1e-5)
    k = layer["kv.weight"][: KV_HEADS * HEAD_DIM]
    assert torch.allclose(k @ unit.T @ unit, k, atol=1e-4)  # none of what k makes is lost


def test_other_weights_have_other_directions(folder: Path, tmp_path: Path) -> None:
    other = make_checkpoint(tmp_path / "other", "plain", seed=1)
    prepare(folder_source("other", other), tmp_path / "prepared")
    ours, theirs = (
        load_file(each / "layer-000.safetensors") for each in (folder, tmp_path / "prepared")
    )
    assert not torch.allclose(ours["key_proj.0"], theirs["key_proj.0"], atol=0.1)


@pytest.mark.parametrize("number", range(len(PASSAGES)))
def test_a_chunk_is_found_by_its_own_words(folder: Path, number: int) -> None:
    network, tokenizer = load(folder), Tokenizer(folder, ModelConfig.load(folder))
    found = scores(network, tokenizer, PASSAGES[number][:20])
    assert int(found.argmax()) == number
    assert float(found[number]) == pytest.approx(1, abs=0.2)  # cosines, whatever the weights
