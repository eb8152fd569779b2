"""The default model `smollm2`, for real: its base, the free test, and the whole way from text to
answer.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import platformdirs
import pytest
import torch

from bench.plain import plain_llama
from mplus_cli.kinds.passes import read_by_layer, write_alone
from mplus_cli.model.config import ModelConfig, Quantization
from mplus_cli.model.net.linear import AdaptedLinear
from mplus_cli.model.net.tokenizer import Tokenizer
from mplus_cli.model.prepared import catalog
from mplus_cli.model.prepared.load import load
from store.segments.quantized import packed
from tests.conftest import USER_CACHE, Run

CACHE = Path(USER_CACHE) if USER_CACHE else platformdirs.user_cache_path("mplus")
TEXT = (
    "The watering pump of the old garden stands behind the shed. It was built in 1961 by Ida "
    "Ferrante, and must\nrun for twenty minutes each evening in July. The gate code is 4417; "
    "whoever changes it writes it into this note."
)


@dataclass(frozen=True)
class OneSegment:
    """A memory of one chunk: vectors [L,K,w]."""

    vectors: torch.Tensor
    as_kv: bool

    def read(self, layer: int, queries: torch.Tensor | None) -> SimpleNamespace:
        vectors = self.vectors[layer]
        states, kv = (vectors[:0], vectors) if self.as_kv else (vectors, vectors[:0])
        return SimpleNamespace(
            states=states, kv=kv, ids=np.arange(len(vectors)), scores=torch.zeros(0)
        )


@pytest.fixture(scope="module")
def folder() -> Path:
    found = catalog.prepared_folder("smollm2", CACHE)
    assert (found / "model.json").exists(), (
        "the default model is not prepared: run the tests with `make test`"
    )
    return found


@pytest.mark.parametrize("as_kv", [False, True])
def test_reading_a_segment_is_reading_its_text(folder: Path, as_kv: bool) -> None:
    """The free test of docs/design.md, section 3: to 1e-3 in float32, against transformers."""
    model = load(folder, dtype="float32")
    for module in model.llama.modules():
        if isinstance(module, AdaptedLinear):
            module.adapters.clear()  # the base as it is
    tokenizer = Tokenizer(folder, model.config)
    chunk, question = (
        tokenizer.encode(TEXT)[0],
        tokenizer.encode("\nQ: What is the gate code?\nA:")[0],
    )
    written = write_alone(model, [chunk], as_kv)[0]

    _, logits = read_by_layer(
        model, question, OneSegment(written.vectors, as_kv), 0, all_logits=True
    )
    with torch.no_grad():
        expected = (
            plain_llama(folder)
            .float()(torch.tensor([[1, *chunk, *question]]))
            .logits[0, -len(question) :]
        )
    assert (logits - expected).abs().max() < 1e-3


@pytest.mark.parametrize(("quantize", "most"), [("nf4", 0.2), ("int8", 0.12)])
def test_quantized_networks_stay_close(folder: Path, quantize: Quantization, most: float) -> None:
    plain, small = load(folder), load(folder, quantize=quantize)
    ids = Tokenizer(folder, plain.config).encode(TEXT)[0][:32]
    expected, found = (
        write_alone(model, [ids], False)[0].vectors[-1].float() for model in (plain, small)
    )
    assert 0 < (found - expected).norm() / expected.norm() < most
    assert plain.config.identity("none") != small.config.identity(quantize)


def test_a_chunk_written_again_by_itself_stays_close(folder: Path) -> None:
    """Products of other sizes round otherwise; which a memory sees when it makes vectors again."""
    model = load(folder)
    ids = Tokenizer(folder, model.config).encode(TEXT)[0]
    together = write_alone(model, [ids[:20], ids, ids[10:]], as_kv=True)[1]
    alone = write_alone(model, [ids], as_kv=True)[0]
    first, again = packed(together.vectors, 2), packed(alone.vectors, 2)
    steps = (first.numbers.int() - again.numbers.int()).abs()
    assert steps.max() <= 3 and (steps > 0).float().mean() < 0.01
    numbers = [each.unpacked(torch.float32) for each in (first, again)]
    assert (numbers[0] - numbers[1]).abs().max() < 0.01 * numbers[0].abs().max()


def test_decoding_in_8_bits_stays_close(folder: Path) -> None:
    plain, quick = load(folder), load(folder, decode8=True)
    tokenizer = Tokenizer(folder, plain.config)
    prompt, text = tokenizer.prompt("What is the gate code?", None), tokenizer.encode(TEXT)[0]
    logits = []
    for model in (plain, quick):
        written = write_alone(model, [text], as_kv=True)[0]
        cache, _ = read_by_layer(model, prompt, OneSegment(written.vectors, as_kv=True), 24)
        logits.append(torch.stack([model.step(cache, token) for token in text[:24]]))
    assert (logits[1] - logits[0]).norm() / logits[0].norm() < 0.05
    assert (logits[1].argmax(-1) == logits[0].argmax(-1)).float().mean() > 0.9


def test_the_parts_that_come_along_are_those_described(folder: Path) -> None:
    parts = Path(str(resources.files("mplus_cli.model"))) / "data" / "smollm2"
    digest = json.loads((parts / "config.json").read_text())["weights_sha256"]
    assert digest == hashlib.sha256((parts / "model.safetensors").read_bytes()).hexdigest()
    assert digest in ModelConfig.load(folder).provenance.files.values()


def test_a_model_prepared_with_other_parts_is_renewed(
    folder: Path, mplus: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = tmp_path / "cache" / "models" / "smollm2"
    older.mkdir(parents=True)
    config = ModelConfig.load(folder)
    files = dict.fromkeys(config.provenance.files, "0" * 64)
    replace(config, provenance=replace(config.provenance, files=files)).save(older)
    monkeypatch.setenv("MPLUS_CACHE", str(tmp_path / "cache"))
    ran = mplus("model", "info", "smollm2", "--json")
    assert (ran.code, "older mplus" in ran.error["message"]) == (1, True)
    assert "mplus model pull smollm2" in ran.error["hint"]
    assert not any(model["here"] for model in mplus("model", "ls", "--json").json)


@pytest.mark.parametrize("content", ['{"prepared": 0}', "{", '{"prepared": 1, "name": "x"}'])
def test_what_another_version_prepared_is_renewed(
    toys: dict[str, Path], mplus: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    monkeypatch.setenv("MPLUS_CACHE", str(tmp_path / "cache"))
    older = catalog.prepared_folder(str(toys["input"]), tmp_path / "cache")
    older.mkdir(parents=True)
    (older / "model.json").write_text(content)
    assert mplus("model", "ls").code == 0
    assert mplus("model", "info", toys["input"]).code == (20 if content == "{" else 1)
    assert mplus("model", "pull", toys["input"]).code == 0
    assert mplus("model", "info", toys["input"]).code == 0


def test_the_base_is_checked(tmp_path: Path, mplus: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLUS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "base.gguf").write_bytes(b"GGUF not really")
    ran = mplus("model", "pull", "smollm2", "--from", tmp_path / "base.gguf", "--json")
    assert ran.code == 1
    assert "SHA-256" in ran.error["message"]
    assert not list((tmp_path / "cache").glob("models/*"))


def test_from_text_to_an_answer_with_its_source(
    folder: Path, mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MPLUS_CACHE", str(CACHE))
    monkeypatch.delenv("MPLUS_MODEL")
    (world / "garden.md").write_text(TEXT)
    assert mplus("inject", "garden.md").code == 0
    status = mplus("status", "--json").json
    assert (status["model"], status["pool_vectors"]) == ("smollm2", 0)
    found = mplus("ask", "What is the gate code?", "-n", "16", "--json").json
    assert "4417" in found["answer"] and not found["declined"]
    assert [Path(source["path"]).name for source in found["sources"]] == ["garden.md"]
    assert found["timings_ms"]["sources"] < 0.1 * sum(found["timings_ms"].values())
    shown = mplus("ask", "What is the gate code?", "-n", "16").err
    assert "garden.md" in shown and "%" not in shown  # one source has all the weight
    assert "smollm2" in json.dumps(mplus("model", "ls", "--json").json)
    assert mplus("model", "info", "--json").json["config"]["num_tokens"] == 256


def test_what_it_does_not_hold_is_declined(
    folder: Path, mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MPLUS_CACHE", str(CACHE))
    monkeypatch.delenv("MPLUS_MODEL")
    (world / "garden.md").write_text(TEXT)
    assert mplus("inject", "garden.md").code == 0
    question = "Which composer wrote the opera about the moon?"
    assert mplus("ask", question, "--json").json["declined"]
    ran = mplus("ask", question)
    assert ran.out.strip() == "I don't know."
    assert "does not seem to hold" in ran.err and "garden.md" in ran.err
