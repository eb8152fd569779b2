"""Lean memories: a state is the journal alone, in no file and with no pool."""

import json
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.change import Change, change
from store.collect import collect, garbage
from store.errors import DamagedError, OtherModelError
from store.home import Home
from store.index.reader import Index
from store.index.schema import seal_generation
from store.index.writer import IndexWriter
from store.kinds import pool, state
from store.kinds.journal import Entries
from store.records import Generation, generation_digest
from store.spec import check_sizes, described, parse_spec
from store.state_files import read_state
from tests.store.made import EIGHT, LEAN, add, findings, forget, last_state, what_it_says
from tests.store.snapshots import read, told, unpacked, write

STEPS = st.lists(
    st.tuples(st.sampled_from(["inject", "forget", "rollback"]), st.integers(0, 5)),
    min_size=2,
    max_size=10,
)
Held = tuple[int, ...]
"""Documents in the order of the journal."""


def fill(memory: Path, *documents: int) -> None:
    for document in documents:
        with change(memory, "inject", 1, create=LEAN) as opened:
            add(opened, document, (6, document))
            opened.commit()


def state_files(memory: Path) -> list[Path]:
    return list(Home(memory).states())


@settings(max_examples=25, deadline=None, derandomize=True)
@given(steps=STEPS)
def test_equal_journals_have_equal_digests_however_they_came_about(
    steps: list[tuple[str, int]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        memory = Path(folder) / "memory"
        held: dict[int, Held] = {}
        with change(memory, "live", 1, create=LEAN) as opened:  # one run that commits often
            for command, number in steps:
                now = live(opened, command, number, held)
                if made := opened.commit():
                    held[made.id] = now
        assert state_files(memory) == [] and findings(memory) == []
        home, digests = Home(memory), {}
        with closing(Index.open(home)) as index:
            for generation in index.generations():
                kept = read_state(home, index, generation, LEAN)
                assert kept.digest == generation.state == digest_of(held[generation.id], index)
                assert kept.pool.shape == (LEAN.layers, 0)
                digests[held[generation.id]] = generation.state
        assert len(set(digests.values())) == len(digests)


def digest_of(held: Held, index: Index) -> str:
    """Of the state of a memory that never held another document."""
    chunks = {each.path: index.content(each.id)[0] for each in index.all_documents()}
    rows = ((each, row.segment, row.vectors) for each in held for row in chunks[str(each)])
    return state.fold(LEAN, state.initial(LEAN), Entries.of(rows)).digest


def live(opened: Change, command: str, number: int, held: dict[int, Held]) -> Held:
    """Do a command to an open change; gives what the memory holds then."""
    now = held[max(held)] if held else ()
    if command == "inject" and number not in now:
        add(opened, number, (6, number + 1))
        return (*now, number)
    if command == "forget" and now:
        gone = now[number % len(now)]
        forget(opened, gone)
        return tuple(each for each in now if each != gone)
    if command == "rollback" and held:
        goal = opened.index.generation(sorted(held)[number % len(held)])
        assert goal is not None
        opened.roll_back(goal)
        return held[goal.id]
    return now


def test_a_long_run_does_not_read_its_journal_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "m", 1)
    asked = []
    entries = Index.entries

    def counted(self: Index, generation: int) -> Entries:
        asked.append(generation)
        return entries(self, generation)

    monkeypatch.setattr(Index, "entries", counted)
    with change(tmp_path / "m", "inject", 1) as opened:
        for document in (2, 3, 4):
            add(opened, document, (6,))
            opened.commit()
        opened.pack_keys()
    assert asked == [1]


def test_nothing_is_drawn_without_a_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn(*args: Any) -> None:
        raise AssertionError("a draw")

    monkeypatch.setattr(pool, "draw", drawn)
    entries = Entries.of((1, f"{number:064x}", 6) for number in range(50))
    found = state.fold(LEAN, state.initial(LEAN), entries)
    assert state.counts(LEAN, found) == (0, 300)
    assert state.longterm_mask(LEAN, found, 0).all() and state.count_faded(LEAN, found) == 0


def test_a_journal_that_its_state_does_not_name_is_found(tmp_path: Path) -> None:
    """Though all that the index says is vouched for."""
    fill(tmp_path / "m", 1, 2)
    index = IndexWriter.open(Home(tmp_path / "m"))
    generation = index.generation()
    assert generation is not None
    other = replace(generation, state="0" * 64)
    index._db.execute("UPDATE generations SET state = ? WHERE id = 2", [other.state])
    seal_generation(index._db, other)
    index._db.conn.commit()
    index.close()
    found = findings(tmp_path / "m", read_data=False, replay=False)
    assert [(each.where, "journal" in each.wrong) for each in found] == [("generation 2", True)]


def test_a_snapshot_has_no_states_and_brings_all_of_them(tmp_path: Path) -> None:
    fill(tmp_path / "m", 1, 2, 3)
    with change(tmp_path / "m", "forget", 1) as opened:
        forget(opened, 2)
        opened.commit()
    snapshot = write(tmp_path / "m")
    files = unpacked(snapshot)
    assert not any(name.startswith("states/") for name in files)
    read(snapshot, tmp_path / "other")
    assert what_it_says(tmp_path / "other") == what_it_says(tmp_path / "m")
    assert findings(tmp_path / "other") == [] and state_files(tmp_path / "other") == []


def test_a_snapshot_whose_states_are_not_its_journals_is_refused(tmp_path: Path) -> None:
    fill(tmp_path / "m", 1, 2)

    def lie(manifest: dict[str, Any]) -> None:
        last = manifest["generations"][-1]
        last["state"] = manifest["generations"][0]["state"]
        digests = documents_digests(files["documents.jsonl"])
        held = [each["document"] for each in manifest["journal"]]
        last["digest"] = generation_digest(Generation(**last), [digests[each] for each in held])

    files = unpacked(write(tmp_path / "m"))
    with pytest.raises(DamagedError, match="not the state of its documents"):
        read(told(files, lie), tmp_path / "other")
    assert not (tmp_path / "other").exists()


def documents_digests(lines: bytes) -> dict[int, str]:
    rows = map(json.loads, lines.splitlines())
    return {row["id"]: row["digest"] for row in rows}


def test_forms_of_one_model_do_not_mix(tmp_path: Path) -> None:
    """What one keeps says nothing of the other's states."""
    fill(tmp_path / "lean", 1)
    with change(tmp_path / "old", "inject", 1, create=EIGHT) as opened:
        add(opened, 2, (6,))
        opened.commit()
    for source, target in (("lean", "old"), ("old", "lean")):
        with pytest.raises(OtherModelError, match="lean"):
            read(write(tmp_path / source), tmp_path / target)
        assert findings(tmp_path / target) == []


def test_gc_leaves_states_that_lie_in_no_file(tmp_path: Path) -> None:
    fill(tmp_path / "m", 1, 2)
    with change(tmp_path / "m", "gc", 1, alone=True) as opened:
        collect(opened, garbage(opened.home, opened.index, 1), lambda done, of: None)
    assert findings(tmp_path / "m") == []
    assert len(last_state(tmp_path / "m").journal) == 4


def test_a_memory_of_an_older_mplus_goes_on_as_it_is(tmp_path: Path) -> None:
    """The same model makes lean ones today."""
    check_sizes(EIGHT, LEAN)
    with pytest.raises(DamagedError):
        check_sizes(replace(EIGHT, selector=4), LEAN)
    with pytest.raises(DamagedError):
        check_sizes(replace(LEAN, selector=4), LEAN)
    with pytest.raises(DamagedError):
        check_sizes(replace(LEAN, id_bytes=4), LEAN)
    for document in (1, 2):
        with change(tmp_path / "m", "inject", 1, create=EIGHT if document == 1 else LEAN) as opened:
            add(opened, document, (6, 6))
            opened.commit()
    assert Home(tmp_path / "m").spec == EIGHT
    assert len(state_files(tmp_path / "m")) == 2 and findings(tmp_path / "m") == []


def test_a_description_without_id_bytes_is_of_no_lean_memory(tmp_path: Path) -> None:
    fields = json.loads(described(EIGHT))
    del fields["digest"], fields["id_bytes"]
    spec, current = parse_spec(json.dumps(fields | {"format": 3}).encode(), tmp_path / "x")
    assert (spec, spec.lean, current) == (EIGHT, False, False)
    assert parse_spec(described(LEAN), tmp_path / "x") == (LEAN, True)


def test_a_lean_memory_without_its_description_is_damaged(tmp_path: Path) -> None:
    fill(tmp_path / "m", 1)
    (tmp_path / "m" / "memory.json").unlink()
    with pytest.raises(DamagedError, match=r"memory\.json is missing"):
        Home(tmp_path / "m")
