"""What happens at a server, for whoever listens: documents being read, generations, the line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from mplus_cli.serving.desk import Desk
from mplus_cli.serving.listening import BEAT_S
from store.errors import MplusError

News = tuple[str, Any]
"""The name of an event and its data: `server`, `generation` or `inject`."""
Heard = asyncio.Queue[News | None]
"""What one listener has still to hear; None: that is all."""

_LOOKS_S = 0.5  # between two looks at the line and the memory
_KEPT = 1000  # events that wait for one listener; who is slower misses some


class Bulletin:
    """Tells all listeners what happens; looks for it only while somebody listens."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listeners: set[Heard] = set()
        self._latest: dict[str, Any] = {}
        self._ended = False

    def tell(self, name: str, data: Any) -> None:
        """Tell it to all, from any thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended, and nobody listens
                self._loop.call_soon_threadsafe(self._pass_on, (name, data))

    async def listen(self) -> Heard:
        """Begin to listen: what is so now comes first. Whoever does must `leave` in the end."""
        await self._look()
        heard: Heard = asyncio.Queue(_KEPT)
        for latest in self._latest.items():
            heard.put_nowait(latest)
        self._listeners.add(heard)
        return heard

    def leave(self, heard: Heard) -> None:
        """Listen no more."""
        self._listeners.discard(heard)

    async def news(self, heard: Heard) -> AsyncIterator[News | None]:
        """What is heard as it comes; None where nothing did for long."""
        while not self._ended:
            try:
                async with asyncio.timeout(BEAT_S):
                    found = await heard.get()
            except TimeoutError:
                yield None
                continue
            if found is None:
                return
            yield found

    async def watch(self) -> None:
        """Look at the line and the memory, for ever; begins the bulletin."""
        self._loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_LOOKS_S)
            if self._listeners:
                await self._look()

    def end(self) -> None:
        """Send all listeners home, for good."""
        self._ended = True
        self._send_home()

    def _send_home(self) -> None:
        for queue in self._listeners:
            with suppress(asyncio.QueueFull):
                queue.put_nowait(None)

    async def _look(self) -> None:
        if self._desk.place.is_gone:
            self._send_home()  # who asks again is told so
            return
        self._note("server", {"waiting": self._desk.waiting, "busy": self._desk.busy})
        with suppress(MplusError):  # there is no memory yet, or it is just being changed
            self._note("generation", await asyncio.to_thread(self._desk.memory.newest))

    def _note(self, name: str, data: Any) -> None:
        if self._latest.get(name) != data:
            self._latest[name] = data
            self._pass_on((name, data))

    def _pass_on(self, news: News) -> None:
        for queue in self._listeners:
            with suppress(asyncio.QueueFull):
                queue.put_nowait(news)
