"""The recurrent matrix of an LM2 memory: write rows enter it one after the other.

LM2 (arXiv 2502.06049), equations 1 to 5, with its two gates made one and convex, so that what is
held stays bounded however much is written. There are no learned parameters: all that is learned
went into the rows. docs/disk-format.md, "Slots", has the same for other programs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SHARPNESS = 24.0  # S: of the choice of a slot by cosine
KNOWN = 0.6  # from this cosine on a key is rather known than new
LEAST_GATE = 0.05  # a row with less does not write
MOST_WRITTEN = 0.999  # of a slot, by one row
FADING = 0.01  # what a write takes from the usage of every slot, so that the oldest is freed first
LEAST_USAGE = 0.02  # less counts as none: else last bits would decide which free slot is taken
SOURCES = 4  # segments that are remembered for a slot
LEAST_SHARE = 1e-3  # of a segment in a slot; less is not remembered
GATES = 3  # numbers of a row behind its keys and its value

# Arrays without dimensions: numpy takes them quicker than numbers.
_ONE, _MINUS, _MOST = (np.array(each, np.float32) for each in (1, -1, MOST_WRITTEN))
_AS_KNOWN = math.exp(SHARPNESS * KNOWN)

Numbers = NDArray[np.float32]


def row_width(tag: int, value: int) -> int:
    """w = 2·a + m + 3: a key, another one, a value, and three gates."""
    return 2 * tag + value + GATES


@dataclass(frozen=True)
class Matrix:
    """N slots: `slots` [N,a+m] a tag and a value each, within [-1,1]; `usage` [N] how much of each
    is taken, within [0,1].

    `sources` [N,4] the numbers of the segments with the largest shares of a slot's content, largest
    first (in the journal, from 1; 0: none), `shares` [N,4] these.
    """

    slots: Numbers
    usage: Numbers
    sources: NDArray[np.int32]
    shares: Numbers

    @staticmethod
    def empty(slots: int, width: int) -> Matrix:
        """The matrix before the first write; width: a + m."""
        return Matrix(
            np.zeros((slots, width), np.float32),
            np.zeros(slots, np.float32),
            np.zeros((slots, SOURCES), np.int32),
            np.zeros((slots, SOURCES), np.float32),
        )


class Cell:
    """A matrix that rows are let into; `start` stays as it is. tag: a."""

    def __init__(self, start: Matrix, tag: int) -> None:
        self.matrix = start
        self._tag = tag

    def let_in(self, rows: NDArray[Any], segment: int) -> None:
        """Let the rows [R,w] of a segment in, of which `segment` is the number in the journal.

        What each row does to the slots is told by how much of each is left of what was there, and
        how much each row has of it: they are put together when all rows are in.
        """
        rows = rows[rows[:, -GATES] >= LEAST_GATE].astype(np.float32)
        if not len(rows):
            return
        writing = _Writing(self.matrix, rows, self._tag)
        for number, gates in enumerate(rows[:, -GATES:].tolist()):
            writing.write(number, *gates)
        sources, shares = _credited(self.matrix, writing, segment)
        self.matrix = Matrix(writing.slots(), writing.usage, sources, shares)


class _Writing:
    """Rows on their way into a matrix M. `stays` [N]: how much of each slot is what it was before;
    `shares` [R,N]: how much of it each row has; so M = stays · M_before + shares · contents.
    """

    def __init__(self, before: Matrix, rows: Numbers, tag: int) -> None:
        self._before, self.usage, count = before, before.usage.copy(), len(rows)
        keys = rows[:, : 2 * tag].reshape(-1, tag)
        self._own = keys[::2]
        # Cosines of each row's two keys with tags and with the rows' keys, S times: [R,2,N] [R,2,R]
        self._near = (SHARPNESS * keys @ before.slots[:, :tag].T).reshape(count, 2, -1)
        self._alike = (SHARPNESS * keys @ self._own.T).reshape(count, 2, -1)
        # What slots held before, and what rows write: [N+R,m].
        self._values = np.concatenate([before.slots[:, tag:], rows[:, 2 * tag : -GATES]])
        self._written = self._values[-count:]
        self._weights = np.empty(len(self._values), np.float32)
        self._parts = np.zeros((count + 1, len(self.usage)), np.float32)
        self._parts[-1] = 1
        self.shares, self.stays = self._parts[:-1], self._parts[-1]
        self._ones = np.ones_like(self.usage)

    def slots(self) -> Numbers:
        """M now: [N,a+m]."""
        found: Numbers = self.shares.T @ np.concatenate([self._own, self._written], axis=1)
        found += self.stays[:, None] * self._before.slots
        return found

    def write(self, number: int, gate: float, own: float, copied: float) -> None:
        """Let the row of a number in."""
        near = self._near[number]
        near *= self.stays
        near += self._alike[number].dot(self.shares)
        np.exp(near, out=near)  # no overflow: keys and tags are no longer than 1
        sums = near.dot(self._ones).tolist()
        # sigmoid(S · (cosine - KNOWN)) of the best slot's cosine.
        known = [best / (best + _AS_KNOWN) for best in np.maximum.reduce(near, axis=1).tolist()]
        # What the slots hold of either key, as far as it is known (E_mem, equations 1 and 2), comes
        # along as far as the row's gates have it.
        wanted = np.array((own * known[0] / sums[0], copied * known[1] / sums[1]), np.float32)
        read = wanted.dot(near)
        np.multiply(read, self.stays, out=self._weights[: len(read)])
        np.dot(self.shares, read, out=self._weights[len(read) :])
        value = self._written[number]
        value += self._weights.dot(self._values)
        np.minimum(value, _ONE, out=value)
        np.maximum(value, _MINUS, out=value)
        self._take_in(number, near[0], gate, known[0], sums[0])

    def _take_in(self, number: int, near: Numbers, gate: float, known: float, total: float) -> None:
        """Write it to the slots: where its key is known, else to the least used one, of equal ones
        the first (equations 3 and 5).
        """
        written = near * np.float32(gate * known / total)
        least = (self.usage * (self.usage >= LEAST_USAGE)).argmin()
        written[least] += np.float32(gate * (1 - known))
        np.minimum(written, _MOST, out=written)
        left = _ONE - written
        self._parts *= left
        self.shares[number] = written
        left *= 1 - FADING * gate
        self.usage *= left
        self.usage += written


def _credited(before: Matrix, writing: _Writing, segment: int) -> tuple[NDArray[np.int32], Numbers]:
    """Sources and shares when a segment's rows are in: for each slot the segments with the largest
    shares, of equal ones the older.
    """
    shares = np.empty((len(before.shares), SOURCES + 1), np.float32)
    sources = np.full(shares.shape, segment, np.int32)
    np.multiply(before.shares, writing.stays[:, None], out=shares[:, :SOURCES])
    np.add.reduce(writing.shares, axis=0, out=shares[:, SOURCES])
    sources[:, :SOURCES] = before.sources
    gone = shares < LEAST_SHARE
    shares[gone] = sources[gone] = 0
    order = (-shares).argsort(axis=1, kind="stable")[:, :SOURCES]
    slots = np.arange(len(shares))[:, None]
    return sources[slots, order], shares[slots, order]
