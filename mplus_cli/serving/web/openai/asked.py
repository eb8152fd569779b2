"""A conversation as a question: what of a request in OpenAI's form is asked of the memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from pydantic import BaseModel

from mplus_cli.asking.how import How
from mplus_cli.errors import UsageError
from mplus_cli.results.models import Answerer

_DEFAULT_TOKENS = 128
_TEXTS = ("text", "input_text", "output_text")
_TURNS_BEFORE = 4
_FOR_SYSTEM = ("system", "developer")


class Part(BaseModel):
    """A part of a message."""

    type: str = "text"
    text: str | None = None


class Message(BaseModel):
    """A message of a conversation."""

    role: str = ""
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """Its text. Raises `UsageError` where it has something else, such as a picture."""
        for part in self.content if isinstance(self.content, list) else ():
            if part.type not in _TEXTS:
                raise UsageError(f"a message has {part.type!r} in it", "send text alone")
        return self.words

    @property
    def words(self) -> str:
        """Its text, whatever else it has."""
        if not isinstance(self.content, list):
            return self.content or ""
        return "\n".join(part.text or "" for part in self.content)


@dataclass(frozen=True)
class Asked:
    """A question, and how it is to be answered."""

    question: str
    how: How


def asked(
    messages: Sequence[Message],
    answerer: Answerer,
    max_tokens: int | None,
    temperature: float | None,
    stop: str | list[str] | None = None,
) -> Asked:
    """The question of a conversation, which is its last user message; those before it count where
    it follows on them.

    What the system is told counts only where that is the asker's affair: the default model was
    trained with a prompt of its own. A limit beyond what the model has room for is that room.
    Raises `UsageError` where nobody asks anything.
    """
    turns = [message for message in messages if message.role == "user"]
    if not turns:
        raise UsageError("no message is the user's", 'send one: {"role": "user", "content": "…"}')
    wanted = _DEFAULT_TOKENS if max_tokens is None else max_tokens
    how: How = {"max_tokens": min(wanted, max(1, answerer.room_tokens // 2))}
    if temperature is not None:
        how["temperature"] = temperature
    if stop:
        how["stop"] = [stop] if isinstance(stop, str) else stop
    system = "\n\n".join(each.text for each in messages if each.role in _FOR_SYSTEM)
    if answerer.takes_system and system.strip():
        how["system"] = system
    if before := [turn.words for turn in turns[:-1]][-_TURNS_BEFORE:]:
        how["after"] = before
    return Asked(turns[-1].text.strip(), how)


def refuse_tools(tools: Sequence[Any] | None, form: str) -> None:
    """Raises `UsageError` for what no answer from a memory can be: a call of a tool, or JSON."""
    if tools:
        raise UsageError("this model calls no tools", "leave tools out")
    if form not in ("", "text"):
        raise UsageError(f"answers are text, not {form}", "leave the format out")


def form_of(described: Any) -> str:
    """The type of a described format; "" where there is none."""
    return str(cast(dict[str, Any], described).get("type", "")) if described else ""
