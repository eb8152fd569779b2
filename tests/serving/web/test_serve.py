"""`mplus serve` as its user runs it."""

import json
import signal
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run, Start
from tests.serving.web.conftest import Client


@pytest.fixture
def memory(mplus: Run, world: Path, toys: dict[str, Path]) -> Path:
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    assert mplus("inject", "a.txt", "-m", toys["chunks"], "-M", "own").code == 0
    return world / "own"


Serve = Callable[..., tuple["subprocess.Popen[str]", dict[str, Any]]]


@pytest.fixture
def serve(start: Start, memory: Path, monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Start a server at a free port: its process, and what it says first."""
    monkeypatch.delenv("MPLUS_MODEL")

    def begin(*options: str) -> tuple["subprocess.Popen[str]", dict[str, Any]]:
        process = start("serve", "-M", memory, "--port", "0", "--json", *options)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        return process, json.loads(line)

    return begin


def port_of(said: dict[str, Any]) -> int:
    return int(said["url"].rpartition(":")[2])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_answers_until_a_signal_comes(serve: Serve, number: signal.Signals) -> None:
    process, said = serve("--keep-alive", "never")
    assert said["event"] == "listening"
    found = Client(port_of(said))("GET", "/api/documents").json["documents"]
    assert [each["path"] for each in found] == ["a.txt"]
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, json.loads(out)["event"], err) == (0, "ended", "")


def test_it_makes_a_token_that_others_can_not_read(serve: Serve, world: Path) -> None:
    file = world / "new" / "token"
    process, said = serve("--token-file", str(file), "--host", "0.0.0.0")
    assert said["made_token"] == str(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    client = Client(port_of(said))
    assert client("GET", "/v1/models").status == 401
    token = {"Authorization": f"Bearer {file.read_text().strip()}"}
    assert client("GET", "/v1/models", headers=token).status == 200
    process.terminate()
    assert process.wait(60) == 0


def test_what_is_not_safe_is_refused(mplus: Run, memory: Path, world: Path) -> None:
    own = ("serve", "-M", memory, "--port", "0", "--json")
    assert "--token-file" in mplus(*own, "--host", "0.0.0.0").error["hint"]
    token = world / "token"
    token.write_text("a-token-of-more-than-sixteen-letters")
    token.chmod(0o644)
    refused = mplus(*own, "--token-file", token)
    assert (refused.code, refused.error["hint"]) == (2, f"make it yours: chmod 600 {token}")
    token.chmod(0o600)
    token.write_text("short")
    assert mplus(*own, "--token-file", token).error["message"] == f"there is no token in {token}"
    (world / "notes").write_text("these are notes, and no token")
    for other in (world / "notes", "/dev/null"):  # whose mode is nobody's business here
        refused = mplus(*own, "--token-file", other)
        assert (refused.code, "chmod" in refused.error["hint"]) == (2, False)
        assert refused.error["hint"].startswith("name a file of your own")
    assert "can't be read" in mplus(*own, "--token-file", world).error["message"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--keep-alive", "soon"], "--keep-alive is 'soon'"),
        (["--keep-alive", "0m"], "--keep-alive is '0m'"),
        (["--cors", "chat.example.org"], "is no origin"),
        (["--cors", "https://chat.example.org/"], "is no origin"),
        (["--cors", "*"], "is no origin"),
        (["--host", "no such host"], "can't be listened at"),
    ],
)
def test_what_can_not_be_meant(mplus: Run, memory: Path, options: list[str], said: str) -> None:
    token = ["--token-file", str(memory.parent / "token")] if "--host" in options else []
    refused = mplus("serve", "-M", memory, "--port", "0", "--json", *options, *token)
    assert refused.code == 2
    assert said in refused.error["message"]


def test_there_is_nothing_to_serve(mplus: Run) -> None:
    assert mplus("serve", "-M", "nosuch", "--json").error["code"] == "no_memory"


def test_a_port_that_is_taken(serve: Serve, mplus: Run, memory: Path) -> None:
    _, said = serve()
    taken = mplus("serve", "-M", memory, "--port", port_of(said), "--json")
    assert taken.error["hint"].startswith("take another one: --port 0")


def test_without_its_packages_it_says_what_to_install(
    mplus: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mplus_cli.commands.extras.find_spec", lambda name: None)
    refused = mplus("serve", "--json")
    assert refused.error == {
        "code": "usage",
        "message": "`mplus serve` needs pydantic, starlette, uvicorn",
        "hint": "pip install 'mplus-cli[serve]'",
    }
