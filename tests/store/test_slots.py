"""Memories that are a matrix of slots: their states, what documents hold of them, and files that
are lost.
"""

import hashlib
import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load, save

from store.change import change
from store.errors import DamagedError
from store.home import Home
from store.index.reader import Index
from store.kinds import kind_of
from store.kinds.cell import Matrix
from store.kinds.holdings import Faded
from store.kinds.journal import Entries
from store.kinds.slots import SlotState, name_of
from store.segments.files import FileSegments
from store.shards import split
from store.spec import Spec, described, fields_of, parse_spec, spec_from
from store.state_files import mend_states, read_state
from tests.store.made import LEAN, SLOTS, SPEC, add, findings, last_state, what_it_says
from tests.store.snapshots import drop, fill, read, write

GOLDEN_NAME = "c3072ce52f2c875dd6432e09ea7527e77d593aa5cc3aa0a8e16d4ff995cd5282"
Arrays = dict[str, NDArray[Any]]


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    fill(tmp_path / "memory", 1, 2, 3, spec=SLOTS)
    return tmp_path / "memory"


def quiet(done: int, of: int) -> None:
    """No progress is shown."""


def state_file(memory: Path) -> Path:
    return Home(memory).state(last_state(memory).digest)


def asked(memory: Path) -> Matrix:
    """What a question reads of the last state."""
    home = Home(memory)
    with closing(Index.open(home)) as index:
        state = read_state(home, index, index.generations()[0], SLOTS, to_ask=True)
    matrix: Matrix = state.matrices[0]
    return matrix


def mended(memory: Path) -> None:
    with change(memory, "gc", 1) as opened:
        mend_states(opened.home, opened.index)


# States


def test_a_forgotten_document_was_never_there(memory: Path, tmp_path: Path) -> None:
    drop(memory, 1)
    fill(tmp_path / "other", 2, 3, spec=SLOTS)
    found, expected = last_state(memory), last_state(tmp_path / "other")
    assert found.to_bytes() == expected.to_bytes()
    assert found.slots.shape == (1, SLOTS.slots, SLOTS.tag + SLOTS.slot_value)
    assert np.abs(found.slots).max() > 0.1


def test_forgetting_goes_on_from_before_the_document_came(
    memory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, numbers = list[str](), FileSegments.numbers

    def counted(segments: FileSegments, key: str) -> NDArray[Any]:
        opened.append(key)
        return numbers(segments, key)

    fill(memory, 4, spec=SLOTS)
    drop(memory, 4)
    fill(memory, 5, spec=SLOTS)
    monkeypatch.setattr(FileSegments, "numbers", counted)
    drop(memory, 3)  # behind which there is the last of these alone
    assert opened == list(last_state(memory).journal[4:])
    fill(tmp_path / "other", 1, 2, 5, spec=SLOTS)
    assert last_state(memory).to_bytes() == last_state(tmp_path / "other").to_bytes()


def test_before_the_first_write_there_is_nothing(tmp_path: Path) -> None:
    with change(tmp_path / "m", "new", 1, create=SLOTS):
        pass
    state = kind_of(Home(tmp_path / "m").spec).initial()
    assert not state.slots.any()
    assert kind_of(SLOTS).holdings(state, []).slots == 0


def test_the_name_of_a_state_is_that_of_the_disk_format() -> None:
    """Golden: the same on every machine, whatever its products' last bits."""
    entries = Entries.of([(1, f"{number:064x}", number) for number in (1, 2, 3)])
    assert name_of("0" * 64, entries.journal, entries.sizes) == GOLDEN_NAME
    assert kind_of(SLOTS).told(entries) == (GOLDEN_NAME, (0, 0))
    others = [Entries.of([(1, f"{number:064x}", 9 - number) for number in (1, 2, 3)])]
    others += [entries.part(1), Entries.of([*entries][::-1])]
    names = {kind_of(SLOTS).told(each)[0] for each in (entries, *others)}
    names.add(kind_of(replace(SLOTS, identity="1" * 64)).told(entries)[0])
    assert len(names) == 5


def test_a_lost_state_is_read_all_the_same_and_made_anew(memory: Path) -> None:
    before, said = last_state(memory).to_bytes(), what_it_says(memory)
    file = state_file(memory)
    for content in (None, b"", before[:-1], before[:-1] + b"!"):
        file.unlink()
        if content is not None:
            file.write_bytes(content)
        (found,) = findings(memory)
        assert (found.where, found.mend) == ("generation 3", "mplus gc")
        assert last_state(memory).to_bytes() == before
        mended(memory)
        assert file.read_bytes() == before
        assert (findings(memory), what_it_says(memory)) == ([], said)


def test_a_change_goes_on_from_a_lost_state(memory: Path, tmp_path: Path) -> None:
    state_file(memory).unlink()
    fill(memory, 4, spec=SLOTS)
    fill(tmp_path / "other", 1, 2, 3, 4, spec=SLOTS)
    assert last_state(memory).to_bytes() == last_state(tmp_path / "other").to_bytes()
    with change(memory, "rollback", 1) as opened:  # whose file comes back with it
        goal = opened.index.generation(3)
        assert goal is not None
        opened.roll_back(goal)
        opened.commit()
    assert findings(memory) == []


def test_a_state_that_no_segments_lead_to_stays_lost(memory: Path) -> None:
    state_file(memory).unlink()
    for file in memory.glob("segments/*/*"):
        file.unlink()
    mended(memory)
    wrong = {each.where for each in findings(memory)}
    assert "generation 3" in wrong and len(wrong) > 1
    with (
        closing(Index.open(Home(memory))) as index,
        pytest.raises(DamagedError, match="is missing"),
    ):
        read_state(Home(memory), index, index.generations()[0], SLOTS)


def test_last_bits_may_differ_from_machine_to_machine(memory: Path) -> None:
    state, file = last_state(memory), state_file(memory)
    for by, is_found in ((3e-6, False), (1e-4, True)):
        (matrix,) = state.matrices
        other = replace(state, matrices=(replace(matrix, slots=matrix.slots + np.float32(by)),))
        file.write_bytes(other.to_bytes())
        assert bool(findings(memory)) == is_found
        assert findings(memory, replay=False) == []


def test_snapshots_have_no_states_and_are_the_same_everywhere(memory: Path, tmp_path: Path) -> None:
    snapshot = write(memory)
    state, file = last_state(memory), state_file(memory)
    (matrix,) = state.matrices
    other = replace(state, matrices=(replace(matrix, slots=matrix.slots + np.float32(3e-6)),))
    file.write_bytes(other.to_bytes())
    assert write(memory) == snapshot
    read(snapshot, tmp_path / "other")
    assert len(list((tmp_path / "other" / "states").iterdir())) == 3
    assert last_state(tmp_path / "other").to_bytes() == state.to_bytes()


def test_a_shard_is_as_if_it_had_read_its_documents_alone(memory: Path, tmp_path: Path) -> None:
    for number, made in enumerate(split(memory, tmp_path / "shards", 3, 1, quiet), 1):
        assert (made.documents, findings(made.path)) == (1, [])
        fill(tmp_path / str(number), number, spec=SLOTS)
        alone = last_state(tmp_path / str(number))
        assert last_state(made.path).to_bytes() == alone.to_bytes()


# Files that somebody else may have made


def resealed(state: SlotState, change_it: Callable[[Arrays], object]) -> bytes:
    """The file of a state that says something else, and vouches for it."""
    arrays = {name: each.copy() for name, each in load(state.to_bytes()).items()}
    del arrays["sha256"]
    change_it(arrays)
    digest = hashlib.sha256(bytes.fromhex(state.digest))
    for name in ("slots", "usage", "sources", "shares"):
        digest.update(arrays[name].tobytes() if name in arrays else b"")
    return save(arrays | {"sha256": np.frombuffer(digest.digest(), dtype=np.uint8)})


def put(name: str, value: float) -> Callable[[Arrays], None]:
    def change_it(arrays: Arrays) -> None:
        arrays[name].reshape(-1)[0] = value

    return change_it


def cut(name: str) -> Callable[[Arrays], None]:
    return lambda arrays: arrays.update({name: arrays[name][:, 1:].copy()})


HOSTILE: dict[str, Callable[[Arrays], object]] = {
    "a slot that is no number": put("slots", np.nan),
    "a slot out of bounds": put("slots", 1.01),
    "an endless slot": put("slots", -np.inf),
    "a usage below none": put("usage", -0.1),
    "a usage that is no number": put("usage", np.nan),
    "a share below none": put("shares", -0.1),
    "shares of more than there is": lambda arrays: arrays["shares"].fill(0.3),
    "a source that never entered": put("sources", 7),
    "a source below none": put("sources", -1),
    "fewer slots": cut("slots"),
    "fewer usages": cut("usage"),
    "fewer sources": cut("sources"),
    "shares of other types": lambda a: a.update(shares=a["shares"].astype(np.float64)),
    "sources of other types": lambda a: a.update(sources=a["sources"].astype(np.int64)),
    "more matrices": lambda a: a.update(slots=np.repeat(a["slots"], 2, axis=0)),
    "another journal": put("journal", 1),
    "a longer journal": lambda a: a.update(journal=np.repeat(a["journal"], 2, axis=0)),
    "other sizes": put("sizes", 5),
    "sizes without a journal": lambda a: a.pop("journal"),
    "no shares": lambda a: a.pop("shares"),
    "more than there is to say": lambda a: a.update(more=np.zeros(1)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_state_that_no_fold_makes_is_damaged(memory: Path, name: str) -> None:
    state, file = last_state(memory), state_file(memory)
    content = resealed(state, HOSTILE[name])
    with pytest.raises(DamagedError, match="is damaged"):
        kind_of(SLOTS).parse(content, "x", state.digest)
    file.write_bytes(content)
    assert findings(memory) != []
    assert last_state(memory).to_bytes() == state.to_bytes()
    assert np.array_equal(asked(memory).slots, state.slots[0])


@pytest.mark.parametrize("at", [0, 8, 40, 400, -500, -33, -1])
def test_a_question_reads_no_slots_that_are_spoilt(memory: Path, at: int) -> None:
    state, file = last_state(memory), state_file(memory)
    content = bytearray(file.read_bytes())
    content[at] ^= 1
    file.write_bytes(content)
    assert np.array_equal(asked(memory).slots, state.slots[0])
    file.write_bytes(content[: len(content) // 2])
    assert np.array_equal(asked(memory).slots, state.slots[0])


def test_a_question_does_not_look_at_the_journal(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (matrix,) = last_state(memory).matrices
    monkeypatch.setattr(SlotState, "to_bytes", None)
    monkeypatch.setattr(Index, "entries", None)
    found = asked(memory)
    for name in ("slots", "usage", "sources", "shares"):
        assert np.array_equal(getattr(found, name), getattr(matrix, name))


def test_a_whole_state_is_what_it_was(memory: Path) -> None:
    state = last_state(memory)
    same = kind_of(SLOTS).parse(resealed(state, lambda arrays: None), "x", state.digest)
    assert same.to_bytes() == state.to_bytes()
    assert len(state.to_bytes()) <= kind_of(SLOTS).most_bytes(len(state.journal)) + 1024
    with pytest.raises(DamagedError):
        kind_of(SLOTS).parse(state.to_bytes(), "x", "f" * 64)


# What documents hold


def test_what_documents_hold_are_the_shares_of_their_segments(memory: Path) -> None:
    state = last_state(memory)
    (matrix,) = state.matrices
    holdings = kind_of(SLOTS).holdings(state, [(11, 2), (12, 2), (13, 2)])
    held = holdings.by_document()
    assert list(held) == [0, 11, 12, 13] and held[0].slots == 0
    for number, document in enumerate((11, 12, 13)):
        own = np.isin(matrix.sources, (2 * number + 1, 2 * number + 2))
        assert held[document].slots == pytest.approx(float(matrix.shares[own].sum()))
        assert held[document].pool == held[document].longterm == 0
    assert 0 < holdings.slots <= SLOTS.slots
    assert sum(each.slots for each in held.values()) <= SLOTS.slots
    with pytest.raises(DamagedError, match="not its documents"):
        kind_of(SLOTS).holdings(state, [(11, 2)])


def test_what_was_written_over_has_faded(tmp_path: Path) -> None:
    spec = replace(SLOTS, slots=2)
    fill(tmp_path / "memory", *range(1, 8), spec=spec)
    with change(tmp_path / "memory", "look", 1) as opened:
        assert opened.faded() == Faded(0, 0)  # nobody need be warned of that
        generation = opened.index.generation()
        documents = [(each.id, each.chunks) for each in opened.documents]
    faded = kind_of(spec).holdings(last_state(tmp_path / "memory"), documents).faded()
    assert 3 <= faded.documents < 7
    assert 2 * faded.documents <= faded.chunks < 14
    assert generation is not None
    assert (generation.pool_vectors, generation.ltm_vectors) == (0, 0)


# What the memory is made for


def test_older_versions_refuse_it_by_its_format(tmp_path: Path) -> None:
    told = json.loads(described(SLOTS))
    assert (told["format"], told["slots"], told["tag"], told["slot_value"]) == (5, 7, 4, 21)
    assert parse_spec(described(SLOTS), tmp_path / "x") == (SLOTS, True)


@pytest.mark.parametrize("spec", [SPEC, LEAN])
def test_other_memories_are_described_as_before(spec: Spec, tmp_path: Path) -> None:
    told = json.loads(described(spec))
    assert told["format"] == 4
    assert not {"slots", "tag", "slot_value"} & {*told, *fields_of(spec)}
    assert parse_spec(described(spec), tmp_path / "x") == (spec, True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"tag": 0},
        {"slot_value": 0},
        {"slots": 0},
        {"slots": 1 << 40},
        {"slot_value": 1 << 25},
        {"slots": -1},
        {"pool_vectors": 3},
        {"selector": 2},
        {"retrieval_layers": (0,)},
        {"origin_vectors": (0, 1, 0)},
        {"pool_full": True},
        {"kv_width": 6},
        {"id_bytes": 2},
        {"eight_bit_states": True},
    ],
    ids=str,
)
def test_a_matrix_that_can_not_be_is_damage(wrong: dict[str, Any]) -> None:
    assert spec_from(fields_of(SLOTS)) == SLOTS
    with pytest.raises(DamagedError):
        spec_from(fields_of(SLOTS) | wrong)


def test_a_segment_has_no_more_rows_than_tokens(tmp_path: Path) -> None:
    with pytest.raises(DamagedError), change(tmp_path / "m", "inject", 1, create=SLOTS) as opened:
        add(opened, 1, (SLOTS.num_tokens + 1,))
        opened.commit()
