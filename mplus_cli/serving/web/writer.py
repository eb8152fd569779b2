"""Changes to the memory: one thread makes them, one after the other."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import IO, TYPE_CHECKING, Any, TypeVar

from mplus_cli.errors import BusyError
from mplus_cli.injecting.events import (
    ChunkDone,
    DocumentDone,
    Event,
    Skipped,
    Started,
    Unchanged,
)
from mplus_cli.serving.desk import Desk
from mplus_cli.serving.web.bulletin import Bulletin
from store.errors import MplusError

if TYPE_CHECKING:
    from mplus_cli.results.runs import Report

MOST_WAITING = 16  # changes; each may have a file of 100 MiB on the disk
_RETRY_S = 10
T = TypeVar("T")


class Writer:
    """The one who changes the memory for all clients."""

    def __init__(self, desk: Desk, bulletin: Bulletin) -> None:
        self._desk, self._bulletin = desk, bulletin
        self._thread = ThreadPoolExecutor(1, "writer")
        self._waiting = 0
        self._stopped = threading.Event()

    def need_room(self) -> None:
        """Raises `BusyError` where too many changes are waiting, and `GoneMemoryError`."""
        self._desk.place.check()
        if self._waiting >= MOST_WAITING or self._stopped.is_set():
            raise BusyError(f"{self._waiting} changes are waiting", "try again later", _RETRY_S)

    async def run(self, work: Callable[[], T]) -> T:
        """What a change gives when its turn has come. Raises `BusyError`, and what `Place.change`
        does.
        """
        self.need_room()
        self._waiting += 1
        try:
            return await asyncio.wrap_future(self._thread.submit(self._desk.place.change, work))
        finally:
            self._waiting -= 1

    async def read(self, content: IO[bytes], name: str) -> Report:
        """Read a text into the memory under a name. Raises `BusyError`, and what `inject` does."""
        return await self.run(lambda: self._read(content, name))

    def close(self) -> None:
        """Take no change any more; one that is being made ends with the document at hand."""
        self._stopped.set()
        self._thread.shutdown(cancel_futures=True)

    def _read(self, content: IO[bytes], name: str) -> Report:
        progress = _Progress(self._bulletin, name)
        try:
            return self._desk.memory.inject(
                texts=[(content.read(), name)], watch=progress.hear, stopped=self._stopped.is_set
            )
        except MplusError as error:
            failed = {"path": name, "reason": error.message, "hint": error.hint, "code": error.code}
            progress.tell("failed", failed=[failed])
            raise


class _Progress:
    """Tells how far the reading of one upload is, which may hold several documents."""

    def __init__(self, bulletin: Bulletin, name: str) -> None:
        self._bulletin, self._name, self._path = bulletin, name, name
        self._tokens = self._of = 0

    def hear(self, event: Event) -> None:
        if isinstance(event, Started):
            self._path, self._tokens, self._of = event.path, 0, event.tokens
            self.tell("reading")
        elif isinstance(event, ChunkDone):
            self._tokens += event.tokens
            self.tell("reading")
        elif isinstance(event, DocumentDone):
            self._path = event.path
            self.tell("done", notes=list(event.notes))
        elif isinstance(event, Unchanged):
            self._path = event.path
            self.tell("unchanged")
        elif isinstance(event, Skipped):
            self._path = event.path
            failed = {"path": event.path, "reason": event.reason, "hint": event.hint}
            self.tell("failed", failed=[failed | {"code": event.code}])

    def tell(self, state: str, notes: list[str] | None = None, failed: Any = None) -> None:
        """state: reading, done, unchanged or failed."""
        self._bulletin.tell(
            "inject",
            {
                "name": self._name,
                "path": self._path,
                "state": state,
                "tokens": self._tokens,
                "of": self._of,
                "notes": notes or [],
                "failed": failed or [],
            },
        )
