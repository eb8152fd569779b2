"""Preparing checkpoints: what is read, what is refused, and that it is written whole or not at
all.
"""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from mplus_cli.errors import ModelError
from mplus_cli.kinds.passes import write_after
from mplus_cli.model.config import ModelConfig
from mplus_cli.model.prepared import catalog
from mplus_cli.model.prepared.load import load
from mplus_cli.model.prepared.prepare import folder_source, prepare
from tests.conftest import Run
from tests.toy import make_checkpoint


def change(folder: Path, **fields: object) -> Path:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | fields))
    return folder


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    return make_checkpoint(tmp_path / "checkpoint", "mplus", tokenizer=False)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"model_type": "qwen2_moe"}, "qwen2_moe.*experts"),
        ({"add_bos_embedding": False}, "add_bos_embedding"),
        ({"hidden_act": "mystery"}, "mystery"),
        ({"lora_config": {"r": 4, "lora_alpha": 8, "use_dora": True}}, "use_dora"),
        (
            {"rope_parameters": {"rope_type": "dynamic", "factor": 2.0, "rope_theta": 1e4}},
            "dynamic",
        ),
        ({"num_blocks": 9}, "memory"),
        ({"num_blocks": None}, "describes no 'llama' model"),
        ({"head_dim": -1}, "head_dim is '-1'"),
        ({"torch_dtype": "float3"}, "describes no 'llama' model"),
        ({"memory_state": "input"}, "write_context"),
        ({"write_context": "none"}, "memory_state"),
    ],
)
def test_what_mplus_does_not_run_is_refused(
    checkpoint: Path, tmp_path: Path, fields: dict[str, object], said: str
) -> None:
    change(checkpoint, **fields)
    with pytest.raises(ModelError, match=said):
        prepare(folder_source("x", checkpoint), tmp_path / "prepared")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint"]


def test_one_model_is_prepared_several_times_at_once(checkpoint: Path, tmp_path: Path) -> None:
    source, target = folder_source("x", checkpoint), tmp_path / "cache" / "prepared"
    with ThreadPoolExecutor(3) as threads:
        made = [threads.submit(prepare, source, target) for _ in range(12)]
        configs = [each.result() for each in made]
    assert configs == [ModelConfig.load(target)] * 12
    assert [path.name for path in target.parent.iterdir()] == ["prepared"]


def test_pickled_weights_are_refused(checkpoint: Path) -> None:
    (checkpoint / "model.safetensors").rename(checkpoint / "pytorch_model.bin")
    with pytest.raises(ModelError, match="pickled") as refused:
        folder_source("x", checkpoint)
    assert "safetensors" in refused.value.hint


def test_a_missing_tensor_or_shard_is_named(checkpoint: Path, tmp_path: Path) -> None:
    tensors = load_file(checkpoint / "model.safetensors")
    del tensors["model.layers.1.mlp.up_proj.base_layer.weight"]
    save_file(tensors, checkpoint / "model.safetensors")
    with pytest.raises(ModelError, match=r"layers\.1\.mlp\.up_proj"):
        prepare(folder_source("x", checkpoint), tmp_path / "prepared")
    index = {"weight_map": {"model.norm.weight": "model-00001-of-00002.safetensors"}}
    (checkpoint / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ModelError, match="model-00001-of-00002"):
        folder_source("x", checkpoint)


def test_an_index_may_not_name_files_elsewhere(checkpoint: Path) -> None:
    index = {"weight_map": {"model.norm.weight": "../other.safetensors"}}
    (checkpoint / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ModelError, match="outside"):
        folder_source("x", checkpoint)


def test_a_damaged_file_is_named(checkpoint: Path) -> None:
    file = checkpoint / "model.safetensors"
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(ModelError, match=r"model\.safetensors is damaged"):
        folder_source("x", checkpoint)


def test_shards_give_the_same_model_as_one_file(checkpoint: Path, tmp_path: Path) -> None:
    prepare(folder_source("x", checkpoint), tmp_path / "one")
    tensors = load_file(checkpoint / "model.safetensors")
    names = sorted(tensors)
    halves = {
        "model-00001-of-00002.safetensors": names[::2],
        "model-00002-of-00002.safetensors": names[1::2],
    }
    for file, part in halves.items():
        save_file({name: tensors[name] for name in part}, checkpoint / file)
    weight_map = {name: file for file, part in halves.items() for name in part}
    (checkpoint / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    (checkpoint / "model.safetensors").unlink()
    prepare(folder_source("x", checkpoint), tmp_path / "two")
    for made in (tmp_path / "one").glob("*.safetensors"):
        assert made.read_bytes() == (tmp_path / "two" / made.name).read_bytes(), made.name


def test_the_own_vectors_are_ordered_by_age_and_keyed(checkpoint: Path, tmp_path: Path) -> None:
    prepare(folder_source("x", checkpoint), tmp_path / "prepared")
    tensors = load_file(checkpoint / "model.safetensors")
    model = load(tmp_path / "prepared")
    for layer in range(2):
        order = tensors[f"ltm_ages.{layer}"].argsort(descending=True)
        own = load_file(tmp_path / "prepared" / f"memory-{layer:03}.safetensors")
        expected = torch.cat([tensors[f"ltm.{layer}"][order], tensors["memory"][layer]])
        assert torch.equal(own["vectors"], expected)
        retriever = model.retrievers[layer]
        assert retriever is not None
        keys = retriever.keys(model.layers[layer].norm(tensors["memory"][layer]))
        assert torch.allclose(
            own["keys"], torch.cat([tensors[f"ltm_keys.{layer}"][order], keys]), atol=1e-6
        )


def test_identity_follows_the_weights_and_how_they_are_used(tmp_path: Path) -> None:
    def identity(name: str, seed: int = 0, **fields: object) -> str:
        folder = change(make_checkpoint(tmp_path / name, "input", seed=seed), **fields)
        prepare(folder_source(name, folder), tmp_path / f"{name}-prepared")
        return ModelConfig.load(tmp_path / f"{name}-prepared").identity("none")

    first = identity("first")
    assert identity("same-under-another-name") == first
    assert identity("other-weights", seed=1) != first
    assert identity("other-dtype", torch_dtype="bfloat16") != first
    config = ModelConfig.load(tmp_path / "first-prepared")
    other = replace(config.provenance, revision="a" * 40)
    assert replace(config, provenance=other).identity("none") == first
    assert len({config.identity(how) for how in ("none", "nf4", "int8")}) == 3


def test_a_prepared_model_without_a_revision_is_read(checkpoint: Path, tmp_path: Path) -> None:
    """mplus 0.1.0 recorded none."""
    config = prepare(folder_source("x", checkpoint), tmp_path / "prepared")
    file = tmp_path / "prepared" / "model.json"
    found = json.loads(file.read_text())
    del found["provenance"]["revision"]
    file.write_text(json.dumps(found))
    assert ModelConfig.load(tmp_path / "prepared") == config


def test_a_large_float32_checkpoint_becomes_bfloat16(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mplus_cli.model.prepared.describe.LARGE_FLOAT32_BYTES", 10_000)
    assert (
        prepare(folder_source("x", checkpoint), tmp_path / "prepared").architecture.dtype
        == "bfloat16"
    )
    layer = load_file(tmp_path / "prepared" / "layer-000.safetensors")
    memory = load_file(tmp_path / "prepared" / "memory-000.safetensors")
    assert {tensor.dtype for tensor in (layer | memory).values()} == {torch.bfloat16}


def test_one_selector_layer_one_adapter_or_none_and_shared_drops(tmp_path: Path) -> None:
    """Layouts that the golden cases do not have."""
    folder = make_checkpoint(tmp_path / "a", "mplus", tokenizer=False)
    change(folder, add_decoder_lora=False, drop_memory_per_layer=False, num_selector_layers=1)
    tensors = load_file(folder / "model.safetensors")
    for layer in range(2):
        for name in ("query_proj", "key_proj", "encoder_query_proj"):
            stem = f"model.layers.{layer}.self_attn.{name}"
            product = tensors.pop(f"{stem}.2.weight") @ tensors.pop(f"{stem}.0.weight")
            tensors[f"{stem}.weight"] = product.contiguous()
    save_file(tensors, folder / "model.safetensors")
    memory = prepare(folder_source("a", folder), tmp_path / "prepared").memory
    assert (memory.read_adapter, memory.drop_per_layer, memory.selector) == ("write", False, 8)
    written = write_after(load(tmp_path / "prepared"), [1, 2, 3], torch.zeros(2, 8, 32))
    assert written.vectors.shape == (2, 8, 32)
    assert written.keys is not None
    assert written.keys.shape == (2, 8, 8)


def test_projections_without_an_adapter_are_as_with_an_adapter_of_zeros(
    checkpoint: Path, tmp_path: Path
) -> None:
    tensors = load_file(checkpoint / "model.safetensors")
    bare = {
        name: tensor
        for name, tensor in tensors.items()
        if ".k_proj.lora" not in name and ".up_proj.lora" not in name
    }
    zeroed = {
        name: tensor if name in bare else torch.zeros_like(tensor)
        for name, tensor in tensors.items()
    }
    written = []
    for number, variant in enumerate((bare, zeroed)):
        save_file(variant, checkpoint / "model.safetensors")
        prepare(folder_source("x", checkpoint), tmp_path / str(number))
        written.append(
            write_after(load(tmp_path / str(number)), [1, 2, 3], torch.ones(2, 8, 32)).vectors
        )
    assert torch.allclose(written[0], written[1], atol=1e-6)


def test_a_checkpoint_without_a_tokenizer_reads_no_text(
    mplus: Run, world: Path, checkpoint: Path
) -> None:
    assert mplus("model", "pull", checkpoint).code == 0
    (world / "a.txt").write_text("text " * 20)
    ran = mplus("inject", "a.txt", "-m", checkpoint, "--json")
    assert ran.code == 1
    assert "tokenizer" in ran.error["message"]


def test_a_damaged_prepared_model_is_named(
    mplus: Run, world: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MPLUS_CACHE", str(world / "cache"))
    shutil.copytree(checkpoint, world / "own")
    mplus("model", "pull", "own")
    file = catalog.find("own", world / "cache") / "layer-000.safetensors"
    file.write_bytes(file.read_bytes()[:100])
    (world / "a.txt").write_text("text " * 20)
    ran = mplus("inject", "a.txt", "-m", "own", "--json")
    assert ran.code == 20
    assert "layer-000.safetensors has 100 bytes" in ran.error["message"]
    assert "mplus model pull" in ran.error["hint"]
    assert "--again" in ran.error["hint"]


def test_the_prepared_form_is_not_made_twice(checkpoint: Path, tmp_path: Path) -> None:
    def pull(again: bool = False) -> int:
        folder = catalog.pull(
            str(checkpoint), tmp_path / "cache", None, again, lambda done, of: None
        )
        return (folder / "model.json").stat().st_ino

    assert pull() == pull() != pull(again=True)


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("hidden_size", ["32", None, -1, 10**9, [32], {"a": []}]),
        ("num_hidden_layers", ["2", 0, 1.5, 10**9, 10**30]),
        ("vocab_size", [None, True, [], 1 << 40]),
        ("num_attention_heads", [0, "4", {}]),
        ("num_key_value_heads", [-2, [2]]),
        ("rms_norm_eps", ["small", [], float("nan")]),
        ("rope_theta", ["x", {}, [1]]),
        ("eos_token_id", ["258", {"a": 1}, [[1]]]),
        ("model_type", [1, [], {}]),
        ("num_tokens", ["8", -1, [], 1.5]),
        ("num_blocks", [None, "8", -3]),
        ("lora_config", ["x", 1, [[]], {"r": "4", "lora_alpha": 8}, {"r": 0, "lora_alpha": 1}]),
        ("add_decoder_lora", [[], "yes"]),
    ],
)
def test_a_config_without_sense_is_refused_or_meant(
    checkpoint: Path, tmp_path: Path, key: str, values: list[object]
) -> None:
    given = json.loads((checkpoint / "config.json").read_text())
    for value in values:
        (checkpoint / "config.json").write_text(json.dumps(given | {key: value}))
        try:
            catalog.pull(str(checkpoint), tmp_path / "cache", None, True, lambda done, of: None)
        except ModelError as error:
            assert "\n" not in error.message, (value, error.message)
        for folder in (tmp_path / "cache" / "models").glob("*"):
            ModelConfig.load(folder)
