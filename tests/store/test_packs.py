"""Packs against a dictionary: whatever is appended, mended, copied and cut off."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from store.segments.packs import RECORD_BYTES, Column, Pack, Packed, runs

COLUMNS = [Column("rows", 5), Column("each", 3, per_segment=True), Column("ids", 2)]
SIZES = st.lists(st.integers(1, 6), min_size=1, max_size=4)


def packed(number: int, count: int, salt: str = "") -> Packed:
    """A segment with rows of its own."""
    rows = []
    for column in COLUMNS:
        size = column.row_bytes * (1 if column.per_segment else count)
        rows.append(hashlib.shake_256(f"{number} {column.name} {salt}".encode()).digest(size))
    return Packed(hashlib.sha256(str(number).encode()).hexdigest(), count, rows)


@contextmanager
def pack() -> Iterator[Pack]:
    with tempfile.TemporaryDirectory() as folder:
        yield Pack(Path(folder), "records", COLUMNS)


def held(found: Pack) -> list[Packed]:
    """All that is whole there, in its order."""
    with found.opened(()) as opened:
        return [opened.packed(number) for number in range(opened.whole)]


@given(st.lists(SIZES, max_size=4))
def test_what_was_appended_is_there_in_its_order(batches: list[list[int]]) -> None:
    expected: list[Packed] = []
    with pack() as found:
        for sizes in batches:
            some = [packed(len(expected) + at, size) for at, size in enumerate(sizes)]
            found.append(some)
            expected += some
            assert held(found) == held(Pack(found.folder, "records", COLUMNS)) == expected
        names = [each.key for each in expected]
        unknown = packed(-1, 1).key
        wanted = [*names[::-1], unknown]
        with found.opened(wanted) as opened:
            assert opened.numbers.tolist() == [*reversed(range(len(names))), -1]


@settings(max_examples=60)
@given(SIZES, SIZES, st.sampled_from(["records", *(each.name for each in COLUMNS)]), st.data())
def test_after_a_cut_the_whole_ones_are_read_and_others_follow(
    before: list[int], after: list[int], name: str, data: st.DataObject
) -> None:
    """As a disk that loses the end of a file, or a process that is killed while it appends."""
    some = [packed(at, size) for at, size in enumerate(before)]
    more = [packed(100 + at, size) for at, size in enumerate(after)]
    with pack() as found:
        found.append(some)
        file = found.folder / name
        size = data.draw(st.integers(0, file.stat().st_size))
        with file.open("r+b") as out:
            out.truncate(size)
        whole = held(found)
        assert whole == some[: len(whole)]
        if name == "records":
            assert len(whole) == size // 36
        found.append(more)
        assert held(found) == whole + more


@given(SIZES, st.data())
def test_a_mended_one_stands_where_it_stood(sizes: list[int], data: st.DataObject) -> None:
    some = [packed(at, size) for at, size in enumerate(sizes)]
    at = data.draw(st.integers(0, len(some) - 1))
    with pack() as found:
        found.append([*some[:at], packed(at, sizes[at], "damaged"), *some[at + 1 :]])
        assert held(found) != some
        found.mend(some[at])
        assert held(found) == some


@given(SIZES, st.data())
def test_copied_are_those_that_were_chosen(sizes: list[int], data: st.DataObject) -> None:
    some = [packed(at, size) for at, size in enumerate(sizes)]
    chosen = sorted(data.draw(st.sets(st.integers(0, len(some) - 1), min_size=1)))
    with pack() as found, pack() as other:
        found.append(some)
        written = found.copy(found.records(), np.array(chosen, dtype=np.int64), other.folder)
        sizes = [len(rows) for at in chosen for rows in some[at].rows]
        assert sum(written) == sum(sizes) + RECORD_BYTES * len(chosen)
        assert held(other) == [some[at] for at in chosen]


@given(st.lists(SIZES, max_size=5), st.data())
def test_a_segment_is_found_whatever_has_come_behind_it(
    batches: list[list[int]], data: st.DataObject
) -> None:
    """Records that grow are put in order as they come, or all at once by who looks later."""
    names: list[str] = []
    with pack() as found:
        for sizes in batches:
            some = [packed(len(names) + at, size) for at, size in enumerate(sizes)]
            found.append(some)
            names += [each.key for each in some]
            if data.draw(st.booleans()):
                wanted = data.draw(st.permutations(names))
                expected = [names.index(name) for name in wanted]
                assert found.records().numbers([packed(-1, 1).key, *wanted]).tolist() == [
                    -1,
                    *expected,
                ]


def test_who_reads_goes_on_in_what_was_there() -> None:
    with pack() as found:
        found.append([packed(0, 3)])
        with found.opened(()) as opened:
            found.append([packed(1, 2)])
            assert opened.whole == 1
            assert opened.packed(0) == packed(0, 3)


@given(st.lists(st.integers(-1, 5), max_size=8))
def test_runs_are_stretches_that_follow_one_another(numbers: list[int]) -> None:
    found = [numbers[first:last] for first, last in runs(np.array(numbers, dtype=np.int64))]
    assert [each for run in found for each in run] == numbers
    for run in found:
        assert run == [run[0] + at for at in range(len(run))]
        assert run[0] >= 0 or len(run) == 1
