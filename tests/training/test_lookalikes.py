"""The retriever learns to tell a question's chunk from those that a search brings beside it."""

import pytest
import torch

from tests.training.test_retriever import CHUNKS, CPU, RECIPE, corpus
from training.train_lookalikes import Found, Joined, train
from training.train_retriever import Retriever, found_first


def test_training_finds_more_among_look_alikes(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"QUESTIONS": 16, "STEPS": 40, "ROUND": 5, "LEARNING_RATE": 0.02}.items():
        monkeypatch.setattr(f"training.train_lookalikes.{name}", value)
    data = corpus()
    found = [
        Found(number, torch.tensor([own, *others]), torch.zeros(CHUNKS))
        for number, own in enumerate(data.answers)
        if (others := [each for each in range(CHUNKS) if each != own])
    ]
    start = Retriever(data, RECIPE, CPU)

    def trained() -> Joined:
        joined = Joined(start.query.detach().clone(), start.key.detach().clone(), RECIPE)
        train(joined, data, found, seed=0)
        return joined

    one = trained()
    assert found_first(one, data)[0] > found_first(start, data)[0] + 0.2
    assert torch.equal(trained().key, one.key)
    assert one.tensors().keys() == start.tensors().keys()
