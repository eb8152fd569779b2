"""Damage to lean memories is found and mended, and what is whole is found by questions."""

from pathlib import Path

import numpy as np
import pytest
import torch

from store.change import Change, change
from store.errors import DamagedError
from store.home import Home
from store.kinds.chunks import find_chunks
from tests.store.lean import (
    DOCUMENTS,
    gc,
    inject,
    key_of,
    leave,
    opened_memory,
    pack,
    packed,
    queries,
    sizes,
)
from tests.store.made import LEAN, add, findings, kept
from tests.store.snapshots import read, write


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    inject(tmp_path / "m", *DOCUMENTS)
    assert findings(tmp_path / "m") == []
    return tmp_path / "m"


# Looking and mending


def flipped(file: Path, place: int, bit: int = 1) -> None:
    content = bytearray(file.read_bytes())
    content[place] ^= bit
    file.write_bytes(content)


@pytest.mark.parametrize("name", ["records", "ids", "000.codes", "001.codes", "001.means"])
def test_a_flipped_bit_anywhere_is_found(memory: Path, name: str) -> None:
    file = pack(memory) / name
    content = file.read_bytes()
    for number, place in enumerate(range(0, len(content), 5)):
        flipped(file, place, 1 << number % 8)
        assert findings(memory, replay=False), place
        file.write_bytes(content)
    assert findings(memory) == []


@pytest.mark.parametrize("name", ["ids", "000.codes", "001.means"])
def test_wrong_bytes_are_mended_by_forgetting_and_injecting_again(memory: Path, name: str) -> None:
    whole = {file.name: file.read_bytes() for file in pack(memory).iterdir()}
    flipped(pack(memory) / name, 0)  # of the first segment, document 1's
    assert findings(memory, read_data=False) == []
    [found] = findings(memory)
    assert key_of(1, 0) in found.where
    assert found.mend.startswith("mplus forget 1, then mplus inject 1;")
    leave(memory, 1)
    inject(memory, 1)
    assert findings(memory) == []
    assert {file.name: file.read_bytes() for file in pack(memory).iterdir()} == whole


@pytest.mark.parametrize("bit", [1, 2, 1 << 6])
@pytest.mark.parametrize("number", [0, 3, 5])
def test_nothing_is_written_over_where_the_records_have_another_k(
    memory: Path, number: int, bit: int
) -> None:
    other = memory.with_name("other")
    inject(other, *DOCUMENTS, 4)
    flipped(pack(memory) / "records", 36 * number + 32, bit)
    inject(memory, 4)
    assert findings(memory) == []
    same = {file.name: file.read_bytes() for file in pack(other).iterdir()}
    assert {file.name: file.read_bytes() for file in pack(memory).iterdir()} == same


def test_wrong_bytes_of_what_only_history_has_are_dropped_with_it(memory: Path) -> None:
    leave(memory, 1)
    flipped(pack(memory) / "ids", 0)
    [found] = findings(memory)
    assert "mplus gc --keep-last 1" in found.mend
    gc(memory, 1)
    assert findings(memory) == []


@pytest.mark.parametrize("keep", [0, 1, 4, 5])
@pytest.mark.parametrize("name", ["ids", "000.codes", "001.means", "records"])
def test_what_the_disk_lost_is_written_again(memory: Path, name: str, keep: int) -> None:
    """Documents of segments that are lost are broken; the next inject writes these alone."""
    file, records = pack(memory) / name, 36
    whole = {each.name: each.read_bytes() for each in pack(memory).iterdir()}
    bounds = np.cumsum([0, *(size for d in DOCUMENTS for size in sizes(d))])
    row = {"ids": LEAN.id_bytes, "000.codes": 1, "001.means": LEAN.selector, "records": records}
    rows = keep if name in ("001.means", "records") else int(bounds[keep])
    file.write_bytes(whole[name][: rows * row[name] + row[name] // 2])
    lost = [key_of(d, n) for d in DOCUMENTS for n in (0, 1)][keep:]
    found = findings(memory, read_data=False)
    assert {each.where.rpartition(" ")[2] for each in found} == {*lost}
    assert all(each.mend.startswith("mplus inject ") for each in found)
    if keep:
        assert gc(memory).packs == []  # nothing that could be mended is thrown away
    with change(memory, "inject", 1) as opened:
        assert opened.inventory.broken == {
            str(d) for d in DOCUMENTS if {key_of(d, 0), key_of(d, 1)} & {*lost}
        }
        for document in DOCUMENTS:
            if str(document) in opened.inventory.broken:
                mend(opened, document)
    assert findings(memory) == []
    assert {each.name: each.read_bytes() for each in pack(memory).iterdir()} == whole


def mend(opened: Change, document: int) -> None:
    """As `inject` does with a document that is broken."""
    before = len(opened._added)
    add(opened, document, sizes(document))
    _, chunks, _ = opened._added.pop()
    assert len(opened._added) == before
    opened.mend(chunks)


@pytest.mark.parametrize("name", ["ids", "000.codes", "001.means", "cut"])
def test_a_snapshot_mends_what_is_wrong_or_lost(memory: Path, name: str) -> None:
    snapshot = write(memory)
    whole = {file.name: file.read_bytes() for file in pack(memory).iterdir()}
    if name == "cut":
        (pack(memory) / "ids").write_bytes(whole["ids"][:10])
    else:
        flipped(pack(memory) / name, 0)
    assert all("mplus import" in each.mend for each in findings(memory)) and findings(memory)
    assert read(snapshot, memory).mended == (6 if name == "cut" else 1)
    assert findings(memory) == []
    if name != "cut":
        assert {file.name: file.read_bytes() for file in pack(memory).iterdir()} == whole


def test_nothing_is_written_over_others_where_a_count_is_spoilt(memory: Path) -> None:
    whole = {each.name: each.read_bytes() for each in pack(memory).iterdir()}
    flipped(pack(memory) / "records", 32)
    leave(memory, 1)
    assert findings(memory) == []
    inject(memory, 1)
    assert {each.name: each.read_bytes() for each in pack(memory).iterdir()} == whole


def test_a_record_whose_count_the_disk_has_spoilt_is_mended_by_gc(memory: Path) -> None:
    whole = {each.name: each.read_bytes() for each in pack(memory).iterdir()}
    flipped(pack(memory) / "records", 32)  # K of the first segment: all others lie elsewhere
    [found] = findings(memory)
    assert found.where.endswith("records") and found.mend == "mplus gc"
    gc(memory)
    assert findings(memory) == []
    assert {each.name: each.read_bytes() for each in pack(memory).iterdir()} == whole


def test_a_record_whose_name_the_disk_has_spoilt_is_written_again(memory: Path) -> None:
    flipped(pack(memory) / "records", 3)
    [found] = findings(memory)
    assert key_of(1, 0) in found.where and found.mend.startswith("mplus inject 1,")
    with change(memory, "inject", 1) as opened:
        mend(opened, 1)
    assert findings(memory) == [] and len(packed(memory)) == 7
    assert gc(memory).segments == 1 and findings(memory) == []


# Searching what is there


def test_a_search_finds_what_is_there_though_a_chunk_is_lost(memory: Path) -> None:
    file = pack(memory) / "000.codes"
    file.write_bytes(file.read_bytes()[:-1])
    found = find_chunks(opened_memory(memory), queries(1), [6, 2, 1], 6)
    assert sorted(each.number for each in found) == [1, 2, 3, 4, 5]
    file.write_bytes(b"")
    with pytest.raises(DamagedError, match="is missing"):
        find_chunks(opened_memory(memory), queries(1), [6, 2, 1], 6)


def test_other_ids_than_a_segment_is_named_by_are_never_written(memory: Path) -> None:
    for file in Home(memory).derived_vectors(LEAN.identity).glob("??/*"):
        file.unlink()
    flipped(pack(memory) / "ids", 0)
    found = opened_memory(memory)
    with pytest.raises(DamagedError, match="its ids are not those"):
        found._segments.vectors(key_of(1, 0))
    assert torch.equal(
        found._segments.vectors(key_of(2, 0)).unpacked(torch.float32), kept(LEAN, 2, 0, 6)
    )
