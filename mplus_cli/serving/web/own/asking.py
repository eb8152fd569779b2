"""Questions and searches over the own API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from functools import partial
from typing import Annotated, Any, cast

from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from mplus_cli.asking.how import How
from mplus_cli.errors import UsageError
from mplus_cli.results.answers import Passage
from mplus_cli.serving.desk import Began, Done, Failed, Piece
from mplus_cli.serving.listening import Listening
from mplus_cli.serving.web.bodies import json_body
from mplus_cli.serving.web.leaving import unless_gone
from mplus_cli.serving.web.replies import described, reply
from mplus_cli.serving.web.site import Site, site_of
from mplus_cli.serving.web.streams import BEAT, EventStream, frame

MOST_PASSAGES = 100
_MOST_TOKENS = 1 << 20  # more than any model has positions for, and no more than a number holds

Name = str | int


class Question(BaseModel):
    """A question and how to answer it, as `Memory.ask` takes it (see `How`)."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    question: str
    at: str | int | None = None
    stream: bool = False
    max_tokens: Annotated[int, Field(le=_MOST_TOKENS)] = 128
    temperature: float = 0.0
    system: str | None = None
    sources: bool = True
    show_prompt: bool = False
    stop: list[str] = []
    top: Annotated[int, Field(le=MOST_PASSAGES)] = 1
    quote: bool = False
    among: Name | list[Name] | None = None
    since: str | None = None
    after: list[str] = []
    passages: Annotated[list[list[int]], Field(max_length=MOST_PASSAGES)] | None = None
    beside: Annotated[list[list[int]], Field(max_length=MOST_PASSAGES)] = []
    if_sure: bool = False

    @property
    def how(self) -> How:
        """What was said of how to answer."""
        given = self.model_dump(exclude_unset=True, exclude={"question", "at", "stream"})
        return cast(How, given)


async def ask(request: Request) -> Response:
    """An answer, whole or as it grows."""
    asked, site = await json_body(request, Question), site_of(request)
    at = None if asked.at is None else str(asked.at)
    heard = site.hear(lambda tell: site.desk.ask(asked.question, tell, at=at, **asked.how))
    if asked.stream:
        return EventStream(_frames(heard, site), heard.leave)
    return reply(request, await unless_gone(request, heard.result()))


async def _frames(heard: Listening, site: Site) -> AsyncIterator[str]:
    async for event in heard.events():
        match event:
            case Began(waited_s):
                yield frame({"waited_s": waited_s}, "began")
            case Piece(text):
                yield frame({"text": text}, "piece")
            case Done(answer):
                yield frame(site.names.named(answer), "answer")
            case Failed(error):
                yield frame(described(error, site.names), "error")
            case None:
                yield BEAT


async def search(request: Request) -> Response:
    """Passages that fit some words."""
    site, given = site_of(request), request.query_params
    start = partial(site.desk.search, given.get("q", ""), **_searched(given))
    found: list[Passage] = await unless_gone(request, site.hear(start).result())
    return reply(request, {"passages": found})


async def rankings(request: Request) -> Response:
    """Passages that a question finds, for who asks several memories at once."""
    site, given = site_of(request), request.query_params
    start = partial(site.desk.rankings, given.get("q", ""), **_searched(given))
    found: list[list[Passage]] = await unless_gone(request, site.hear(start).result())
    return reply(request, {"rankings": found})


def _searched(given: QueryParams) -> dict[str, Any]:
    """How many passages are wanted, of which documents and which generation, behind what."""
    return {
        "k": number("k", given, 5, MOST_PASSAGES),
        "at": given.get("at"),
        "among": given.getlist("in") or None,
        "since": given.get("since"),
        "after": given.getlist("after"),
    }


def number(name: str, given: Mapping[str, str], default: int, most: int) -> int:
    """A whole number of the query, 1 to `most`. Raises `UsageError`."""
    text = given.get(name, str(default))
    if text.isascii() and text.isdigit() and len(text) < len(str(most)) + 1:
        found = int(text)
        if 1 <= found <= most:
            return found
    raise UsageError(f"{name} is {text[:50]!r}", f"take a number from 1 to {most}")
