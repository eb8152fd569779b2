"""Warm commands print what cold ones do, to the byte, and whatever is wrong goes the old way."""

import os
import pty
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mplus_cli.serving import warm
from mplus_cli.serving.desk import Desk
from mplus_cli.serving.warm import found
from mplus_cli.serving.warm.listener import Listener
from mplus_cli.settings import load_settings
from tests.conftest import Run
from tests.serving.warm.conftest import Q, untimed

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


def test_a_question_says_how_far_it_is_read(desk: Desk, memory: Path) -> None:
    heard: list[tuple[int, int]] = []
    served = warm.questions(load_settings({}), lambda done, of: heard.append((done, of)))
    assert served is not None
    assert "".join(served.stream(Q)) and served.ask(Q, among=Path("gate.md")).sources
    assert served.at(1).search(Q, k=1)
    assert len(heard) >= 2 and all(0 <= done <= of for done, of in heard)
    assert heard[-1][0] == heard[-1][1]


def test_a_memory_of_another_model_is_asked_with_that(
    memory: Path,
    runtime: Path,
    mplus: Run,
    served: Run,
    toys: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("MPLUS_MODEL")
    settings = load_settings({})
    desk = Desk(settings)
    listener = Listener(desk, settings)
    listener.start()
    before = untimed(served("ask", Q, "--json"))
    assert not mplus("rebuild", "-m", str(toys["plain"]), "--yes").code
    now = untimed(served("ask", Q, "--json"))
    assert now == untimed(mplus("ask", Q, "--json")) != before
    listener.close()
    desk.close()


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
