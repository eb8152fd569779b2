"""The events of a job, for coroutines: who leaves cancels it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from starlette.requests import ClientDisconnect, Request

from mplus_cli.serving.desk import Done, Event, Failed, Job, Tell

BEAT_S = 10.0
"""After so long without a word a stream sends a comment, so that nobody on the way ends it."""


class Listening:
    """A job on its way."""

    def __init__(self, start: Callable[[Tell], Job]) -> None:
        """start: stands in line, and raises `BusyError` where that is full."""
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._job = start(self._hear)
        self.leave = self._job.cancel

    def _hear(self, event: Event) -> None:
        """In the model's thread; nobody listens any more where the loop has ended."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._events.put_nowait, event)

    async def events(self) -> AsyncIterator[Event | None]:
        """All that happens, to the end; None where nothing did for `BEAT_S` seconds."""
        while True:
            try:
                event = await asyncio.wait_for(self._events.get(), BEAT_S)
            except TimeoutError:
                yield None
                continue
            yield event
            if isinstance(event, Done | Failed):
                return

    async def result(self, request: Request) -> object:
        """What the job ends with, unless the client leaves before.

        Raises what the job failed with, and `ClientDisconnect`. The request's body was read before.
        """
        end, gone = asyncio.create_task(self._end()), asyncio.create_task(_gone(request))
        try:
            await asyncio.wait({end, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not end.done():
                raise ClientDisconnect
            return end.result()
        finally:
            self.leave()
            end.cancel()
            gone.cancel()

    async def _end(self) -> object:
        async for event in self.events():
            if isinstance(event, Failed):
                raise event.error
            if isinstance(event, Done):
                return event.result
        raise AssertionError("a job has an end")


async def _gone(request: Request) -> None:
    """Wait until the client is gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
