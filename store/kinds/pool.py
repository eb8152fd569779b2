"""The pool: N vector ids per layer in order of birth, and the random draw that makes room in it.

arXiv 2502.00592, section 3.1: an update drops K of the N vectors at random and appends the K new
ones. So a vector is still there after t updates with a probability of (1 - K/N)^t: the pool fades
instead of forgetting the oldest at once.
"""

from __future__ import annotations

import hashlib

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


def update(pool: Ids, new: Ids, dropped_rows: Ids) -> tuple[Ids, Ids]:
    """Drop rows and append the new ids: pool [L,P], new [K], dropped_rows [L,D] -> pool [L,P-D+K],
    ids [L,D].
    """
    layers, rows = pool.shape
    keep = np.ones((layers, rows), dtype=bool)
    np.put_along_axis(keep, dropped_rows, False, axis=1)
    kept = pool[keep].reshape(layers, -1)
    appended = np.broadcast_to(new, (layers, len(new)))
    return np.concatenate([kept, appended], axis=1), np.take_along_axis(pool, dropped_rows, axis=1)
