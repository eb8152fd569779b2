"""What a repository still holds of documents that were erased: told, and removed."""

from pathlib import Path

import pytest

from store.change import change
from store.errors import PushedFirstError
from store.index.packed_texts import decompressed
from store.repository.packs import segment_entry
from store.spec import Spec
from tests.store.lean import erased, key_of
from tests.store.made import LEAN, SLOTS, SPEC, findings
from tests.store.repository.kept import (
    Kept,
    agreed,
    all_entries,
    digest,
    history,
    paths,
    pull,
    push,
)
from tests.store.snapshots import drop, fill

TEXT = b"document 2 chunk"


def contents(kept: Kept) -> list[bytes]:
    """All bytes of a repository, and what they are when they are unpacked."""
    found = list(kept.objects.values())
    for name, content in all_entries(kept).items():
        found.append(name.encode())
        if not name.startswith("segment"):
            found.append(decompressed(content))
    for name, content in kept.objects.items():
        if name.startswith("generations/"):
            found.append(decompressed(content))
    return found


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def ours(tmp_path: Path, kept: Kept) -> Path:
    """A memory that has pushed three documents, and erased the second."""
    fill(tmp_path / "ours", 1, 2, 3, spec=LEAN)
    push(tmp_path / "ours", kept)
    return tmp_path / "ours"


def test_what_is_still_held_is_told(ours: Path, kept: Kept) -> None:
    drop(ours, 2)
    assert push(ours, kept).held.count == 0  # an earlier generation here has it, too
    erased(ours, 2)
    done = push(ours, kept)
    assert (done.held.count, done.held.paths) == (1, ("2",))
    assert any(TEXT in each for each in contents(kept))


def test_erased_there_no_byte_is_left(ours: Path, kept: Kept, tmp_path: Path) -> None:
    pull(tmp_path / "theirs", kept)
    erased(ours, 2)
    done = push(ours, kept, erases=True)
    assert (done.held.count, done.erased.count, done.erased.paths) == (0, 1, ("2",))
    assert not any(TEXT in each for each in contents(kept))
    entries = all_entries(kept)
    assert not {segment_entry(key_of(2, at)) for at in (0, 1)} & entries.keys()
    assert segment_entry(key_of(1, 0)) in entries
    assert push(ours, kept, erases=True).erased.count == 0
    third = tmp_path / "third"
    pull(third, kept)
    assert [each[0] for each in history(third)] == [1, 4]
    assert (paths(third), digest(third)) == (["1", "3"], digest(ours))
    pull(tmp_path / "theirs", kept)
    assert digest(tmp_path / "theirs") == digest(ours)
    assert findings(third) == findings(tmp_path / "theirs") == findings(ours) == []


def test_one_that_was_behind_comes_along(ours: Path, kept: Kept, tmp_path: Path) -> None:
    """Its last generation in common is gone there, and it has grown."""
    theirs = tmp_path / "theirs"
    pull(theirs, kept)
    fill(theirs, 4, spec=LEAN)
    erased(ours, 2)
    push(ours, kept, erases=True)
    with pytest.raises(PushedFirstError):
        push(theirs, kept)
    pull(theirs, kept)
    assert paths(theirs) == ["1", "3", "4"]
    done = push(theirs, kept)
    assert done.held.count == 0  # its earlier generations have it still
    assert not any(TEXT in each for each in contents(kept))
    pull(ours, kept)
    assert digest(ours) == digest(theirs)


def test_nothing_new_has_to_be_pushed_for_it(ours: Path, kept: Kept, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    pull(theirs, kept)
    erased(ours, 2)
    push(ours, kept)
    pull(theirs, kept)
    said = history(theirs)
    done = push(ours, kept, erases=True)
    assert (done.generations, done.erased.count) == (0, 1)
    assert not any(TEXT in each for each in contents(kept))
    # The last generation stands there once more, and is no new one here.
    assert pull(theirs, kept).generations == pull(ours, kept).generations == 0
    assert history(theirs) == said
    fill(theirs, 5, spec=LEAN)
    push(theirs, kept)
    assert pull(ours, kept).documents == ["5"]


def test_who_comes_too_late_relies_on_nothing_erased(
    ours: Path, kept: Kept, tmp_path: Path
) -> None:
    """Somebody pushes while another erases."""
    theirs = tmp_path / "theirs"
    pull(theirs, kept)
    erased(ours, 2)
    push(ours, kept)
    pull(theirs, kept)
    with change(theirs, "rollback", 1) as opened:  # to what has the erased document
        found = opened.index.generation(3)
        assert found is not None
        opened.roll_back(found)
        opened.commit()

    def watch(what: str, name: str) -> None:
        if what == "create" and name.startswith("generations/"):
            other = Kept(kept.objects)
            kept.watch = lambda what, name: None
            push(ours, other, erases=True)

    kept.watch = watch
    with pytest.raises(PushedFirstError):
        push(theirs, kept)
    assert not any(TEXT in each for each in contents(kept))
    pull(theirs, kept)
    push(theirs, kept)
    pull(ours, kept)
    assert digest(ours) == digest(theirs)
    assert findings(ours) == findings(theirs) == []


@pytest.mark.parametrize("spec", [SPEC, SLOTS], ids=["mplus", "slots"])
def test_of_a_memory_with_files(kept: Kept, tmp_path: Path, spec: Spec) -> None:
    memory = tmp_path / "files"
    fill(memory, 1, 2, 3, spec=spec)
    push(memory, kept)
    erased(memory, 2)
    push(memory, kept, erases=True)
    assert not any(TEXT in each for each in contents(kept))
    assert sum(name.startswith("segment-") for name in all_entries(kept)) == 4
    pull(tmp_path / "other", kept)
    assert digest(tmp_path / "other") == digest(memory)


@pytest.mark.parametrize("at", range(0, 12))
def test_cut_short_it_can_be_called_again(ours: Path, kept: Kept, tmp_path: Path, at: int) -> None:
    erased(ours, 2)
    requests = 0

    def watch(what: str, name: str) -> None:
        nonlocal requests
        if what in ("create", "delete"):
            requests += 1
            if requests == at + 1:
                raise KeyboardInterrupt

    kept.watch = watch
    try:
        push(ours, kept, erases=True)
    except KeyboardInterrupt:
        kept.watch = lambda what, name: None
        pull(tmp_path / "between", kept)
        assert findings(tmp_path / "between") == []
        push(ours, kept, erases=True)
    kept.watch = lambda what, name: None
    assert not any(TEXT in each for each in contents(kept))
    pull(tmp_path / "other", kept)
    assert digest(tmp_path / "other") == digest(ours)


@pytest.mark.parametrize("at", range(16))
def test_what_a_push_that_was_cut_short_has_left_stays_for_who_goes_on(
    ours: Path, kept: Kept, tmp_path: Path, at: int
) -> None:
    """He pulls and pushes while another erases: his packs are there, and needed by now."""
    theirs, requests = tmp_path / "theirs", 0
    pull(theirs, kept)
    fill(theirs, 4, spec=LEAN)
    cut_short(theirs, kept)
    erased(ours, 2)

    def watch(what: str, name: str) -> None:
        nonlocal requests
        requests += "generations/0000000004" in kept.objects
        if requests == at + 1:
            eraser.watch = lambda what, name: None
            goes_on = Kept(kept.objects)
            pull(theirs, goes_on)
            push(theirs, goes_on)

    eraser = Kept(kept.objects)
    eraser.watch = watch
    push(ours, eraser, erases=True)
    assert requests == at + 1
    pull(tmp_path / "fresh", kept)
    agreed(ours, theirs, tmp_path / "fresh", kept=kept, rounds=2)
    assert paths(ours) == paths(tmp_path / "fresh") == ["1", "3", "4"]
    assert findings(ours) == findings(tmp_path / "fresh") == []
    assert not any(TEXT in each for each in contents(kept))


def test_who_relied_on_what_an_eraser_found_needless_brings_it_once_more(
    ours: Path, kept: Kept, tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs"
    pull(theirs, kept)
    fill(theirs, 4, spec=LEAN)
    before = set(kept.objects)
    cut_short(theirs, kept)
    left = kept.objects.keys() - before
    erased(ours, 2)
    push(ours, kept)
    pull(theirs, kept)

    def watch(what: str, name: str) -> None:
        if what == "create" and name.startswith("generations/"):
            for each in left:
                kept.objects.pop(each, None)

    kept.watch = watch
    push(theirs, kept)
    pull(tmp_path / "fresh", kept)
    assert sorted(paths(tmp_path / "fresh")) == ["1", "3", "4"]


def cut_short(memory: Path, kept: Kept) -> None:
    """A push whose packs come, and no generation."""

    def watch(what: str, name: str) -> None:
        if what == "create" and name.startswith("generations/"):
            raise KeyboardInterrupt

    kept.watch = watch
    with pytest.raises(KeyboardInterrupt):
        push(memory, kept)
    kept.watch = lambda what, name: None
