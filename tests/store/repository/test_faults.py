"""Push, pull and merge over a network that breaks at every request: what is there is whole, nothing
is lost, and the next try goes on.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from store.backends import Backend, UnreachableError
from store.backends.opened import backend_at
from store.errors import PushedFirstError
from tests.store.backends.proxy import Cut, Fault, Proxy, Says, all_well
from tests.store.conftest import Bucket
from tests.store.made import findings
from tests.store.repository.documents import pull, push, write
from tests.store.repository.kept import digest, history, paths
from tests.store.snapshots import drop
from tests.visits import visited

CUTS = [Cut(), Cut(200), Cut(back=True), Cut(200, back=True)]


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    return tmp_path / "ours"


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    return tmp_path / "theirs"


@contextmanager
def broken_from(
    number: int, first: Cut, network: Proxy, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A network that breaks at a request and is away from then on."""

    def plan(asked: int, request: str) -> Fault | None:
        if asked < number:
            return None
        return first if asked == number else Cut()

    network.plan = plan
    with monkeypatch.context() as patch:
        patch.setattr("store.backends.objects.PATIENCE_S", 0.01)
        yield
    network.plan = all_well


def requests_of(work: Callable[[], object], network: Proxy) -> list[str]:
    """The requests that some work makes when all is well."""
    network.plan = all_well
    work()
    return network.requests


@pytest.mark.parametrize("cut", CUTS, ids=str)
def test_a_push_that_breaks_at_every_request(
    cut: Cut,
    ours: Path,
    theirs: Path,
    bucket: Bucket,
    network: Proxy,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("store.repository.packs.PACK_BYTES", 400)
    there = backend_at(bucket.address)
    write(ours, 1)
    push(ours, there)
    pull(theirs, there)
    write(ours, 2)
    needed = len(requests_of(lambda: push(ours, there), network))
    whole = network.sent
    for number in visited(needed, 5, CUTS.index(cut)):
        pull(theirs, there)
        old, packs = digest(theirs), list(there.names("packs"))
        write(ours, 3 + number)
        with broken_from(number, cut, network, monkeypatch):
            try:
                push(ours, there)
            except UnreachableError:
                assert len(network.requests) > number
        pull(theirs, there)
        assert digest(theirs) in (old, digest(ours))
        have_come = list(there.names("packs")) != packs
        requests_of(lambda: push(ours, there), network)
        assert (network.sent < whole - 200) == have_come
        pull(theirs, there)
        assert history(theirs) == history(ours)
    assert findings(theirs) == []
    pull(tmp_path / "new", there)
    assert history(tmp_path / "new") == history(ours)


@pytest.mark.parametrize("cut", [CUTS[0], CUTS[-1]], ids=str)
def test_a_pull_that_breaks_at_every_request(
    cut: Cut,
    ours: Path,
    theirs: Path,
    bucket: Bucket,
    network: Proxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = backend_at(bucket.address)
    write(ours, 1)
    push(ours, there)
    pull(theirs, there)
    write(ours, 2)
    push(ours, there)
    needed = len(requests_of(lambda: pull(theirs, there), network))
    for number in visited(needed, 5, CUTS.index(cut)):
        old = history(theirs)
        write(ours, 3 + number)
        push(ours, there)
        with broken_from(number, cut, network, monkeypatch):
            try:
                pull(theirs, there)
            except UnreachableError:
                assert history(theirs) == old
        pull(theirs, there)
        assert history(theirs) == history(ours)
    assert findings(theirs) == []


@pytest.mark.parametrize("cut", [CUTS[0], CUTS[-1]], ids=str)
def test_a_merge_that_breaks_at_every_request(
    cut: Cut,
    ours: Path,
    theirs: Path,
    bucket: Bucket,
    network: Proxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = backend_at(bucket.address)
    write(ours, 1)
    push(ours, there)
    pull(theirs, there)

    def grow_apart(number: int) -> None:
        write(ours, 1000 + number)
        write(theirs, 2000 + number)
        push(ours, there)

    grow_apart(0)
    needed = len(requests_of(lambda: pull(theirs, there), network))
    push(theirs, there)
    pull(ours, there)
    asked = visited(needed, 5, CUTS.index(cut))
    for number in asked:
        grow_apart(1 + number)
        old = history(theirs)
        with broken_from(number, cut, network, monkeypatch):
            try:
                pull(theirs, there)
            except UnreachableError:
                assert history(theirs) == old
        pull(theirs, there)
        push(theirs, there)
        pull(ours, there)
        assert digest(theirs) == digest(ours)
    assert set(paths(ours)) == {
        "1",
        *(
            str(some + number)
            for some in (1000, 2000)
            for number in (0, *(1 + each for each in asked))
        ),
    }
    assert findings(ours) == findings(theirs) == []


def test_a_bad_network_is_no_error(
    ours: Path, theirs: Path, bucket: Bucket, network: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every second request fails, each time otherwise."""
    monkeypatch.setattr("store.backends.objects._PAUSES_S", (0.01, 0.01))
    some: list[Fault] = [*CUTS, Says(500), Says(503)]
    there = backend_at(bucket.address)

    def plan(number: int, request: str) -> Fault | None:
        return None if number % 2 else some[number // 2 % len(some)]

    for number in range(4):
        write(ours, 1000 + number)
        network.plan = plan
        push(ours, there)
        network.plan = plan
        pull(theirs, there)
        assert history(theirs) == history(ours)
        drop(theirs, 1000 + number)
        write(theirs, 2000 + number)
        network.plan = plan
        push(theirs, there)
        network.plan = plan
        pull(ours, there)
    assert history(theirs) == history(ours)
    assert paths(ours) == [str(2000 + number) for number in range(4)]
    assert findings(ours) == findings(theirs) == []


@pytest.fixture
def both(
    ours: Path, theirs: Path, bucket: Bucket, network: Proxy, to_s3: Callable[[int], None]
) -> tuple[Backend, Backend]:
    """Two who have the same repository, and each something new; the second by a good network."""
    by_network = backend_at(bucket.address)
    write(ours, 1)
    push(ours, by_network)
    to_s3(bucket.port)
    directly = backend_at(bucket.address)
    pull(theirs, directly)
    write(ours, 2)
    write(theirs, 3)
    return by_network, directly


def is_last(request: str) -> bool:
    return request.startswith("PUT") and "/generations/" in request


def test_somebody_is_first_while_a_request_is_lost(
    both: tuple[Backend, Backend], ours: Path, theirs: Path, network: Proxy
) -> None:
    tried = list[str]()

    def plan(number: int, request: str) -> Fault | None:
        if not is_last(request) or tried:
            return None
        tried.append(request)
        push(theirs, both[1])
        return Cut()

    network.plan = plan
    with pytest.raises(PushedFirstError):
        push(ours, both[0])
    agree(ours, theirs, both)


def test_somebody_is_second_while_an_answer_is_lost(
    both: tuple[Backend, Backend], ours: Path, theirs: Path, network: Proxy
) -> None:
    tried = list[str]()

    def plan(number: int, request: str) -> Fault | None:
        if not is_last(request):
            return None
        tried.append(request)
        if len(tried) == 1:
            return Cut(back=True)
        with pytest.raises(PushedFirstError):
            push(theirs, both[1])
        return None

    network.plan = plan
    assert push(ours, both[0]).generations == 1
    assert len(tried) == 2
    agree(theirs, ours, both[::-1])


def agree(second: Path, first: Path, both: Sequence[Backend]) -> None:
    """Who was second pulls and pushes, and then both have all."""
    pull(second, both[0])
    push(second, both[0])
    pull(first, both[1])
    assert digest(second) == digest(first)
    assert set(paths(first)) == {"1", "2", "3"}
    assert findings(first) == findings(second) == []
