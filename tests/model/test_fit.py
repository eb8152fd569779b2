"""The accounting against real files and real layers, and the form that is chosen by it."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from mplus_cli.engine import make_spec
from mplus_cli.errors import ModelError
from mplus_cli.model.config import ModelConfig, Quantization
from mplus_cli.model.machine import fit
from mplus_cli.model.prepared.catalog import prepared_folder
from mplus_cli.model.prepared.known import CATALOG, MPLUS_8B, largest_within
from mplus_cli.model.prepared.load import load
from mplus_cli.model.prepared.quantized import quantized_tensors
from store.kinds.layout import layout_of
from tests.conftest import USER_CACHE, Run

GB = 10**9


def tensor_bytes(file: Path) -> int:
    return sum(tensor.nbytes for tensor in load_file(file).values())


@pytest.mark.parametrize("layout", ["mplus", "memoryllm", "input", "chunks", "plain"])
def test_a_prepared_model_is_as_large_as_counted(
    toys: dict[str, Path], toy_cache: Path, layout: str
) -> None:
    folder = prepared_folder(str(toys[layout]), toy_cache)
    sizes = fit.sizes_of(folder)
    outer = load_file(folder / "outer.safetensors")
    tables = sum(outer[name].nbytes for name in ("embedding", "head"))
    layers = sum(tensor_bytes(file) for file in folder.glob("layer-*"))
    assert fit.weights_bytes(sizes, "none") == tables + layers
    memory = sum(tensor_bytes(file) for file in folder.glob("memory-*"))
    assert fit.disk_bytes(sizes, "none") == tables + layers + memory


@pytest.mark.parametrize("form", ["nf4", "int8"])
def test_a_quantized_layer_is_as_large_as_counted(tmp_path: Path, form: Quantization) -> None:
    sizes = fit.Sizes(
        replace(MPLUS_8B.architecture, hidden=512, heads=8, kv_heads=2, head_dim=64),
        MPLUS_8B.memory,
        replace(MPLUS_8B.weights, inner=1536),
    )
    stacked = {
        name: (sum(part[0] for part in parts), parts[0][1])
        for name, parts in sizes.projections.items()
    }
    tensors = {f"{name}.weight": torch.randn(shape).bfloat16() for name, shape in stacked.items()}
    for name in sizes.weights.adapted:
        count, (rows, columns) = len(sizes.projections[name]), stacked[name]
        rank = sizes.weights.rank
        for use in ("write", "read"):
            tensors[f"{name}.{use}.a"] = torch.zeros(count * rank, columns).bfloat16()
            tensors[f"{name}.{use}.b"] = torch.zeros(rows, count * rank).bfloat16()
    save_file(tensors, tmp_path / "layer-000.safetensors")
    found = sum(tensor.nbytes for tensor in quantized_tensors(tmp_path, 0, form).values())
    assert found == pytest.approx(fit.layer_bytes(sizes, form), rel=0.02)  # scales: by CPU


def test_what_a_question_keeps_is_as_large_as_counted(
    toys: dict[str, Path], toy_cache: Path
) -> None:
    from mplus_cli.model.net.cache import Cache

    folder = prepared_folder(str(toys["mplus"]), toy_cache)
    model = load(folder)
    cache = Cache(model.llama, fit.read_rows(fit.sizes_of(folder)), fit.ANSWER_ROWS)
    assert fit.read_cache_bytes(fit.sizes_of(folder)) == cache.keys.nbytes + cache.values.nbytes


def test_an_injected_token_is_as_large_as_counted(toys: dict[str, Path], toy_cache: Path) -> None:
    for layout in ("mplus", "input", "chunks", "plain"):
        folder = prepared_folder(str(toys[layout]), toy_cache)
        sizes, config = fit.sizes_of(folder), ModelConfig.load(folder)
        found = layout_of(make_spec(config, "none")).bytes(config.memory.num_tokens)
        assert fit.bytes_a_token(sizes) == found // config.memory.chunk_tokens


def test_the_published_sizes_are_those_of_llama_8b() -> None:
    assert MPLUS_8B.parameters + 128_256 * 4096 == pytest.approx(8.03e9, rel=0.001)
    assert fit.weights_bytes(MPLUS_8B, "none") == pytest.approx(16.4 * GB, rel=0.02)
    assert fit.weights_bytes(MPLUS_8B, "nf4", "cuda") == pytest.approx(6.2 * GB, rel=0.02)
    assert fit.weights_bytes(MPLUS_8B, "nf4") == pytest.approx(5.7 * GB, rel=0.02)
    assert fit.longterm_bytes(MPLUS_8B, MPLUS_8B.memory.capacity_vectors) > 40 * GB


@pytest.mark.skipif(
    not USER_CACHE or not (Path(USER_CACHE) / "models" / "smollm2").exists(),
    reason="the default model is not here",
)
def test_the_default_models_sizes_are_those_of_its_prepared_form() -> None:
    assert fit.sizes_of(Path(str(USER_CACHE)) / "models" / "smollm2") == CATALOG["smollm2"].sizes


WEIGHTS: dict[Quantization, int] = {"none": 16 * GB, "int8": 9 * GB, "nf4": 6 * GB}


@pytest.mark.parametrize(
    ("device", "free_gb", "chosen"),
    [
        ("cpu", 24, "none"),
        ("cpu", 16, "int8"),
        ("cpu", 10, "nf4"),
        ("cuda", 27, "none"),
        ("cuda", 24, "nf4"),
    ],
)
def test_the_quickest_form_that_fits_is_chosen(device: str, free_gb: int, chosen: str) -> None:
    choice = fit.choose(WEIGHTS, device, free_gb * GB)
    assert choice.quantize == chosen
    assert f"--quantize {chosen}" in choice.why
    assert f"{free_gb}.0 GB" in choice.why


def test_what_does_not_fit_is_said_with_figures() -> None:
    with pytest.raises(ModelError, match=r"6\.0 GB.*8\.0 GB.*0\.4 GB too much"):
        fit.choose(WEIGHTS, "cpu", 8 * GB)
    with pytest.raises(ModelError, match=r"16\.0 GB"):  # no bitsandbytes here
        fit.choose({"none": 16 * GB}, "cpu", 20 * GB)
    with pytest.raises(ModelError, match=r"16\.0 GB"):
        fit.choose(WEIGHTS, "mps", 20 * GB)


def test_a_smaller_model_is_named_where_one_does_not_fit(
    mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    monkeypatch.setattr("mplus_cli.model.machine.fit.SMALL_BYTES", 0)
    small = fit.weights_bytes(CATALOG["smollm2"].sizes, "none")
    monkeypatch.setattr("mplus_cli.model.machine.fit.room_bytes", lambda device, free: 0.0)
    ran = mplus("inject", "a.txt", "--json")
    assert (ran.code, ran.error["code"]) == (1, "model")
    assert "too much" in ran.error["message"]
    assert "-m " not in ran.error["hint"]  # nothing fits into nothing
    assert largest_within(small - 1) is None
    found = largest_within(4 * GB)
    assert found is not None
    assert found.short == "qwen3-1.7b"


def test_a_choice_is_said_for_a_new_memory_only(
    mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    (world / "b.txt").write_text("The gate is green. " * 5)
    monkeypatch.setattr("mplus_cli.model.machine.fit.SMALL_BYTES", 0)
    assert "--quantize none: weights of" in mplus("inject", "a.txt").err
    assert "--quantize" not in mplus("inject", "b.txt").err


def test_a_small_model_goes_without_a_word(mplus: Run, world: Path) -> None:
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    assert "--quantize" not in mplus("inject", "a.txt").err
    assert mplus("status", "--json").json["quantize"] == "none"
