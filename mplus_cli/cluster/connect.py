"""A way to a scheduler: one that runs, or one of this run's own with workers on this machine."""

from __future__ import annotations

import logging
import os
import signal
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing import resource_tracker
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mplus_cli.errors import ClusterError, UsageError, reason_of
from mplus_cli.settings import Settings

if TYPE_CHECKING:
    from distributed import Client, SpecCluster

CONNECT_S, FAREWELL_S = 10.0, 1.0
_LOOPBACK = "127.0.0.1"
_LOUD = ("distributed", "distributed.client", "distributed.nanny", "tornado", "asyncio", "bokeh")
_THREADS, _SEED = "OMP_NUM_THREADS", "PYTHONHASHSEED"


def check_installed() -> None:
    """Raises `UsageError` where Dask's scheduler is not installed."""
    from importlib.util import find_spec

    if find_spec("distributed") is None:
        raise UsageError("writing on workers needs distributed", "pip install 'mplus-cli[cluster]'")


@contextmanager
def connected(address: str, workers: int, settings: Settings) -> Iterator[Client]:
    """A client of the scheduler at an address; where that is empty, of one of our own with so many
    workers on this machine, which end with it. Raises `ClusterError`.
    """
    with ExitStack() as stack:
        stack.enter_context(_silence())
        if address:
            yield stack.enter_context(_client(address))
        else:
            stack.enter_context(_kept_environment())
            own = stack.enter_context(_own(workers, settings))
            yield stack.enter_context(_client(own))


@contextmanager
def _client(to: str | SpecCluster) -> Iterator[Client]:
    from distributed import Client

    try:
        client = Client(to, timeout=CONNECT_S, set_as_default=False, direct_to_workers=True)
    except (OSError, ValueError, TypeError, RuntimeError, ImportError) as error:
        raise ClusterError(
            f"no scheduler can be reached at {to}: {reason_of(error)}",
            "start one with: dask scheduler; docs/cluster.md says how it is secured",
        ) from error
    try:
        yield client
    finally:
        with suppress(TimeoutError):  # of a scheduler that is gone
            client.close(timeout=CONNECT_S if client.status == "running" else FAREWELL_S)


@contextmanager
def _own(count: int, settings: Settings) -> Iterator[SpecCluster]:
    """A scheduler and workers that nobody else reaches: whoever could would run code as this user,
    so even on the loopback device all have to show a certificate that only these have.
    """
    import dask
    from distributed import Nanny, Scheduler, Security, SpecCluster

    security = Security.temporary()
    common = {"host": _LOOPBACK, "protocol": "tls", "security": security}
    web = {"dashboard": False, "dashboard_address": f"{_LOOPBACK}:0"}
    environment = _environment(count, settings)
    config = {
        "distributed.nanny.pre-spawn-environ": {_THREADS: environment[_THREADS]},
        "distributed.worker.profile.enabled": False,
        # Whose worker is still on its way after this is not waited for, however busy the machine.
        "distributed.deploy.lost-worker-timeout": "1 day",
    }
    workers = {
        number: {
            "cls": Nanny,
            "options": common
            | web
            | {
                "nthreads": 1,
                "memory_limit": 0,  # else one whose model takes most of it is stopped for ever
                "env": environment | _gpu(number, settings.device),
                "silence_logs": logging.CRITICAL,
            },
        }
        for number in range(count)
    }
    scheduler = {"cls": Scheduler, "options": common | web | {"port": 0}}
    with dask.config.set(config):
        with _deaf():
            own = SpecCluster(
                scheduler=scheduler,
                workers=workers,
                security=security,
                silence_logs=logging.CRITICAL,
            )
        with own:
            yield own


@contextmanager
def _deaf() -> Iterator[None]:
    """Threads that begin inside, and the processes that these start, don't hear of Ctrl-C, which a
    terminal sends to all: this run ends them when it has kept what is whole.
    """
    if not hasattr(signal, "pthread_sigmask"):  # as on Windows
        yield
        return
    resource_tracker.ensure_running()  # it would undo this where it starts later
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _environment(count: int, settings: Settings) -> dict[str, str]:
    """What workers on this machine are to know: a share of its cores, and this run's settings."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        _THREADS: os.environ.get(_THREADS, str(max(1, (cores or 1) // count))),
        "MPLUS_CACHE": str(settings.cache),
        "MPLUS_DEVICE": settings.device,
    }


def _gpu(number: int, device: str) -> dict[str, str]:
    """Which GPU a worker sees, where there are several: one each, in turn."""
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    if given is None:
        gpus = [str(at) for at, _ in enumerate(Path("/dev").glob("nvidia[0-9]*"))]
    else:
        gpus = [each for each in given.split(",") if each.strip()]
    if device not in ("auto", "cuda") or len(gpus) < 2:
        return {}
    return {"CUDA_VISIBLE_DEVICES": gpus[number % len(gpus)]}


@contextmanager
def _kept_environment() -> Iterator[None]:
    """Dask sets variables of this process for its workers; they go again."""
    before = {name: os.environ.get(name) for name in (_THREADS, _SEED)}
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _silence() -> Iterator[None]:
    """Dask says nothing on the terminal: what there is to say is said by events and errors."""
    import distributed  # noqa: F401 - which sets up its loggers

    loggers: dict[str, Any] = {name: logging.getLogger(name) for name in _LOUD}
    before = {name: each.level for name, each in loggers.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for each in loggers.values():
            each.setLevel(logging.CRITICAL + 1)
        try:
            yield
        finally:
            for name, each in loggers.items():
                each.setLevel(before[name])
