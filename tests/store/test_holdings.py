"""What documents hold in a state, against counting id by id; and what of a full memory is left."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.errors import DamagedError
from store.kinds import kind_of, state
from store.kinds.holdings import Faded
from store.kinds.journal import Entries
from store.kinds.state import State, longterm_mask
from store.spec import UNLIMITED, Spec, check_sizes
from tests.store.made import EIGHT, SPEC, SPECS

documents = st.lists(st.lists(st.integers(1, 6), min_size=1, max_size=5), max_size=12)


def folded(spec: Spec, sizes: list[list[int]]) -> State:
    """Of documents 1, 2, … with chunks of these sizes."""
    chunks = [(number, size) for number, each in enumerate(sizes, 1) for size in each]
    entries = Entries.of((each, f"{at:064x}", size) for at, (each, size) in enumerate(chunks))
    return state.fold(spec, state.initial(spec), entries)


@settings(max_examples=60, deadline=None)
@given(sizes=documents, spec=st.sampled_from(SPECS))
def test_holdings_are_the_ids_that_are_there(sizes: list[list[int]], spec: Spec) -> None:
    current = folded(spec, sizes)
    holdings = kind_of(spec).holdings(current, [(n, len(e)) for n, e in enumerate(sizes, 1)])
    owners = np.repeat(np.arange(len(sizes) + 1), [1, *map(len, sizes)])
    held_chunks, held_documents = set[int](), set[int]()
    for layer, pool in enumerate(current.pool):
        longterm = np.flatnonzero(longterm_mask(spec, current, layer))
        for ids, found in ((pool, holdings.pool[layer]), (longterm, holdings.longterm[layer])):
            numbers = current.locate(ids)[0]
            assert found.tolist() == np.bincount(owners[numbers], minlength=len(found)).tolist()
            held_chunks |= set(numbers.tolist())
            held_documents |= set(owners[numbers].tolist())
    chunks = set(range(1, len(current.journal) + 1)) - held_chunks
    gone = set(range(1, len(sizes) + 1)) - held_documents
    assert holdings.faded() == Faded(len(gone), len(chunks))
    kept = [
        np.mean([(current.locate(pool)[0] == number).sum() for pool in current.pool]) / size
        for number, size in enumerate(current.sizes.tolist(), 1)
    ]
    assert holdings.kept() == pytest.approx(kept)
    if spec.pool_vectors:
        assert ((holdings.expected() >= 0) & (holdings.expected() <= 1)).all()


def test_a_journal_that_is_not_its_documents_is_damage() -> None:
    with pytest.raises(DamagedError, match="not its documents"):
        kind_of(SPEC).holdings(folded(SPEC, [[3, 3]]), [(1, 1)])


def test_chunks_found_whole_fade_only_in_memories_that_were_made_with_a_limit() -> None:
    model = replace(EIGHT, capacity_vectors=UNLIMITED)
    check_sizes(EIGHT, model)
    check_sizes(model, model)
    assert model.unlimited and not EIGHT.unlimited
    sizes = [[6, 6]] * 20
    faded = [
        kind_of(spec).holdings(folded(spec, sizes), [(n, 2) for n in range(1, 21)]).faded()
        for spec in (EIGHT, model)
    ]
    assert faded[0].documents > 10 and faded[1] == Faded(0, 0)


def test_a_journal_is_a_sequence_of_names() -> None:
    names = [f"{number:064x}" for number in range(40_000)]
    entries = Entries.of((number, name, 1) for number, name in enumerate(names))
    assert list(entries.journal) == names
    assert (entries.journal[-1], list(entries.journal[3:5])) == (names[-1], names[3:5])
    assert [each[1] for each in entries.without(range(1, 40_000))] == names[:1]
    for wrong in ("00", "0" * 63 + "x", "0" * 62):
        with pytest.raises(ValueError):
            Entries.of([(1, wrong, 1)])
