"""Reading memories that stand by themselves one at a time, until the model would answer from one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mplus_cli.model.mplus import MemoryReader, MPlus, Read

SURE = 0.1  # probability of declining below which no further memory is read


def read_surest(
    network: MPlus, ids: Sequence[int], memories: Iterable[MemoryReader], new_tokens: int, declines: int
) -> Read:
    """What `MPlus.read` gives of the first memory that the model would surely answer from, else of the least doubted.

    memories: the likeliest first; declines: the first token of the answer that there is none. Raises `ValueError`
    without a memory.
    """
    best, least = None, float("inf")
    for memory in memories:
        read = network.read(ids, memory, new_tokens)
        doubt = float(read[1][-1].softmax(-1)[declines].cpu())
        if best is None or doubt < least:
            best, least = read, doubt
        if doubt < SURE:
            break
    if best is None:
        raise ValueError("no memory to read")
    return best
