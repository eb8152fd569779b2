"""The reader under training computes what the product computes with the same adapters."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from mplus_cli.model.load import load
from mplus_cli.model.prepare import folder_source, prepare
from tests.toy import make_checkpoint
from training.batches import Batcher, padded
from training.data import Passage, Question
from training.reader import Batch, Reader

CHUNKS = [[5, 9, 30, 31, 7], [40, 41, 42], [100, 101, 102, 103, 104, 105, 106]]
ROWS = [[1, 3, 14, 15, 16], [7, 8, 9]]  # of chunks padded to seven rows each
TOKENS, ANSWER = [[1, 2, 3, 4], [9, 8, 7, 6, 5, 4]], [[0, 0, 1, 1], [0, 0, 0, 0, 1, 1]]


def prepared(folder: Path) -> Path:
    prepare(folder_source("toy", folder), folder.parent / f"{folder.name}-prepared")
    return folder.parent / f"{folder.name}-prepared"


def test_it_reads_as_the_product_does(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "toy", "chunks")
    reader = Reader(load(prepared(folder)), rank=3, alpha=6)
    torch.manual_seed(0)
    for parameter in reader.adapters.values():
        torch.nn.init.normal_(parameter, std=0.2)
    batch = Batch(padded(CHUNKS), padded(ROWS, left=True), padded(TOKENS), padded(ANSWER, fill=0).bool())
    with torch.no_grad():
        logits = reader(batch)

    save_file(load_file(folder / "model.safetensors") | reader.tensors(), folder / "model.safetensors")
    config = json.loads((folder / "config.json").read_text())
    adapted = config | {"add_decoder_lora": True, "lora_config": {"r": 3, "lora_alpha": 6}}
    (folder / "config.json").write_text(json.dumps(adapted))
    model = load(prepared(folder))
    vectors = torch.cat(
        [torch.nn.functional.pad(model.write_alone([c], False)[0].vectors, (0, 0, 0, 7 - len(c))) for c in CHUNKS], 1
    )
    expected = []
    for rows, tokens, answer in zip(ROWS, TOKENS, ANSWER, strict=True):

        def read(layer: int, queries: None, rows: list[int] = rows) -> SimpleNamespace:
            scores = torch.ones(len(rows))
            return SimpleNamespace(
                states=vectors[layer, rows], ids=np.array(rows), scores=scores, kv=vectors[layer, :0]
            )

        found = model.read(tokens, SimpleNamespace(read=read), 0, all_logits=True)[1]
        expected.append(found[[place - 1 for place, mark in enumerate(answer) if mark]])
    assert torch.allclose(logits, torch.cat(expected), atol=1e-4)


class Bytes:
    """A tokenizer whose ids are bytes."""

    def encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        return list(text.encode()), [(place, place + 1) for place in range(len(text))]

    def prompt(self, question: str, system: str | None) -> list[int]:
        return self.encode(f"Q: {question} A: ")[0]


def test_a_batch_reads_the_right_chunk_whole_and_marks_the_answer() -> None:
    passages = [
        Passage(f"Filler text number {number}. The code of door {number} is {number}47.", None, questions)
        for number in range(4)
        for questions in [(Question(f"Which code has door {number}?", (f"{number}47",)), Question("Why?", ()))]
    ]
    groups = [passages[:2], *([one] for one in passages[2:])]
    batcher = Batcher(Bytes(), 0, 64, seed=1)  # type: ignore[arg-type]
    batch, again = batcher.batch(3, groups), batcher.batch(3, groups)
    assert torch.equal(batch.rows, again.rows)
    texts = [bytes(row[row >= 0].tolist()).decode() for row in batch.chunks]
    width = batch.chunks.shape[1]
    for rows, tokens, marks in zip(batch.rows, batch.tokens, batch.answer, strict=True):
        answer = bytes(tokens[marks][:-1].tolist()).decode()
        assert tokens[marks][-1] == 0
        if answer == "I don't know.":
            continue
        read = set(rows[rows >= 0].tolist())
        right = next(number for number, text in enumerate(texts) if f"is {answer}" in text)
        assert read >= {right * width + offset for offset in range(len(texts[right]))}
        assert len(read) == (rows >= 0).sum()
