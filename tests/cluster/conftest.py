"""A cluster of two real processes, started once for the tests that can share it."""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mplus_cli import Memory, __version__

pytest.importorskip("distributed")


@dataclass
class Cluster:
    """Two workers, whose folders and caches are their own. `room`: files that steer them."""

    own: Any
    room: Path
    cache: Path
    environment: dict[str, str]

    @property
    def address(self) -> str:
        return str(self.own.scheduler_address)

    @property
    def allowed_failures(self) -> int:
        return int(self.own.scheduler.allowed_failures)

    @allowed_failures.setter
    def allowed_failures(self, count: int) -> None:
        self.own.scheduler.allowed_failures = count

    def pids(self) -> list[int]:
        """Of the workers that run now."""
        return [each.process.pid for each in self.own.workers.values() if each.process]

    def kill_one(self) -> None:
        """End a worker as the system does that has no memory left; another takes its place."""
        there = set(self.own.scheduler.workers)
        os.kill(self.pids()[0], signal.SIGKILL)
        until(lambda: there - set(self.own.scheduler.workers))

    def wait(self) -> None:
        """Until both are there."""
        until(lambda: len(self.own.scheduler.workers) == 2)

    def everywhere(self, do: Callable[..., Any], *arguments: Any) -> None:
        """Have every worker do something."""
        from distributed import Client

        with Client(self.own, set_as_default=False) as client:
            client.run(do, *arguments)


# Who takes the place of a worker that was killed is forked from a process that has these.
MODULES = ["torch", "mplus_cli.engine", "mplus_cli.injecting.run", "mplus_cli.cluster.tasks"]


def forking() -> Any:
    """What starts processes as Dask does here."""
    import dask
    from distributed.utils import get_mp_context

    with dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"}):
        return get_mp_context()


@pytest.fixture(scope="session")
def shared_cluster(
    tmp_path_factory: pytest.TempPathFactory, toy_cache: Path, toys: dict[str, Path]
) -> Iterator[Cluster]:
    import dask
    from distributed import LocalCluster

    room = tmp_path_factory.mktemp("workers")
    cache = shutil.copytree(toy_cache, room / "cache")
    environment = {
        "MPLUS_CACHE": str(cache),
        "MPLUS_CONFIG": str(room / "config.toml"),
        "MPLUS_TEST_ROOM": str(room),
        "MPLUS_TEST_FORBIDDEN": str(tmp_path_factory.getbasetemp() / "memories"),
        "MPLUS_TEST_VERSION": __version__,
        "OMP_NUM_THREADS": "1",
    }
    (room / "config.toml").touch()
    forking().set_forkserver_preload(["distributed", *MODULES])
    with (
        dask.config.set(
            {
                "distributed.deploy.lost-worker-timeout": "1 day",
                "distributed.worker.multiprocessing-method": "forkserver",
                "distributed.worker.profile.enabled": False,
            }
        ),
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            memory_limit=0,
            dashboard_address="127.0.0.1:0",
            silence_logs=100,
            env=environment,
            preload=["tests.cluster.worker"],
        ) as own,
    ):
        yield Cluster(own, room, cache, environment)


@pytest.fixture
def cluster(shared_cluster: Cluster) -> Iterator[Cluster]:
    shared_cluster.wait()
    yield shared_cluster
    shared_cluster.allowed_failures = 3
    assert not (shared_cluster.room / "trespassed").exists()


@pytest.fixture
def memory_of(
    world: Path, toys: dict[str, Path], toy_cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Memory]:
    """A memory where no worker may look, by name and by the layout of its model."""
    memories = tmp_path_factory.getbasetemp() / "memories" / world.parent.name

    def make(name: str = "m", layout: str = "chunks") -> Memory:
        return Memory(memories / name, model=str(toys[layout]), cache=toy_cache)

    return make


@pytest.fixture
def documents(world: Path) -> Path:
    """Small and large documents, with chunks in common; written slowly."""
    folder = world / "docs"
    folder.mkdir()
    for number in range(24):
        own = "".join(f"The code of gate {number}-{each} is {each * 7}. " for each in range(number))
        (folder / f"{number:02}.txt").write_text(f"SLOWLY. {own}{'The same for all. ' * 20}")
    return folder


def until(holds: Callable[[], Any], seconds: float = 60) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while True:
        with suppress(OSError):
            if holds():
                return
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)
