"""Which documents a memory has after a pull, and how its journal goes on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from store.records import Entry

JOINED = "pull"  # the command of a generation that has what both sides did


def joined(base: Collection[str], ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """Documents by their marks, in order, where both sides went on from what they had in common.

    What came there comes here, what went there goes here, what came or went here stays so. In their
    order, and then what only we have: so who pulls this has the same order, and the same state. A
    document that changed is another one; where it went there and changed here, the change stays.
    """
    before, there = set(base), set(theirs)
    gone = before.difference(ours)
    new = [mark for mark in ours if mark not in there and mark not in before]
    return [*(mark for mark in theirs if mark not in gone), *new]


class Growing:
    """A journal that goes on, generation by generation."""

    def __init__(self, journal: Sequence[Entry]) -> None:
        self.entries = list(journal)
        self._open = [at for at, entry in enumerate(journal) if entry.until is None]

    def hold(self, generation: int, documents: Sequence[int]) -> None:
        """Let a generation, the next one, hold some documents in this order: of those that are
        there the first stay that can, the others leave and come behind them.
        """
        staying, at = list[int](), 0
        for place in self._open:
            entry = self.entries[place]
            if at < len(documents) and entry.document == documents[at]:
                staying.append(place)
                at += 1
            else:
                self.entries[place] = replace(entry, until=generation)
        self._open = [*staying, *range(len(self.entries), len(self.entries) + len(documents) - at)]
        self.entries += [Entry(document, generation, None) for document in documents[at:]]
