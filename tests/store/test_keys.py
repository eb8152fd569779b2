"""Packed keys: they grow by appending, and a question finds the same with all, some and none of
them.
"""

import errno
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from filelock import FileLock

from store.change import change
from store.home import Home
from store.kinds.chunks import find_chunks
from store.kinds.layout import layout_of
from store.kinds.mplus import Memory
from store.segments import chunk_keys
from store.segments.chosen import segments_of
from store.segments.files import FileSegments, read_segment
from store.segments.quantized import joined
from store.segments.two_bits import levels, two_bits
from store.spec import Spec
from tests.store.made import (
    EIGHT,
    SPEC,
    add,
    findings,
    forget,
    last_state,
    own_vectors,
    searched_keys,
    segment,
)

# Single vectors found by keys as segments hold them: 8 bits with scales, and numbers; whole chunks.
SPECS = {"8 bits": replace(EIGHT, retrieval_layers=()), "numbers": SPEC, "chunks": EIGHT}


@pytest.fixture(params=list(SPECS.values()), ids=list(SPECS))
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    grow(tmp_path / "m", request.param, range(1, 6))
    return tmp_path / "m"


def grow(path: Path, spec: Spec, documents: range) -> None:
    for document in documents:
        with change(path, "inject", 1, create=spec) as opened:
            add(opened, document, (6, 1 + document % 6))
            opened.commit()
            opened.pack_keys()


def memory(path: Path) -> Memory:
    home = Home(path)
    return Memory(home.spec, last_state(path), segments_of(home, home.spec), own_vectors(home.spec))


def keys(path: Path) -> list[torch.Tensor]:
    """All keys of the last generation's journal as they are searched, for each layer that has
    some.
    """
    found = memory(path)
    layers = range(layout_of(found.spec).key_layers)
    if found.spec.retrieval_layers:
        return [searched_keys(found, layer) for layer in layers]
    return [joined(list(found.segment_keys(at))).unpacked(torch.float32) for at in layers]


def from_segments(path: Path) -> list[torch.Tensor]:
    """The same from the segments' own files."""
    home = Home(path)
    layout = layout_of(home.spec)
    stored = [read_segment(home.segment(key), layout).keys for key in last_state(path).journal]
    found = []
    for layer in range(layout_of(home.spec).key_layers):
        rows = joined([each.layer(layer) for each in stored if each is not None])
        bits = levels(two_bits(rows.numbers), home.spec.selector)
        found.append(bits if home.spec.retrieval_layers else rows.unpacked(torch.float32))
    return found


def records(path: Path) -> Path:
    """The file that says which rows are whose."""
    chunks = Home(path).spec.retrieval_layers
    return Home(path).packed_keys(SPEC.identity) / ("chunks-2-bits" if chunks else "segments")


def first_rows(path: Path) -> Path:
    """The first layer's keys."""
    return records(path).with_name("000.codes" if Home(path).spec.retrieval_layers else "000.rows")


def same(path: Path) -> bool:
    return all(torch.equal(*pair) for pair in zip(keys(path), from_segments(path), strict=True))


def test_they_are_those_of_the_segments_and_appended(path: Path) -> None:
    folder = Home(path).packed_keys(SPEC.identity)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert len(before[records(path).name]) == 10 * 36
    assert same(path)
    grow(path, Home(path).spec, range(6, 8))
    after = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert all(after[name].startswith(content) for name, content in before.items())
    assert len(after[records(path).name]) == 14 * 36
    assert same(path)


def test_what_was_forgotten_is_not_searched_and_comes_back(path: Path) -> None:
    size = first_rows(path).stat().st_size
    with change(path, "forget", 1) as opened:
        forget(opened, 2)
        opened.commit()
    assert same(path)
    grow(
        path, Home(path).spec, range(2, 3)
    )  # now the last of the journal, and where it was in the file
    assert same(path)
    assert first_rows(path).stat().st_size == size


@pytest.mark.parametrize("cut", [0, 1, 36, 100, 359])
def test_a_file_that_was_cut_is_used_as_far_as_it_goes_and_grows_again(
    path: Path, cut: int
) -> None:
    home = Home(path)
    for file in [
        file for file in home.packed_keys(home.spec.identity).iterdir() if file.name != "lock"
    ]:
        content = file.read_bytes()
        file.write_bytes(content[:cut])
        assert same(path)
        segments_of(home, home.spec).keys.grow(last_state(path).journal)
        assert file.read_bytes() == content


def test_rows_without_a_record_are_written_over(path: Path) -> None:
    home = Home(path)
    expected = {
        file.name: file.read_bytes() for file in home.packed_keys(home.spec.identity).iterdir()
    }
    records(path).write_bytes(expected[records(path).name][: 7 * 36 + 5])
    for name in expected.keys() - {records(path).name, "lock"}:
        (home.packed_keys(home.spec.identity) / name).write_bytes(
            expected[name] + b"never finished"
        )
    segments_of(home, home.spec).keys.grow(last_state(path).journal)
    assert {
        file.name: file.read_bytes() for file in home.packed_keys(home.spec.identity).iterdir()
    } == expected


def test_while_another_process_appends_the_segments_are_read(path: Path) -> None:
    home = Home(path)
    records(path).write_bytes(b"")
    with FileLock(home.packed_keys(home.spec.identity) / "lock"):
        segments_of(home, home.spec).keys.grow(last_state(path).journal)
        assert same(path)
    assert not records(path).read_bytes()


def test_a_changed_byte_is_found_and_gc_mends_it(path: Path) -> None:
    assert not findings(path)
    file = first_rows(path)
    content = bytearray(file.read_bytes())
    content[7] ^= 1
    file.write_bytes(content)
    assert [finding.mend for finding in findings(path)] == ["mplus gc"]
    assert not findings(path, read_data=False)


def test_chunks_are_found_alike_in_one_block_and_in_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(tmp_path / "m", EIGHT, range(1, 6))
    queries = segment(EIGHT, 3, 0, 6).keys
    assert queries is not None
    whole = find_chunks(memory(tmp_path / "m"), queries, [], 3)
    for size in (1, 2, 5, 7):
        monkeypatch.setattr(chunk_keys, "KEYS_AT_ONCE", size)
        monkeypatch.setattr(chunk_keys, "MEANS_AT_ONCE", size)
        found = find_chunks(memory(tmp_path / "m"), queries, [], 3)
        assert [each.number for each in found] == [each.number for each in whole]
        assert np.allclose([each.score for each in found], [each.score for each in whole])


@pytest.mark.parametrize("there", [0, 3, 10])
def test_means_are_those_of_the_keys_packed_or_not(tmp_path: Path, there: int) -> None:
    grow(tmp_path / "m", EIGHT, range(1, 6))
    kept = records(tmp_path / "m")
    kept.write_bytes(kept.read_bytes()[: there * 36])
    queries, found = torch.randn(2, EIGHT.selector), memory(tmp_path / "m")
    expected = torch.zeros(10)
    with found.chunk_keys() as keys:
        for layer, query in enumerate(queries):
            for at in range(10):
                [(block, _)] = keys.blocks(layer, np.array([at]))
                expected[at] += block.float().mean(0) @ query
        near = keys.near(queries)
    assert torch.allclose(near / near.norm(), expected / expected.norm(), atol=0.02)


def test_keys_in_eight_bits_of_an_older_version_are_made_anew(tmp_path: Path) -> None:
    grow(tmp_path / "m", EIGHT, range(1, 6))
    folder = records(tmp_path / "m").parent
    for file in folder.iterdir():
        file.unlink()
    for name in ("segments", "000.rows", "000.scales", "001.rows", "001.scales"):
        (folder / name).write_bytes(bytes(360))
    assert same(tmp_path / "m")
    segments_of(Home(tmp_path / "m"), EIGHT).keys.grow(last_state(tmp_path / "m").journal)
    assert same(tmp_path / "m")
    names = ["000.codes", "000.means", "001.codes", "001.means", "chunks-2-bits"]
    assert sorted({file.name for file in folder.iterdir()} - {"lock"}) == names


def test_a_full_disk_keeps_nobody_from_searching(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(path)
    whole = records(path).read_bytes()
    records(path).write_bytes(whole[: 3 * 36])

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as context:
        context.setattr(os, "fsync", full)
        segments_of(home, home.spec).keys.grow(last_state(path).journal)
    assert records(path).read_bytes() == whole[: 3 * 36]
    assert same(path)
    segments_of(home, home.spec).keys.grow(last_state(path).journal)
    assert records(path).read_bytes() == whole


def test_a_damaged_segment_keeps_nobody_from_a_commit(path: Path) -> None:
    home = Home(path)
    lost = last_state(path).journal[0]
    shutil.rmtree(path / "cache")
    home.segment(lost).unlink()
    with change(path, "inject", 1) as opened:
        add(opened, 9, (6,))
        assert opened.commit() is not None
        opened.pack_keys()  # raises nothing
    assert FileSegments(home, home.spec).keys.wrong() == []


def test_keys_of_a_segment_that_is_not_there_are_wrong(path: Path) -> None:
    home = Home(path)
    lost = last_state(path).journal[0]
    home.segment(lost).unlink()
    assert FileSegments(home, home.spec).keys.wrong() == [lost]
