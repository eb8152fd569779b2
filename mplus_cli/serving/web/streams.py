"""Server-sent events (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

BEAT = ": \n\n"
"""A comment, which says nothing but that the stream goes on."""


class EventStream(StreamingResponse):
    """A response of events; when it ends, whoever made them is told to end, too."""

    media_type = "text/event-stream"

    def __init__(self, frames: AsyncIterator[str], end: Callable[[], None]) -> None:
        super().__init__(frames)
        self._end = end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._end()


def frame(data: Any, event: str = "") -> str:
    """One event; JSON has no line ends of its own."""
    name = f"event: {event}\n" if event else ""
    return f"{name}data: {json.dumps(data)}\n\n"
