"""What clients hear when a server ends while they are answered."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mplus_cli.errors import StoppedError
from mplus_cli.serving.desk import Job, Tell
from mplus_cli.serving.web import server
from tests.serving.served import served, settings_of
from tests.serving.web.conftest import Client

LATE_S = 0.2  # a step of the model, between two looks at whether it is still wanted


def slow(job: Job) -> None:
    """An answer that does not end by itself."""
    while not job.stopped():
        time.sleep(0.01)
    time.sleep(LATE_S)
    raise StoppedError("the answer was stopped", "ask anew")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/api/ask"])
def test_who_is_answered_is_told_that_it_ends(
    tmp_path: Path,
    toys: dict[str, Path],
    toy_cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    path: str,
    stream: bool,
) -> None:
    monkeypatch.setattr(server, "GRACE_S", 0.2)
    settings = settings_of(tmp_path, toys["chunks"], toy_cache, {"a.txt": "The gate is shut."})
    question: dict[str, Any] = {"messages": [{"role": "user", "content": "Is it?"}]}
    asked = {"question": "Is it?"} if path == "/api/ask" else question
    with ThreadPoolExecutor() as pool:
        with served(settings) as house:

            def ask(question: str, tell: Tell, **how: Any) -> Job:
                return house.desk.run(slow, tell)

            monkeypatch.setattr(house.desk, "ask", ask)
            heard = pool.submit(Client(house.port), "POST", path, asked | {"stream": stream})
            while not house.desk.busy:
                time.sleep(0.005)
        got = heard.result()
    if path == "/api/ask" and stream:
        assert [name for name, _ in got.events] == ["began", "error"]
        assert got.events[-1][1]["error"]["code"] == "stopped"
    else:
        assert (got.status, got.error["code"]) == (503, "stopped")
    assert caplog.text == ""
