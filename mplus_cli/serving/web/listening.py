"""The events of a job, for coroutines: who leaves cancels it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request

from mplus_cli.serving.desk import Began, Done, Event, Failed, Job, Tell

T = TypeVar("T")
BEAT_S = 10.0
"""After so long without a word a stream sends a comment, so that nobody on the way ends it."""


class Listening:
    """A job on its way."""

    def __init__(self, start: Callable[[Tell], Job], note: Callable[[Event], None]) -> None:
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
            event = await asyncio.wait_for(self._events.get(), BEAT_S)
        except TimeoutError:
            return None
        self._note(event)
        return event

    async def open(self, request: Request) -> None:
        """Wait for the first word, though no longer than a beat: what goes wrong before has a
        status of its own. Raises what the job failed with, and `ClientDisconnect`.
        """
        await self._unless_gone(request, self._first())

    async def _first(self) -> None:
        while not self._early or isinstance(self._early[-1], Began):
            event = await self._next()
            if isinstance(event, Failed):
                raise event.error
            self._early.append(event)

    async def result(self, request: Request) -> Any:
        """What the job ends with. Raises what it failed with, and `ClientDisconnect`."""
        try:
            return await self._unless_gone(request, self._end())
        finally:
            self.leave()

    async def _end(self) -> Any:
        async for event in self.events():
            if isinstance(event, Failed):
                raise event.error
            if isinstance(event, Done):
                return event.result
        raise AssertionError("a job has an end")

    async def _unless_gone(self, request: Request, work: Coroutine[Any, Any, T]) -> T:
        """What some work gives, unless the client, whose request has been read, leaves before."""
        end, gone = asyncio.create_task(work), asyncio.create_task(_gone(request))
        try:
            await asyncio.wait({end, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not end.done():
                raise ClientDisconnect
            return end.result()
        except BaseException:
            self.leave()
            raise
        finally:
            end.cancel()
            gone.cancel()


async def _gone(request: Request) -> None:
    """Wait until the client is gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
