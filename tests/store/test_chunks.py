"""Whole chunks found at once: by keys, by text, and how they are read."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import torch

from store.change import change
from store.home import Home
from store.index import Index
from store.kinds.chunks import find_chunks, weighed
from store.kinds.mplus import Memory
from store.kinds.state import initial, longterm_mask
from store.kinds.vectors import Origin
from store.quantized import Rows, joined
from store.segments import Segments
from store.spec import Spec
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
    return Memory(home.spec, last_state(path), Segments(home, home.spec), NOTHING)


def queries_for(document: int) -> torch.Tensor:
    """Queries [F,m,h] that the keys of one document answer best."""
    keys = segment(WHOLE, document, 0, 6).keys
    assert keys is not None
    return 100 * torch.nn.functional.normalize(keys, dim=-1)


def test_the_best_chunks_are_found_in_order_and_read_whole(tmp_path: Path) -> None:
    memory = filled(tmp_path / "m")
    keys = [joined(list(memory.segment_keys(place))).numbers for place in range(2)]
    queries = queries_for(2)
    cosines = [keys[place] @ queries[place].T / 100 for place in range(2)]
    best = [each.view(5, 6, -1).amax(1).T for each in cosines]  # [m,5]
    scores = torch.stack([weighed(each) for each in best]).mean(0)
    for layer in range(WHOLE.layers):
        found = find_chunks(memory, queries, [], 2)
        for chunk, at in zip(found, scores.argsort(descending=True)[:2], strict=True):
            reading = chunk.read(layer, None)
            assert reading.ids.tolist() == [*range(6 * at, 6 * at + 6)]
            assert np.allclose(reading.scores, scores[at], rtol=1e-4)
            assert torch.equal(reading.states, memory.gather(layer, reading.ids))


def test_what_every_chunk_has_counts_little() -> None:
    the, gate = [0.9, 1.0, 0.9, 1.0], [0.2, 0.9, 0.1, 0.2]  # short of 1 by 0.05 and 0.65
    expected = (0.05 * torch.tensor(the) + 0.65 * torch.tensor(gate)) / 0.7
    assert torch.allclose(weighed(torch.tensor([the, gate])), expected)
    assert torch.allclose(weighed(torch.ones(2, 3)), torch.ones(3))  # a memory of one text


class Keys:
    """Chunks of two keys each, and nothing else of them."""

    def __init__(self, *chunks: list[list[float]]) -> None:
        self.numbers = np.arange(1, len(chunks) + 1)
        self.state = SimpleNamespace(sizes=np.array([len(keys) for keys in chunks]))
        self._keys = torch.tensor(chunks).flatten(0, 1)

    def segment_keys(self, place: int) -> Iterator[Rows]:
        yield Rows(self._keys, None)


def test_a_rare_token_of_a_question_outweighs_many_common_ones() -> None:
    common, rare, other = [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]
    like_common = [0.85, 0.0, 0.5268]
    memory = Keys([common, other], [like_common, rare], [common, other])
    queries = torch.tensor([[common] * 9 + [rare]])
    [found] = find_chunks(cast(Memory, memory), queries, [], 1)
    assert found.number == 2  # the mean over tokens would be 0.865, that of the others 0.9
    assert found.score == pytest.approx((9 * 0.05 * 0.85 + 2 / 3) / (9 * 0.05 + 2 / 3), rel=1e-4)


def test_text_brings_a_chunk_that_keys_do_not(tmp_path: Path) -> None:
    memory = filled(tmp_path / "m")
    for number in range(1, 6):
        found = find_chunks(memory, queries_for(1), [number], 2)
        assert number in [chunk.read(0, None).ids[0] // 6 + 1 for chunk in found]


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
