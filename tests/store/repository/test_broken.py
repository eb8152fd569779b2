"""Pushes and pulls that break off at every request, or are killed at every step: nothing half
written is ever read, and the next try goes on.
"""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from store.backends import UnreachableError
from store.backends.folder import Folder
from store.errors import DamagedError, MplusError
from store.home import Home
from store.repository import packs
from store.repository.pull import pull as pull_from
from store.repository.push import push as push_to
from store.spec import Spec
from tests.faults import Steps, faults, in_child, killed
from tests.store.made import LEAN, SLOTS, SPEC, findings, what_it_says
from tests.store.repository.kept import (
    Kept,
    agreed,
    digest,
    history,
    paths,
    pull,
    push,
    quiet,
)
from tests.store.snapshots import drop, fill
from tests.visits import visited

SPECS = [SPEC, LEAN, SLOTS]
KINDS = pytest.mark.parametrize("spec", SPECS, ids=["files", "lean", "slots"])


def away() -> None:
    raise UnreachableError("memory://shared doesn't answer", "look whether it is there")


class Breaking:
    """Counts requests; at the given one (from 0) it breaks off."""

    def __init__(self, at: int | None, fault: Callable[[], None] = away) -> None:
        self.count, self._at, self._fault = 0, at, fault

    def __call__(self, what: str, name: str) -> None:
        self.count += 1
        if self._at is not None and self.count == self._at + 1:
            self._fault()


@pytest.fixture(autouse=True)
def small_packs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "PACK_BYTES", 20)  # an object for nearly each entry


@pytest.fixture
def memory(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    fill(tmp_path / "memory", 1, 2, spec=LEAN)
    drop(tmp_path / "memory", 1)
    return tmp_path / "memory"


def test_a_push_that_breaks_off_goes_on(memory: Path, tmp_path: Path) -> None:
    whole, counted = Kept(), Breaking(None)
    whole.watch = counted
    shutil.copytree(memory, tmp_path / "first")
    push(tmp_path / "first", whole)
    assert counted.count > 15
    for at in visited(counted.count, 5, 0):
        base, kept = tmp_path / f"at-{at}", Kept()
        shutil.copytree(memory, base)
        kept.watch = Breaking(at)
        with pytest.raises(UnreachableError):
            push(base, kept)
        kept.watch = lambda what, name: None
        other = tmp_path / f"other-{at}"
        try:
            pull(other, kept)
        except MplusError as error:
            assert "nothing at" in error.message, at
        else:
            assert findings(other) == []
            assert history(other) == history(memory)[: len(history(other))]
        sent, kept.sent = kept.sent, 0
        push(base, kept)
        told = {name for name in whole.objects if name != "mplus.json"}
        assert {name for name in kept.objects if name != "mplus.json"} == told, at
        assert kept.sent + sent == sum(map(len, kept.objects.values())), at  # each but once
        pull(other, kept)
        assert history(other) == history(memory)


def test_a_pull_that_breaks_off_goes_on(memory: Path, tmp_path: Path) -> None:
    kept, counted = Kept(), Breaking(None)
    push(memory, kept)
    kept.watch = counted
    pull(tmp_path / "first", kept)
    total = counted.count
    kept.got, brought = 0, kept.got
    for at in visited(total, 5, 1):
        other = tmp_path / f"at-{at}"
        kept.watch, kept.got = Breaking(at), 0
        with pytest.raises(UnreachableError):
            pull(other, kept)
        assert not Home.exists(other)
        kept.watch = lambda what, name: None
        pull(other, kept)
        assert history(other) == history(memory)
        assert findings(other) == []
        assert not list(other.glob("cache/repository-*/*.part"))
        assert kept.got < brought * 1.7, at  # generations and names, and no entry twice


def test_a_pull_into_a_memory_that_breaks_off_changes_nothing(memory: Path, tmp_path: Path) -> None:
    kept, other, counted = Kept(), tmp_path / "other", Breaking(None)
    push(memory, kept)
    fill(other, 5, spec=LEAN)
    said = what_it_says(other)
    shutil.copytree(other, tmp_path / "first")
    kept.watch = counted
    pull(tmp_path / "first", kept)
    for at in visited(counted.count, 5, 2):
        copy = tmp_path / f"at-{at}"
        shutil.copytree(other, copy)
        kept.watch = Breaking(at)
        with pytest.raises(UnreachableError):
            pull(copy, kept)
        assert what_it_says(copy) == said
        kept.watch = lambda what, name: None
        pull(copy, kept)
        assert paths(copy) == ["2", "5"]


def test_somebody_pushes_at_every_request_of_another(memory: Path, tmp_path: Path) -> None:
    """One of two wins, nothing is lost, and who comes second learns it."""
    kept = Kept()
    push(memory, kept)
    pull(tmp_path / "theirs", kept)
    fill(memory, 3, spec=LEAN)
    fill(tmp_path / "theirs", 4, spec=LEAN)
    counted, seconds = Breaking(None), 0
    alone = Kept(dict(kept.objects))
    alone.watch = counted
    push(shutil.copytree(memory, tmp_path / "alone"), alone)
    for at in visited(counted.count, 3):
        ours, theirs = tmp_path / f"ours-{at}", tmp_path / f"theirs-{at}"
        shutil.copytree(memory, ours)
        shutil.copytree(tmp_path / "theirs", theirs)
        both = Kept(dict(kept.objects))

        def other(both: Kept = both, theirs: Path = theirs) -> None:
            push(theirs, Kept(both.objects))

        both.watch = Breaking(at, other)
        try:
            push(ours, both)
        except MplusError as error:
            assert error.exit_code == 12
            seconds += 1
        agreed(ours, theirs, kept=Kept(both.objects), rounds=2)
        assert sorted(paths(ours)) == ["2", "3", "4"]
        assert digest(ours) == digest(theirs)
    assert seconds


def test_a_pack_that_goes_away_is_looked_for_again(memory: Path, tmp_path: Path) -> None:
    """Written anew by somebody who erases, once the packs were listed."""
    kept = Kept()
    push(memory, kept)
    gone = next(name for name in kept.objects if name.startswith("packs/"))
    content = kept.objects[gone]

    def watch(what: str, name: str) -> None:
        if (what, name) == ("get", gone):
            kept.objects.pop(gone, None)
        elif (what, name) == ("names", "generations/"):
            kept.objects[gone] = content

    kept.watch = watch
    with pytest.raises(DamagedError, match="is missing at"):  # it goes each time
        pull(tmp_path / "other", kept)
    kept.watch = lambda what, name: None
    kept.objects[gone] = content
    assert pull(tmp_path / "other", kept).generations == 3


@KINDS
def test_a_push_that_is_killed_goes_on(tmp_path: Path, spec: Spec) -> None:
    memory = tmp_path / "memory"
    fill(memory, 1, 2, spec=spec)

    def pushing(base: Path, shared: Path, at: int | None) -> Steps:
        with faults(at, killed) as steps:
            push_to(base, Folder(shared), 1, True, False, quiet)
        return steps

    shutil.copytree(memory, tmp_path / "first")
    steps = pushing(tmp_path / "first", tmp_path / "first-shared", None)
    assert steps.count > 20
    for at in visited(steps.count, 14, SPECS.index(spec), steps.around_commits):
        base, shared, other = (tmp_path / f"{name}-{at}" for name in ("base", "shared", "other"))
        shutil.copytree(memory, base)
        if in_child(partial(pushing, base, shared, at)) == 0:
            continue  # threads took fewer steps this time
        assert findings(base) == []
        if shared.exists() and list(shared.glob("generations/[0-9]*")):
            pull_from(other, Folder(shared), 1, quiet)
            assert findings(other) == []
        push_to(base, Folder(shared), 1, True, False, quiet)
        pull_from(other, Folder(shared), 1, quiet)
        assert history(other) == history(memory)
        assert findings(other) == []
