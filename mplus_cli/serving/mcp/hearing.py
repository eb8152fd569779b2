"""A job of the model's thread, heard in an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from typing import Any

from mplus_cli.serving.desk import Done, Event, Failed, Job, Piece, Tell

Progress = Callable[[float, str], Awaitable[None]]
"""Is told how far a call is, and what it is at."""


async def done(start: Callable[[Tell], Job], progress: Progress) -> Any:
    """What a job comes to. Raises its error; whoever is cancelled here cancels the job."""
    pieces = 0
    async with aclosing(_heard(start)) as events:
        async for event in events:
            match event:
                case Done(result):
                    return result
                case Failed(error):
                    raise error
                case Piece():
                    pieces += 1
                    await progress(pieces, "answering")
                case _:
                    await progress(pieces, "reading")
    raise AssertionError("a job ends with Done or Failed")


async def _heard(start: Callable[[Tell], Job]) -> AsyncGenerator[Event, None]:
    loop = asyncio.get_running_loop()
    events: asyncio.Queue[Event] = asyncio.Queue()

    def tell(event: Event) -> None:
        with suppress(RuntimeError):  # the loop has ended, and nobody hears it
            loop.call_soon_threadsafe(events.put_nowait, event)

    job = start(tell)
    try:
        while True:
            yield await events.get()
    finally:
        job.cancel()
