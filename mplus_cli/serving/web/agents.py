"""Where agents ask: the Model Context Protocol at /mcp, where its package is installed."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext
from importlib.util import find_spec

from starlette.requests import Request
from starlette.routing import BaseRoute, Route
from starlette.types import Message, Receive, Scope, Send

from mplus_cli.serving.web.bodies import JSON_BYTES, pieces
from mplus_cli.serving.web.site import Site


class Agents:
    """The endpoint of one server: its route, and what has to be entered while it serves."""

    def __init__(self, site: Site) -> None:
        self._endpoint = None
        if find_spec("mcp") is not None:
            from mplus_cli.serving.mcp.http import endpoint

            change = site.writer.run if site.rules.writes else None
            self._endpoint = endpoint(site.desk, shows_paths=site.rules.shows_paths, change=change)

    @property
    def routes(self) -> list[BaseRoute]:
        return [] if self._endpoint is None else [Route("/mcp", self)]

    def running(self) -> AbstractAsyncContextManager[None]:
        return nullcontext() if self._endpoint is None else self._endpoint.run()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, once its body has come within the limits that all bodies have."""
        assert self._endpoint is not None
        request = Request(scope, receive)
        body = b"".join([piece async for piece in pieces(request, JSON_BYTES)])
        waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def received() -> Message:
            return waiting.pop() if waiting else await receive()

        await self._endpoint.handle_request(scope, received, send)
