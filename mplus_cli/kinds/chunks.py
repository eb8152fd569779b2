"""Reading memories that stand by themselves one at a time, until the model would answer from
one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch

from mplus_cli.model.net.network import MemoryReader, MPlus, Read

SURE = 0.1  # probability of declining below which no further memory is read
LIKELY = 0.5  # and from which on declining is likelier than all answers together


def read_surest(
    network: MPlus,
    ids: Sequence[int],
    memories: Iterable[MemoryReader],
    new_tokens: int,
    declines: int,
) -> Read:
    """What `MPlus.read` gives of the first memory that the model would surely answer from, else of
    the least doubted.

    memories: the likeliest first; declines: the first token of the answer that there is none, which
    the logits leave out where an answer is likelier: no single answer need be. Raises `ValueError`
    without a memory.
    """
    best, least = None, float("inf")
    for memory in memories:
        cache, logits = network.read(ids, memory, new_tokens)
        doubt = float(logits[-1].softmax(-1)[declines].cpu())
        if best is None or doubt < least:
            best, least = (cache, logits), doubt
        if doubt < SURE:
            break
    if best is None:
        raise ValueError("no memory to read")
    cache, logits = best
    if least < LIKELY:
        logits = logits.index_fill(
            -1, torch.tensor([declines], device=logits.device), float("-inf")
        )
    return cache, logits
