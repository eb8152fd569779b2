"""Which chunk of the index stands where in a generation's journal."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cached_property
from threading import Lock
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
_KEPT = 4  # of chunks and of documents: the newest, and that of a question that began before


class Numbering:
    """The chunks of one generation in the journal's order, which gives them numbers from 1 on.

    ids [S]: their rows in the index. Never changed: threads share it.
    """

    def __init__(self, ids: Iterable[int]) -> None:
        self.ids: Ids = np.fromiter(ids, dtype=np.int64)

    @cached_property
    def ascending(self) -> Ids:
        """The same rows in the index's order: [S]."""
        return self.ids[self._order]

    def numbers(self, rows: Ids) -> Ids:
        """Numbers of some rows, in their order; 0: that chunk is not in this generation."""
        if not len(self.ids):
            return np.zeros(len(rows), dtype=np.int64)
        at = np.searchsorted(self.ascending, rows).clip(max=len(self.ids) - 1)
        return np.where(self.ascending[at] == rows, self._order[at] + 1, 0)

    @cached_property
    def _order(self) -> Ids:
        return np.argsort(self.ids, kind="stable")


class Placing:
    """The documents of one generation in the journal's order, and so where each chunk is: quicker
    to make than a `Numbering`, for documents are fewer. Never changed: threads share it.
    """

    def __init__(self, rows: Sequence[tuple[int, int]]) -> None:
        """rows: of each document its id, and how many chunks it has."""
        self._documents = [document for document, _ in rows]
        self._ends: Ids = np.cumsum([count for _, count in rows], dtype=np.int64)

    def places(self, numbers: Iterable[int]) -> dict[tuple[int, int], int]:
        """Document and ordinal there of the chunks with some numbers (from 1), as far as there are
        such, each with its number.
        """
        found = dict[tuple[int, int], int]()
        for number in numbers:
            at = int(np.searchsorted(self._ends, number))
            if number > 0 and at < len(self._ends):
                begins = int(self._ends[at - 1]) if at else 0
                found[self._documents[at], number - 1 - begins] = number
        return found


Kept = TypeVar("Kept")


class Numberings:
    """The last numberings and placings that were asked for, by whatever tells them apart; for any
    number of threads.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def kept(self, name: Hashable, make: Callable[[], Kept]) -> Kept:
        """One by its name, made where it is not known."""
        with self._lock:
            if name not in self._kept:
                self._kept[name] = make()
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(name)
            found: Kept = self._kept[name]
            return found
