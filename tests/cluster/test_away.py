"""Parts of a cluster that end in the middle: what is whole is kept, and the next run goes on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mplus_cli import Memory, MplusError
from mplus_cli.injecting import events
from mplus_cli.injecting.events import Event
from store.change import Change
from tests.cluster import apart
from tests.cluster.conftest import Cluster, forking, until
from tests.conftest import Run, Start

MemoryOf = Callable[..., Memory]


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The tokens of the segments that this process computes."""
    tokens: list[int] = []
    put = Change.put_segments

    def counted(self: Change, segments: dict[str, object]) -> None:
        tokens.extend(len(each.ids) for each in segments.values())  # type: ignore[attr-defined]
        put(self, segments)  # type: ignore[arg-type]

    monkeypatch.setattr(Change, "put_segments", counted)
    return tokens


@pytest.fixture
def own_scheduler(cluster: Cluster) -> Iterator[tuple[str, int]]:
    """A scheduler that is a process of its own, with one worker: its address and process."""
    told, tells = forking().Pipe(duplex=False)
    scheduler = forking().Process(target=apart.schedule, args=(tells,))
    scheduler.start()
    address = told.recv()
    worker = forking().Process(target=apart.work, args=(address, cluster.environment))
    worker.start()
    yield address, scheduler.pid
    for process in (worker, scheduler):
        process.kill()
        process.join()


def test_a_scheduler_that_goes_away_is_an_error_and_the_next_run_goes_on(
    own_scheduler: tuple[str, int],
    documents: Path,
    memory_of: MemoryOf,
    computed: list[int],
) -> None:
    address, pid = own_scheduler
    memory, alone = memory_of(), memory_of("alone")

    def watch(event: Event) -> None:
        if isinstance(event, events.DocumentDone) and event.path.endswith("09.txt"):
            os.kill(pid, signal.SIGKILL)

    with pytest.raises(MplusError) as error:
        memory.inject(documents, cluster=address, watch=watch)
    assert error.value.exit_code == 1 and "scheduler has gone away" in error.value.message
    kept = memory.generations()[0]
    assert 10 <= kept.documents < 24 and not computed
    report = memory.inject(documents)
    assert len(report.added) == 24 - kept.documents
    assert 0 < sum(computed) <= report.tokens
    alone.inject(documents)
    assert memory.generations()[0].state == alone.generations()[0].state


def test_what_a_killed_driver_was_given_is_found_by_the_next_run(
    cluster: Cluster,
    documents: Path,
    memory_of: MemoryOf,
    computed: list[int],
    start: Start,
    toys: dict[str, Path],
) -> None:
    memory, alone = memory_of("m", "mplus"), memory_of("alone", "mplus")
    driver = start(
        *("inject", documents, "--cluster", cluster.address, "-m", toys["mplus"]),
        *("--memory", memory.path, "--json-lines"),
    )
    until(lambda: len(_segments(memory)) > 20)
    driver.kill()
    driver.wait()
    there = len(_segments(memory))
    memory.inject(documents)
    assert len(memory.documents()) == 24
    assert len(computed) == len(_segments(memory)) - there
    alone.inject(documents)
    assert memory.generations()[0].state == alone.generations()[0].state


def _segments(memory: Memory) -> list[Path]:
    return list(Path(memory.path).glob("segments/*/*.safetensors"))


def test_local_workers_say_nothing_and_end_with_the_run(
    documents: Path, world: Path, mplus: Run
) -> None:
    """With Ctrl-C, too, which a terminal sends to all of them."""
    psutil = pytest.importorskip("psutil")
    code = "from mplus_cli.main import main; main()"
    running = subprocess.Popen(
        [sys.executable, "-c", code, "inject", documents, "--workers", "2", "--json-lines"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    process = psutil.Process(running.pid)
    assert running.stdout is not None
    first = running.stdout.readline()
    assert '"planned"' in first
    while '"document"' not in running.stdout.readline():
        pass
    workers = process.children(recursive=True)
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130 and err == ""
    assert '"event": "summary"' in out.splitlines()[-1].replace('":"', '": "')
    until = time.monotonic() + 20  # some end when they see that a pipe has ended
    while any(map(_runs, workers)) and time.monotonic() < until:
        time.sleep(0.05)
    assert workers and not any(map(_runs, workers))
    again = mplus("inject", documents, "--json")
    assert again.code == 0 and again.json["unchanged"] + len(again.json["added"]) == 24


def _runs(process: Any) -> bool:
    """Whether a process has not ended, though nobody may have asked how."""
    return bool(process.is_running() and process.status() != "zombie")
