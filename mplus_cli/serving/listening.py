"""The events of a job, for coroutines: who leaves cancels it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

from mplus_cli.results import unheard
from mplus_cli.serving.desk import Began, Done, Event, Failed, Job, Tell

BEAT_S = 10.0
"""After so long without a word a stream sends a comment, so that nobody on the way ends it."""


class Listening:
    """A job on its way."""

    def __init__(
        self, start: Callable[[Tell], Job], note: Callable[[Event], None] = unheard
    ) -> None:
        """start: stands in line, and raises `BusyError` where that is full; note: counts events."""
        self._loop, self._note = asyncio.get_running_loop(), note
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._early: deque[Event | None] = deque()
        self._job = start(self._hear)
        self.leave = self._job.cancel

    def _hear(self, event: Event) -> None:
        """In the model's thread; nobody listens any more where the loop has ended."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._events.put_nowait, event)

    async def events(self) -> AsyncIterator[Event | None]:
        """All that happens, to the end; None where nothing did for `BEAT_S` seconds."""
        while True:
            event = self._early.popleft() if self._early else await self._next()
            yield event
            if isinstance(event, Done | Failed):
                return

    async def _next(self) -> Event | None:
        try:
            # Python 3.11's `wait_for` forgets that it was cancelled where an event came just then.
            async with asyncio.timeout(BEAT_S):
                event = await self._events.get()
        except TimeoutError:
            return None
        self._note(event)
        return event

    async def open(self) -> None:
        """Wait for the first word, though no longer than a beat: what goes wrong before can be said
        in place of an answer that began well. Raises what the job failed with; the job is left
        then, and where this is cancelled.
        """
        try:
            while not self._early or isinstance(self._early[-1], Began):
                event = await self._next()
                if isinstance(event, Failed):
                    raise event.error
                self._early.append(event)
        except BaseException:
            self.leave()
            raise

    async def result(self) -> Any:
        """What the job ends with. Raises what it failed with. The job is left in any case."""
        try:
            async for event in self.events():
                if isinstance(event, Failed):
                    raise event.error
                if isinstance(event, Done):
                    return event.result
        finally:
            self.leave()
        raise AssertionError("a job has an end")
