"""Memories are read one at a time until the model would answer."""

from typing import Any

import pytest
import torch

from mplus_cli.kinds.passes import read_surest
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


@pytest.mark.parametrize(
    ("memories", "chosen", "read"),
    [
        ([0.01, 0.001], 0.01, 1),  # sure at once
        ([0.7, 0.05, 0.01], 0.05, 2),
        ([0.9, 0.2, 0.4], 0.2, 3),  # never sure
        ([0.99], 0.99, 1),
    ],
)
def test_the_first_sure_one_counts_else_the_least_doubted(
    memories: list[float], chosen: float, read: int
) -> None:
    network: Any = Network()
    numbers: list[Any] = list(memories)
    memory: Any
    memory, logits = read_surest(network, [1], numbers, 4, Answering(), DECLINES)
    assert memory == chosen
    # Four answers share what declining leaves: one of 0.2 may be best, and yet an answer is
    # likelier than none.
    left = logits.softmax(-1)[0, DECLINES]
    assert left == pytest.approx(chosen if chosen >= 0.5 else 0)
    assert network.read_so_far == memories[:read]


def test_an_untrained_model_answers_from_the_first_that_it_would_not_decline() -> None:
    network: Any = Network()
    numbers: list[Any] = [0.6, 0.4, 0.01]
    memory: Any
    memory, _ = read_surest(network, [1], numbers, 4, Answering(sure=0.5), DECLINES)
    assert (memory, network.read_so_far) == (0.4, [0.6, 0.4])
