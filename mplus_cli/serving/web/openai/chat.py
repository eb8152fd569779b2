"""`POST /v1/chat/completions`."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mplus_cli.errors import UsageError
from mplus_cli.serving.web.bodies import json_body
from mplus_cli.serving.web.openai.answering import Answering
from mplus_cli.serving.web.openai.asked import Message, asked, form_of, refuse_tools
from mplus_cli.serving.web.openai.cited import Said
from mplus_cli.serving.web.openai.models import answerer_of, model_id
from mplus_cli.serving.web.replies import openai_error
from mplus_cli.serving.web.site import site_of
from mplus_cli.serving.web.streams import BEAT, EventStream, frame
from store.errors import MplusError

_END = "data: [DONE]\n\n"


class StreamOptions(BaseModel):
    """What a stream is to tell beside the answer."""

    include_usage: bool | None = None


class Extra(BaseModel):
    """What only mplus knows. events: tell sources in Open WebUI's form, too."""

    events: bool = False


class ChatRequest(BaseModel):
    """What is taken of a request; other fields are ignored."""

    messages: list[Message]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: Annotated[int | None, Field(ge=1)] = None
    max_completion_tokens: Annotated[int | None, Field(ge=1)] = None
    temperature: Annotated[float | None, Field(allow_inf_nan=False)] = None
    stop: str | list[str] | None = None
    n: int | None = None
    tools: list[Any] | None = None
    functions: list[Any] | None = None
    response_format: dict[str, Any] | None = None
    mplus: Extra = Extra()

    @property
    def wants_usage(self) -> bool:
        return bool(self.stream_options and self.stream_options.include_usage)


@dataclass(frozen=True)
class _Form:
    """What all parts of one response have in common."""

    model: str
    id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_hex(12)}")
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, said: Said) -> dict[str, Any]:
        message = {
            "role": "assistant",
            "content": said.text,
            "refusal": None,
            "annotations": _annotations(said),
        }
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _reason(said)}
        told = self._part("chat.completion", [choice]) | {"usage": _usage(said)}
        return told | _known(said)

    def chunk(self, delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return self._part("chat.completion.chunk", [choice])

    def usage(self, said: Said) -> dict[str, Any]:
        return self._part("chat.completion.chunk", []) | {"usage": _usage(said)}

    def _part(self, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        own = {"id": self.id, "object": kind, "created": self.created, "model": self.model}
        return own | {"choices": choices}


async def completions(request: Request) -> Response:
    """An answer to a conversation's last question, whole or as it grows."""
    wanted = await json_body(request, ChatRequest)
    if wanted.n not in (None, 1):
        raise UsageError(f"n is {wanted.n}: there is one answer", "leave n out")
    refuse_tools(wanted.tools or wanted.functions, form_of(wanted.response_format))
    answerer = await answerer_of(request)
    limit = wanted.max_completion_tokens or wanted.max_tokens
    given = asked(wanted.messages, answerer, limit, wanted.temperature, wanted.stop)
    form, answering = _Form(model_id(answerer)), Answering(request, given)
    if not wanted.stream:
        return JSONResponse(form.whole(await answering.whole()))
    await answering.open()
    return EventStream(_frames(answering, request, form, wanted), answering.leave)


async def _frames(
    answering: Answering, request: Request, form: _Form, wanted: ChatRequest
) -> AsyncIterator[str]:
    yield frame(form.chunk({"role": "assistant", "content": ""}))
    async for word in answering.words():
        match word:
            case str():
                yield frame(form.chunk({"content": word}))
            case Said():
                for each in _ending(word, form, wanted):
                    yield each
            case MplusError():
                yield frame(openai_error(word, site_of(request).names))
            case None:
                yield BEAT


def _ending(said: Said, form: _Form, wanted: ChatRequest) -> list[str]:
    """What follows the last word: sources, why it ended, what it cost."""
    parts = []
    if wanted.mplus.events:
        parts += [{"event": event, "choices": []} for event in said.source_events()]
    if said.known is not None:
        parts.append(form.chunk({"annotations": _annotations(said)}) | _known(said))
    parts.append(form.chunk({}, _reason(said)))
    if wanted.wants_usage:
        parts.append(form.usage(said))
    return [*map(frame, parts), _END]


def _annotations(said: Said) -> list[dict[str, Any]]:
    return [{"type": "url_citation", "url_citation": citation} for citation in said.citations]


def _known(said: Said) -> dict[str, Any]:
    return {} if said.known is None else {"mplus": said.known}


def _reason(said: Said) -> str:
    return "length" if said.cut else "stop"


def _usage(said: Said) -> dict[str, int]:
    return {
        "prompt_tokens": said.prompt_tokens,
        "completion_tokens": said.answer_tokens,
        "total_tokens": said.prompt_tokens + said.answer_tokens,
    }
