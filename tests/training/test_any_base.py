"""Parts for any base: trained, packed, pulled and asked; what they compute is what was trained."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from mplus_cli.errors import ModelError
from mplus_cli.kinds.passes import settled, write_alone
from mplus_cli.model.config import ModelConfig
from mplus_cli.model.net.cache import LayerReading
from mplus_cli.model.net.network import Network
from mplus_cli.model.net.tokenizer import Tokenizer
from mplus_cli.model.prepared import catalog
from mplus_cli.model.prepared.load import load
from tests.conftest import Run
from tests.model.test_devices import OneDevice
from tests.toy import make_checkpoint
from training import average, pack, train_lookalikes, train_reader, train_retriever
from training.base import opened, recipe_of
from training.batches import Batcher
from training.corpus import Corpus
from training.facts import make_facts
from training.reader import Batch, Reader, padded
from training.search import Asked, Made

CHUNKS, READ = [[5, 9, 30, 31, 7], [40, 41, 42], [100, 101, 102, 103, 104, 105, 106]], [2, 0, 2]
TOKENS = [[1, 2, 3, 4], [9, 8, 7, 6, 5, 4], [3, 3]]
ANSWER = [[0, 0, 1, 1], [0, 0, 0, 0, 1, 1], [0, 1]]
BATCH = Batch(padded(CHUNKS), torch.tensor(READ), padded(TOKENS), padded(ANSWER, fill=0).bool())

Program = Callable[..., None]


@pytest.fixture
def program(world: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Run a module of `training` as a command, small and quick to learn."""
    small = {
        "train_retriever.STEPS": 10,
        "train_lookalikes.STEPS": 4,
        "train_lookalikes.ROUND": 2,
        "train_reader.LEARNING_RATE": 0.02,
        "train_reader.WARM_UP": 2,
        "train_reader.DEV_EVERY": 6,
        "corpus.MADE_UP": {make_facts: 2},
    }
    for name, value in small.items():
        monkeypatch.setattr(f"training.{name}", value)

    def run(module: Any, *arguments: str | Path) -> None:
        monkeypatch.setattr("sys.argv", [module.__name__, *map(str, arguments)])
        module.main()

    return run


def questions(file: Path, numbers: range) -> Path:
    """Passages about doors, each with a question."""
    lines = [
        {
            "context": f"The code of door {number} is {number}47. It is green.",
            "title": None,
            "source": "doors",
            "qas": [{"question": f"Which code has door {number}?", "answers": [f"{number}47"]}],
        }
        for number in numbers
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


@pytest.mark.parametrize("layout", ["plain", "chunks"])
def test_a_base_is_trained_packed_pulled_and_asked(
    mplus: Run, program: Program, world: Path, toys: dict[str, Path], layout: str
) -> None:
    data, dev = questions(world / "data.jsonl", range(10, 30)), questions(world / "dev", range(3))
    given = (
        "--data",
        data,
        "--dev",
        dev,
        "--out",
        "run",
        "--base",
        toys[layout],
        "--device",
        "cpu",
    )
    program(train_retriever, *given)
    program(train_lookalikes, *given)
    program(train_reader, *given, "--steps", "8")
    program(train_reader, *given, "--steps", "12")  # goes on
    log = [json.loads(line) for line in Path("run/log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in log] == list(range(1, 13))
    assert log[-1]["loss"] < log[0]["loss"] - 0.5
    assert log[-1]["dev"] < log[5]["dev"]

    program(average, "--run", "run", "--run", "run", "--out", "mean")
    program(pack, "--run", "mean", "--base", toys[layout], "--out", "mine", "--data", "20 doors")
    program(pack, "--run", "run", "--base", toys[layout], "--out", "own", "--data", "20 doors")
    assert load_file("mine/model.safetensors").keys() == load_file("own/model.safetensors").keys()
    card = Path("own/README.md").read_text()
    assert str(toys[layout]) in card
    assert "20 doors" in card
    assert "12 steps" in card

    pulled = mplus("model", "pull", "own", "--json")
    assert pulled.code == 0, pulled.err
    base = mplus("model", "info", toys[layout], "--json").json
    assert pulled.json["identity"] != base["identity"]
    same = ("retrieval_layers", "num_tokens", "pool_vectors", "retrieved_vectors", "prefix_ids")
    for name in (*same, "capacity_vectors", "chunk_tokens", "memory_state", "drop_per_layer"):
        assert pulled.json["config"][name] == base["config"][name], name
    Path("doors.txt").write_text("The code of door 12 is 1247. It is green.")
    assert mplus("inject", "doors.txt", "-m", "own").code == 0
    ran = mplus("ask", "Which code has door 12?", "-m", "own", "-n", "4", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["sources"]


def packed(reader: Reader, base: Path, cache: Path, folder: Path, program: Program) -> Path:
    """A run with a reader's adapters as they are, as a folder."""
    config = ModelConfig.load(catalog.prepared_folder(str(base), cache))
    run = folder / "run"
    opened(str(base), "cpu", run)
    rows = (config.memory.selector, config.architecture.hidden)
    width = min(rows)
    retriever = {
        f"model.layers.{layer}.self_attn.{name}_proj.weight": torch.randn(width, rows[1])
        for layer in config.memory.retrieval_layers
        for name in ("query", "key")
    }
    save_file(retriever, run / "retriever.safetensors")
    save_file(
        {key: each.detach() for key, each in reader.named().items()}, run / "mean.safetensors"
    )
    program(pack, "--run", run, "--base", base, "--out", folder / "parts", "--data", "nothing")
    return folder / "parts"


def trained(base: Path, cache: Path) -> Reader:
    """A reader with random adapters in all layers, in the numbers that they are packed in."""
    folder = catalog.prepared_folder(str(base), cache)
    reader = Reader(load(folder), rank=32, write_rank=16, first_written=0)
    torch.manual_seed(0)
    for parameter in reader.adapters.values():
        torch.nn.init.normal_(parameter, std=0.1)
        parameter.data.copy_(parameter.data.bfloat16())
    return reader


@pytest.mark.parametrize("layout", ["plain", "chunks"])
def test_what_is_packed_computes_what_was_trained(
    program: Program, tmp_path: Path, toys: dict[str, Path], toy_cache: Path, layout: str
) -> None:
    reader = trained(toys[layout], toy_cache)
    with torch.no_grad():
        logits = reader(BATCH)
    parts = packed(reader, toys[layout], toy_cache, tmp_path, program)
    pulled = catalog.pull(str(parts), tmp_path / "cache", None, False, lambda done, of: None)
    assert torch.allclose(logits, product(load(pulled)), atol=2e-4, rtol=1e-4)


def product(model: Network) -> torch.Tensor:
    """What the product says of the batch's answers."""
    written = [each.vectors for each in write_alone(model, CHUNKS, as_kv=True)]
    found = []
    for chunk, tokens, answer in zip(READ, TOKENS, ANSWER, strict=True):
        kv = written[chunk]

        def read(layer: int, queries: None, kv: torch.Tensor = kv) -> LayerReading:
            count, nothing = kv.shape[1], kv[layer, :0]
            found: Any = SimpleNamespace(
                states=nothing, ids=np.arange(count), scores=torch.ones(count), kv=kv[layer]
            )
            return found  # type: ignore[no-any-return]

        logits = model.read(tokens, settled(read), 0, all_logits=True)[1]
        found.append(logits[[place - 1 for place, mark in enumerate(answer) if mark]])
    return torch.cat(found)


@pytest.mark.parametrize("layout", ["plain", "chunks"])
def test_gradients_are_those_of_the_loss(
    world: Path, toys: dict[str, Path], toy_cache: Path, layout: str
) -> None:
    reader = trained(toys[layout], toy_cache)
    reader(BATCH).square().mean().backward()
    for name in ("default", "decoder_adapter"):
        [key] = [
            key for key in reader.adapters if f"layers/0/self_attn/v_proj/lora_A/{name}" in key
        ]
        parameter = reader.adapters[key]
        assert parameter.grad is not None
        direction, step = parameter.grad / parameter.grad.norm(), 1e-2
        with torch.no_grad():
            parameter += step * direction
            more = reader(BATCH).double().square().mean()
            parameter -= 2 * step * direction
            less = reader(BATCH).double().square().mean()
            parameter += step * direction
        slope = float(more - less) / (2 * step)
        assert slope == pytest.approx(float(parameter.grad.norm()), rel=0.05)


@pytest.mark.parametrize("layout", ["plain", "chunks"])
def test_all_that_is_computed_lies_on_the_networks_device(
    world: Path, toys: dict[str, Path], toy_cache: Path, layout: str
) -> None:
    """On PyTorch's meta device, which computes shapes and no numbers."""
    folder = catalog.prepared_folder(str(toys[layout]), toy_cache)
    reader = Reader(load(folder, "meta"), rank=3, write_rank=2, first_written=0)
    with OneDevice():
        logits = reader(BATCH)
        logits.sum().backward()
    assert logits.shape == (5, 259)
    assert {each.device.type for each in reader.named().values()} == {"meta"}


def test_a_batch_is_what_stands_within_the_template(
    world: Path, toys: dict[str, Path], toy_cache: Path
) -> None:
    folder = catalog.prepared_folder(str(toys["plain"]), toy_cache)
    config = ModelConfig.load(folder)
    config = replace(config, special=replace(config.special, eos_ids=(256, 258)))
    tokenizer = Tokenizer(folder, config)
    texts = [f"Door {number} has the code {number}47." for number in range(10, 20)]
    chunks = [Made(tuple(tokenizer.passage(text)), text, "written", False) for text in texts]
    questions = [
        Asked(f"Which code has door {at + 10}?", (f"{at + 10}47",), at, (), "written", False)
        for at in range(10)
    ]
    batcher, varied = Batcher(Corpus(chunks, questions), tokenizer, config, seed=1), 0
    for batch in map(batcher.batch, range(4)):
        for row in batch.chunks:
            ids = row[row >= 0].tolist()
            assert ids == tokenizer.passage(tokenizer.decode(ids))
            varied += tuple(ids) not in {chunk.ids for chunk in chunks}
        for row, marks in zip(batch.tokens, batch.answer, strict=True):
            text, said = (tokenizer.decode(row[(row >= 0) & part]) for part in (~marks, marks))
            assert text.startswith("Question: ")
            assert text.endswith("<|im_end|>\n<|im_start|>assistant\n")
            assert config.answering.system not in text  # it is in the prefix
            assert said.endswith(("47<|im_end|>", "I don't know.<|im_end|>"))
    assert varied


def test_a_base_that_changed_is_refused(
    mplus: Run, program: Program, world: Path, toys: dict[str, Path], toy_cache: Path
) -> None:
    base = Path(shutil.copytree(toys["plain"], world / "base"))
    mplus("model", "pull", base)
    parts = packed(trained(toys["plain"], toy_cache), base, toy_cache, world, program)
    shutil.copytree(base, world / "elsewhere")
    weights = load_file(base / "model.safetensors")
    weights["model.norm.weight"] += 1
    save_file(weights, base / "model.safetensors")
    ran = mplus("model", "pull", parts, "--json")
    assert ran.code == 1
    assert "is not the base that" in ran.error["message"]
    assert "--from" in ran.error["hint"]
    shutil.rmtree(base)
    ran = mplus("model", "pull", parts, "--json")
    assert (ran.code, "the base of" in ran.error["message"]) == (1, True)
    assert mplus("model", "pull", parts, "--from", "elsewhere").code == 0


def test_parts_that_are_not_whole_are_refused(
    mplus: Run, program: Program, world: Path, toys: dict[str, Path], toy_cache: Path
) -> None:
    parts = packed(trained(toys["plain"], toy_cache), toys["plain"], toy_cache, world, program)
    described = json.loads((parts / "config.json").read_text())
    for base, said in (
        ({"model": str(toys["plain"])}, "describes no base"),
        (described["base"] | {"files": {}}, "names no base"),
        (described["base"] | {"model": 7}, "names no base"),
        (described["base"] | {"model": str(parts)}, "no base of its own"),
    ):
        (parts / "config.json").write_text(json.dumps(described | {"base": base}))
        ran = mplus("model", "pull", parts, "--json")
        assert (ran.code, ran.error["code"]) == (1, "model")
        assert said in ran.error["message"]
    (parts / "config.json").write_text(json.dumps(described | {"weights_sha256": "0" * 64}))
    assert "not those that" in mplus("model", "pull", parts, "--json").error["message"]


def test_a_run_is_of_one_base(
    program: Program, world: Path, toys: dict[str, Path], tmp_path: Path
) -> None:
    opened(str(toys["plain"]), "cpu", world / "run")
    for command in (
        lambda: opened(str(toys["chunks"]), "cpu", world / "run"),
        lambda: program(
            pack, "--run", "run", "--base", toys["chunks"], "--out", "x", "--data", "y"
        ),
    ):
        with pytest.raises(ModelError, match="another base"):
            command()


def test_bases_that_can_not_be_trained_are_refused(
    mplus: Run, world: Path, toys: dict[str, Path], tmp_path: Path
) -> None:
    half = make_checkpoint(tmp_path / "half", "plain", torch_dtype="float16")
    mplus("model", "pull", half)
    for base, said in ((toys["mplus"], "single vectors"), (half, "float16")):
        engine = opened(str(base), "cpu", tmp_path / f"run-{base.name}")
        with pytest.raises(ModelError, match=said):
            recipe_of(engine.config)
