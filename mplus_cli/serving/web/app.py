"""The application: which path is whose, and what begins and ends with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from mplus_cli.errors import GoneMemoryError
from mplus_cli.serving.web import page
from mplus_cli.serving.web.agents import Agents
from mplus_cli.serving.web.guard import Guard
from mplus_cli.serving.web.openai import chat, models, responses
from mplus_cli.serving.web.own import asking, documents, state
from mplus_cli.serving.web.replies import failure, on_error
from mplus_cli.serving.web.site import Site
from store.errors import MplusError

_ROUTES = [
    Route("/", page.front),
    Route("/documents/{number}", page.front),
    Route("/page/{name}", page.part),
    Route("/health", state.health),
    Route("/metrics", state.metrics),
    Route("/api/ask", asking.ask, methods=["POST"]),
    Route("/api/search", asking.search),
    Route("/api/rankings", asking.rankings),
    Route("/api/status", state.status),
    Route("/api/documents", documents.documents),
    Route("/api/documents", documents.put, methods=["PUT"]),
    Route("/api/documents/{number}", documents.delete, methods=["DELETE"]),
    Route("/api/documents/{number}/text", documents.text),
    Route("/api/documents/{number}/page.png", documents.page_picture),
    Route("/api/forget", documents.forget, methods=["POST"]),
    Route("/api/generations", state.generations),
    Route("/api/rollback", state.rollback, methods=["POST"]),
    Route("/api/events", state.events),
    Route("/v1/models", models.models),
    Route("/v1/models/{name}", models.model),
    Route("/v1/chat/completions", chat.completions, methods=["POST"]),
    Route("/v1/responses", responses.responses, methods=["POST"]),
]
_OF_THE_MEMORY = ("/api/", "/v1/")
_HANDLED = (MplusError, OSError, ClientDisconnect, HTTPException, Exception)


class Present:
    """Looks at the memory before it is asked for anything: whether it is still there, and how its
    documents are called now. /mcp does so itself, for its errors have a form of their own.
    """

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app, self._site = app, site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if scope["type"] == "http" and scope["path"].startswith(_OF_THE_MEMORY):
                self._site.desk.place.check()
                await self._site.names.look()
        except GoneMemoryError as error:
            await failure(Request(scope), error)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def make_app(site: Site) -> Starlette:
    """The ASGI application of one server."""
    agents = Agents(site)

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        watching = asyncio.create_task(site.bulletin.watch())
        try:
            async with agents.running():
                yield
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching

    app = Starlette(
        routes=[*_ROUTES, *agents.routes],
        middleware=[
            Middleware(Guard, rules=site.rules, metrics=site.metrics),
            Middleware(Present, site=site),
        ],
        exception_handlers=dict.fromkeys(_HANDLED, on_error),
        lifespan=life,
    )
    app.router.redirect_slashes = False
    app.state.site = site
    return app
