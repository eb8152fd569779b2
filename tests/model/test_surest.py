"""Memories are read one at a time until the model would answer."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from mplus_cli.kinds.passes import read_passage
from mplus_cli.kinds.readings import Reading, surest
from mplus_cli.model.config import Answering

DECLINES = 3


class Network:
    """Reads numbers: each memory is its own probability of being declined."""

    def __init__(self) -> None:
        self.read_so_far: list[float] = []

    def read(self, ids: list[int], memory: float, new_tokens: int) -> tuple[Any, torch.Tensor]:
        self.read_so_far.append(memory)
        logits = torch.full((1, 5), (1 - memory) / 4)
        logits[0, DECLINES] = memory
        return memory, logits.log()


def readings(network: Any, memories: list[Any], answering: Answering) -> Iterator[Reading]:
    for memory in memories:
        yield Reading(*read_passage(network, [1], memory, 4, answering, DECLINES))


@pytest.mark.parametrize(
    ("memories", "order"),
    [
        ([0.01, 0.001], [0.01]),  # sure at once
        ([0.7, 0.05, 0.01], [0.05, 0.7]),
        ([0.9, 0.2, 0.4], [0.2, 0.9, 0.4]),  # never sure
        ([0.99], [0.99]),
    ],
)
def test_the_first_sure_one_counts_else_the_least_doubted(
    memories: list[float], order: list[float]
) -> None:
    network, answering = Network(), Answering()
    taken: list[Any] = surest(readings(network, memories, answering), answering.sure)
    assert [reading.cache for reading in taken] == order
    assert taken[0].doubt == pytest.approx(order[0])
    # Four answers share what declining leaves: one of 0.2 may be best, and yet an answer is
    # likelier than none.
    left = taken[0].logits.softmax(-1)[0, DECLINES]
    assert left == pytest.approx(order[0] if order[0] >= 0.5 else 0)
    assert network.read_so_far == memories[: len(order)]


def test_an_untrained_model_answers_from_the_first_that_it_would_not_decline() -> None:
    network, answering = Network(), Answering(sure=0.5)
    taken: list[Any] = surest(readings(network, [0.6, 0.4, 0.01], answering), answering.sure)
    assert ([each.cache for each in taken], network.read_so_far) == ([0.4, 0.6], [0.6, 0.4])
