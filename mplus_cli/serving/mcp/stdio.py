"""The protocol over standard input and output, for programs that start `mplus mcp` themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TextIO, cast

import anyio
from mcp.server import Server
from mcp.server.stdio import stdio_server

from mplus_cli.asking.how import Askable
from mplus_cli.serving.desk import Desk, Job
from mplus_cli.serving.mcp.server import server_of
from mplus_cli.serving.mcp.tools import Change
from mplus_cli.serving.mcp.wire import Lines, own_stdin
from mplus_cli.serving.warm.anywhere import Anywhere
from mplus_cli.settings import Settings

IDLE_S = 600.0  # the model is unloaded then: an editor keeps the process for days


class _Beside(Desk):
    """A desk whose questions go to a server of the same memory and model, while there is one: a
    model of its own is loaded where there is none, or for changes.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, idle_s=IDLE_S)
        self._settings = settings

    def questions(self, job: Job, at: str | None) -> Askable:
        return Anywhere(self._settings, super().questions(job, at), at, job.stopped)


def serve(settings: Settings, wire: TextIO, *, writable: bool) -> None:
    """Speak with who is at the other end, until its input ends; `wire`: see `own_stdout`."""
    desk = _Beside(settings)
    try:
        change = _one_by_one(desk) if writable else None
        asyncio.run(_serve(server_of(desk, shows_paths=True, change=change), wire))
    except* BrokenPipeError:
        pass  # it has gone, and nothing can be said to it
    finally:
        desk.close(grace_s=0)


def _one_by_one(desk: Desk) -> Change:
    """Changes in threads, one after the other."""
    turn = asyncio.Lock()

    async def change(work: Callable[[], Any]) -> Any:
        async with turn:
            return await asyncio.to_thread(desk.place.change, work)

    return change


async def _serve(server: Server[Any], wire: TextIO) -> None:
    lines = cast("anyio.AsyncFile[str]", Lines(own_stdin()))
    async with stdio_server(lines, anyio.wrap_file(wire)) as (read, write):
        await server.run(read, write, server.create_initialization_options())
