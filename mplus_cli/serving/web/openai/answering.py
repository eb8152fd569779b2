"""A question on its way to its answer, for all endpoints that take a conversation."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.requests import Request

from mplus_cli.serving.desk import Done, Failed, Piece
from mplus_cli.serving.listening import Listening
from mplus_cli.serving.web.leaving import unless_gone
from mplus_cli.serving.web.openai import housework
from mplus_cli.serving.web.openai.asked import Asked
from mplus_cli.serving.web.openai.cited import Said
from mplus_cli.serving.web.site import site_of
from store.errors import MplusError


class Answering:
    """An answer that grows, or one that the memory was not asked for and is there already."""

    def __init__(self, request: Request, asked: Asked) -> None:
        """Stand in line. Raises `BusyError`."""
        self._request, site = request, site_of(request)
        self._heard: Listening | None = None
        text = housework.done(asked.question)
        self._said = Said(text or "")
        if text is None:
            self._heard = site.hear(lambda tell: site.desk.ask(asked.question, tell, **asked.how))

    async def whole(self) -> Said:
        """All of it. Raises what asking raises, and `ClientDisconnect`."""
        if self._heard is None:
            return self._said
        return Said.of(await unless_gone(self._request, self._heard.result()), self._request)

    async def open(self) -> None:
        """Wait for the first word, see `Listening.open`."""
        if self._heard is not None:
            await unless_gone(self._request, self._heard.open())

    def leave(self) -> None:
        """Nobody wants it any more."""
        if self._heard is not None:
            self._heard.leave()

    async def words(self) -> AsyncIterator[str | Said | MplusError | None]:
        """Its pieces, and at the end all of it or what went wrong; None: go on waiting."""
        if self._heard is None:
            yield self._said.text
            yield self._said
            return
        async for event in self._heard.events():
            match event:
                case Piece(text):
                    yield text
                case Done(answer):
                    yield Said.of(answer, self._request)
                case Failed(error):
                    yield error
                case None:
                    yield None
