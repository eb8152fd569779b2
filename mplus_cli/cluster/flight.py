"""Tasks that are with the workers, and what becomes of them."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from mplus_cli.cluster.crew import Crew
from mplus_cli.cluster.tasks import Failed
from mplus_cli.errors import ClusterError, reason_of

if TYPE_CHECKING:
    from distributed import Client, Future

WAIT_S = 0.1
GO_ON = "what is whole is kept; the same command goes on, with or without workers"
DIED = object()
"""Comes in place of a result: as many workers as the scheduler allows died with the task."""


@dataclass(order=True)
class Task:
    """`begin` gives it to the workers; None: it is not wanted any more. `end` is told what came of
    it. Tasks that go alone do so by `number`.
    """

    number: int
    begin: Callable[[], Future[Any] | None] = field(compare=False)
    end: Callable[[Any], None] = field(compare=False)
    alone: bool = field(default=False, compare=False)


class Flight:
    """Carries tasks out, and tells of each when it comes, in the thread that waits.

    A worker that dies takes along what was given to it, and Dask blames all of that: the task that
    killed it, and those that only stood in line behind. So who is blamed may go once more `alone`,
    while no other task is with any worker: then it is known which it was.
    """

    def __init__(self, client: Client, crew: Crew) -> None:
        self.client = client
        self._crew = crew
        self._out: dict[Future[Any], Task] = {}
        self._alone: list[Task] = []
        self._done: SimpleQueue[Future[Any] | None] = SimpleQueue()
        self._come: SimpleQueue[tuple[Future[Any], Any]] = SimpleQueue()
        self._numbers = count()
        threading.Thread(target=self._fetch, name="mplus-fetch", daemon=True).start()

    @property
    def threads(self) -> int:
        """How many tasks are carried out at a time."""
        return self._crew.threads

    @property
    def is_open(self) -> bool:
        """Whether a task that is sent now begins at once: none has to go alone."""
        return not self._alone

    def number(self) -> int:
        """The next number of a task."""
        return next(self._numbers)

    def send(self, task: Task) -> None:
        if task.alone:
            heapq.heappush(self._alone, task)
        else:
            self._begin(task)

    def _begin(self, task: Task) -> None:
        future = task.begin()
        if future is not None:
            self._out[future] = task
            future.add_done_callback(self._done.put)

    def wait(self) -> None:
        """Until something comes, for a moment. Raises `ClusterError` where nothing can any more."""
        while self._alone and not self._out:
            self._begin(heapq.heappop(self._alone))
        self._look()
        try:
            future, came = self._come.get(timeout=WAIT_S)
        except Empty:
            return
        self._look()  # a scheduler that goes away lets go of all tasks
        task = self._out.pop(future)
        future.release()
        if isinstance(came, Failed):
            raise ClusterError(f"the worker {came.address} can't go on: {came.message}", GO_ON)
        if isinstance(came, Exception):
            raise ClusterError(f"a worker failed: {_said(came)}", GO_ON) from came
        task.end(came)

    def _look(self) -> None:
        try:
            if self.client.status == "running":
                self._crew.look()
        except OSError as error:
            raise gone() from error
        if self.client.status != "running":
            raise gone()

    def _fetch(self) -> None:
        """Get results one after the other, each from the worker that has it."""
        while (future := self._done.get()) is not None:
            self._come.put((future, _came(self.client, future)))

    def close(self) -> None:
        """Let go of what is under way; nobody waits for it."""
        self._done.put(None)
        for future in self._out:
            future.release()


def gone() -> ClusterError:
    """The error for a scheduler that answers no more."""
    return ClusterError("the scheduler has gone away", GO_ON)


def _came(client: Client, future: Future[Any]) -> Any:
    """A task's result, or what took its place."""
    from concurrent.futures import CancelledError

    from distributed import KilledWorker

    try:
        return client.gather(future, direct=True)
    except (KilledWorker, CancelledError):  # the second where what it needs died with its worker
        return DIED
    except Exception as error:  # raised again by who waits
        return error


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {reason_of(error)}"
