"""Decoding with 8-bit weights: close to the plain network, made once, and only where it is
wanted.
"""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from mplus_cli.engine import Engine
from mplus_cli.kinds.passes import read_by_layer
from mplus_cli.model.net.generate import by_temperature
from mplus_cli.model.net.network import Network
from mplus_cli.model.prepared.catalog import prepared_folder
from mplus_cli.model.prepared.load import load
from mplus_cli.model.prepared.prepare import folder_source, prepare
from mplus_cli.settings import load_settings
from tests.toy import HIDDEN, Layout, make_checkpoint

PROMPT, STEPS = [5, 80, 12, 200, 7], [3, 90, 41, 7]
MOST = 0.05  # of the length; a toy of so few weights is off by more than a real model


class Rows:
    """A memory of five random vectors in every layer."""

    def read(self, layer: int, queries: torch.Tensor | None) -> SimpleNamespace:
        vectors = torch.randn(5, HIDDEN, generator=torch.Generator().manual_seed(layer))
        return SimpleNamespace(
            states=vectors, ids=np.arange(5), scores=torch.zeros(5), kv=vectors[:0]
        )


def decoded(model: Network) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits of the steps behind a prompt, and the attention that was paid to the memory's rows."""
    cache, _ = read_by_layer(model, PROMPT, Rows(), len(STEPS))
    logits = torch.stack([model.step(cache, token) for token in STEPS])
    assert cache.tokens == len(PROMPT) + len(STEPS)
    return logits, cache.attention


def off(found: torch.Tensor, expected: torch.Tensor) -> float:
    return float((found - expected).norm() / expected.norm())


@pytest.fixture(params=["mplus", "memoryllm", "chunks", "biased"])
def prepared(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    layout: Layout = "mplus" if request.param == "biased" else request.param
    checkpoint = make_checkpoint(tmp_path / "checkpoint", layout, tokenizer=False)
    prepare(folder_source("x", checkpoint), tmp_path / "prepared")
    if request.param == "biased":
        for file in (tmp_path / "prepared").glob("layer-*"):
            tensors = load_file(file)
            random = torch.Generator().manual_seed(len(file.name))
            sizes = {name: len(tensors[f"{name}.weight"]) for name in ("q", "kv", "o", "down")}
            biases = {name: torch.randn(size, generator=random) for name, size in sizes.items()}
            save_file(tensors | {f"{name}.bias": bias for name, bias in biases.items()}, file)
    return tmp_path / "prepared"


def test_it_stays_close_to_the_plain_network(prepared: Path) -> None:
    plain, quick = decoded(load(prepared)), decoded(load(prepared, decode8=True))
    assert 0 < off(quick[0], plain[0]) < MOST
    assert 0 < off(quick[1], plain[1]) < MOST


def test_its_form_is_made_at_the_first_step_and_once(prepared: Path) -> None:
    model = load(prepared, decode8=True)
    read_by_layer(model, PROMPT, Rows(), 1)
    assert not (prepared / "decode8").exists()
    first = decoded(model)[0]
    kept = {file.name: file.stat().st_ino for file in (prepared / "decode8").iterdir()}
    tensors = ["layer-000.safetensors", "layer-001.safetensors", "outer.safetensors"]
    assert sorted(kept) == ["files.json", *tensors]
    assert torch.equal(decoded(load(prepared, decode8=True))[0], first)
    assert {file.name: file.stat().st_ino for file in (prepared / "decode8").iterdir()} == kept


@pytest.mark.parametrize("content", [b"", b"not safetensors at all", b"\x00" * 300])
def test_a_damaged_form_is_made_anew(tmp_path: Path, content: bytes) -> None:
    checkpoint = make_checkpoint(tmp_path / "checkpoint", "chunks", tokenizer=False)
    prepare(folder_source("x", checkpoint), tmp_path / "prepared")
    first = decoded(load(tmp_path / "prepared", decode8=True))[0]
    for name in ("layer-001.safetensors", "outer.safetensors"):
        (tmp_path / "prepared" / "decode8" / name).write_bytes(content)
    assert torch.equal(decoded(load(tmp_path / "prepared", decode8=True))[0], first)


@pytest.mark.parametrize(("quantize", "quick"), [("auto", True), ("none", False)])
def test_it_is_used_on_a_cpu_unless_the_user_names_a_form(
    quantize: str, quick: bool, toys: dict[str, Path], toy_cache: Path
) -> None:
    flags = {"model": str(toys["input"]), "cache": toy_cache, "device": "cpu", "quantize": quantize}
    (toy_cache / "none.toml").touch()
    engine = Engine(load_settings(flags, {"MPLUS_CONFIG": str(toy_cache / "none.toml")}), None)
    exact = load(prepared_folder(str(toys["input"]), toy_cache))
    assert (off(decoded(engine.network)[0], decoded(exact)[0]) > 0) is quick
    assert engine.spec.quantize == "none"


def test_what_it_decodes_is_what_it_would_read(toys: dict[str, Path], toy_cache: Path) -> None:
    """The rows that it leaves in the cache are those of the plain network, to eight bits."""
    folder = prepared_folder(str(toys["mplus"]), toy_cache)
    rows = []
    for quick in (False, True):
        model = load(folder, decode8=quick)
        cache, _ = read_by_layer(model, PROMPT, Rows(), len(STEPS))
        for token in STEPS:
            model.step(cache, token)
        layers = enumerate(cache.memory_rows)
        rows.append(
            torch.stack(
                [torch.stack(cache.upto(layer, start + cache.tokens)) for layer, start in layers]
            )
        )
    assert 0 < off(rows[1], rows[0]) < MOST


@pytest.mark.parametrize("temperature", [5e-324, 1e-40, 1e-7, 1.0, 1e30, 1e308])
def test_any_temperature_gives_a_token(temperature: float) -> None:
    logits = torch.tensor([-30.0, 12.5, 3.0, 12.25])
    token = by_temperature(temperature, seed=0)(logits)
    assert token in (range(4) if temperature >= 1 else [1])
