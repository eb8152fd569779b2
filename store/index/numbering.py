"""Which chunk of the index stands where in a generation's journal."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from functools import cached_property
from threading import Lock

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
_KEPT = 2  # the newest, and that of a question that began before the memory changed


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


class Numberings:
    """The last numberings that were asked for, by whatever tells them apart; for any number of
    threads.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Numbering] = OrderedDict()
        self._lock = Lock()

    def kept(self, name: Hashable, rows: Callable[[], Iterable[tuple[int]]]) -> Numbering:
        """One by its name, made of its rows in the journal's order where it is not known."""
        with self._lock:
            if name not in self._kept:
                self._kept[name] = Numbering(row for (row,) in rows())
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(name)
            return self._kept[name]
