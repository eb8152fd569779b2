"""The pool: N vector ids per layer in order of birth, and the random draw that makes room in it.

arXiv 2502.00592, section 3.1: an update drops K of the N vectors at random and appends the K new
ones. So a vector is still there after t updates with a probability of (1 - K/N)^t: the pool fades
instead of forgetting the oldest at once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]


def draw(seed: int, update: int, layers: int, rows: int, count: int, per_layer: bool) -> Ids:
    """Row numbers to drop in one update, ascending [L,count]: `count` of `rows`, without
    replacement.

    Each row draws a lot, 64 bits of SHAKE-256 over (seed, update); the rows with the smallest go,
    and every set of rows is as likely as any other. A generator's state would depend on all draws
    before; so a draw depends on its number alone, is the same on every machine and with every
    library version, and any other program can repeat it (docs/disk-format.md, "Draws").
    """
    drawn_layers = layers if per_layer else 1
    stream = hashlib.shake_256(f"mplus draw {seed} {update}".encode()).digest(
        drawn_layers * rows * 8
    )
    lots = np.frombuffer(stream, dtype="<u8").reshape(drawn_layers, rows)
    if not count:
        return np.empty((layers, 0), dtype=np.int64)
    chosen = lots <= np.partition(lots, count - 1, axis=1)[:, count - 1 : count]
    if (chosen.sum(axis=1) == count).all():
        found = np.nonzero(chosen)[1].reshape(drawn_layers, count)
    else:  # of equal lots the lower row goes first
        found = np.sort(np.argsort(lots, axis=1, kind="stable")[:, :count], axis=1)
    return np.broadcast_to(found, (layers, count)).astype(np.int64)


@dataclass(frozen=True)
class Draws:
    """The draws of a memory: its seed, N, and whether each layer draws its own rows."""

    seed: int
    most: int
    per_layer: bool

    def rows(self, before: int, sizes: Ids) -> Ids:
        """P before each of the updates that let so many vectors in, and after the last: [S+1]."""
        found: Ids = np.minimum(self.most, before + np.append(0, np.cumsum(sizes)))
        return found

    def after(self, pool: Ids, born: int, sizes: Ids, first: int) -> Ids:
        """The pool [L,P] after updates: number `first` and those that follow it let `sizes` [S]
        vectors in, the first of which has the id `born`.

        The updates are gone through from the last to the first: each row that is there in the end
        came with the update, or it is a row that the update did not drop, whose place before it
        follows from the draw. So only as many draws are made as the oldest row that is there has
        seen: some hundreds, whatever the journal's length is (a row outlives t updates with a
        probability of (1 - K/N)^t).
        """
        layers = len(pool)
        rows = self.rows(pool.shape[1], sizes)
        ids = np.empty((layers, rows[-1]), dtype=np.int64)
        layer, slot = (each.ravel() for each in np.indices(ids.shape))
        place = slot  # of what is in `ids[layer, slot]`, in the pool before the update
        born = born + int(sizes.sum())
        for update in range(len(sizes) - 1, -1, -1):
            before, size = int(rows[update]), int(sizes[update])
            born -= size
            count = max(0, before + size - self.most)
            new = place >= before - count
            ids[layer[new], slot[new]] = born + place[new] - (before - count)
            layer, slot, place = (each[~new] for each in (layer, slot, place))
            if not len(place):
                return ids
            if count:
                args = self.seed, first + update, layers, before, count, self.per_layer
                place = _kept(draw(*args), before)[layer, place]
        ids[layer, slot] = pool[layer, place]
        return ids


def _kept(dropped: Ids, rows: int) -> Ids:
    """Row numbers that a draw leaves, of so many: [L,D] -> [L,rows-D]."""
    keep = np.ones((len(dropped), rows), dtype=bool)
    np.put_along_axis(keep, dropped, False, axis=1)
    return np.nonzero(keep)[1].reshape(len(dropped), -1)
