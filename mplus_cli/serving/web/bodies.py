"""Bodies of requests: within limits of size and time, as JSON of a described form."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request

from mplus_cli.errors import TooLargeError, UsageError
from mplus_cli.serving.web.refusals import RefusedError

JSON_BYTES = 4 * 1024 * 1024  # a long conversation
PATIENCE_S = 10.0  # without a byte, and at the beginning
SLOWEST_BYTES_S = 10_000  # a body that comes more slowly is not waited for
Body = TypeVar("Body", bound=BaseModel)


async def json_body(request: Request, kind: type[Body]) -> Body:
    """The body of a request as a described form has it.

    Raises `UsageError` for anything else, and what `pieces` does.
    """
    data = b"".join([piece async for piece in pieces(request, JSON_BYTES)])
    try:
        found = json.loads(data, parse_constant=_no_number)
        json.dumps(found, ensure_ascii=False).encode()  # halves of surrogate pairs are no text
    except (ValueError, RecursionError) as error:
        raise UsageError("the body is no JSON", 'send JSON, such as {"question": "…"}') from error
    return checked(kind, found)


def checked(kind: type[Body], value: Any) -> Body:
    """A value as a described form has it. Raises `UsageError`."""
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in wrong["loc"]) or "the body"
        said = wrong["msg"][:1].lower() + wrong["msg"][1:]
        raise UsageError(f"{where}: {said}", "see docs/serving.md for what is taken") from error


async def pieces(request: Request, most: int) -> AsyncIterator[bytes]:
    """A body of at most so many bytes, as it comes.

    Raises `TooLargeError`, before a byte where the request says how long it is; `RefusedError` for
    one that comes too slowly; `ClientDisconnect`.
    """
    begun, size = time.monotonic(), 0
    said = request.headers.get("content-length", "0")
    if said.isascii() and said.isdigit() and int(said) > most:
        raise _too_large(most)
    while True:
        deadline = begun + PATIENCE_S + size / SLOWEST_BYTES_S
        try:
            message = await asyncio.wait_for(
                request.receive(), min(PATIENCE_S, deadline - time.monotonic())
            )
        except TimeoutError as error:
            raise RefusedError(
                408, "too_slow", "the body comes too slowly", "send it anew"
            ) from error
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        piece = message.get("body", b"")
        size += len(piece)
        if size > most:
            raise _too_large(most)
        yield piece
        if not message.get("more_body", False):
            return


def _too_large(most: int) -> TooLargeError:
    return TooLargeError(f"too large: at most {most / 1e6:,.0f} MB are read", "send less")


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
