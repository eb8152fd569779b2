"""An answer from logits: one token is chosen, the network reads it, and so on."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from mplus_cli.model.net.cache import Cache
from mplus_cli.model.net.network import Network


def choose(logits: Tensor, temperature: float, generator: torch.Generator) -> int:
    """The next token from logits [V]: the best one at temperature 0, else drawn.

    Drawn with softmax(logits / temperature): below 1 the likely tokens become likelier still.
    """
    if temperature == 0:
        return int(logits.argmax())
    probabilities = (logits.cpu() / temperature).softmax(-1)
    return int(torch.multinomial(probabilities, 1, generator=generator))


def generate(
    model: Network,
    cache: Cache,
    logits: Tensor,
    max_tokens: int,
    temperature: float = 0.0,
    seed: int = 0,
) -> Iterator[int]:
    """Token ids of the answer, until an end token (not given out) or `max_tokens`.

    logits [1,V] are those that `Network.read` gave.
    """
    generator = torch.Generator().manual_seed(seed)
    following = logits[-1]
    for count in range(1, max_tokens + 1):
        token = choose(following, temperature, generator)
        if token in model.config.special.eos_ids:
            return
        yield token
        if count < max_tokens:
            following = model.step(cache, token)
