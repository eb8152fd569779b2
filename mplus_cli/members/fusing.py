"""Rankings of several memories fused into one.

What late interaction gives a passage is a mean of cosines, so for one model it says the same
whichever memory the passage is in; a rank by text says something within its memory alone. So the
passages of one model are joined as those of one memory are (section 3 of docs/design.md). What
several models found is fused by ranks.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from mplus_cli.results.answers import Passage
from store.kinds.joining import joined


class Candidate(NamedTuple):
    """A passage, and the number of the memory that it is in."""

    member: int
    passage: Passage


def fused(rankings: Sequence[Sequence[Passage]], models: Sequence[Hashable]) -> list[Candidate]:
    """The passages of all memories, best first. rankings: of each memory its own, best first;
    models: which one each is for.
    """
    orders = []
    for model in dict.fromkeys(models):
        some = [
            Candidate(member, passage)
            for member, passages in enumerate(rankings)
            if models[member] == model
            for passage in passages
        ]
        orders.append((1, by_worth(some)))
    return by_ranks(orders) if len(orders) > 1 else orders[0][1]


def by_worth(found: Sequence[Candidate]) -> list[Candidate]:
    """Passages that one model found, best first; without scores by their ranks by text."""
    if not found:
        return []
    scores = np.array([each.passage.score or 0.0 for each in found])
    ranks = np.array([each.passage.text_rank or 0 for each in found])
    order = np.argsort(-joined(scores, ranks), kind="stable")
    return [found[at] for at in order]


def by_ranks(orders: Sequence[tuple[int, Sequence[Candidate]]]) -> list[Candidate]:
    """Orders of passages, each with its weight, fused by reciprocal ranks: w / (1 + rank)."""
    worth: dict[tuple[int, int, int], float] = {}
    known: dict[tuple[int, int, int], Candidate] = {}
    for weight, order in orders:
        for rank, each in enumerate(order, 1):
            place = (each.member, each.passage.document, each.passage.chunk)
            worth[place] = worth.get(place, 0.0) + weight / (1 + rank)
            known.setdefault(place, each)
    return [known[place] for place in sorted(worth, key=lambda each: -worth[each])]
