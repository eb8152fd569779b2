"""Processes that are killed while they push or pull, and two that push at once: what is there is
whole, nothing is lost, and the next try goes on.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Event

import pytest

from store.backends.folder import Folder
from store.backends.opened import backend_at
from store.home import Home
from tests.faults import Steps, faults, in_child, killed
from tests.store.backends.proxy import Cut, Fault, Plan, Proxy, all_well
from tests.store.conftest import Bucket
from tests.store.made import findings
from tests.store.repository.documents import pull, push, write
from tests.store.repository.kept import digest, history, paths
from tests.visits import visited


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    return tmp_path / "ours"


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    return tmp_path / "theirs"


WORKING = """
import os, sys, traceback
from pathlib import Path
from store.backends.opened import backend_at
from store.errors import MplusError
from store.repository.pull import pull
from store.repository.push import push
quiet = lambda done, of: None
for line in sys.stdin:
    what, memory, address = line.split()
    child = os.fork()
    if child:
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        continue
    try:
        there = backend_at(address)
        push(Path(memory), there, 5, True, False, quiet) if what == "push" else pull(
            Path(memory), there, 5, quiet
        )
    except MplusError as error:
        os._exit(error.exit_code)
    except KeyboardInterrupt:
        os._exit(130)
    except BaseException:
        traceback.print_exc()
        os._exit(99)
    os._exit(0)
"""


class Worker:
    """A process that has loaded what it needs, and has a child of its own for each piece of
    work.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", WORKING],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def begin(self, what: str, memory: Path, address: str) -> int:
        """The number of the process that pushes or pulls from now on."""
        assert self._process.stdin
        self._process.stdin.write(f"{what} {memory} {address}\n")
        self._process.stdin.flush()
        return self._said()

    def ended(self) -> int:
        """How it ended."""
        return self._said()

    def _said(self) -> int:
        assert self._process.stdout
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def worker(bucket: Bucket, network: Proxy) -> Iterator[Worker]:
    made = Worker()
    yield made
    made.close()


@pytest.mark.parametrize("place", ["folder", "s3"])
def test_of_two_who_push_at_once_one_wins_and_nothing_is_lost(
    place: str, ours: Path, theirs: Path, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    if place == "s3":
        bucket: Bucket = request.getfixturevalue("bucket")
        address = bucket.address
    else:
        address = str(tmp_path / "notes")
    there = backend_at(address)
    write(ours, 1)
    push(ours, there)
    pull(theirs, there)
    both = Worker(), Worker()
    for number in range(3):
        write(ours, 1000 + number)
        write(theirs, 2000 + number)
        for each, memory in zip(both, (ours, theirs), strict=True):
            each.begin("push", memory, address)
        codes = [each.ended() for each in both]
        assert sorted(codes) == [0, 12]
        first, second = (ours, theirs) if codes[0] == 0 else (theirs, ours)
        pull(second, there)
        push(second, there)
        pull(first, there)
        assert digest(ours) == digest(theirs)
    for each in both:
        each.close()
    assert len(paths(ours)) == 7
    assert findings(ours) == findings(theirs) == []
    pull(tmp_path / "new", there)
    assert digest(tmp_path / "new") == digest(ours)


def killing(number: int, process: "Future[int]") -> Plan:
    """A process is killed when it has sent a request, which is carried out."""

    def plan(asked: int, request: str) -> Fault | None:
        if asked < number:
            return None
        with suppress(ProcessLookupError):
            os.kill(process.result(), signal.SIGKILL)
        return Cut(back=True)

    return plan


WORKS = ["push", "pull"]


@pytest.mark.parametrize("work", WORKS)
def test_a_process_that_is_killed_at_every_request(
    work: str, ours: Path, theirs: Path, bucket: Bucket, network: Proxy, worker: Worker
) -> None:
    there, memory = backend_at(bucket.address), ours if work == "push" else theirs
    write(ours, 1)
    push(ours, there)
    pull(theirs, there)

    def something_new(document: int) -> None:
        write(ours, document)
        if work == "pull":
            push(ours, there)

    something_new(2)
    network.plan = all_well
    worker.begin(work, memory, bucket.address)
    assert worker.ended() == 0
    needed = len(network.requests)
    assert needed > 3
    pull(theirs, there)
    for number in visited(needed, 4, WORKS.index(work)):
        something_new(1000 + number)
        old = history(theirs)
        process = Future[int]()
        network.plan = killing(number, process)
        process.set_result(worker.begin(work, memory, bucket.address))
        is_whole = worker.ended() == 0
        network.plan = all_well
        if work == "pull":
            assert history(theirs) == (history(ours) if is_whole else old)
        pull(theirs, there)
        push(ours, there)
        pull(theirs, there)
        assert history(theirs) == history(ours)
    assert findings(ours) == findings(theirs) == []
    assert not list(Home(theirs).path.glob("tmp/*"))


def test_an_interrupted_push_waits_for_no_upload(
    ours: Path, theirs: Path, bucket: Bucket, network: Proxy, worker: Worker
) -> None:
    write(ours, 1)
    interrupted, process = Event(), Future[int]()

    def plan(asked: int, request: str) -> Fault | None:
        if "/packs/" in request:
            os.kill(process.result(), signal.SIGINT)
            interrupted.wait()
        return None

    network.plan = plan
    process.set_result(worker.begin("push", ours, bucket.address))
    assert worker.ended() == 130
    interrupted.set()
    network.plan = all_well
    there = backend_at(bucket.address)
    push(ours, there)
    pull(theirs, there)
    assert history(theirs) == history(ours)


@pytest.mark.parametrize("work", WORKS)
def test_a_process_that_is_killed_at_steps_on_the_disk(
    work: str, ours: Path, theirs: Path, tmp_path: Path
) -> None:
    """Steps of the memory, and of a folder that the repository lies in."""
    there = Folder(tmp_path / "notes")
    write(ours, 1)
    push(ours, there)
    pull(theirs, there)

    def something_new(document: int) -> None:
        write(ours, document)
        if work == "pull":
            push(ours, there)

    def working(at: int | None) -> Steps:
        with faults(at, killed) as steps:
            push(ours, there) if work == "push" else pull(theirs, there)
        return steps

    something_new(2)
    steps = working(None)
    assert steps.count > 12
    pull(theirs, there)
    for at in visited(steps.count, 9, WORKS.index(work), steps.around_commits):
        something_new(1000 + at)
        assert in_child(partial(working, at)) in (0, -signal.SIGKILL)
        pull(theirs, there)
        assert history(theirs) in (history(ours), history(ours)[:-1])
        push(ours, there)
        pull(theirs, there)
        assert history(theirs) == history(ours)
    assert findings(ours) == findings(theirs) == []
