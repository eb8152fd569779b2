"""Some documents of a memory: only their vectors are found and read."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from store.change import change
from store.home import Home
from store.index.reader import Index
from store.kinds.chunks import FoundChunk, find_chunks
from store.kinds.mplus import Memory, score
from store.kinds.state import longterm_mask
from store.records import ChunkRow, DocumentRow
from store.segments import segment_key
from store.segments.chosen import segments_of
from store.segments.quantized import joined
from store.spec import Spec
from store.texts import WholeText
from tests.store.made import EIGHT, SPEC, SPECS, add, last_state, own_vectors, segment

CHUNKS = replace(EIGHT, capacity_vectors=999)
documents = st.lists(st.lists(st.integers(1, 6), min_size=1, max_size=3), min_size=1, max_size=6)


def made(path: Path, spec: Spec, holds: Mapping[int, Sequence[int]]) -> Memory:
    with change(path, "x", 1, create=spec) as opened:
        for document, sizes in holds.items():
            add(opened, document, tuple(sizes))
        opened.commit()
        opened.pack_keys()
    home = Home(path)
    return Memory(home.spec, last_state(path), segments_of(home, home.spec), own_vectors(home.spec))


def numbers_of(path: Path, chosen: Sequence[int]) -> list[int]:
    """The segments of documents that are named by numbers, as they stand in the journal."""
    index = Index.open(Home(path))
    ids = [each.id for each in index.documents(1) if int(each.path) in chosen]
    numbers = index.numbers(1, ids)
    index.close()
    return numbers


def read(chunks: list[FoundChunk]) -> list[torch.Tensor]:
    """What each layer reads of each chunk: [3,K,w] each."""
    return [torch.stack([chunk.read(layer, None).kv for layer in range(3)]) for chunk in chunks]


@settings(max_examples=40, deadline=None)
@given(sizes=documents, data=st.data())
def test_chunks_are_found_as_in_a_memory_of_these_documents_alone(
    sizes: list[list[int]], data: st.DataObject
) -> None:
    holds = dict(enumerate(sizes))
    chosen = data.draw(st.lists(st.sampled_from(sorted(holds)), min_size=1, unique=True))
    count = sum(len(holds[number]) for number in chosen)
    by_text = data.draw(st.permutations(range(1, count + 1)))[: data.draw(st.integers(0, count))]
    queries = segment(CHUNKS, 99, data.draw(st.integers(0, 5)), 4).keys
    assert queries is not None
    with tempfile.TemporaryDirectory() as folder:
        whole = made(Path(folder) / "whole", CHUNKS, holds)
        alone = made(Path(folder) / "alone", CHUNKS, {each: holds[each] for each in sorted(chosen)})
        numbers = numbers_of(Path(folder) / "whole", chosen)
        assert len(numbers) == count
        ranked = [numbers[number - 1] for number in by_text]
        found = find_chunks(whole.among(numbers), queries, ranked, 3)
        expected = find_chunks(alone, queries, by_text, 3)
        assert [each.number for each in found] == [numbers[each.number - 1] for each in expected]
        assert np.allclose([each.score for each in found], [each.score for each in expected])
        for mine, theirs in zip(read(found), read(expected), strict=True):
            assert torch.equal(mine, theirs)


@pytest.mark.parametrize(
    "spec", [replace(each, retrieval_layers=()) for each in SPECS if not each.lean]
)
def test_vectors_are_retrieved_and_read_among_these_documents_alone(
    tmp_path: Path, spec: Spec
) -> None:
    """Single vectors: of the long-term memory the best of the chosen, of the pool the chosen, and
    the checkpoint's own of both.
    """
    whole = made(tmp_path / "m", spec, dict.fromkeys(range(6), (6, 3)))
    numbers = numbers_of(tmp_path / "m", [1, 4])
    part, state = whole.among(numbers), whole.state
    queries = torch.randn(4, spec.selector, generator=torch.Generator().manual_seed(5))
    for layer in range(spec.layers):
        chosen = np.isin(state.locate(np.arange(state.born))[0], [0, *numbers])
        reading = part.read(layer, queries if spec.selector else None)
        pool = torch.isnan(reading.scores).numpy()
        ids = state.pool[layer]
        assert reading.ids[pool].tolist() == ids[chosen[ids]].tolist()
        allowed = np.flatnonzero(longterm_mask(spec, state, layer) & chosen)
        if spec.selector:
            every = score([joined(list(whole.keys(layer)))], queries).numpy()
            scored = every[allowed - state.first(spec, layer)]
            best = np.sort(allowed[np.argsort(-scored, kind="stable")[: spec.retrieved_vectors]])
            assert reading.ids[~pool].tolist() == best.tolist()
            assert len(best) == min(spec.retrieved_vectors, len(allowed))
        rows = torch.cat([reading.states, reading.kv])
        assert torch.equal(rows, whole.gather(layer, reading.ids))


def test_what_stands_for_the_pool_is_that_of_the_rows_that_are_read(tmp_path: Path) -> None:
    whole = made(tmp_path / "m", SPEC, dict.fromkeys(range(6), (6, 3)))
    whole.pool_kv = [torch.from_numpy(ids)[:, None] for ids in whole.state.pool]
    queries = torch.ones(2, SPEC.selector)
    for memory in (whole, whole.among([1, 2, 9, 10]), whole.among([12])):
        for layer in range(SPEC.layers):
            reading = memory.read(layer, queries)
            assert reading.kv[:, 0].tolist() == reading.ids[len(reading.states) :].tolist()


def test_the_best_text_inside_is_found_below_any_number_outside(tmp_path: Path) -> None:
    with change(tmp_path / "m", "x", 1, create=EIGHT) as opened:
        for number in range(70):
            key = segment_key(EIGHT.identity, None, [number])
            opened.put_segments({key: segment(EIGHT, number, 0, 2)})
            text = "lease dogs " * 5 if number != 40 else "one lease among many other words of it"
            row = ChunkRow(key, 2, 2, 0, len(text), "line", 1, 1, "", text)
            document = DocumentRow(f"{number}", "", f"{number}", "text", 0, 2, 1, "")
            opened.add(document, [row], WholeText(text, (), "line"))
        opened.commit()
    index = Index.open(Home(tmp_path / "m"))
    [inside] = [each.id for each in index.documents(1) if each.path == "40"]
    assert 41 not in index.ranked_by_text(1, "lease dogs", limit=50)
    assert index.ranked_by_text(1, "lease dogs", [inside]) == index.numbers(1, [inside]) == [41]
    assert index.ranked_by_text(1, "lease dogs", []) == index.numbers(1, []) == []
    index.close()


def test_nothing_is_found_among_nothing(tmp_path: Path) -> None:
    whole = made(tmp_path / "m", CHUNKS, {1: (6,)})
    assert find_chunks(whole.among([]), torch.ones(2, 3, CHUNKS.selector), [], 3) == []
