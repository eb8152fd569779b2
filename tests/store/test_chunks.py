"""Whole chunks found at once: by keys, by text, and how they are read."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch

from store.change import change
from store.home import Home
from store.index.reader import Index
from store.kinds.chunks import find_chunks, late_interaction, weights_of
from store.kinds.mplus import Memory
from store.kinds.state import initial, longterm_mask
from store.kinds.vectors import Origin
from store.segments.chosen import segments_of
from store.segments.two_bits import rotated
from store.spec import Spec
from tests.store.made import SPEC, add, last_state, searched_keys, segment

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
    return Memory(home.spec, last_state(path), segments_of(home, home.spec), NOTHING)


def queries_for(document: int) -> torch.Tensor:
    """Queries [F,m,h] that the keys of one document answer best."""
    keys = segment(WHOLE, document, 0, 6).keys
    assert keys is not None
    return 100 * torch.nn.functional.normalize(keys, dim=-1)


def test_the_best_chunks_are_found_in_order_and_read_whole(tmp_path: Path) -> None:
    memory = filled(tmp_path / "m")
    keys = [searched_keys(memory, layer).float() for layer in range(2)]
    queries = queries_for(2)
    cosines = [keys[layer] @ rotated(queries[layer]).T / 100 for layer in range(2)]
    best = [each.view(5, 6, -1).amax(1).T for each in cosines]  # [m,5]
    scores = torch.stack([weights_of(each) @ each for each in best]).mean(0)
    for layer in range(WHOLE.layers):
        found = find_chunks(memory, queries, [], 2)
        for chunk, at in zip(found, scores.argsort(descending=True)[:2], strict=True):
            reading = chunk.read(layer, None)
            assert reading.ids.tolist() == [*range(6 * at, 6 * at + 6)]
            assert np.allclose(reading.scores, scores[at], rtol=0.01)
            assert torch.equal(reading.states, memory.gather(layer, reading.ids))


def test_what_every_chunk_has_counts_little() -> None:
    the, gate = [0.9, 1.0, 0.9, 1.0], [0.2, 0.9, 0.1, 0.2]  # short of 1 by 0.05 and 0.65
    assert torch.allclose(weights_of(torch.tensor([the, gate])), torch.tensor([0.05, 0.65]) / 0.7)
    assert torch.allclose(weights_of(torch.ones(2, 3)), torch.tensor(0.5))  # a memory of one text


def test_the_best_of_each_chunk_counts_and_its_place_in_a_block_does_not() -> None:
    keys = torch.nn.functional.normalize(torch.randn(7, 4), dim=-1)
    queries, sizes = keys[[1, 5]], [1, 3, 1, 2]
    bounds = np.cumsum([0, *sizes])
    expected = torch.stack(
        [(queries @ keys[a:b].T).amax(1) for a, b in pairwise(bounds.tolist())], dim=1
    )
    for cut in (1, 2, 3, 4):
        parts = [(a, b) for a, b in ((0, cut), (cut, 4)) if a < b]
        blocks = [(keys[bounds[a] : bounds[b]], np.array(sizes[a:b])) for a, b in parts]
        assert torch.allclose(late_interaction(blocks, queries), expected, atol=0.02)


def test_text_lifts_a_chunk_as_far_as_keys_are_not_sure(tmp_path: Path) -> None:
    memory = filled(tmp_path / "m")

    def found(queries: torch.Tensor, by_text: list[int]) -> list[int]:
        return [chunk.number for chunk in find_chunks(memory, queries, by_text, 5)]

    by_keys = found(queries_for(1), [])
    assert by_keys[0] == 1
    lifted = found(queries_for(1), [by_keys[2]])
    assert set(lifted[:2]) == {1, by_keys[2]}
    assert found(queries_for(1), [by_keys[4]])[0] == 1  # too far ahead


def test_what_left_long_term_memory_is_not_read(tmp_path: Path) -> None:
    memory = filled(tmp_path / "m", replace(WHOLE, capacity_vectors=4))
    for layer in range(WHOLE.layers):
        there = longterm_mask(memory.spec, memory.state, layer)
        there[memory.state.pool[layer]] = True
        assert all(
            there[chunk.read(layer, None).ids].all()
            for chunk in find_chunks(memory, queries_for(1), [1], 2)
        )


def test_nothing_is_found_in_an_empty_memory(tmp_path: Path) -> None:
    with change(tmp_path / "m", "x", 1, create=WHOLE) as opened:
        memory = Memory(opened.spec, initial(opened.spec), opened.segments, NOTHING)
    assert find_chunks(memory, queries_for(1), [], 2) == []


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
