"""The reader under training computes what the product computes with the same adapters."""

import json
import statistics
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from mplus_cli.kinds.passes import settled, write_alone
from mplus_cli.model.config import ModelConfig
from mplus_cli.model.prepared.load import load
from mplus_cli.model.prepared.prepare import folder_source, prepare
from tests.toy import make_checkpoint
from training.batches import Batcher
from training.corpus import Corpus, corpus_in
from training.data import Passage, Question
from training.facts import make_facts
from training.facts.grids import make_grids
from training.reader import Batch, Reader, padded

CHUNKS, READ = [[5, 9, 30, 31, 7], [40, 41, 42], [100, 101, 102, 103, 104, 105, 106]], [2, 0, 2]
TOKENS = [[1, 2, 3, 4], [9, 8, 7, 6, 5, 4], [3, 3]]
ANSWER = [[0, 0, 1, 1], [0, 0, 0, 0, 1, 1], [0, 1]]


def prepared(folder: Path) -> Path:
    prepare(folder_source("toy", folder), folder.parent / f"{folder.name}-prepared")
    return folder.parent / f"{folder.name}-prepared"


def test_it_writes_and_reads_as_the_product_does(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "toy", "chunks")
    reader = Reader(load(prepared(folder)), rank=3, write_rank=2, first_written=1)
    torch.manual_seed(0)
    for parameter in reader.adapters.values():
        torch.nn.init.normal_(parameter, std=0.2)
    batch = Batch(padded(CHUNKS), torch.tensor(READ), padded(TOKENS), padded(ANSWER, fill=0).bool())
    with torch.no_grad():
        logits = reader(batch)

    save_file(
        load_file(folder / "model.safetensors")
        | {key: each.detach() for key, each in reader.named().items()},
        folder / "model.safetensors",
    )
    config = json.loads((folder / "config.json").read_text())
    adapted = config | {"add_decoder_lora": True, "lora_config": {"r": 3, "lora_alpha": 3}}
    (folder / "config.json").write_text(json.dumps(adapted))
    model = load(prepared(folder))
    written = [each.vectors for each in write_alone(model, CHUNKS, as_kv=False)]
    expected = []
    for chunk, tokens, answer in zip(READ, TOKENS, ANSWER, strict=True):

        def read(
            layer: int, queries: None, vectors: torch.Tensor = written[chunk]
        ) -> SimpleNamespace:
            count = vectors.shape[1]
            return SimpleNamespace(
                states=vectors[layer],
                ids=np.arange(count),
                scores=torch.ones(count),
                kv=vectors[layer, :0],
            )

        found = model.read(tokens, settled(read), 0, all_logits=True)[1]
        expected.append(found[[place - 1 for place, mark in enumerate(answer) if mark]])
    assert torch.allclose(logits, torch.cat(expected), atol=1e-4)


class Bytes:
    """A tokenizer whose ids are bytes."""

    def encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        return list(text.encode()), [(place, place + 1) for place in range(len(text))]

    def saying(self, text: str) -> list[int]:
        return self.encode(text)[0]

    def prompt(self, question: str, system: str | None) -> list[int]:
        return self.encode(f"Q: {question} A: ")[0]


def doors(names: range) -> list[Passage]:
    return [
        Passage(f"Filler text number {name}. The code of door {name} is {name}47.", None, questions)
        for name in names
        for questions in [
            (Question(f"Which code has door {name}?", (f"{name}47",)), Question("Why?", ()))
        ]
    ]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.corpus.MADE_UP", {make_facts: 4, make_grids: 1})
    monkeypatch.setattr("training.batches.typed", lambda text, rng: text.lower())  # no slips


def described(config: ModelConfig) -> ModelConfig:
    """A toy's config, with longer chunks and an end token that `Bytes` does not have."""
    return replace(
        config,
        memory=replace(config.memory, chunk_tokens=64),
        special=replace(config.special, eos_ids=(0,)),
    )


def made(folder: Path) -> Corpus:
    network = load(prepared(make_checkpoint(folder / "toy", "chunks")))
    described_config = described(network.config)
    engine: Any = SimpleNamespace(network=network, tokenizer=Bytes(), config=described_config)
    names = [f"model.layers.1.self_attn.{name}_proj.weight" for name in ("query", "key")]
    retriever = {name: torch.eye(8, network.config.architecture.hidden) for name in names}
    return corpus_in(
        folder / "corpus.json",
        engine,
        retriever,
        doors(range(10, 30)),
        doors(range(50, 60)),
        seed=1,
    )


@pytest.mark.usefixtures("few")
def test_questions_come_with_the_chunks_that_a_search_brings(tmp_path: Path) -> None:
    corpus = made(tmp_path)
    asked = [each for each in corpus.questions if each.kind == "written" and each.answers]
    assert len(asked) == 30
    for each in asked:
        assert each.answers[0] in corpus.chunks[each.chunk].text
        assert each.dev or not any(corpus.chunks[number].dev for number in each.ranked)
    # The network is a random one, so only the texts tell.
    assert statistics.mean(each.ranked.index(each.chunk) for each in asked) < 5


@pytest.mark.usefixtures("few")
def test_a_batch_reads_one_chunk_and_marks_what_it_answers(tmp_path: Path) -> None:
    corpus = made(tmp_path)
    config = described(ModelConfig.load(tmp_path / "toy-prepared"))
    tokenizer: Any = Bytes()
    batcher, declines = Batcher(corpus, tokenizer, config, seed=1), config.answering.declines
    batch, again = batcher.batch(3), batcher.batch(3)
    assert torch.equal(batch.tokens, again.tokens)
    assert torch.equal(batch.chunks, again.chunks)
    right = wrong = varied = 0
    rows = [
        (one.chunks[number], tokens, marks)
        for one in map(batcher.batch, range(6))
        for number, tokens, marks in zip(one.read, one.tokens, one.answer, strict=True)
    ]
    for chunk, tokens, marks in rows:
        answer = bytes(tokens[marks][:-1].tolist()).decode()
        assert tokens[marks][-1] == 0
        prompt = bytes(tokens[(tokens >= 0) & ~marks].tolist()).decode().lower().replace("?", "")
        asked = next(
            each
            for each in corpus.questions
            if f"q: {each.text} a: ".lower().replace("?", "") == prompt
        )
        if not asked.answers:  # the same question about many passages
            assert answer == declines
            continue
        read = bytes(chunk[chunk >= 0].tolist()).decode()
        own = corpus.chunks[asked.chunk].text
        assert answer == (asked.answers[0] if own in read else declines)
        right, wrong, varied = (
            right + (own in read),
            wrong + (own not in read),
            varied + (own in read and own != read),
        )
    assert right > wrong > 0
    assert right > varied > 0
