"""`POST /v1/responses`, as far as an answer from a memory needs it. Nothing is stored."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import count
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


class ResponseRequest(BaseModel):
    """What is taken of a request; other fields are ignored."""

    input: str | list[Message]
    instructions: str | None = None
    stream: bool | None = None
    max_output_tokens: Annotated[int | None, Field(ge=1)] = None
    temperature: Annotated[float | None, Field(allow_inf_nan=False)] = None
    tools: list[Any] | None = None
    text: dict[str, Any] | None = None
    previous_response_id: str | None = None

    @property
    def messages(self) -> list[Message]:
        """The conversation, what the system is told in front."""
        said = self.input
        turns = [Message(role="user", content=said)] if isinstance(said, str) else said
        return [Message(role="system", content=self.instructions or ""), *turns]


@dataclass(frozen=True)
class _Form:
    """What all events of one response have in common."""

    model: str
    temperature: float | None
    id: str = field(default_factory=lambda: f"resp_{secrets.token_hex(12)}")
    item: str = field(default_factory=lambda: f"msg_{secrets.token_hex(12)}")
    created: int = field(default_factory=lambda: int(time.time()))

    def response(self, said: Said | None) -> dict[str, Any]:
        """The whole response; None: it has just begun."""
        status = "in_progress" if said is None else _status(said)
        known = {} if said is None or said.known is None else {"mplus": said.known}
        return {
            "id": self.id,
            "object": "response",
            "created_at": self.created,
            "status": status,
            "error": None,
            "incomplete_details": {"reason": "max_output_tokens"}
            if status == "incomplete"
            else None,
            "instructions": None,
            "metadata": {},
            "model": self.model,
            "output": [] if said is None else [self.message(said)],
            "parallel_tool_calls": False,
            "temperature": self.temperature,
            "tool_choice": "none",
            "tools": [],
            "usage": None if said is None else _usage(said),
            **known,
        }

    def message(self, said: Said | None) -> dict[str, Any]:
        content = [] if said is None else [_part(said)]
        status = "in_progress" if said is None else _status(said)
        own = {"id": self.item, "type": "message", "role": "assistant"}
        return own | {"status": status, "content": content}


async def responses(request: Request) -> Response:
    """An answer to the last question of what came in, whole or as it grows."""
    wanted = await json_body(request, ResponseRequest)
    if wanted.previous_response_id:
        raise UsageError("responses are not stored", "send the whole conversation as input")
    refuse_tools(wanted.tools, form_of((wanted.text or {}).get("format")))
    answerer = await answerer_of(request)
    limit = wanted.max_output_tokens
    given = asked(wanted.messages, answerer, limit, wanted.temperature)
    form = _Form(model_id(answerer), wanted.temperature)
    answering = Answering(request, given)
    if not wanted.stream:
        return JSONResponse(form.response(await answering.whole()))
    await answering.open()
    return EventStream(_frames(answering, request, form), answering.leave)


async def _frames(answering: Answering, request: Request, form: _Form) -> AsyncIterator[str]:
    numbers = count()

    def event(kind: str, **data: Any) -> str:
        return frame({"type": kind, "sequence_number": next(numbers), **data}, kind)

    at = {"item_id": form.item, "output_index": 0, "content_index": 0}
    yield event("response.created", response=form.response(None))
    yield event("response.in_progress", response=form.response(None))
    yield event("response.output_item.added", output_index=0, item=form.message(None))
    yield event("response.content_part.added", **at, part=_part(Said("")))
    async for word in answering.words():
        match word:
            case str():
                yield event("response.output_text.delta", **at, delta=word, logprobs=[])
            case Said():
                for kind, data in _ending(word, form, at):
                    yield event(kind, **data)
            case MplusError():
                told = openai_error(word, site_of(request).names)["error"]
                yield event("error", code=told["code"], message=told["message"], param=None)
            case None:
                yield BEAT


def _ending(said: Said, form: _Form, at: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The events that follow the last word."""
    for index, annotation in enumerate(_annotations(said)):
        added = {"annotation_index": index, "annotation": annotation}
        yield "response.output_text.annotation.added", at | added
    yield "response.output_text.done", at | {"text": said.text, "logprobs": []}
    yield "response.content_part.done", at | {"part": _part(said)}
    yield "response.output_item.done", {"output_index": 0, "item": form.message(said)}
    yield f"response.{_status(said)}", {"response": form.response(said)}


def _part(said: Said) -> dict[str, Any]:
    annotations = _annotations(said)
    return {"type": "output_text", "text": said.text, "annotations": annotations, "logprobs": []}


def _annotations(said: Said) -> list[dict[str, Any]]:
    return [{"type": "url_citation", **citation} for citation in said.citations]


def _status(said: Said) -> str:
    return "incomplete" if said.cut else "completed"


def _usage(said: Said) -> dict[str, Any]:
    return {
        "input_tokens": said.prompt_tokens,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": said.answer_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": said.prompt_tokens + said.answer_tokens,
    }
