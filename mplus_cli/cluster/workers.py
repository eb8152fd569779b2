"""The workers of one run, as `mplus_cli.injecting.elsewhere` wants them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mplus_cli.cluster.connect import check_installed, connected
from mplus_cli.cluster.crew import Crew
from mplus_cli.cluster.flight import Flight, gone
from mplus_cli.cluster.line import Line
from mplus_cli.cluster.reading import Reader
from mplus_cli.cluster.tasks import Wanted
from mplus_cli.engine import Engine
from mplus_cli.errors import UsageError
from mplus_cli.injecting import ingest
from mplus_cli.injecting.events import Event, Joined, Skipped
from mplus_cli.injecting.plan import Plan
from mplus_cli.injecting.writing import Prepared
from mplus_cli.settings import Settings
from mplus_cli.version import __version__

if TYPE_CHECKING:
    from distributed import Client

    from store.change import Change

MOST_WORKERS = 1024
_WHICH = "name a scheduler (--cluster) or a number of workers (--workers), not both"


@dataclass(frozen=True)
class Workers:
    """Workers of the scheduler at `address`, else `count` of this run's own on this machine; with
    `shared` they read the files, too. See `mplus_cli.injecting.elsewhere.Elsewhere`.
    """

    settings: Settings
    address: str
    count: int
    shared: bool

    def line(
        self,
        plan: Plan,
        engine: Engine,
        change: Change,
        stopped: Callable[[], bool],
        tell: Callable[[Event], None],
    ) -> Generator[Prepared | Skipped, None, None]:
        if not plan.todo:
            return  # and start nothing
        with connected(self.address, self.count, self.settings) as client:
            try:
                yield from self._line(client, plan, engine, change, stopped, tell)
            except OSError as error:
                if client.status == "running":  # of a disk
                    raise
                raise gone() from error

    def _line(
        self,
        client: Client,
        plan: Plan,
        engine: Engine,
        change: Change,
        stopped: Callable[[], bool],
        tell: Callable[[Event], None],
    ) -> Generator[Prepared | Skipped, None, None]:
        wanted = Wanted(__version__, change.spec)
        crew = Crew(client, wanted, stopped)
        count = crew.gather()
        tell(Joined(f"{count:,} worker{'s' * (count != 1)} at {self.address or 'this machine'}"))
        with closing(Flight(client, crew)) as flight:
            if self.shared:
                read = Reader(flight, wanted, plan, engine).line(stopped)
            else:
                read = ingest.read_ahead(plan, engine, stopped)
            with closing(read):
                yield from Line(flight, crew, wanted, engine, change).through(read, stopped)


def workers_of(settings: Settings, cluster: str | None, workers: int, shared: bool) -> Workers:
    """The workers that a caller asks for. Raises `UsageError`."""
    if cluster is None and not workers:
        raise UsageError("shared files are read by workers, and there are none", _WHICH)
    if cluster is not None and workers:
        raise UsageError("workers of a cluster are as many as it has", _WHICH)
    if not 0 <= workers <= MOST_WORKERS:
        raise UsageError(f"{workers} workers can't be started", f"at most {MOST_WORKERS} can")
    if cluster is not None and not cluster.strip():
        raise UsageError("the address of the scheduler is empty", "it looks like tcp://HOST:8786")
    check_installed()
    return Workers(settings, cluster or "", workers, shared)
