"""Lean memories are collected and erased: packs, and derived vectors."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.change import Change, change
from store.collect import collect, commit_in_little_room, garbage
from store.errors import FullDiskError
from store.home import Home
from store.index.reader import Index
from store.kinds.chunks import find_chunks
from store.segments.lean import LeanSegments, as_bytes
from tests.store.lean import (
    DOCUMENTS,
    erased,
    gc,
    inject,
    key_of,
    leave,
    opened_memory,
    pack,
    packed,
    queries,
    sizes,
    vectors,
)
from tests.store.made import (
    LEAN,
    add,
    findings,
    forget,
    ids_of,
    last_state,
    segment,
)


def all_bytes(memory: Path) -> Iterator[tuple[Path, bytes]]:
    for file in memory.rglob("*"):
        if file.is_file():
            yield file, file.read_bytes()


def test_segments_that_come_together_are_the_same_bytes_as_one_by_one(tmp_path: Path) -> None:
    written = {key_of(d, n): segment(LEAN, d, n, sizes(d)[n]) for d in range(1, 7) for n in (0, 1)}
    ways = {"together": [written], "one by one": [{key: each} for key, each in written.items()]}
    found = []
    for name, steps in ways.items():
        with change(tmp_path / name, "inject", 1, create=LEAN) as opened:
            for step in steps:
                opened.put_segments(step)
        home = Home(tmp_path / name)
        folders = home.packs(LEAN.identity), home.derived_vectors(LEAN.identity)
        found.append([(f.name, content) for each in folders for f, content in all_bytes(each)])
    together, alone = map(sorted, found)
    assert together == alone and len(together) > len(written)


def test_no_vectors_are_kept_that_those_to_come_would_drive_out(tmp_path: Path) -> None:
    with change(tmp_path / "m", "inject", 1, create=LEAN) as opened:
        assert isinstance(opened.segments, LeanSegments)
        opened.segments.cache.budget_bytes = 4000
        for document, coming in ((1, 10_000), (2, 200), (3, 10), (4, 0)):
            opened.expect(coming)
            add(opened, document, sizes(document))
        opened.commit()
    assert vectors(tmp_path / "m") == sorted(key_of(d, n) for d in (3, 4) for n in (0, 1))
    assert len(packed(tmp_path / "m")) == 8 and findings(tmp_path / "m") == []


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    inject(tmp_path / "m", *DOCUMENTS)
    assert findings(tmp_path / "m") == []
    return tmp_path / "m"


# Collecting


def test_nothing_to_remove_writes_nothing(memory: Path) -> None:
    before, kept_before = (pack(memory) / "records").stat(), vectors(memory)
    found = gc(memory)
    assert (found.packs, found.segments, found.generations) == ([], 0, [])
    assert os.path.samestat(before, (pack(memory) / "records").stat())
    assert vectors(memory) == kept_before and len(kept_before) == 6


def test_what_no_generation_needs_goes_and_the_rest_stays_where_it_is_read(memory: Path) -> None:
    leave(memory, 2)
    assert gc(memory).segments == 0  # the generations before have it
    told: list[tuple[int, int]] = []
    with change(memory, "gc", 1, alone=True) as opened:
        found = garbage(opened.home, opened.index, 1)
        collect(opened, found, lambda done, of: told.append((done, of)))
    assert found.segments == 2 and found.bytes > 0
    assert told == sorted(told) and told[-1][0] == told[-1][1]
    stay = [key_of(1, 0), key_of(1, 1), key_of(3, 0), key_of(3, 1)]
    assert packed(memory) == stay and vectors(memory) == sorted(stay)
    assert [each.name for each in Home(memory).packed()] == ["2"]
    assert findings(memory) == []
    inject(memory, 2)
    assert packed(memory) == [*stay, key_of(2, 0), key_of(2, 1)]
    assert findings(memory) == []


def test_a_memory_from_which_all_went_has_no_packs(memory: Path) -> None:
    for document in DOCUMENTS:
        leave(memory, document)
    assert gc(memory, 1).segments == 6
    assert list(Home(memory).packed()) == [] and vectors(memory) == []
    assert findings(memory) == []
    inject(memory, 1)
    assert packed(memory) == [key_of(1, 0), key_of(1, 1)] and findings(memory) == []


def test_segments_of_a_run_that_was_cut_short_are_used_or_removed(memory: Path) -> None:
    for removed in (False, True):
        with change(memory, "inject", 1) as opened:
            add(opened, 4, sizes(4))  # and no commit
        assert packed(memory)[-2:] == [key_of(4, 0), key_of(4, 1)]
        if removed:
            assert gc(memory).segments == 2
        with change(memory, "inject", 1) as opened:
            assert opened.has_segment(key_of(4, 0)) is not removed
            assert opened.has_segment(key_of(3, 0))


def test_leftovers_of_packs_are_removed(memory: Path) -> None:
    folder = Home(memory).packs(LEAN.identity)
    (folder / "0").mkdir()
    (folder / "0" / "records").write_bytes(b"")
    (folder / "2").mkdir()  # never finished: without records
    (folder / "2" / "ids").write_bytes(b"x" * 99)
    other = folder.with_name("f" * 16)  # of a model that no generation has
    (other / "1").mkdir(parents=True)
    assert len(packed(memory)) == 6
    found = gc(memory)
    assert set(found.files) == {folder / "0", folder / "2", other}
    assert [each.name for each in folder.iterdir()] == ["1"] and not other.exists()
    assert findings(memory) == [] and len(packed(memory)) == 6


def test_damaged_and_foreign_vectors_are_removed_and_others_stay(memory: Path) -> None:
    home = Home(memory)
    folder = home.derived_vectors(LEAN.identity)
    [whole, damaged, cut, *_] = sorted(folder.glob("??/*.safetensors"))
    content = bytearray(damaged.read_bytes())
    content[-1] ^= 1
    damaged.write_bytes(content)
    cut.write_bytes(cut.read_bytes()[:40])
    foreign = whole.with_name("0" * 64 + ".safetensors")
    foreign.write_bytes(whole.read_bytes())
    (whole.parent / ".new-x").write_bytes(b"half")
    (memory / "cache" / "pace.json").write_text("{}")
    named = [(each.where, each.mend) for each in findings(memory)]
    assert (str(damaged), "mplus gc") in named and (str(cut), "mplus gc") in named
    found = gc(memory)
    gone = {damaged, cut, foreign, whole.parent / ".new-x", memory / "cache" / "pace.json"}
    assert set(found.files) == gone and not any(each.exists() for each in gone)
    assert whole.exists() and len(vectors(memory)) == 4
    assert findings(memory) == []


def test_who_has_files_open_reads_on_in_what_they_were(memory: Path) -> None:
    segments = LeanSegments(Home(memory), LEAN)
    whole = segments.packed(key_of(2, 0))
    leave(memory, 2)
    with segments.pack.opened(()) as opened:
        gc(memory, 1)
        assert opened.packed(opened.number(key_of(2, 0))) == whole
    assert segments.there([key_of(1, 0), key_of(2, 0)]) == [True, False]
    assert segments.packed(key_of(1, 0)).count == 6


def test_a_rollback_after_a_collection_has_all_that_it_needs(memory: Path) -> None:
    leave(memory, 1)
    with change(memory, "tag", 1) as opened:
        opened.index.set_tag("before", 2)  # holds 1 and 2
    leave(memory, 2)
    gc(memory, 1)
    assert len(packed(memory)) == 6
    with change(memory, "rollback", 1) as opened:
        goal = opened.index.generation(2)
        assert goal is not None
        opened.roll_back(goal)
        opened.commit()
    assert list(last_state(memory).journal) == [key_of(d, n) for d in (1, 2) for n in (0, 1)]
    assert findings(memory) == []


def test_on_a_full_disk_goes_first_what_needs_no_room(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pack stays as it is then, and is written anew when there is room."""
    leave(memory, 2)
    left = Home(memory).packs(LEAN.identity) / "9"
    left.mkdir()
    whole = packed(memory)

    mkdir = Path.mkdir

    def full(self: Path, *how: int, **more: int) -> None:
        if self.parent == left.parent:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self))
        mkdir(self, *how, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(Path, "mkdir", full)
        with pytest.raises(OSError, match="No space"):
            gc(memory, 1)
    assert packed(memory) == whole and not left.exists()
    assert vectors(memory) == [] and findings(memory) == []
    assert gc(memory, 1).segments == 2 and len(packed(memory)) == 4


def test_the_cache_gives_the_room_that_a_pack_needs(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(memory, 2)
    mkdir, cache = Path.mkdir, Home(memory).derived_vectors(LEAN.identity)

    def full(self: Path, *how: int, **more: int) -> None:
        if self.parent.parent.name == "packs" and cache.exists():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self))
        mkdir(self, *how, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "mkdir", full)
    assert gc(memory, 1).segments == 2
    assert len(packed(memory)) == 4 and vectors(memory) == [] and findings(memory) == []


def test_room_for_forgetting_is_made_without_packs(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would take more, and readers may have them open."""
    with change(memory, "inject", 1) as opened:
        add(opened, 4, sizes(4))  # and no commit
    pace = memory / "cache" / "pace.json"
    pace.write_text("{}")
    commit, tries = Change.commit, [FullDiskError("full")]

    def once_full(self: Change) -> object:
        if tries:
            raise tries.pop()
        return commit(self)

    monkeypatch.setattr(Change, "commit", once_full)
    with change(memory, "forget", 1) as opened:
        forget(opened, 2)
        commit_in_little_room(opened)
    assert not pace.exists() and len(packed(memory)) == 8 and len(vectors(memory)) == 6
    assert findings(memory) == []


# Erasing


def test_nothing_of_an_erased_document_is_left_in_any_file(tmp_path: Path) -> None:
    memory = tmp_path / "m"
    inject(memory, *DOCUMENTS)
    segments = LeanSegments(Home(memory), LEAN)
    *keys, _ = segments.packed(key_of(2, 0)).rows
    traces = {
        "ids": as_bytes(ids_of(2, 0, 6), LEAN.id_bytes),
        "codes": keys[0],
        "name": bytes.fromhex(key_of(2, 0)),
        "hexadecimal": key_of(2, 0).encode(),
        "words": b"document 2 chunk",
        "vectors": segments.cache.get(key_of(2, 0)).numbers.numpy().tobytes()[:54],  # type: ignore[union-attr]
    }
    there = {
        name: [f for f, content in all_bytes(memory) if trace in content]
        for name, trace in traces.items()
    }
    assert all(there[name] for name in ("ids", "codes", "name", "vectors")), there
    erased(memory, 2)
    left = {
        name: [f for f, content in all_bytes(memory) if trace in content]
        for name, trace in traces.items()
    }
    assert not any(left.values()), left
    files = [file for file in memory.rglob("*") if key_of(2, 0) in file.name]
    assert not files
    assert packed(memory) == [key_of(d, n) for d in (1, 3) for n in (0, 1)]
    assert len(vectors(memory)) == 4 and findings(memory) == []


def test_a_chunk_that_another_document_has_stays(tmp_path: Path) -> None:
    memory = tmp_path / "m"
    inject(memory, 1)
    with change(memory, "inject", 1) as opened:
        add(opened, 1, sizes(1))
        document, chunks, whole = opened._added.pop()
        from dataclasses import replace

        opened.add(replace(document, path="copy", skip_key="copy"), chunks, whole)
        opened.commit()
    erased(memory, 1)
    assert packed(memory) == [key_of(1, 0), key_of(1, 1)] and findings(memory) == []


# Any sequence of commands

STEPS = st.lists(
    st.tuples(st.sampled_from(["inject", "forget", "erase", "rollback", "gc"]), st.integers(0, 5)),
    min_size=2,
    max_size=12,
)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(steps=STEPS)
def test_what_is_found_and_read_is_that_of_a_memory_made_anew(
    steps: list[tuple[str, int]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        memory, fresh = Path(folder) / "lived", Path(folder) / "fresh"
        with change(memory, "new", 1, create=LEAN):
            pass
        for command, number in steps:
            live(memory, command, number)
        with closing(Index.open(Home(memory))) as index:
            last = index.generation()
            now = [int(row.path) for row in index.documents(last.id)] if last else []
            ever = {int(row.path) for row in index.all_documents()}
        assert findings(memory) == []
        if now:
            inject(fresh, *now)
            assert answers(memory) == answers(fresh)
        gc(memory)
        assert set(packed(memory)) == {key_of(d, n) for d in ever for n in range(len(sizes(d)))}
        assert set(vectors(memory)) <= set(packed(memory)) and findings(memory) == []


def live(memory: Path, command: str, number: int) -> None:
    number += 1
    with closing(Index.open(Home(memory))) as index:
        generations = [each.id for each in index.generations()]
        documents = index.documents(generations[0]) if generations else []
        ever = sorted({int(row.path) for row in index.all_documents()})
    now = [int(row.path) for row in documents]
    if command == "inject" and number not in now:
        inject(memory, number)
    elif command == "forget" and now:
        leave(memory, now[number % len(now)])
    elif command == "erase" and ever:
        erased(memory, ever[number % len(ever)])
    elif command == "gc":
        gc(memory, number)
    elif command == "rollback" and generations:
        with change(memory, "rollback", 1) as opened:
            goal = opened.index.generation(generations[number % len(generations)])
            assert goal is not None
            opened.roll_back(goal)
            opened.commit()


def answers(memory: Path) -> list[object]:
    """What questions find, by their scores, and the vectors that are read of it."""
    found, told = opened_memory(memory), list[object]()
    for document in (1, 4):
        for each in find_chunks(found, queries(document), [1], 4):
            reading = each.read(0, None)
            told += [each.number, each.score, reading.states.tolist()]
    return told
