"""The memory as a whole over the own API: what it holds, its history, and what happens to it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from mplus_cli.inputs.load import MAX_BYTES
from mplus_cli.results.plain import plain
from mplus_cli.serving.web.bodies import json_body
from mplus_cli.serving.web.bulletin import Heard
from mplus_cli.serving.web.replies import reply
from mplus_cli.serving.web.site import Site, site_of
from mplus_cli.serving.web.streams import BEAT, EventStream, frame
from mplus_cli.version import __version__


class GoingBack(BaseModel):
    """Which generation to go back to: a number, a tag or `last`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    generation: str | int


async def status(request: Request) -> Response:
    """What the memory holds, and how the server is."""
    site = site_of(request)
    found = await asyncio.to_thread(site.desk.memory.status)
    return reply(request, plain(found) | {"server": _server(site)})


def _server(site: Site) -> dict[str, object]:
    return {
        "version": __version__,
        "waiting": site.desk.waiting,
        "busy": site.desk.busy,
        "writable": site.rules.writes,
        "upload_bytes": MAX_BYTES,
        "uptime_s": round(time.monotonic() - site.started, 1),
        "paths": site.rules.shows_paths,
    }


async def generations(request: Request) -> Response:
    """All generations, newest first."""
    found = await asyncio.to_thread(site_of(request).desk.memory.generations)
    return reply(request, {"generations": found})


async def rollback(request: Request) -> Response:
    """Go back to a generation; the number of that one, and the newest one now."""
    site = site_of(request)
    site.need_writing()
    wanted = await json_body(request, GoingBack)
    to, newest = await site.writer.run(partial(site.desk.memory.rollback, wanted.generation))
    return reply(request, {"to": to, "generation": newest})


async def events(request: Request) -> Response:
    """What happens, as it happens."""
    site = site_of(request)
    heard = await site.bulletin.listen()  # before the response begins, so that nothing is missed
    return EventStream(_frames(site, heard), partial(site.bulletin.leave, heard))


async def _frames(site: Site, heard: Heard) -> AsyncIterator[str]:
    yield BEAT  # so that the response begins
    async for news in site.bulletin.news(heard):
        if news is None:
            yield BEAT
        else:
            name, data = news
            await site.names.look()
            yield frame(site.names.named(data), name)


async def health(request: Request) -> Response:
    """That the server lives."""
    return reply(request, {"status": "ok"})


async def metrics(request: Request) -> Response:
    """Figures for Prometheus."""
    site = site_of(request)
    uptime_s = time.monotonic() - site.started
    text = site.metrics.text(site.desk.waiting, site.desk.busy, uptime_s)
    return Response(text, media_type="text/plain; version=0.0.4")
