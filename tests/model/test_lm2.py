"""LM2: what chunks write, what a question reads, and the cell against its twin with gradients."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

import mplus_cli.model
from mplus_cli.kinds.slots import SlotReading, no_rows, write_rows
from mplus_cli.kinds.tracing import SlotTrace
from mplus_cli.model.net.generate import generate
from mplus_cli.model.net.lm2.cell import let_in
from mplus_cli.model.net.lm2.sentences import Sentences
from mplus_cli.model.net.network import Network
from mplus_cli.model.prepared.catalog import prepared_folder
from mplus_cli.model.prepared.known import CATALOG
from mplus_cli.model.prepared.layout import slots_layout
from mplus_cli.model.prepared.load import load
from store.kinds.cell import LEAST_GATE, Cell, Matrix

PARTS = Path(mplus_cli.model.__file__).parent / "data" / "smollm2-lm2" / "config.json"
CHUNKS = [[7, 3, 90, 11], list(range(40, 60)), [5], [7, 3, 91, 4, 4, 4]]
ENDS = [[1, 3], [4, 9, 19], [0], [2, 5]]
PROMPT = [9, 60, 31, 7, 7, 12]
TAG, WIDTH = 4, 12


@pytest.fixture(scope="module")
def model(toys: dict[str, Path], toy_cache: Path) -> Network:
    return load(prepared_folder(str(toys["lm2"]), toy_cache))


def written(model: Network, chunks: Sequence[Sequence[int]], ends: Sequence[list[int]]) -> Tensor:
    """Slots [N,a+m] that chunks have written, one after the other."""
    cell = Cell(Matrix.empty(model.config.memory.slots, WIDTH), TAG)
    for number, each in enumerate(write_rows(model, chunks, ends), 1):
        cell.let_in(each.vectors[0].numpy(), number)
    return torch.from_numpy(cell.matrix.slots)


def answer(model: Network, slots: Tensor | None) -> tuple[Tensor, list[int], Tensor | None]:
    """Logits of the prompt [m,V], the answer's tokens, and what was read of each slot."""
    reading = None if slots is None else SlotReading(model, slots)
    logits = model.read(PROMPT, no_rows, 6, all_logits=True, beside=reading)[1]
    reading = None if slots is None else SlotReading(model, slots)
    cache, last = model.read(PROMPT, no_rows, 6, beside=reading)
    said = list(generate(model, cache, last, 6))
    return logits, said, None if reading is None else reading.weights


def test_chunks_written_together_are_those_written_one_by_one(model: Network) -> None:
    for chunk, ends, found in zip(CHUNKS, ENDS, write_rows(model, CHUNKS, ENDS), strict=True):
        (single,) = write_rows(model, [chunk], [ends])
        assert found.vectors.dtype == torch.float16
        assert found.vectors.shape == single.vectors.shape
        assert 1 <= found.vectors.shape[1] <= 2 * len(ends)
        assert torch.equal(found.vectors, single.vectors)


def test_a_row_sees_nothing_behind_its_sentence(model: Network) -> None:
    """Rows of a chunk's first sentence are the same, whatever comes behind it."""
    (short,) = write_rows(model, [CHUNKS[1][:10]], [[4, 9]])
    (long,) = write_rows(model, [CHUNKS[1]], [[4, 9, 19]])
    count = short.vectors.shape[1]
    assert torch.allclose(short.vectors[0], long.vectors[0, :count], atol=2e-3)


def test_what_would_not_write_is_left_out_but_for_the_likeliest(model: Network) -> None:
    assert model.slots is not None
    before = model.slots.writer.gates.bias.clone()
    try:
        model.slots.writer.gates.bias[0] = -30.0
        for each in write_rows(model, CHUNKS, ENDS):
            assert each.vectors.shape[1] >= 1
            assert (each.vectors[0, :, -3] < LEAST_GATE).all()
        assert not written(model, CHUNKS, ENDS).any()
    finally:
        model.slots.writer.gates.bias.copy_(before)


def test_before_the_first_write_nothing_is_added(model: Network) -> None:
    plain, said, _ = answer(model, None)
    empty = torch.zeros(model.config.memory.slots, WIDTH)
    read = SlotReading(model, empty)
    model.read(PROMPT, no_rows, 6, beside=read)
    assert not (read.weights > 1e-4).any()
    slots = written(model, CHUNKS, ENDS)
    logits, other, weights = answer(model, slots)
    assert not torch.allclose(logits, plain, atol=1e-3)
    assert weights is not None
    assert (weights > 0.01).any()
    again, _, _ = answer(model, None)  # nothing of a memory stays in the network
    assert torch.equal(again, plain)
    assert said
    assert other


def test_no_token_sees_a_later_one(model: Network) -> None:
    slots = written(model, CHUNKS, ENDS)
    whole = model.read(PROMPT, no_rows, 2, True, SlotReading(model, slots))[1]
    part = model.read(PROMPT[:4], no_rows, 2, True, SlotReading(model, slots))[1]
    assert torch.allclose(whole[:4], part, atol=1e-5)


def test_decoding_reads_as_a_prompt_does(model: Network) -> None:
    slots = written(model, CHUNKS, ENDS)
    reading = SlotReading(model, slots)
    cache, _ = model.read(PROMPT[:3], no_rows, 4, beside=reading)
    steps = [model.step(cache, token) for token in PROMPT[3:]]
    whole = model.read(PROMPT, no_rows, 4, True, SlotReading(model, slots))[1]
    for row, step in zip(whole[3:], steps, strict=True):
        assert torch.allclose(row, step, atol=1e-4)
    mark = cache.tokens
    cache.tokens -= 1  # written over
    assert torch.allclose(model.step(cache, PROMPT[-1]), whole[-1], atol=1e-4)
    assert cache.tokens == mark


def test_questions_side_by_side_are_those_one_by_one(model: Network) -> None:
    """Two questions whose tokens take turns in the network, of two memories."""
    some = [written(model, CHUNKS[:1], ENDS[:1]), written(model, CHUNKS, ENDS)]
    alone = [answer(model, slots)[1] for slots in some]
    caches = [model.read(PROMPT, no_rows, 6, beside=SlotReading(model, slots)) for slots in some]
    running = [generate(model, cache, logits, 6) for cache, logits in caches]
    together: list[list[int]] = [[], []]
    for _ in range(6):
        for number, each in enumerate(running):
            together[number] += [token for token in [next(each, None)] if token is not None]
    assert together == alone


def test_the_order_in_which_chunks_come_counts(model: Network) -> None:
    there, back = written(model, CHUNKS, ENDS), written(model, CHUNKS[::-1], ENDS[::-1])
    assert not torch.allclose(there, back, atol=1e-3)


def test_an_answer_drew_on_whose_slots_it_read() -> None:
    matrix = Matrix.empty(3, WIDTH)
    matrix.sources[:2, :2] = [[2, 1], [3, 0]]
    matrix.shares[:2, :2] = [[0.75, 0.25], [0.5, 0]]
    weights = torch.zeros(3)
    trace = SlotTrace(weights, matrix)
    assert trace.segments() == [1, 2, 3]
    assert trace.drawn() == []  # nothing was read
    weights += torch.tensor([1.0, 1.0, 5.0])  # the last slot is nobody's
    drawn = [(each.number, round(each.weight, 4), each.kind) for each in trace.drawn()]
    assert drawn == [
        (2, 0.5, "approximate"),
        (3, 0.3333, "approximate"),
        (1, 0.1667, "approximate"),
    ]


def test_what_is_known_of_the_model_is_what_its_parts_say() -> None:
    sizes = CATALOG["smollm2-lm2"].sizes
    described = json.loads(PARTS.read_text(encoding="utf-8"))
    assert sizes.memory == slots_layout(described, sizes.architecture.layers)


def test_the_cell_is_its_twin_with_gradients(model: Network) -> None:
    cell = Cell(Matrix.empty(model.config.memory.slots, WIDTH), TAG)
    slots, usage = torch.zeros(1, model.config.memory.slots, WIDTH), torch.zeros(1, 8)
    rng = np.random.default_rng(0)
    for number in range(1, 30):
        ids = rng.integers(0, 250, 12).tolist()
        rows = write_rows(model, [ids], [[3, 7, 11]])[0].vectors[0]
        cell.let_in(rows.numpy(), number)
        for row in rows.float():
            slots, usage = let_in(slots, usage, row[None], TAG)
        assert np.abs(slots[0].numpy() - cell.matrix.slots).max() < 1e-5
        assert np.abs(usage[0].numpy() - cell.matrix.usage).max() < 1e-5


def test_lines_are_read_as_sentences_elsewhere(model: Network) -> None:
    texts = ["Tea", " Tea", " is", " left", ".", "\n", "\n\n", ".\n", "3", " 3", "5", " said", '"']
    sentences = Sentences(texts)

    def read(*tokens: str) -> list[str]:
        ids, ends = sentences.read([texts.index(token) for token in tokens])
        starts = [0, *(end + 1 for end in ends)]
        return [
            "".join(texts[token] for token in ids[start : end + 1])
            for start, end in zip(starts, ends, strict=False)
        ]

    assert read("Tea", " is", " left", ".", " Tea", " said", ".") == [" Tea is left.", " Tea said."]
    assert read("Tea", " left", "\n", "Tea", " said", ".\n", "Tea", " is") == [
        *(" Tea left.", " Tea said.\n", " Tea is.")
    ]
    assert read(" left", "3", ".", "5") == [" left3.5."]  # no sentence ends in a number
    assert read("\n\n", "\n") == []
    assert read('"', "Tea", '"', " said", ".") == ['" Tea" said.']
