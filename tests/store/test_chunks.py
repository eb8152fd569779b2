"""Whole chunks found at once: by keys, by text, and how they are read."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from store.change import change
from store.chunks import find_chunks
from store.home import Home, Spec
from store.index import Index
from store.memory import Memory, Origin
from store.quantized import joined
from store.segments import Segments
from store.state import initial, longterm_mask
from tests.store.made import SPEC, add, last_state, segment

# Six vectors a chunk, two chunks found, a pool of ten that starts empty.
WHOLE = replace(
    SPEC,
    origin_vectors=(0, 0, 0),
    pool_full=False,
    retrieved_vectors=12,
    retrieval_layers=(0, 2),
    capacity_vectors=99,
)


NOTHING = Origin([torch.zeros(0, WHOLE.hidden)] * WHOLE.layers, None)


def filled(path: Path, spec: Spec = WHOLE) -> Memory:
    with change(path, "x", 1, create=spec) as opened:
        for document in range(1, 6):
            add(opened, document, (6,))
        opened.commit()
    home = Home(path)
    return Memory(home.spec, last_state(path), Segments(home), NOTHING)


def queries_for(document: int) -> torch.Tensor:
    """Queries [F,m,h] that the keys of one document answer best."""
    keys = segment(WHOLE, document, 0, 6).keys
    assert keys is not None
    return 100 * torch.nn.functional.normalize(keys, dim=-1)


def test_the_best_chunks_are_read_whole_with_the_best_one_last(tmp_path: Path) -> None:
    memory = filled(tmp_path / "m")
    keys = [joined(list(memory.segment_keys(place))).numbers for place in range(2)]
    queries = queries_for(2)
    scores = [
        np.mean([(keys[place][6 * at : 6 * at + 6] @ queries[place].T).amax(0).mean() for place in range(2)])
        for at in range(5)
    ]
    best, second = np.argsort(scores)[::-1][:2]
    for layer in range(WHOLE.layers):
        reading = find_chunks(memory, queries, []).read(layer, None)
        expected = [*range(6 * second, 6 * second + 6), *range(6 * best, 6 * best + 6)]
        assert reading.ids[-12:].tolist() == expected
        assert np.allclose(reading.scores[-6:], scores[best], rtol=1e-4)
        assert torch.equal(reading.states, memory.gather(layer, reading.ids))


def test_nothing_but_the_chunks_found_is_read(tmp_path: Path) -> None:
    memory = filled(tmp_path / "m")
    for layer in range(WHOLE.layers):
        reading = find_chunks(memory, queries_for(5), []).read(layer, None)
        assert len(set(reading.ids)) == len(reading.ids) == 12
        assert not reading.scores.isnan().any()


def test_text_brings_a_chunk_that_keys_do_not(tmp_path: Path) -> None:
    memory = filled(tmp_path / "m")
    for number in range(1, 6):
        found = find_chunks(memory, queries_for(1), [number]).read(0, None).ids[-12:] // 6 + 1
        assert number in found


def test_what_left_long_term_memory_is_not_read(tmp_path: Path) -> None:
    memory = filled(tmp_path / "m", replace(WHOLE, capacity_vectors=4))
    for layer in range(WHOLE.layers):
        there = longterm_mask(memory.spec, memory.state, layer)
        there[memory.state.pool[layer]] = True
        assert there[find_chunks(memory, queries_for(1), [1]).read(layer, None).ids].all()


def test_an_empty_memory_reads_as_nothing(tmp_path: Path) -> None:
    with change(tmp_path / "m", "x", 1, create=WHOLE) as opened:
        memory = Memory(opened.spec, initial(opened.spec), opened.segments, NOTHING)
    assert len(find_chunks(memory, queries_for(1), []).read(0, None).ids) == 0


def test_texts_are_ranked_in_the_generation_asked_about(tmp_path: Path) -> None:
    filled(tmp_path / "m")
    with change(tmp_path / "m", "forget", 1) as opened:
        opened.remove(opened.documents[1])
        opened.commit()
    index = Index.open(Home(tmp_path / "m"))
    assert index.ranked_by_text(1, "what says document 4?")[0] == 4
    assert index.ranked_by_text(2, "what says document 4?")[0] == 3
    assert len(index.ranked_by_text(2, "documents")) == 4  # stemmed, and without the one that left
    assert index.ranked_by_text(2, 'NEAR("x" AND * ?!') == index.ranked_by_text(2, "?!") == []
    long = " ".join(f"word{number}" for number in range(20_000))
    assert index.ranked_by_text(2, f"{long} document 4?")[0] == 3
    index.close()
