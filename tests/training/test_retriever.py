"""The retriever learns which chunk a question is about."""

import pytest
import torch
from torch import Tensor

from training.base import Recipe
from training.train_retriever import Corpus, Retriever, found_first, train

CHUNKS, ROWS, WIDTH = 24, 5, 16
RECIPE, CPU = Recipe((4, 9), WIDTH), torch.device("cpu")


def corpus() -> Corpus:
    """Questions share one direction of each layer with their chunk; a stronger one that all share
    tells nothing.
    """
    torch.manual_seed(0)
    topics, common = torch.randn(CHUNKS, 2, 1, WIDTH), 6 * torch.randn(2, 1, WIDTH)

    def states(number: int) -> Tensor:
        noise = torch.randn(2, ROWS, WIDTH)
        return (topics[number] + common * torch.randn(2, ROWS, 1) + noise).bfloat16()

    numbers = list(range(CHUNKS)) * 4
    chunks, questions = (
        [states(number) for number in range(CHUNKS)],
        [states(number) for number in numbers],
    )
    return Corpus(chunks, questions, numbers, [[(number + 1) % CHUNKS] for number in numbers])


def test_training_finds_more_and_gives_published_names(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"QUESTIONS": 16, "MORE_CHUNKS": 8, "STEPS": 60}.items():
        monkeypatch.setattr(f"training.train_retriever.{name}", value)
    data = corpus()
    before, _ = found_first(Retriever(data, RECIPE, CPU), data)
    trained = train(data, RECIPE, CPU, seed=0)
    after, among_four = found_first(trained, data)
    assert after > before + 0.2
    assert among_four >= after
    assert torch.equal(train(data, RECIPE, CPU, seed=0).key, trained.key)
    assert {name: tensor.shape for name, tensor in trained.tensors().items()} == {
        f"model.layers.{layer}.self_attn.{name}_proj.weight": (WIDTH, WIDTH)
        for layer in (4, 9)
        for name in ("query", "key")
    }
