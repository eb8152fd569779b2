"""Pushing and pulling by way of a real S3 server, over a network that fails."""

import threading
from pathlib import Path

import pytest

from store.backends import UnreachableError
from store.backends.opened import backend_at
from store.errors import MplusError, PushedFirstError
from store.repository import packs
from store.repository.pull import Pulled
from store.repository.pull import pull as pull_from
from store.repository.push import Pushed
from store.repository.push import push as push_to
from tests.store.backends.proxy import Cut, Proxy
from tests.store.conftest import Bucket
from tests.store.made import LEAN, findings
from tests.store.repository.kept import digest, history, paths, quiet
from tests.store.snapshots import drop, fill


def push(memory: Path, address: str) -> Pushed:
    return push_to(memory, backend_at(address), 5, True, False, quiet)


def pull(memory: Path, address: str) -> Pulled:
    return pull_from(memory, backend_at(address), 5, quiet)


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(packs, "PACK_BYTES", 400)
    fill(tmp_path / "ours", 1, 2, spec=LEAN)
    return tmp_path / "ours"


def test_there_and_back_and_joined(ours: Path, tmp_path: Path, bucket: Bucket) -> None:
    theirs = tmp_path / "theirs"
    assert push(ours, bucket.address).generations == 2
    assert pull(theirs, bucket.address).documents == ["1", "2"]
    fill(ours, 3, spec=LEAN)
    drop(theirs, 1)
    push(theirs, bucket.address)
    with pytest.raises(PushedFirstError):
        push(ours, bucket.address)
    pull(ours, bucket.address)
    push(ours, bucket.address)
    pull(theirs, bucket.address)
    assert paths(ours) == paths(theirs) == ["2", "3"]
    assert digest(ours) == digest(theirs)
    assert findings(ours) == findings(theirs) == []


@pytest.mark.parametrize("fault", [Cut(), Cut(10), Cut(back=True), Cut(10, back=True)], ids=str)
def test_every_second_request_breaks(
    ours: Path, tmp_path: Path, network: Proxy, bucket: Bucket, fault: Cut
) -> None:
    network.plan = lambda number, request: fault if number % 2 else None
    push(ours, bucket.address)
    pull(tmp_path / "theirs", bucket.address)
    assert history(tmp_path / "theirs") == history(ours)
    assert findings(tmp_path / "theirs") == []


def test_the_network_goes_away(
    ours: Path,
    tmp_path: Path,
    network: Proxy,
    bucket: Bucket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("store.backends.objects.PATIENCE_S", 1)
    for at in (0, 5, 9):
        network.plan = lambda number, request, at=at: Cut() if number >= at else None  # type: ignore[misc]
        with pytest.raises(UnreachableError):
            push(ours, bucket.address)
    network.plan = lambda number, request: None
    push(ours, bucket.address)
    for at in (0, 5, 9):
        network.plan = lambda number, request, at=at: Cut(5, True) if number >= at else None  # type: ignore[misc]
        with pytest.raises(UnreachableError):
            pull(tmp_path / "theirs", bucket.address)
    network.plan = lambda number, request: None
    pull(tmp_path / "theirs", bucket.address)
    assert history(tmp_path / "theirs") == history(ours)


def test_two_push_at_once_and_one_wins(ours: Path, tmp_path: Path, bucket: Bucket) -> None:
    theirs = tmp_path / "theirs"
    push(ours, bucket.address)
    pull(theirs, bucket.address)
    fill(ours, 3, spec=LEAN)
    fill(theirs, 4, spec=LEAN)
    found = list[object]()

    def pushing(memory: Path) -> None:
        try:
            found.append(push(memory, bucket.address))
        except MplusError as error:
            found.append(error)

    threads = [threading.Thread(target=pushing, args=[each]) for each in (ours, theirs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(each).__name__ for each in found) == ["Pushed", "PushedFirstError"]
    for memory in (ours, theirs, ours):
        pull(memory, bucket.address)
        push(memory, bucket.address)
    assert sorted(paths(ours)) == ["1", "2", "3", "4"]
    assert digest(ours) == digest(theirs)
