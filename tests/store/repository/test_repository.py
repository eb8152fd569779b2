"""Pushing and pulling: between two and three memories, one after the other and side by side."""

from dataclasses import replace
from pathlib import Path

import pytest

from store.change import change
from store.errors import MplusError, OtherModelError, PushedFirstError
from store.home import Home
from store.index.reader import Index
from store.locks import read_lock
from store.spec import Spec
from tests.store.made import EIGHT, LEAN, SLOTS, SPEC, add, findings, what_it_says
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

KINDS = pytest.mark.parametrize(
    "spec", [SPEC, EIGHT, LEAN, SLOTS], ids=["mplus", "files", "lean", "slots"]
)


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    return tmp_path / "ours"


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    return tmp_path / "theirs"


def told(memory: Path) -> tuple[list[str], list[str]]:
    """What the last generation says that came and went."""
    index = Index.open(Home(memory))
    found = index.generation()
    index.close()
    assert found is not None
    return found.added, found.removed


@KINDS
def test_a_pull_makes_a_memory_with_the_same_history(
    ours: Path, theirs: Path, kept: Kept, spec: Spec
) -> None:
    fill(ours, 1, 2, 3, spec=spec)
    drop(ours, 2)
    done = push(ours, kept)
    assert (done.number, done.generations, done.documents) == (4, 4, 3)
    assert (done.objects, done.bytes) == (
        len(kept.objects) - 1,
        kept.sent - len(kept.objects["mplus.json"]),
    )
    came = pull(theirs, kept)
    assert (came.generation, came.generations, came.documents) == (4, 4, ["1", "3"])
    assert (came.merged, came.text) == (False, True)
    assert what_it_says(theirs) == what_it_says(ours)
    assert findings(theirs) == []


@KINDS
def test_what_is_new_follows(ours: Path, theirs: Path, kept: Kept, spec: Spec) -> None:
    fill(ours, 1, spec=spec)
    push(ours, kept)
    pull(theirs, kept)
    fill(theirs, 2, spec=spec)
    drop(theirs, 1)
    push(theirs, kept)
    came = pull(ours, kept)
    assert (came.generations, came.documents, came.removed, came.unchanged) == (2, ["2"], ["1"], 0)
    assert what_it_says(ours) == what_it_says(theirs)
    assert findings(ours) == []
    assert history(ours) == history(theirs)


def test_nothing_new_is_nothing(ours: Path, kept: Kept) -> None:
    fill(ours, 1, spec=LEAN)
    push(ours, kept)
    before, said = dict(kept.objects), what_it_says(ours)
    done = push(ours, kept)
    assert (done.generations, done.documents, done.objects, done.bytes) == (0, 0, 0, 0)
    came = pull(ours, kept)
    assert (came.generations, came.documents, came.unchanged, came.bytes) == (0, [], 1, 0)
    assert (kept.objects, what_it_says(ours)) == (before, said)


@KINDS
def test_who_comes_second_pulls_first(ours: Path, theirs: Path, kept: Kept, spec: Spec) -> None:
    fill(ours, 1, 2, spec=spec)
    push(ours, kept)
    pull(theirs, kept)
    fill(ours, 3, spec=spec)
    drop(ours, 1)
    fill(theirs, 4, spec=spec)
    push(ours, kept)
    before = dict(kept.objects)
    with pytest.raises(PushedFirstError, match="first") as raised:
        push(theirs, kept)
    assert (raised.value.exit_code, kept.objects) == (12, before)
    assert "mplus pull memory://shared" in raised.value.hint
    came = pull(theirs, kept)
    assert (came.merged, came.generations, came.documents, came.removed) == (True, 1, ["3"], ["1"])
    assert paths(theirs) == ["2", "3", "4"]
    done = push(theirs, kept)
    assert (done.generations, done.documents) == (1, 1)
    pull(ours, kept)
    assert told(theirs) == (["3"], ["1"])  # what came from there
    assert told(ours) == (["4"], [])
    assert paths(ours) == paths(theirs)
    assert digest(ours) == digest(theirs)
    assert findings(ours) == findings(theirs) == []
    assert push(ours, kept).generations == pull(theirs, kept).generations == 0


def test_what_both_changed_stays_of_both(ours: Path, theirs: Path, kept: Kept) -> None:
    def rewrite(memory: Path, sizes: tuple[int, ...]) -> None:
        with change(memory, "inject", 1) as opened:
            opened.remove(opened.documents[0])
            add(opened, 1, sizes)
            row, chunks, whole = opened._added.pop()
            opened.add(replace(row, skip_key=f"1 {sizes}"), chunks, whole)
            opened.commit()

    fill(ours, 1, 2, spec=LEAN)
    push(ours, kept)
    pull(theirs, kept)
    rewrite(ours, (3,))
    push(ours, kept)
    rewrite(theirs, (4,))
    pull(theirs, kept)
    assert paths(theirs) == ["2", "1", "1"]
    drop(ours, 2)
    agreed(ours, theirs, kept=kept)
    assert paths(ours) == paths(theirs) == ["1", "1"]
    assert digest(ours) == digest(theirs)


def test_a_memory_with_nothing_in_common_joins(ours: Path, theirs: Path, kept: Kept) -> None:
    fill(ours, 1, 2, spec=LEAN)
    push(ours, kept)
    fill(theirs, 3, 2, spec=LEAN)
    with pytest.raises(PushedFirstError):
        push(theirs, kept)
    came = pull(theirs, kept)
    assert (came.merged, came.documents) == (True, ["1"])
    assert paths(theirs) == ["1", "2", "3"]
    push(theirs, kept)
    pull(ours, kept)
    assert digest(ours) == digest(theirs)
    assert findings(ours) == findings(theirs) == []


def test_one_that_was_copied_goes_on(ours: Path, theirs: Path, kept: Kept) -> None:
    """Both injected the same: nothing is there twice."""
    fill(ours, 1, 2, spec=LEAN)
    fill(theirs, 1, 2, spec=LEAN)
    push(ours, kept)
    came = pull(theirs, kept)
    assert (came.generations, came.unchanged, came.merged) == (0, 2, False)
    assert push(theirs, kept).generations == 0
    fill(theirs, 3, spec=LEAN)
    assert push(theirs, kept).documents == 1
    assert pull(ours, kept).documents == ["3"]


def test_a_change_sends_little(ours: Path, theirs: Path, kept: Kept) -> None:
    with change(ours, "inject", 1, create=LEAN) as opened:
        for document in range(10, 110):
            add(opened, document, (6, 6, 6))
        opened.commit()
    push(ours, kept)
    pull(theirs, kept)
    first, kept.sent, kept.got = kept.sent, 0, 0
    fill(ours, 6, spec=LEAN)
    push(ours, kept)
    assert kept.sent < first / 8
    kept.got = 0
    assert pull(theirs, kept).documents == ["6"]
    assert kept.got < first / 4


@pytest.mark.parametrize(
    ("first", "then"),
    [(LEAN, LEAN), (LEAN, SLOTS), (SLOTS, LEAN), (SLOTS, SLOTS)],
    ids=lambda spec: "slots" if spec.recurrent else "lean",
)
def test_a_rebuilt_memory_travels_with_both_models(
    ours: Path, theirs: Path, kept: Kept, first: Spec, then: Spec
) -> None:
    other = replace(then, model="other", identity="1" * 64)

    def rebuild(memory: Path) -> None:
        with change(memory, "rebuild", 1) as opened:
            held = list(opened.documents)
            opened.write_anew(other)
            for row in held:
                add(opened, int(row.path), (6, int(row.path)))
                new, chunks, whole = opened._added.pop()
                opened.add(replace(new, id=row.id, skip_key=f"{row.path} again"), chunks, whole)
            opened.commit()

    fill(ours, 1, 2, spec=first)
    push(ours, kept)
    pull(theirs, kept)
    rebuild(ours)
    push(ours, kept)
    assert pull(theirs, kept).generations == 1
    assert Home(theirs).spec == other
    assert digest(theirs) == digest(ours)
    third = theirs.with_name("third")
    pull(third, kept)
    assert history(third) == history(ours) == history(theirs)
    assert findings(third) == findings(theirs) == []
    with change(third, "rollback", 1) as opened:
        found = opened.index.generation(2)
        assert found is not None
        opened.roll_back(found)
        opened.commit()
    push(third, kept)
    pull(ours, kept)
    assert digest(ours) == digest(third)
    assert Home(ours).spec == first
    assert findings(ours) == []


def test_two_models_do_not_join(ours: Path, theirs: Path, kept: Kept) -> None:
    fill(ours, 1, spec=LEAN)
    push(ours, kept)
    fill(theirs, 2, spec=replace(LEAN, model="other", identity="1" * 64))
    said = what_it_says(theirs)
    with pytest.raises(OtherModelError, match="other"):
        pull(theirs, kept)
    fill(theirs.with_name("older"), 2, spec=EIGHT)
    with pytest.raises(OtherModelError, match="the repository at memory://shared is of a lean"):
        pull(theirs.with_name("older"), kept)
    assert what_it_says(theirs) == said


def test_without_text_no_passage_leaves_the_house(ours: Path, theirs: Path, kept: Kept) -> None:
    fill(ours, 1, 2, spec=LEAN)
    push(ours, kept, text=False)
    texts = [each for name, each in all_entries(kept).items() if name.startswith("document")]
    assert len(texts) == 2
    came = pull(theirs, kept)
    assert not came.text
    index = Index.open(Home(theirs))
    assert len(index.without_text(2)) == 2
    index.close()
    fill(theirs, 3, spec=LEAN)
    push(theirs, kept)
    pull(ours, kept)
    assert digest(ours) == digest(theirs)
    index = Index.open(Home(ours))
    assert index.without_text(3) == []  # its own texts are there still
    index.close()
    assert findings(ours) == findings(theirs) == []


def test_a_memory_that_dropped_generations_goes_on(ours: Path, theirs: Path, kept: Kept) -> None:
    from store.collect import collect, garbage

    fill(ours, 1, 2, 3, spec=LEAN)
    push(ours, kept)
    pull(theirs, kept)
    fill(ours, 4, spec=LEAN)
    drop(ours, 1)
    with change(ours, "gc", 1, alone=True) as opened:
        collect(opened, garbage(opened.home, opened.index, 1), lambda done, of: None)
    fill(theirs, 5, spec=LEAN)
    push(theirs, kept)
    pull(ours, kept)
    assert paths(ours) == ["2", "3", "5", "4"]
    done = push(ours, kept)
    assert (done.held.count, done.held.paths) == (1, ("1",))
    pull(theirs, kept)
    assert digest(ours) == digest(theirs)


def test_two_repositories_do_not_know_of_each_other(ours: Path, theirs: Path, kept: Kept) -> None:
    fill(ours, 1, 2, spec=LEAN)
    push(ours, kept)
    other = Kept()
    assert push(ours, other).documents == 2
    fill(ours, 3, spec=LEAN)
    assert push(ours, other).documents == push(ours, kept).documents == 1
    pull(theirs, other)
    assert pull(theirs, kept).generations == 0


def test_a_copy_of_a_repository_that_went_on_is_told_apart(
    ours: Path, theirs: Path, kept: Kept
) -> None:
    fill(ours, 1, spec=LEAN)
    push(ours, kept)
    pull(theirs, kept)
    copy = Kept(dict(kept.objects))
    fill(ours, 2, spec=LEAN)
    push(ours, kept)
    fill(theirs, 3, spec=LEAN)
    push(theirs, copy)
    with pytest.raises(PushedFirstError):
        push(theirs, kept)
    pull(theirs, kept)
    assert sorted(paths(theirs)) == ["1", "2", "3"]
    push(theirs, kept)
    pull(ours, kept)
    assert digest(ours) == digest(theirs)


def test_one_that_was_put_back_is_no_surprise(ours: Path, kept: Kept) -> None:
    """A repository as an older backup has it, and one that is empty again."""
    fill(ours, 1, spec=LEAN)
    push(ours, kept)
    before = dict(kept.objects)
    fill(ours, 2, spec=LEAN)
    push(ours, kept)
    back = Kept(dict(before))
    assert push(ours, back).generations == 1
    assert back.objects.keys() == kept.objects.keys()
    back = Kept(dict(before))
    pull(ours, back)
    assert paths(ours) == ["1", "2"]
    assert push(ours, back).generations == 1
    assert push(ours, Kept()).generations == 2


def test_who_reads_meanwhile_goes_on(ours: Path, theirs: Path, kept: Kept) -> None:
    fill(ours, 1, 2, spec=LEAN)
    push(ours, kept)
    pull(theirs, kept)
    drop(theirs, 1)
    push(theirs, kept)
    with read_lock(ours, 1):
        index = Index.open(Home(ours))
        with index.snapshot():
            assert [each.path for each in index.documents(2)] == ["1", "2"]
            assert pull(ours, kept).removed == ["1"]
            assert [each.path for each in index.documents(2)] == ["1", "2"]
            assert len(index.generations()) == 2
        assert len(index.generations()) == 3
        index.close()


def test_nothing_is_where_nothing_was_pushed(ours: Path, theirs: Path, kept: Kept) -> None:
    with pytest.raises(MplusError, match="nothing at memory://shared that was pushed") as raised:
        pull(theirs, kept)
    assert "mplus push" in raised.value.hint
    assert not theirs.exists()
    fill(ours, 1, spec=LEAN)
    drop(ours, 1)
    kept.objects["mplus.json"] = b"{}"
    with pytest.raises(MplusError, match=r"mplus\.json at memory://shared is damaged"):
        push(ours, kept)
