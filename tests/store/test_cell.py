"""The recurrent matrix, against a plain loop over numbers written from its equations alone."""

import math
import random
from time import process_time

import numpy as np
import pytest
from numpy.typing import NDArray

from store.kinds.cell import SOURCES, Cell, Matrix, row_width

Rows = NDArray[np.float16]
TAG, VALUE = 6, 5


def random_rows(seed: int, count: int, tag: int = TAG, value: int = VALUE, known: int = 5) -> Rows:
    """Rows of which keys come again, so that slots are found by content, too."""
    drawn = np.random.default_rng(seed)
    keys = drawn.normal(size=(known, tag))
    keys /= np.linalg.norm(keys, axis=1, keepdims=True)
    pairs = keys[drawn.integers(known, size=(count, 2))].reshape(count, -1)
    values, gates = np.tanh(drawn.normal(size=(count, value))), drawn.uniform(size=(count, 3))
    rows: Rows = np.concatenate([pairs, values, gates], axis=1).astype(np.float16)
    return rows


def let_in(start: Matrix, segments: list[Rows], first: int = 1, tag: int = TAG) -> Matrix:
    cell = Cell(start, tag)
    for number, rows in enumerate(segments, first):
        cell.let_in(rows, number)
    return cell.matrix


class Plain:
    """docs/disk-format.md, "Slots", number by number, in doubles."""

    def __init__(self, slots: int) -> None:
        self.slots = [[0.0] * (TAG + VALUE) for _ in range(slots)]
        self.usage = [0.0] * slots
        self.shares: list[dict[int, float]] = [{} for _ in range(slots)]

    def let_in(self, rows: Rows, segment: int) -> None:
        for row in rows.astype(np.float64).tolist():
            self._write(row, segment)
        for share in self.shares:
            least = sorted(share.values(), reverse=True)[:SOURCES][-1:] or [0.0]
            for source in [each for each in share if share[each] < max(least[0], 1e-3)]:
                del share[source]

    def _write(self, row: list[float], segment: int) -> None:
        key, other, value = row[:TAG], row[TAG : 2 * TAG], row[2 * TAG : -3]
        gate, own, copied = row[-3:]
        if gate < 0.05:
            return
        choice, known, mine = self._read(key)
        *_, others = self._read(other)
        value = [
            min(1.0, max(-1.0, each + own * one + copied * two))
            for each, one, two in zip(value, mine, others, strict=True)
        ]
        for slot, free in enumerate(self._free()):
            written = min(0.999, gate * (known * choice[slot] + (1 - known) * free))
            self.slots[slot] = [
                (1 - written) * old + written * new
                for old, new in zip(self.slots[slot], key + value, strict=True)
            ]
            usage = (1 - written) * self.usage[slot] * (1 - 0.01 * gate)
            self.usage[slot] = usage + written
            share = {name: (1 - written) * old for name, old in self.shares[slot].items()}
            self.shares[slot] = share | {segment: share.get(segment, 0.0) + written}

    def _read(self, key: list[float]) -> tuple[list[float], float, list[float]]:
        """How much each slot is meant, how well the key is known, and what is read."""
        cosines = [
            sum(one * two for one, two in zip(slot[:TAG], key, strict=True)) for slot in self.slots
        ]
        powers = [math.exp(24 * each) for each in cosines]
        choice = [each / sum(powers) for each in powers]
        known = 1 / (1 + math.exp(-24 * (max(cosines) - 0.6)))
        read = [
            known * sum(c * slot[TAG + at] for c, slot in zip(choice, self.slots, strict=True))
            for at in range(VALUE)
        ]
        return choice, known, read

    def _free(self) -> list[float]:
        usage = [each if each >= 0.02 else 0.0 for each in self.usage]
        return [float(slot == usage.index(min(usage))) for slot in range(len(usage))]


@pytest.mark.parametrize("slots", [1, 3, 12])
def test_the_matrix_is_what_a_plain_loop_says(slots: int) -> None:
    plain, lengths = Plain(slots), random.Random(slots)
    segments = [random_rows(number, lengths.randint(1, 7)) for number in range(30)]
    for number, rows in enumerate(segments, 1):
        plain.let_in(rows, number)
    found = let_in(Matrix.empty(slots, TAG + VALUE), segments)
    assert found.slots == pytest.approx(np.array(plain.slots), abs=1e-5)
    assert found.usage == pytest.approx(np.array(plain.usage), abs=1e-5)
    for names, shares, told in zip(found.sources, found.shares, plain.shares, strict=True):
        there = {int(name): float(share) for name, share in zip(names, shares, strict=True) if name}
        assert there == pytest.approx(told, abs=1e-5)


def test_what_is_held_is_bounded_and_the_same_each_time() -> None:
    segments = [random_rows(number, 8, known=40) for number in range(60)]
    empty = Matrix.empty(9, TAG + VALUE)
    found, again = (let_in(empty, segments) for _ in range(2))
    assert np.abs(found.slots).max() <= 1
    assert found.usage.min() >= 0 and found.usage.max() <= 1
    assert found.shares.sum(axis=1).max() <= 1 + 1e-6
    part = let_in(let_in(empty, segments[:23]), segments[23:], 24)
    for name in ("slots", "usage", "sources", "shares"):
        expected = getattr(found, name).tobytes()
        assert getattr(again, name).tobytes() == getattr(part, name).tobytes() == expected
    assert not empty.slots.any() and not empty.usage.any()


def test_rows_with_closed_gates_do_nothing() -> None:
    start = let_in(Matrix.empty(4, TAG + VALUE), [random_rows(1, 6)])
    rows = random_rows(2, 5)
    rows[:, -3] = 0.0499
    assert let_in(start, [rows], 2) == start
    rows[2, -3] = 0.06
    alone = let_in(start, [rows[2:3]], 2)
    assert let_in(start, [rows], 2).slots.tobytes() == alone.slots.tobytes()


def written(keys: NDArray[np.float64], values: NDArray[np.float64]) -> Rows:
    """Rows that write all they have, and copy nothing."""
    gates = np.tile([1.0, 0.0, 0.0], (len(keys), 1))
    rows: Rows = np.concatenate([keys, keys, values, gates], axis=1).astype(np.float16)
    return rows


def test_a_known_key_takes_its_slot_and_a_new_one_that_which_was_written_first() -> None:
    slots, tag = 5, 8
    keys, values = np.eye(tag), np.random.default_rng(0).uniform(-1, 1, (tag, VALUE))
    rows = written(keys, values)
    cell = Cell(Matrix.empty(slots, tag + VALUE), tag)
    for number in range(slots):
        cell.let_in(rows[number : number + 1], number + 1)
    assert cell.matrix.sources[:, 0].tolist() == [1, 2, 3, 4, 5]
    assert cell.matrix.slots[:, tag:] == pytest.approx(values[:slots], abs=0.01)
    cell.let_in(written(keys[:1], values[7:]), 6)  # the oldest is written once more
    assert cell.matrix.sources[0, 0] == 6
    assert cell.matrix.slots[0, tag:] == pytest.approx(values[7], abs=0.01)
    cell.let_in(rows[5:6], 7)  # so the second is the oldest now
    assert cell.matrix.sources[:, 0].tolist() == [6, 7, 3, 4, 5]
    assert cell.matrix.slots[1, tag:] == pytest.approx(values[5], abs=0.1)


def test_a_write_copies_what_another_key_holds() -> None:
    tag = 8
    keys, values = np.eye(tag), np.random.default_rng(1).uniform(-1, 1, (tag, VALUE))
    start = let_in(Matrix.empty(4, tag + VALUE), [written(keys[:2], values[:2])], tag=tag)
    row = written(keys[2:3], values[2:3] * 0)
    row[0, tag : 2 * tag], row[0, -1] = keys[1], 1
    found = let_in(start, [row], 2, tag)
    assert found.sources[2, 0] == 2  # not traced to the segment that it is copied from
    assert found.slots[2, tag:] == pytest.approx(values[1], abs=0.01)


def test_ten_thousand_rows_take_a_moment() -> None:
    """It is what forgetting an early document costs."""
    tag, value = 32, 128
    assert row_width(tag, value) == 195
    rows = random_rows(3, 10_000, tag, value, known=200)
    cell, before = Cell(Matrix.empty(64, tag + value), tag), process_time()
    for number in range(1250):
        cell.let_in(rows[8 * number : 8 * number + 8], number + 1)
    assert process_time() - before < 5
    assert np.isfinite(cell.matrix.slots).all()
