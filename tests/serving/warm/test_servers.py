"""Servers for warm commands: who finds them, whom they answer, when they begin and end."""

import json
import os
import signal
import socket
import threading
import time
from pathlib import Path

import pytest

from mplus_cli.errors import StoppedError
from mplus_cli.serving import warm
from mplus_cli.serving.desk import Desk, Job
from mplus_cli.serving.warm import background, found, listener
from mplus_cli.serving.warm.listener import Listener
from mplus_cli.settings import load_settings
from tests.conftest import Run
from tests.serving.warm.conftest import Q, untimed


def test_what_is_left_of_a_server_is_taken_away(memory: Path, runtime: Path, at_once: Run) -> None:
    settings = load_settings({})
    file = found.folder(made=True) / f"{found.name_of(settings)}.json"
    gone = runtime / "mplus" / "gone.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(gone))
    found.publish(found.Server(file, found.described(settings), str(gone), "x", 1))
    assert not at_once("search", Q).code
    assert not file.exists() and not gone.exists()
    file.write_text("no JSON")
    assert not at_once("search", Q).code
    (runtime / "mplus").chmod(0o755)  # somebody else may have put it there
    assert found.find(settings) is None
    assert not at_once("search", Q).code


def test_who_was_there_before_is_found_again(
    memory: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "_FOUND_EVERY_S", 0.01)
    settings = load_settings({})
    desk = Desk(settings)
    first, second = Listener(desk, settings), Listener(desk, settings)
    first.start()
    with monkeypatch.context() as patched:
        patched.setattr(os, "getpid", lambda: 7)  # that of another process
        second.start()
    assert first.server is not None and second.server is not None
    assert found.is_found(second.server)
    second.close()
    for _ in range(1000):
        if found.is_found(first.server):
            break
        time.sleep(0.01)
    assert warm.questions(settings) is not None
    first.close()
    assert found.find(settings) is None
    desk.close()


def test_who_leaves_cancels_the_job(desk: Desk, memory: Path) -> None:
    stopped = threading.Event()

    def endless(job: Job) -> None:
        began.set()
        while not job.stopped():
            time.sleep(0.001)
        stopped.set()
        raise StoppedError("stopped", "")

    began = threading.Event()
    run = desk.run
    desk.run = lambda work, *told: run(endless, *told)  # type: ignore[method-assign]
    served = warm.questions(load_settings({}))
    assert served is not None
    response = served.stream(Q)
    began.wait(60)
    response.close()
    assert stopped.wait(60)


def test_a_server_ends_when_nobody_asks(
    memory: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "IDLE_S", 0.1)
    monkeypatch.setattr(background, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(signal, "signal", lambda *told: None)
    background.main()
    assert not list((runtime / "mplus").iterdir())


def test_strangers_hear_nothing(desk: Desk) -> None:
    server = found.find(load_settings({}))
    assert server is not None and isinstance(server.address, str)
    assert Path(server.address).stat().st_mode & 0o777 == 0o600
    assert server.file.stat().st_mode & 0o777 == 0o600
    assert server.file.parent.stat().st_mode & 0o777 == 0o700
    ask = {"ask": {"question": Q, "at": None, "how": {}}, "reading": False}
    rightly = ask | {"token": server.token, "settings": server.settings}
    for request in (
        b"",
        b"GET / HTTP/1.1\r\n",
        b"[]",
        b"x" * (1 << 21),
        json.dumps(rightly | {"token": "guessed"}).encode(),
        json.dumps(rightly | {"settings": {}}).encode(),
        json.dumps({**rightly, "ask": 3}).encode(),
    ):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(60)
            client.connect(server.address)
            try:
                client.sendall(request + b"\n")
                heard = client.makefile("rb").read()
            except (BrokenPipeError, ConnectionResetError):
                heard = b""
            assert heard in (b"", b'{"taken": true}\n')


def test_a_port_and_a_token_where_there_are_no_unix_sockets(
    memory: Path, runtime: Path, mplus: Run, served: Run
) -> None:
    settings = load_settings({})
    desk = Desk(settings)
    listener = Listener(desk, settings, unix=False)
    listener.start()
    assert listener.server is not None and isinstance(listener.server.address, int)
    assert served("search", Q) == mplus("search", Q)
    listener.close()
    desk.close()
    assert found.find(settings) is None


def test_the_first_question_starts_a_server_for_the_next(
    memory: Path, runtime: Path, at_once: Run, served: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MPLUS_KEEP_WARM", "true")
    cold = untimed(at_once("ask", Q))
    at_once("ask", Q)  # one is starting: no other is
    settings = load_settings({})
    for _ in range(600):
        if server := found.find(settings):
            break
        time.sleep(0.1)
    assert server, (runtime / "mplus").glob("*.log")
    assert untimed(served("ask", Q)) == cold
    os.kill(server.pid, 15)
    for _ in range(600):
        if not list((runtime / "mplus").glob("*.sock")):  # the last that goes
            break
        time.sleep(0.1)
    assert {file.suffix for file in (runtime / "mplus").iterdir()} == {".log"}


def test_a_server_of_other_settings_is_not_asked(
    desk: Desk, at_once: Run, monkeypatch: pytest.MonkeyPatch, world: Path
) -> None:
    used = desk.last_used
    for option, value in (("--seed", "3"), ("--device", "cpu"), ("--quantize", "none")):
        assert not at_once("ask", Q, "-n", "3", option, value).code
    monkeypatch.setattr(found, "__version__", "0.0.1")
    assert not at_once("search", Q).code
    assert desk.last_used == used
    assert warm.questions(load_settings({})) is None
