"""The application: which path is whose, and what begins and ends with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.routing import Route

from mplus_cli.serving.web import page
from mplus_cli.serving.web.agents import Agents
from mplus_cli.serving.web.guard import Guard
from mplus_cli.serving.web.openai import chat, models, responses
from mplus_cli.serving.web.own import asking, documents, state
from mplus_cli.serving.web.replies import on_error
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
_HANDLED = (MplusError, OSError, ClientDisconnect, HTTPException, Exception)


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
        middleware=[Middleware(Guard, rules=site.rules, metrics=site.metrics)],
        exception_handlers=dict.fromkeys(_HANDLED, on_error),
        lifespan=life,
    )
    app.router.redirect_slashes = False
    app.state.site = site
    return app
