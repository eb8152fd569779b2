"""A question read behind what it found, ready to be answered, and which reading to answer from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mplus_cli.kinds.tracing import UNTRACED, Trace

if TYPE_CHECKING:
    from torch import Tensor

    from mplus_cli.model.net.cache import Cache


@dataclass(frozen=True)
class Reading:
    """A question behind one passage, or behind all that it found where no passages are read.

    cache, logits [1,V]: what decoding goes on with; doubt: the probability of declining, 0 for a
    model that never does; number: of the passage's segment in the journal, from 1, score: its
    retrieval score; both None where it is no passage; trace: what it has read of the memory;
    is_empty: it is declined without being decoded, for the memory has nothing of what is asked.
    """

    cache: Cache
    logits: Tensor
    doubt: float
    number: int | None = None
    score: float | None = None
    trace: Trace = UNTRACED
    is_empty: bool = False


def surest(readings: Iterable[Reading], sure: float) -> list[Reading]:
    """The reading to answer from, and behind it the others that were taken, in their order.

    The first whose doubt is under `sure` is the one, and no further one is taken; where there is
    none, the one with the least doubt. Section 3 of docs/design.md, "One chunk at a time". Raises
    `ValueError` where there is none at all.
    """
    doubted = list[Reading]()
    for reading in readings:
        if reading.doubt < sure:
            return [reading, *doubted]
        doubted.append(reading)
    least = min(doubted, key=lambda reading: reading.doubt)
    return [least, *(reading for reading in doubted if reading is not least)]
