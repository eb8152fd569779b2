"""What every backend does."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from store.backends import Backend, MissingObjectError
from store.backends.folder import Folder
from store.backends.opened import backend_at
from store.errors import DamagedError
from tests.store.conftest import Bucket

Open = Callable[[], Backend]
"""The same place, opened anew."""


@pytest.fixture(params=["folder", "memory", "local", "s3"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    if request.param == "folder":
        return lambda: Folder(tmp_path / "notes")
    pytest.importorskip("obstore", reason="pip install 'mplus-cli[cloud]'")
    if request.param == "s3":
        address = request.getfixturevalue("bucket").address
        return lambda: backend_at(address)
    from obstore.store import LocalStore, MemoryStore

    from store.backends.objects import Objects

    store = MemoryStore() if request.param == "memory" else LocalStore(tmp_path, mkdir=True)
    return lambda: Objects(request.param, lambda limits: store, is_proven=True)


@pytest.fixture
def backend(opened: Open) -> Backend:
    return opened()


def test_an_object_is_there_once_and_stays(backend: Backend) -> None:
    assert backend.create("packs/ab", b"first")
    assert not backend.create("packs/ab", b"other")
    assert not backend.create("packs/ab", b"first")
    assert backend.get("packs/ab", most=5) == b"first"


def test_parts_of_an_object(backend: Backend) -> None:
    backend.create("a", b"0123456789")
    assert backend.get("a", most=10, start=7) == b"789"
    assert backend.get("a", most=3, start=2, end=5) == b"234"
    assert backend.get("a", most=0, start=4, end=4) == b""


def test_an_empty_object(backend: Backend) -> None:
    backend.create("a", b"")
    assert backend.get("a", most=0) == b""
    assert list(backend.names()) == [("a", 0)]


def test_what_is_larger_than_it_may_be_is_damaged(backend: Backend) -> None:
    backend.create("a", b"0123456789")
    for start, end in ((0, None), (0, 10), (1, None)):
        with pytest.raises(DamagedError, match=r"a at .* is damaged: it has (10|9) bytes, and 8"):
            backend.get("a", 8, start, end)


@pytest.mark.parametrize(("start", "end"), [(0, 11), (9, 11), (10, 11), (12, 15), (11, None)])
def test_what_ends_early_is_damaged(backend: Backend, start: int, end: int | None) -> None:
    backend.create("a", b"0123456789")
    with pytest.raises(DamagedError, match=f"it ends before byte {end or start}"):
        backend.get("a", 100, start, end)


def test_a_missing_object(backend: Backend) -> None:
    for start, end in ((0, None), (3, 4)):
        with pytest.raises(MissingObjectError, match="packs/ab is missing at"):
            backend.get("packs/ab", 100, start, end)
    assert list(backend.names()) == []
    backend.delete(["packs/ab"])


def test_names_in_order(backend: Backend) -> None:
    some = ["a-b", "a.b", "a/b", "a/c/d", "a0", "b", "packs/0", "packs/1", "packs0"]
    for size, name in enumerate(reversed(some)):
        backend.create(name, b"x" * size)
    found = list(backend.names())
    assert [name for name, _ in found] == sorted(some)
    assert dict(found)["a/c/d"] == len(some) - 1 - some.index("a/c/d")
    assert [name for name, _ in backend.names("packs/")] == ["packs/0", "packs/1"]
    assert [name for name, _ in backend.names("packs")] == ["packs/0", "packs/1"]
    assert list(backend.names("pack")) == []


def test_more_names_than_a_page_has(backend: Backend) -> None:
    for number in range(60):
        backend.create(f"generations/{number:010}", b"")
    assert len(list(backend.names("generations/"))) == 60


def test_deletion(backend: Backend) -> None:
    for name in ("a", "packs/b", "packs/c", "d"):
        backend.create(name, b"there")
    backend.delete(["packs/c", "gone", "a", "packs/gone"])
    assert [name for name, _ in backend.names()] == ["d", "packs/b"]
    assert backend.create("a", b"again")


@pytest.mark.parametrize(
    "name",
    ["", "/a", "a/", "a//b", "../a", "a/../b", "a/./b", ".new", "a/.b", "A", "ä", "a b", "a" * 201],
)
def test_names_that_are_none(backend: Backend, name: str) -> None:
    calls = [
        lambda: backend.get(name, 10),
        lambda: backend.create(name, b""),
        lambda: backend.delete([name]),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="no name of an object"):
            call()
    assert list(backend.names()) == []


def test_many_threads_create_one_name(opened: Open) -> None:
    shared = opened()
    for turn in range(5):
        with ThreadPoolExecutor(8) as pool:
            created = list(
                pool.map(
                    lambda at, turn=turn: (shared if at % 2 else opened()).create(
                        f"generations/{turn}", b"%d" % at
                    ),
                    range(8),
                )
            )
        assert created.count(True) == 1
        assert shared.get(f"generations/{turn}", 1) == b"%d" % created.index(True)


CREATING = """
import sys
from store.backends.opened import backend_at
backend = backend_at(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
print(*[int(backend.create(f"generations/{turn}", sys.argv[2].encode())) for turn in range(20)])
"""


@pytest.mark.parametrize("place", ["folder", "s3"])
def test_two_processes_create_the_same_names(
    place: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    if place == "s3":
        bucket: Bucket = request.getfixturevalue("bucket")
        address = bucket.address
    else:
        address = str(tmp_path / "notes")
    both = [
        subprocess.Popen(
            [sys.executable, "-c", CREATING, address, who],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for who in ("a", "b")
    ]
    for each in both:
        assert each.stdout
        assert each.stdout.readline() == "ready\n"
    for each in both:
        assert each.stdin
        each.stdin.write("go\n")
        each.stdin.flush()
    won = [[int(word) for word in each.communicate()[0].split()] for each in both]
    assert [first + second for first, second in zip(*won, strict=True)] == [1] * 20
    backend = backend_at(address)
    for turn in range(20):
        assert backend.get(f"generations/{turn}", 1) == (b"a" if won[0][turn] else b"b")
