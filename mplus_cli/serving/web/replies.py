"""What is sent back: records as JSON, errors in the form of the API that was called."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from mplus_cli.errors import BusyError
from mplus_cli.serving.ways import HTTP, HTTP_ELSE, way_out
from mplus_cli.serving.web.names import Names
from mplus_cli.serving.web.refusals import RefusedError, status_of
from mplus_cli.serving.web.site import site_of
from store.errors import MplusError, of_system

_LEFT = 499  # nobody sees it
_CLOSING = {408, 413}  # more of the body may be on its way
_SEE = "see docs/serving.md for what is there"


def reply(request: Request, value: Any) -> JSONResponse:
    """Records, or anything that holds records, as JSON."""
    return JSONResponse(site_of(request).names.named(value))


def described(error: MplusError, names: Names) -> dict[str, Any]:
    """An error as the own API tells it."""
    told = {"code": error.code, "message": error.message, "hint": error.hint}
    return {"error": {**names.named(told), "exit_code": error.exit_code}}


def openai_error(error: MplusError, names: Names) -> dict[str, Any]:
    """An error as OpenAI's API tells it."""
    hint = way_out(error.hint, HTTP, HTTP_ELSE)
    said = f"{error.message} ({hint})" if hint else error.message
    kind = "server_error" if status_of(error) >= 500 else "invalid_request_error"
    message = names.sentence(said)
    return {"error": {"message": message, "type": kind, "param": None, "code": error.code}}


def failure(request: Request, error: MplusError) -> Response:
    """An error as a response."""
    form = openai_error if request.url.path.startswith("/v1/") else described
    headers = {}
    if isinstance(error, BusyError):
        headers["Retry-After"] = str(error.retry_after_s)
    status = status_of(error)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status in _CLOSING:
        headers["Connection"] = "close"
    return JSONResponse(form(error, site_of(request).names), status, headers)


async def on_error(request: Request, error: Exception) -> Response:
    """What becomes of an exception that a handler lets through."""
    if isinstance(error, MplusError):
        return failure(request, error)
    if isinstance(error, ClientDisconnect):
        return Response(status_code=_LEFT)
    if isinstance(error, OSError):
        return failure(request, of_system(error))
    if isinstance(error, HTTPException):
        found = failure(request, _refusal(request, error))
        found.headers.update(error.headers or {})
        return found
    return failure(
        request, RefusedError(500, "error", "the server has failed at this", "see its log")
    )


def _refusal(request: Request, error: HTTPException) -> RefusedError:
    """What no handler takes."""
    if error.status_code == 404:
        return RefusedError(404, "unknown", "there is no such page here", _SEE)
    if error.status_code == 405 and (allowed := (error.headers or {}).get("Allow")):
        message = f"{request.method} does nothing at this address"
        return RefusedError(405, "usage", message, f"this address takes {allowed}")
    return RefusedError(error.status_code, "usage", error.detail, _SEE)
