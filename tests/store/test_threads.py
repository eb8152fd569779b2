"""One memory read by many threads, while it is changed, and files come and go."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch

from store import locks
from store.change import change
from store.collect import collect, erase, garbage
from store.errors import DamagedError, LockedError
from store.home import Home
from store.index import opening
from store.index.reader import Index
from store.index.writer import IndexWriter
from store.kinds.chunks import find_chunks
from store.kinds.layout import layout_of
from store.kinds.mplus import Memory
from store.locks import read_lock, write_lock
from store.segments import files as file_segments
from store.segments.chosen import segments_of
from store.segments.files import FileSegments
from store.segments.quantized import Rows, joined, packed
from store.segments.two_bits import levels, two_bits
from store.spec import Spec
from store.state_files import read_state
from tests.store.made import (
    EIGHT,
    LEAN,
    add,
    forget,
    kept,
    last_state,
    own_vectors,
    searched_keys,
    segment,
)

THREADS = 8
SIZES = (6, 3)  # vectors of each document's chunks
# The life of a memory that holds documents 11 to 14: numbers that no chunk has.
LIFE = [
    *(("inject", 15), ("forget", 11), ("collect", 0), ("inject", 16), ("forget", 15)),
    *(("inject", 11), ("collect", 0), ("erase", 12), ("inject", 17), ("collect", 0)),
]


def quiet(done: int, of: int) -> None:
    """No progress is shown."""


def take(path: Path, step: str, document: int) -> None:
    """One command."""
    with change(path, step, 20, alone=step in ("collect", "erase")) as opened:
        if step == "inject":
            add(opened, document, SIZES)
        elif step in ("forget", "erase"):
            forget(opened, document)
        opened.commit()
        if step == "collect":
            collect(opened, garbage(opened.home, opened.index, 1), quiet)
        if step == "erase":
            there = opened.index.all_documents()
            erase(opened, [row for row in there if row.path == str(document)], quiet)
        opened.pack_keys()


def told(life: list[tuple[str, int]]) -> dict[int, list[int]]:
    """Generation -> the documents that it holds."""
    held = {1: [11, 12, 13, 14]}
    for step, document in life:
        now = held[max(held)]
        if step == "inject":
            held[max(held) + 1] = [*now, document]
        elif step in ("forget", "erase"):
            held[max(held) + 1] = [each for each in now if each != document]
    return held


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return filled(tmp_path / "m", EIGHT)


def filled(path: Path, spec: Spec) -> Path:
    with change(path, "inject", 1, create=spec) as opened:
        for document in told([])[1]:
            add(opened, document, SIZES)
        opened.commit()
        opened.pack_keys()
    return path


@cache
def keys_of(document: int, place: int, spec: Spec = EIGHT) -> torch.Tensor:
    """Keys of a document at one of the layers with keys, as they are read."""
    found = [segment(spec, document, *each).keys for each in enumerate(SIZES)]
    rows = [
        Rows(keys, None).layer(place) if spec.lean else packed(keys, 1).layer(place)
        for keys in found
        if keys is not None
    ]
    return levels(two_bits(joined(rows).numbers), spec.selector)


@cache
def vectors_of(document: int, layer: int) -> torch.Tensor:
    return torch.cat([kept(EIGHT, document, *each)[layer] for each in enumerate(SIZES)])


class Reader:
    """What threads share: one index, and the segments."""

    def __init__(self, path: Path) -> None:
        self.home = Home(path)
        self.index, self.segments = Index.open(self.home), segments_of(self.home, self.home.spec)

    def ask(self, held: dict[int, list[int]], number: int) -> int:
        """One question's worth of reading, against what its generation should hold."""
        with read_lock(self.home.path, 20):
            generation = self.index.generation()
            assert generation is not None
            documents = held[generation.id]
            self.check_index(generation.id, documents, documents[number % len(documents)])
            state = read_state(self.home, self.index, generation, self.home.spec)
            if number % 3 == 0:
                self.segments.keys.grow(state.journal)
            memory = Memory(self.home.spec, state, self.segments, own_vectors(self.home.spec))
            self.check_vectors(memory, documents)
        return generation.id

    def check_index(self, generation: int, documents: list[int], one: int) -> None:
        index = self.index
        assert [int(row.path) for row in index.documents(generation)] == documents
        expected = [(each, *chunk) for each in documents for chunk in enumerate(SIZES)]
        located = index.located(generation, range(1, len(expected) + 1))
        assert [
            (int(found.path), found.ordinal, found.chunk.vectors)
            for _, found in sorted(located.items())
        ] == expected
        assert [size for _, _, size in index.entries(generation)] == [each[2] for each in expected]
        best = index.ranked_by_text(generation, f"document {one} chunk 0")[0]
        assert (located[best].path, located[best].ordinal) == (str(one), 0)

    def check_vectors(self, memory: Memory, documents: list[int]) -> None:
        for place in range(layout_of(EIGHT).key_layers):
            expected = torch.cat([keys_of(each, place, memory.spec) for each in documents])
            assert torch.equal(searched_keys(memory, place), expected)
        queries = segment(EIGHT, documents[0], 0, SIZES[0]).keys
        assert queries is not None
        assert len(find_chunks(memory, queries, [1], 2)) == 2
        for layer in range(EIGHT.layers):
            expected = torch.cat([vectors_of(each, layer) for each in documents])
            assert torch.equal(memory.gather(layer, np.arange(len(expected))), expected)

    def close(self) -> None:
        self.index.close()


@contextmanager
def in_this_process(work: Callable[[], None]) -> Iterator[Callable[[], None]]:
    yield work


@contextmanager
def in_another_process(work: Callable[[], None]) -> Iterator[Callable[[], None]]:
    """A child that works when it is told to; it is made before there are threads."""
    begin, go = os.pipe()
    child = os.fork()
    if not child:
        status = 1
        try:
            os.read(begin, 1)
            work()
            status = 0
        finally:
            os._exit(status)

    def finish() -> None:
        os.write(go, b"x")
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

    yield finish
    os.close(begin)
    os.close(go)


@pytest.mark.parametrize("spec", [EIGHT, LEAN], ids=["files", "packs"])
@pytest.mark.parametrize("somewhere", [in_this_process, in_another_process])
def test_threads_read_whole_generations_while_others_come_and_go(
    tmp_path: Path,
    spec: Spec,
    somewhere: Callable[..., Any],
    record_property: Callable[[str, object], None],
) -> None:
    path = filled(tmp_path / "m", spec)
    held, done = told(LIFE), threading.Event()

    def live_through() -> None:
        for step in LIFE:
            take(path, *step)

    def read(reader: Reader, number: int) -> list[int]:
        seen = [reader.ask(held, number)]
        while not done.is_set():
            seen.append(reader.ask(held, number + len(seen)))
        return [*seen, reader.ask(held, number)]

    with (
        somewhere(live_through) as live,
        closing(Reader(path)) as reader,
        ThreadPoolExecutor(THREADS) as pool,
    ):
        asked = [pool.submit(read, reader, number) for number in range(THREADS)]
        try:
            live()
        finally:
            done.set()
        seen = [each.result() for each in asked]
    assert all(ids == sorted(ids) and ids[-1] == max(held) for ids in seen)
    record_property("requests", f"{sum(map(len, seen))} in {THREADS} threads")


def test_readers_of_one_process_join_no_other_while_a_command_waits_to_be_alone(
    path: Path,
) -> None:
    order = []

    def read() -> None:
        with read_lock(path, 20):
            order.append("second")

    def remove() -> None:
        with write_lock(path, 20, "gc", alone=True):
            order.append("alone")

    with ThreadPoolExecutor(2) as pool:
        with read_lock(path, 20):
            removing = pool.submit(remove)
            while not locks._somebody_waits(path):
                time.sleep(0.01)
            reading = pool.submit(read)
            wait([reading], timeout=0.2)
            order.append("first")
        removing.result()
        reading.result()
    assert order[0] == "first"
    assert sorted(order) == ["alone", "first", "second"]


def test_a_snapshot_stays_what_it_was(path: Path) -> None:
    held = told(LIFE)
    with closing(Reader(path)) as reader:
        with reader.index.snapshot():
            reader.check_index(1, held[1], 11)
            for step in LIFE[:7]:
                take(path, *step)
            reader.check_index(1, held[1], 11)  # this generation is no more
            assert reader.index.check() == []
        assert [each.id for each in reader.index.generations()] == [6]
        reader.check_index(6, held[6], 11)


def test_erasing_says_so_where_a_snapshot_keeps_what_was_erased(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "BUSY_TIMEOUT_S", 0.01)
    with closing(Reader(path)) as reader:
        with (
            reader.index.snapshot(),
            pytest.raises(LockedError, match="another process is reading the index"),
        ):
            assert reader.index.generation() is not None
            take(path, "erase", 12)
        with change(path, "forget", 1, alone=True) as opened:
            erase(opened, [], quiet)
        assert not any(b"document 12" in file.read_bytes() for file in path.glob("index.db*"))


def test_threads_that_ended_leave_nothing_open(path: Path) -> None:
    index = Index.open(Home(path))
    for _ in range(1000):
        thread = threading.Thread(target=index.generation)
        thread.start()
        thread.join()
        assert len(index._connections._open or ()) <= 3
    index.close()
    with pytest.raises(ValueError, match="is closed"):
        index.generation()


def test_a_mistake_of_the_program_is_no_damage_and_a_wrong_letter_is(path: Path) -> None:
    with closing(IndexWriter.open(Home(path))) as index:
        with pytest.raises(sqlite3.ProgrammingError):
            index._query(lambda row: row, "SELECT :missing", {})
        index._db.execute("UPDATE chunks SET section = CAST(x'ff' AS TEXT) WHERE id = 1")
        with pytest.raises(DamagedError, match="UTF-8"):
            index.content(1)


def test_packed_keys_that_were_made_anew_in_another_order_are_read_as_they_are_now(
    path: Path,
) -> None:
    held = told(LIFE)
    with closing(Reader(path)) as reader:
        reader.ask(held, 1)
        for step in LIFE[:6]:
            take(path, *step)
        with change(path, "gc", 1, alone=True) as opened:
            collect(opened, garbage(opened.home, opened.index), quiet)
        reader.ask(held, 1)  # there are none
        state = last_state(path)
        segments_of(reader.home, reader.home.spec).keys.grow(state.journal[::-1])
        reader.ask(held, 1)
        memory = Memory(reader.home.spec, state, reader.segments, own_vectors(reader.home.spec))
        with memory.chunk_keys() as keys:
            with change(path, "gc", 1, alone=True) as opened:
                collect(opened, garbage(opened.home, opened.index), quiet)
            segments_of(reader.home, reader.home.spec).keys.grow(state.journal)
            found = [each for each, _ in keys.blocks(0, np.arange(len(keys)))]  # of its open files
        assert torch.equal(torch.cat(found), torch.cat([keys_of(each, 0) for each in held[6]]))


def test_few_segments_stay_mapped(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_segments, "MOST_MAPPED", 3)
    with closing(Reader(path)) as reader:
        reader.ask(told([]), 1)
        assert cast(FileSegments, reader.segments)._mapped.cache_info().currsize == 3
