"""Packed keys: they grow by appending, and a question finds the same with all, some and none of
them.
"""

import errno
import os
from pathlib import Path

import pytest
import torch
from filelock import FileLock

from store import quantized
from store.change import change
from store.home import Home
from store.kinds.chunks import find_chunks
from store.kinds.layout import layout_of
from store.kinds.mplus import Memory
from store.quantized import joined
from store.segments import Segments
from store.spec import Spec
from tests.store.made import EIGHT, SPEC, add, findings, forget, last_state, own_vectors, segment


@pytest.fixture(params=[EIGHT, SPEC], ids=["8 bits", "as they are"])
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
    return Memory(home.spec, last_state(path), Segments(home, home.spec), own_vectors(home.spec))


def keys(path: Path) -> list[torch.Tensor]:
    """All keys of the last generation's journal, for each layer that has some."""
    found = memory(path)
    return [
        joined(list(found.segment_keys(place))).unpacked(torch.float32)
        for place in range(layout_of(found.spec).key_layers)
    ]


def from_segments(path: Path) -> list[torch.Tensor]:
    """The same from the segments' own files."""
    home = Home(path)
    segments = Segments(home, home.spec)
    stored = [segments.open(key).keys for key in last_state(path).journal]
    return [
        joined([each.layer(place) for each in stored if each is not None]).unpacked(torch.float32)
        for place in range(layout_of(home.spec).key_layers)
    ]


def same(path: Path) -> bool:
    return all(torch.equal(*pair) for pair in zip(keys(path), from_segments(path), strict=True))


def test_they_are_those_of_the_segments_and_appended(path: Path) -> None:
    folder = Home(path).packed_keys(SPEC.identity)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert len(before["segments"]) == 10 * 36
    assert same(path)
    grow(path, Home(path).spec, range(6, 8))
    after = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert all(after[name].startswith(content) for name, content in before.items())
    assert len(after["segments"]) == 14 * 36
    assert same(path)


def test_what_was_forgotten_is_not_searched_and_comes_back(path: Path) -> None:
    size = (Home(path).packed_keys(SPEC.identity) / "000.rows").stat().st_size
    with change(path, "forget", 1) as opened:
        forget(opened, 2)
        opened.commit()
    assert same(path)
    grow(
        path, Home(path).spec, range(2, 3)
    )  # now the last of the journal, and where it was in the file
    assert same(path)
    assert (Home(path).packed_keys(SPEC.identity) / "000.rows").stat().st_size == size


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
        Segments(home, home.spec).packed.grow(last_state(path).journal)
        assert file.read_bytes() == content


def test_rows_without_a_record_are_written_over(path: Path) -> None:
    home = Home(path)
    expected = {
        file.name: file.read_bytes() for file in home.packed_keys(home.spec.identity).iterdir()
    }
    (home.packed_keys(home.spec.identity) / "segments").write_bytes(
        expected["segments"][: 7 * 36 + 5]
    )
    for name in expected.keys() - {"segments", "lock"}:
        (home.packed_keys(home.spec.identity) / name).write_bytes(
            expected[name] + b"never finished"
        )
    Segments(home, home.spec).packed.grow(last_state(path).journal)
    assert {
        file.name: file.read_bytes() for file in home.packed_keys(home.spec.identity).iterdir()
    } == expected


def test_while_another_process_appends_the_segments_are_read(path: Path) -> None:
    home = Home(path)
    (home.packed_keys(home.spec.identity) / "segments").write_bytes(b"")
    with FileLock(home.packed_keys(home.spec.identity) / "lock"):
        Segments(home, home.spec).packed.grow(last_state(path).journal)
        assert same(path)
    assert not (home.packed_keys(home.spec.identity) / "segments").read_bytes()


def test_a_changed_byte_is_found_and_gc_mends_it(path: Path) -> None:
    assert not findings(path)
    file = Home(path).packed_keys(SPEC.identity) / "000.rows"
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
    whole = [chunk.read(1, None) for chunk in find_chunks(memory(tmp_path / "m"), queries, [], 3)]
    for rows in (1, 2, 5, 7):
        monkeypatch.setattr(quantized, "ROWS_AT_ONCE", rows)
        for chunk, expected in zip(
            find_chunks(memory(tmp_path / "m"), queries, [], 3), whole, strict=True
        ):
            found = chunk.read(1, None)
            assert found.ids.tolist() == expected.ids.tolist()
            assert torch.allclose(found.scores, expected.scores)


def test_a_full_disk_keeps_nobody_from_searching(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(path)
    whole = (home.packed_keys(home.spec.identity) / "segments").read_bytes()
    (home.packed_keys(home.spec.identity) / "segments").write_bytes(whole[: 3 * 36])

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as context:
        context.setattr(os, "fsync", full)
        Segments(home, home.spec).packed.grow(last_state(path).journal)
    assert (home.packed_keys(home.spec.identity) / "segments").read_bytes() == whole[: 3 * 36]
    assert same(path)
    Segments(home, home.spec).packed.grow(last_state(path).journal)
    assert (home.packed_keys(home.spec.identity) / "segments").read_bytes() == whole
