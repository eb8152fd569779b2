"""`mplus mcp` beside a server of the same memory: its questions go there."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mplus_cli.serving.desk import Desk, Job
from tests.conftest import Run
from tests.serving.test_mcp import HELLO
from tests.serving.warm.conftest import Q

PROGRAM = """
import atexit, json, sys
atexit.register(lambda: json.dump(sorted(sys.modules), open({listing!r}, "w")))
from mplus_cli.main import main
sys.argv[1:] = ["mcp", "--write"]
main()
"""


class Agent:
    """Speaks with `mplus mcp`, a process of its own."""

    def __init__(self, world: Path) -> None:
        self._listing = world / "modules.json"
        code = PROGRAM.format(listing=str(self._listing))
        self._process = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._number = 1
        self.say(HELLO)
        self.heard(1)
        self.say({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def say(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        self._process.stdin.flush()

    def heard(self, number: int) -> dict[str, Any]:
        """What a request comes to."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            message: dict[str, Any] = json.loads(line)
            if message.get("id") == number:
                return message
        raise AssertionError("it has ended")

    def begin(self, tool: str, **arguments: Any) -> int:
        self._number += 1
        wanted = {"name": tool, "arguments": arguments}
        self.say({"jsonrpc": "2.0", "id": self._number, "method": "tools/call", "params": wanted})
        return self._number

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.heard(self.begin(tool, **arguments))["result"]
        return found

    def cancel(self, number: int) -> None:
        said = {"requestId": number}
        self.say({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": said})

    def end(self) -> set[str]:
        """End its input; the modules that it had loaded."""
        self._process.communicate(timeout=60)
        return set(json.loads(self._listing.read_text()))


@pytest.fixture
def agent(desk: Desk, memory: Path) -> Iterator[Agent]:
    agent = Agent(memory)
    yield agent
    if agent._process.poll() is None:
        agent.end()


def test_an_agent_is_answered_by_a_server_and_loads_no_model(
    agent: Agent, desk: Desk, mplus: Run
) -> None:
    asked = agent.call("ask", question=Q, max_tokens=8)["structuredContent"]
    assert asked["answer"] == mplus("ask", Q, "-n", "8", "--json").json["answer"]
    found = agent.call("search", query="pump", limit=1)["structuredContent"]["results"]
    assert [each["title"].rpartition("/")[2] for each in found] == ["pump.txt"]
    used = desk.last_used
    before = agent.call("ask", question=Q, at="1", max_tokens=8)["structuredContent"]
    assert before["answer"] == asked["answer"]
    assert desk.last_used > used
    assert "torch" not in agent.end()


def test_an_agent_goes_on_when_the_server_has_gone(agent: Agent, desk: Desk) -> None:
    served = agent.call("ask", question=Q, max_tokens=8)["structuredContent"]
    desk.close()  # it is found, and refuses
    assert agent.call("ask", question=Q, max_tokens=8)["structuredContent"] == served
    assert agent.call("search", query="pump", limit=1)["structuredContent"]["results"]
    wrong = agent.call("ask", question=Q, documents=["nowhere.txt"])
    assert wrong["isError"] and "nowhere.txt" in wrong["content"][0]["text"]
    assert "torch" in agent.end()


def test_what_an_agent_cancels_is_cancelled_at_the_server(
    agent: Agent, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs, came = list[Job](), threading.Event()

    def endless(job: Job, at: str | None) -> Any:
        jobs.append(job)
        came.set()
        while not job.stopped():
            job._cancelled.wait(60)
        job_over.set()
        return desk.memory

    job_over = threading.Event()
    monkeypatch.setattr(desk, "questions", endless)
    for tool, arguments in (("ask", {"question": Q}), ("search", {"query": "pump"})):
        came.clear()
        job_over.clear()
        number = agent.begin(tool, **arguments)
        assert came.wait(60)
        agent.cancel(number)
        assert job_over.wait(60), tool
    monkeypatch.undo()
    assert agent.call("status")["structuredContent"]["documents"] == 2
