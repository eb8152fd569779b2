"""An answer from logits: one token is chosen, the network reads it, and so on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from mplus_cli.model.net.cache import Cache
from mplus_cli.model.net.network import Network

Choose = Callable[[Tensor], int]
"""Chooses the next token by its logits [V]."""
LEAST_TEMPERATURE, MOST_TEMPERATURE = 1e-6, 1e6


def choose(logits: Tensor, temperature: float, generator: torch.Generator) -> int:
    """The next token from logits [V]: the best one at temperature 0, else drawn.

    Drawn with softmax(logits / temperature): below 1 the likely tokens become likelier still. One
    beyond what the logits' numbers can tell apart is as good as the bound: best, or any.
    """
    if temperature < LEAST_TEMPERATURE:
        return int(logits.argmax())
    probabilities = (logits / min(temperature, MOST_TEMPERATURE)).softmax(-1)
    return int(torch.multinomial(probabilities, 1, generator=generator))


def by_temperature(temperature: float, seed: int) -> Choose:
    """`choose` with draws of its own."""
    generator = torch.Generator().manual_seed(seed)
    return lambda logits: choose(logits, temperature, generator)


def decode(
    model: Network, cache: Cache, logits: Tensor, max_tokens: int, chosen_by: Choose
) -> Iterator[tuple[int, float]]:
    """Tokens of the answer, each with log p, until an end token (which is given, too) or
    `max_tokens`.

    logits [1,V] are those that `Network.read` gave; p is what the model gives a token among all,
    however it was chosen.
    """
    following = logits[-1].cpu()
    for count in range(1, max_tokens + 1):
        token = chosen_by(following)
        yield token, float(following.float().log_softmax(-1)[token])
        if token in model.config.special.eos_ids:
            return
        if count < max_tokens:
            following = model.step(cache, token).cpu()


def generate(
    model: Network,
    cache: Cache,
    logits: Tensor,
    max_tokens: int,
    temperature: float = 0.0,
    seed: int = 0,
) -> Iterator[int]:
    """Token ids of the answer, without the one that ends it; else as `decode`."""
    for token, _ in decode(model, cache, logits, max_tokens, by_temperature(temperature, seed)):
        if token not in model.config.special.eos_ids:
            yield token
