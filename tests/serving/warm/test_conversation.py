"""A conversation is answered by a server that has the memory open, if there is one."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mplus_cli import Memory
from mplus_cli.chatting.conversation import Conversation
from mplus_cli.errors import StoppedError
from mplus_cli.results.answers import Answer
from mplus_cli.serving.desk import Desk, Job
from mplus_cli.serving.warm import WarmError
from mplus_cli.settings import load_settings
from tests.serving.warm.conftest import Q


def test_chat_asks_the_server_and_goes_on_without_it(
    memory: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = Conversation(load_settings({}), Memory.of, {"max_tokens": 8})
    here = conversation.memory.ask(Q, max_tokens=8)
    with monkeypatch.context() as patched:
        patched.setattr(conversation.memory, "stream", lambda *question, **how: Broken())
        served = conversation.ask(Q, lambda: False)
        assert replace(served.answer, timings_ms={}) == replace(here, timings_ms={})
        patched.setattr(conversation.memory, "search", lambda *words, **how: [])
        conversation.narrow("gate.md")
        assert conversation.search("pump") and conversation.numbered("1")
        conversation.narrow(None)
    going = conversation.ask(Q, lambda: False)
    monkeypatch.setattr(going, "_growing", Broken())
    assert going.answer.text == here.text
    desk.close()
    assert conversation.ask(Q, lambda: False).answer.text == here.text


def test_what_nobody_wants_is_stopped_at_the_server(memory: Path, desk: Desk) -> None:
    wait, came = threading.Event(), threading.Event()

    def busy(job: Job) -> None:
        came.set()
        wait.wait(60)

    desk.run(busy, lambda event: None)
    came.wait(60)
    answer = Conversation(load_settings({}), Memory.of, {}).ask(Q, lambda: True)
    with pytest.raises(StoppedError, match="stopped"):
        _ = answer.answer
    wait.set()


class Broken:
    """An answer of a server that is gone."""

    def __iter__(self) -> Iterator[str]:
        raise WarmError

    @property
    def answer(self) -> Answer:
        raise WarmError
