"""The state as a fold: exact forgetting, provenance by arithmetic, draws that anyone can repeat."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from store.change import change
from store.home import Home
from store.index.reader import Index
from store.kinds import pool, state
from store.kinds.journal import Entries, Journal
from store.kinds.mplus import Memory
from store.segments import segment_key
from store.segments.chosen import segments_of
from store.segments.quantized import joined
from store.spec import Spec
from store.state_files import read_state
from tests.store.made import SLOTS, SPEC, SPECS, add, kept, last_state, own_vectors
from tests.updates import apply

GOLDEN_PER_LAYER = [[0, 1, 7], [2, 4, 7]]
GOLDEN_SHARED = [[4, 5, 6], [4, 5, 6]]
GOLDEN_KEY = "8ba2f1f68f72d08293b8ed14e9a6b3a1d562961b789a8f40c6f59b70aafae02f"

POOLS = [spec for spec in SPECS if not spec.lean]

documents = st.lists(st.integers(1, 6), min_size=1, max_size=4).map(tuple)
steps = st.lists(st.one_of(documents, st.integers(0, 20)), min_size=1, max_size=12)


@settings(max_examples=40, deadline=None)
@given(steps=steps, spec=st.sampled_from([*SPECS, SLOTS]))
def test_a_memory_equals_one_that_only_ever_saw_what_is_left(
    steps: list[tuple[int, ...] | int], spec: Spec
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lived, fresh = Path(folder) / "lived", Path(folder) / "fresh"
        there: dict[int, tuple[int, ...]] = {}
        for number, step in enumerate(steps):
            with change(lived, "step", 1, create=spec) as opened:
                if isinstance(step, tuple):
                    add(opened, number, step)
                    there[number] = step
                elif there:
                    gone = sorted(there)[step % len(there)]
                    del there[gone]
                    opened.remove(next(row for row in opened.documents if row.path == str(gone)))
                opened.commit()
        if not any(isinstance(step, tuple) for step in steps):
            return
        with change(fresh, "all", 1, create=spec) as opened:
            for document, sizes in there.items():
                add(opened, document, sizes)
            opened.commit()
        if there:
            lived_state, fresh_state = last_state(lived), last_state(fresh)
            assert lived_state.to_bytes() == fresh_state.to_bytes()
        if not spec.recurrent:
            check_provenance(Home(lived), there)


def check_provenance(home: Home, there: dict[int, tuple[int, ...]]) -> None:
    """Every id in the pool and in long-term memory leads to a chunk of a document that is there,
    and its vector.
    """
    index = Index.open(home)
    generation = index.generation()
    assert generation is not None
    current = read_state(home, index, generation, home.spec)
    assert [row.path for row in index.documents(generation.id)] == [
        str(document) for document in there
    ]
    memory = Memory(home.spec, current, segments_of(home, home.spec), own_vectors(home.spec))
    located = index.located(generation.id, range(1, len(current.journal) + 1))
    assert [located[number].chunk.segment for number in sorted(located)] == list(current.journal)
    index.close()
    for layer in range(home.spec.layers):
        longterm = np.flatnonzero(state.longterm_mask(home.spec, current, layer))
        assert len(longterm) <= home.spec.capacity_vectors
        ids = np.concatenate([longterm, current.pool[layer]])
        assert len(set(ids.tolist())) == len(ids)
        numbers, offsets = current.locate(ids)
        vectors = memory.gather(layer, ids)
        for row, (number, offset) in enumerate(
            zip(numbers.tolist(), offsets.tolist(), strict=True)
        ):
            if number == 0:
                continue
            chunk = located[number]
            assert int(chunk.path) in there
            expected = kept(home.spec, int(chunk.path), chunk.ordinal, chunk.chunk.vectors)
            assert torch.equal(vectors[row], expected[layer, offset])


@settings(max_examples=60, deadline=None)
@given(sizes=st.lists(st.integers(1, 6), max_size=20), spec=st.sampled_from(POOLS))
def test_long_term_memory_is_what_left_the_pool_bounded_by_capacity(
    sizes: list[int], spec: Spec
) -> None:
    """Against the update as the paper tells it: what is dropped moves over, and past capacity the
    oldest leave.
    """
    current = state.initial(spec)
    told = []
    for layer in range(spec.layers):
        first = current.origin - spec.origin_vectors[layer]
        told.append(
            [number for number in range(first, current.origin) if number not in current.pool[layer]]
        )
    for number, size in enumerate(sizes):
        current, dropped = apply(spec, current, f"{number:064x}", size)
        for layer in range(spec.layers):
            if spec.capacity_vectors:
                told[layer] = sorted([*told[layer], *dropped[layer].tolist()])[
                    -spec.capacity_vectors :
                ]
            assert np.flatnonzero(state.longterm_mask(spec, current, layer)).tolist() == told[layer]
            assert (np.diff(current.pool[layer]) > 0).all()
        assert current.pool.shape[1] <= spec.pool_vectors
    assert state.State.from_bytes(current.to_bytes()).to_bytes() == current.to_bytes()


def test_draws_are_those_of_the_disk_format() -> None:
    """Golden draws: another program, or a later version, must find the same rows."""
    assert pool.draw(0, 0, 2, 8, 3, per_layer=True).tolist() == GOLDEN_PER_LAYER
    assert pool.draw(7, 41, 2, 8, 3, per_layer=False).tolist() == GOLDEN_SHARED


def test_draws_are_fair() -> None:
    drawn = np.concatenate(
        [pool.draw(0, update, 1, 16, 4, per_layer=True)[0] for update in range(2000)]
    )
    counts = np.bincount(drawn, minlength=16)
    assert counts.sum() == 8000
    assert abs(counts - 500).max() < 100  # five standard deviations


def test_a_segment_is_named_by_model_predecessor_and_tokens() -> None:
    keys = {
        segment_key("a", None, [1, 2]),
        segment_key("b", None, [1, 2]),
        segment_key("a", "x", [1, 2]),
        segment_key("a", None, [1, 3]),
        segment_key("a", None, [1, 2, 0]),
    }
    assert len(keys) == 5
    assert segment_key("a", None, [1, 2]) == GOLDEN_KEY


def test_reading_gives_the_best_vectors_oldest_first(tmp_path: Path) -> None:
    with change(tmp_path / "m", "x", 1, create=SPEC) as opened:
        add(opened, 1, (6, 6, 6))
        opened.commit()
    home = Home(tmp_path / "m")
    memory = Memory(SPEC, last_state(home.path), segments_of(home, home.spec), own_vectors(SPEC))
    queries = torch.randn(3, SPEC.selector, generator=torch.Generator().manual_seed(0))
    for layer in range(SPEC.layers):
        reading = memory.read(layer, queries)
        longterm = np.flatnonzero(state.longterm_mask(SPEC, memory.state, layer))
        start = memory.state.origin - SPEC.origin_vectors[layer]
        keys = joined(list(memory.keys(layer))).numbers[longterm - start]
        scores = torch.sigmoid(queries @ keys.T).mean(0)
        best = np.sort(longterm[scores.argsort(descending=True)[: SPEC.retrieved_vectors].numpy()])
        found = int((~reading.scores.isnan()).sum())
        assert reading.ids[:found].tolist() == best.tolist()
        assert reading.ids[found:].tolist() == memory.state.pool[layer].tolist()
        assert torch.equal(reading.states, memory.gather(layer, reading.ids))


@pytest.mark.parametrize("spec", SPECS)
def test_equal_states_have_equal_bytes(spec: Spec) -> None:
    journal = [(1, f"{number:064x}", 1 + number % 6) for number in range(12)]
    once = state.fold(spec, state.initial(spec), Entries.of(journal))
    first = state.fold(spec, state.initial(spec), Entries.of(journal[:5]))
    assert once.to_bytes() == state.fold(spec, first, Entries.of(journal[5:])).to_bytes()


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 6), max_size=40),
    at=st.integers(0, 40),
    spec=st.sampled_from(POOLS),
)
def test_folding_is_one_update_after_the_other(sizes: list[int], at: int, spec: Spec) -> None:
    """From the start and from any state on the way, of which the oldest rows come."""
    entries = Entries.of((1, f"{number:064x}", size) for number, size in enumerate(sizes))
    current = begun = state.initial(spec)
    for number, (_, key, size) in enumerate(entries, 1):
        current, _ = apply(spec, current, key, size)
        begun = current if number == at else begun
    rest = entries.part(len(begun.journal))
    assert state.fold(spec, state.initial(spec), entries).to_bytes() == current.to_bytes()
    assert state.fold(spec, begun, rest).to_bytes() == current.to_bytes()


def test_a_long_journal_is_folded_by_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many draws are made as the pool's oldest row has seen, not one for each segment."""
    drawn = []

    def counted(seed: int, update: int, *rest: Any) -> pool.Ids:
        drawn.append(update)
        return draw(seed, update, *rest)

    draw = pool.draw
    monkeypatch.setattr(pool, "draw", counted)
    count = 100_000
    sizes = np.full(count, 2)
    entries = Entries(np.ones(count, np.int64), Journal(np.zeros((count, 32), np.uint8)), sizes)
    folded = state.fold(SPEC, state.initial(SPEC), entries)
    assert folded.born == SPEC.origin_vectors[0] + 2 * count
    assert drawn == list(range(count - 1, count - 1 - len(drawn), -1))
    assert len(drawn) < 200


def test_of_equal_lots_the_lower_row_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stream:
        def __init__(self, content: bytes) -> None:
            pass

        def digest(self, length: int) -> bytes:
            return np.array([5, 3, 3, 9, 3, 1, 5, 5], dtype="<u8").tobytes()

    monkeypatch.setattr("hashlib.shake_256", Stream)
    assert [pool.draw(0, 0, 1, 8, count, per_layer=True).tolist() for count in (1, 2, 3, 5)] == [
        [[5]],
        [[1, 5]],
        [[1, 2, 5]],
        [[0, 1, 2, 4, 5]],
    ]
