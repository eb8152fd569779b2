"""`/v1/models`: the one model that answers."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mplus_cli.errors import UnknownError
from mplus_cli.results.models import Answerer
from mplus_cli.serving.web.names import name_of
from mplus_cli.serving.web.site import site_of


async def answerer_of(request: Request) -> Answerer:
    """The model that answers; its name tells no folder. Raises `ModelError`."""
    return await asyncio.to_thread(site_of(request).desk.memory.answerer)


def model_id(answerer: Answerer) -> str:
    """What it is called here, whatever a request calls it."""
    return name_of(answerer.name)


async def models(request: Request) -> Response:
    """The list of one."""
    return JSONResponse({"object": "list", "data": [await _described(request)]})


async def model(request: Request) -> Response:
    """That one by its name. Raises `UnknownError`."""
    found, wanted = await _described(request), request.path_params["name"]
    if wanted != found["id"]:
        raise UnknownError(f"there is no model {wanted[:100]!r}", f"take {found['id']}")
    return JSONResponse(found)


async def _described(request: Request) -> dict[str, Any]:
    started = time.time() - (time.monotonic() - site_of(request).started)
    name = model_id(await answerer_of(request))
    return {"id": name, "object": "model", "created": int(started), "owned_by": "mplus"}
