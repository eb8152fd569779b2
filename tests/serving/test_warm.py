"""Warm commands print what cold ones do, to the byte, and whatever is wrong goes the old way."""

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mplus_cli import main as program
from mplus_cli import quick
from mplus_cli.errors import StoppedError
from mplus_cli.serving import warm
from mplus_cli.serving.desk import Desk, Job
from mplus_cli.serving.warm import background, found
from mplus_cli.serving.warm.listener import Listener
from mplus_cli.settings import load_settings
from tests.conftest import Ran, Run

Q = "What is the gate code?"
ANSWERED = (
    (Q,),
    (Q, "--json"),
    (Q, "--top", "2"),
    (Q, "--top=2", "--json", "-n", "9"),
    (Q, "--quote", "-n5"),
    (Q, "--no-sources", "--show-prompt"),
    (Q, "--show-prompt", "--json"),
    (Q, "--stop", "a", "--stop", "e", "--temperature", "0.7"),
    (Q, "--system", "", "--no-stream"),
    (Q, "--in", "gate.md", "--in", "./deep/*", "--since", "7d"),
    (Q, "--at", "1", "--json"),
    ("Wo ist das Tor (門)? \x1b[2J",),
)
FOUND = (
    ("gate", "code"),
    ("gate code", "-k", "2", "--json"),
    ("pump", "-k1", "--in", "deep", "--since", "2020-01-01", "--at", "last"),
)
OLD_WAY = (
    ("ask",),
    ("ask", Q, "--in", "nowhere.txt"),
    ("ask", Q, "--in", "nowhere.txt", "--json"),
    ("ask", Q, "-n", "0"),
    ("ask", Q, "-n", "99999999"),
    ("ask", Q, "--since", "-5"),
    ("ask", Q, "--at", "99"),
    ("ask", Q, "--device", "abacus"),
    ("ask", Q, "-M", "elsewhere", "--json"),
    ("ask", Q, "--no-such-option"),
    ("ask", Q, "--json=yes"),
    ("ask", Q, "two"),
    ("ask", "--help"),
    ("ask", "?!"),
    ("ask", "--batch", "-"),
    ("search",),
    ("search", "gate", "--max-tokens", "3"),
    ("ls", "--json"),
)
CODE = "from mplus_cli.{} import main; main()"


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A runtime folder; that of a test would make paths too long for a socket."""
    with tempfile.TemporaryDirectory(prefix="mplus-") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)


@pytest.fixture
def memory(world: Path, toys: dict[str, Path], mplus: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MPLUS_MODEL", str(toys["chunks"]))
    (world / "gate.md").write_text("# Garden\n\n## Gate\n\nThe gate code is 4417 (門, é).\n" * 3)
    (world / "deep").mkdir()
    (world / "deep" / "pump.txt").write_text("The pump was built in 1961 by Ida Ferrante.\n" * 3)
    assert not mplus("inject", ".").code
    mplus("ask", Q)  # what is said once is said
    return world


@pytest.fixture
def desk(memory: Path, runtime: Path) -> Iterator[Desk]:
    """Serves the memory, and works elsewhere than those who ask."""
    settings = load_settings({})
    desk = Desk(settings)
    listener = Listener(desk, settings)
    listener.start()
    yield desk
    listener.close()
    desk.close()


def started(mplus: Run, old_way: Callable[[], None]) -> Run:
    """The program as its users start it."""

    def run(*arguments: str, stdin: str | bytes = "") -> Ran:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(program, "main", quick.main)
            patched.setattr(quick, "_old_way", old_way)
            return mplus(*arguments, stdin=stdin)

    return run


@pytest.fixture
def at_once(mplus: Run) -> Run:
    return started(mplus, program.main)


@pytest.fixture
def served(mplus: Run) -> Run:
    """The same, where the old way is none."""

    def none() -> None:
        raise AssertionError("a server was to answer")

    return started(mplus, none)


def untimed(ran: Ran) -> Ran:
    """What was printed, without what steps took."""
    took = r'("(?:load|read|decode|sources)"): [0-9.]+'
    return Ran(ran.code, re.sub(took, r"\1: 0", ran.out), ran.err)


def test_answers_are_the_same_to_the_byte(desk: Desk, mplus: Run, served: Run) -> None:
    for command, calls in (("ask", ANSWERED), ("search", FOUND)):
        for arguments in calls:
            cold = untimed(mplus(command, *arguments))
            assert untimed(served(command, *arguments)) == cold, arguments
            assert not cold.code
    for piped in ("Who built it?", "Who built \u00e9t\u00e9?\n".encode("latin-1")):
        for question in ((), (Q,)):
            cold = untimed(mplus("ask", *question, "--json", stdin=piped))
            assert untimed(served("ask", *question, "--json", stdin=piped)) == cold


def test_what_a_server_does_not_answer_goes_the_old_way(
    desk: Desk, mplus: Run, at_once: Run
) -> None:
    for arguments in OLD_WAY:
        stdin = f'"{Q}"\n' if "--batch" in arguments else ""
        cold = untimed(mplus(*arguments, stdin=stdin))
        assert untimed(at_once(*arguments, stdin=stdin)) == cold, arguments
        assert cold.out or cold.err
    # Words from a pipe are read once, whoever answers.
    cold = untimed(mplus("ask", "--json", "--in", "nowhere", stdin="Why?"))
    assert at_once("ask", "--json", "--in", "nowhere", stdin="Why?") == cold


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


Says = Callable[[list[bytes]], None]


@pytest.fixture
def saying(memory: Path, runtime: Path) -> Iterator[Says]:
    """A server that says the same to everybody, and hangs up."""
    settings, lines = load_settings({}), list[bytes]()
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            with client, client.makefile("rb") as asked:
                if asked.readline():
                    client.sendall(b"\n".join([*lines, b""]))

    thread = threading.Thread(target=serve)
    thread.start()
    file, port = (
        found.folder(made=True) / f"{found.name_of(settings)}.json",
        listening.getsockname()[1],
    )
    found.publish(found.Server(file, found.described(settings), port, "x", 1))

    def say(what: list[bytes]) -> None:
        lines[:] = what

    yield say
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()


def test_an_answer_that_began_never_becomes_two(
    saying: Says, mplus: Run, at_once: Run, served: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    cold = untimed(mplus("ask", Q))
    began = [b'{"taken": true}', b'{"piece": "The"}']
    for what in (
        [],
        [b"nonsense"],
        [b"[]"],
        [b'{"taken": true}', b'{"done": {"answer": 3}}'],
        [b'{"taken": true}', b'{"failed": {"message": "no", "hint": "", "code": "busy"}}'],
        [b'{"taken": true}', b'{"failed": 3}'],
        began,  # it is shown as it grows on terminals alone
    ):
        saying(what)
        assert untimed(at_once("ask", Q)) == cold, what
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    ended = served("ask", Q)
    assert (ended.code, ended.out) == (1, "The")
    assert "the server that was to answer has gone" in ended.err
    saying([*began, b'{"failed": {"message": "no", "hint": "", "code": "x", "exit_code": 20}}'])
    assert served("ask", Q).code == 20


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


def test_a_question_says_how_far_it_is_read(desk: Desk, memory: Path) -> None:
    heard: list[tuple[int, int]] = []
    served = warm.questions(load_settings({}), lambda done, of: heard.append((done, of)))
    assert served is not None
    assert "".join(served.stream(Q)) and served.ask(Q, among=Path("gate.md")).sources
    assert served.at(1).search(Q, k=1)
    assert len(heard) >= 2 and all(0 <= done <= of for done, of in heard)
    assert heard[-1][0] == heard[-1][1]


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


def test_a_memory_that_changes_is_asked_as_it_is_now(
    desk: Desk, memory: Path, mplus: Run, served: Run, toys: dict[str, Path]
) -> None:
    before = untimed(served("ask", "1961?", "--json"))
    (memory / "more.txt").write_text("In 1961 the well was dug.\n" * 4)
    mplus("inject", "more.txt")
    now = untimed(served("ask", "1961?", "--json"))
    assert now == untimed(mplus("ask", "1961?", "--json"))
    assert (before.json["generation"], now.json["generation"]) == (1, 2)
    place = Path(os.environ["MPLUS_MEMORY"])
    place.rename(place.with_name("old"))
    mplus("inject", "more.txt")
    found = served("search", "well", "--json").json["passages"]
    assert {Path(each["path"]).name for each in found} == {"more.txt"}


def at_terminal(module: str, *arguments: str, cwd: Path | None = None) -> bytes:
    """What a process sends to a terminal, stdout and stderr together."""
    master, slave = pty.openpty()
    words = [sys.executable, "-c", CODE.format(module), *arguments]
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "50"}
    with subprocess.Popen(
        words, env=environment, cwd=cwd, stdin=slave, stdout=slave, stderr=slave
    ) as ran:
        os.close(slave)
        sent = b""
        try:
            while part := os.read(master, 4096):
                sent += part
        except OSError:  # all of its ends are closed
            pass
        ran.wait()
    os.close(master)
    return sent + str(ran.returncode).encode()


def test_a_terminal_is_sent_the_same(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR")
    used = desk.last_used
    warmly = at_terminal("quick", "ask", Q, "--top", "2")
    assert desk.last_used > used
    assert warmly == at_terminal("main", "ask", Q, "--top", "2")
    assert b"\x1b[" in warmly and warmly.endswith(b"0")


def test_names_are_meant_from_where_somebody_asks(desk: Desk, memory: Path) -> None:
    used = desk.last_used
    shown = at_terminal("quick", "search", "pump", "--in", "./pump.txt", cwd=memory / "deep")
    assert b"deep" not in shown and b"pump.txt" in shown and shown.endswith(b"0")
    assert desk.last_used > used


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
        if not found.find(settings):
            break
        time.sleep(0.1)
    assert {file.suffix for file in (runtime / "mplus").iterdir()} == {".log"}
