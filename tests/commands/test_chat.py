"""`mplus chat`: by a pipe, on a terminal, and what is kept of it."""

import os
import pty
import re
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mplus_cli.asking.how import Asking
from mplus_cli.chatting import opening
from mplus_cli.chatting.commands import COMMANDS
from mplus_cli.chatting.lines import Typed, completer
from tests.conftest import Run, Start

TEXTS = {
    "pump": "The pump stands behind the shed. It was painted green in July by Ines. ",
    "gate": "The gate code is 4417. The gate was made of oak by Petr in the spring. ",
}


@pytest.fixture
def chat(mplus: Run, world: Path, toys: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Talk by a pipe: `chat("a line", "another")`."""
    monkeypatch.setenv("MPLUS_MODEL", str(toys["chunks"]))
    for name, text in TEXTS.items():
        (world / f"{name}.txt").write_text(text * 3)
    assert mplus("inject", "pump.txt", "gate.txt").code == 0
    return lambda *lines: mplus("chat", "-n", "4", stdin="\n".join(map(str, lines)))


def test_each_line_of_a_pipe_is_a_question(chat: Run, mplus: Run) -> None:
    ran = chat("What is the gate code?", "", "and who made it?")
    assert ran.code == 0, ran.err
    first, second = (line for line in ran.err.splitlines() if line.startswith("[1]"))
    assert "gate.txt" in first + second or "pump.txt" in first + second
    assert "searched for: What is the gate code? Who made the gate code?" in ran.err
    assert (
        ran.out
        == "".join(
            mplus("ask", question, "-n", "4", "--no-sources").out
            for question in ("What is the gate code?",)
        )
        + ran.out.partition("\n")[2]
    )


def test_a_new_conversation_has_nothing_before(chat: Run) -> None:
    ran = chat("What is the gate code?", "/new", "and who made it?", "/in gate.txt", "/new")
    assert "searched for" not in ran.err
    first, second = (line for line in ran.err.splitlines() if "a new conversation" in line)
    assert (first, second) == (
        "a new conversation",
        "a new conversation; only gate.txt is asked, for all: /in",
    )


def test_help_names_every_command(chat: Run) -> None:
    ran = chat("/help")
    assert [line.split()[0] for line in ran.out.splitlines()] == [f"/{name}" for name in COMMANDS]


def test_what_is_wrong_is_told_and_the_next_line_goes_on(chat: Run) -> None:
    lines = ("/sorces", "/open 1", "/sources", "/search", "/in nothing*", "/model nothing/there")
    ran = chat(*lines, "/memory nowhere", "/open", "/exit", "/never")
    assert ran.code == 3
    errors = [line for line in ran.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 8, ran.err
    assert "did you mean /sources?" in ran.err
    assert "/never" not in ran.err


def test_a_path_is_a_question(chat: Run) -> None:
    assert "[1]" in chat("/srv/shared is what?").err


def test_passages_are_found_shown_and_narrowed(chat: Run) -> None:
    ran = chat("/search gate code", "/open 2", "/in pump.txt", "Who painted it?", "/in", "/sources")
    assert ran.code == 0, ran.err
    assert ran.out.count("[1]") == 2  # what was found, and the source at the end
    _, found, *_ = re.split(r"^\w+\.txt .*\n", ran.out, flags=re.MULTILINE)
    assert any(found.splitlines()[0] in text * 3 for text in TEXTS.values())
    assert "among 1 of 2 documents" in ran.err
    assert "[1] pump.txt" in ran.err
    assert "retrieved, score" in ran.out
    assert "retrieved, score" not in ran.err


def test_a_source_is_shown_whole(chat: Run) -> None:
    ran = chat("/in gate.txt", "What is the gate code?", "/open [1]")
    *_, name, text = ran.out.splitlines()
    assert name.startswith("gate.txt line ")
    assert text.strip()
    assert text in TEXTS["gate"] * 3


def test_a_note_is_remembered_and_forgotten_like_any_document(chat: Run, mplus: Run) -> None:
    before = mplus("ls", "--json").json
    ran = chat(
        "What is the gate code?", "/remember The bicycle is blue: ../x.html", "/forget note*"
    )
    [forget] = re.findall("^remembered; to take it out again: (/forget note 2.*)", ran.err, re.M)
    assert "nothing was forgotten" in ran.err  # nobody said yes
    paths = {each["path"] for each in mplus("ls", "--json").json}
    [note] = paths - {each["path"] for each in before}
    assert re.fullmatch(r"note [\d-]{10} \d\d:\d\d: The bicycle is blue x", note)
    chat("/remember The bicycle is blue, x and y")  # in the same minute, mostly
    assert len(mplus("ls", "--json").json) == len(before) + 2
    ran = chat(forget, "y")
    assert ran.out.count("forgot note") == 1
    chat("/remember Another one")
    ran = chat("/forget note*", "no")
    assert re.search("^- note .*Another one$", ran.err, re.M)
    assert re.search("^- note .*bicycle", ran.err, re.M)
    assert "forget these 2 documents? [y/N]" in ran.err
    assert chat("/forget note*Another*", "y").out.count("forgot note") == 1
    ran = chat("/forget note*", "no", "/forget note*", "y")
    assert ran.out.count("forgot note") == 1
    assert mplus("ls", "--json").json == before


def test_another_memory_and_another_model(
    chat: Run, mplus: Run, world: Path, toys: dict[str, Path]
) -> None:
    (world / "other.txt").write_text("The barn is red. " * 5)
    mplus("inject", "other.txt", "-M", "second")
    assert "model: that" not in chat("/model").out
    ran = chat("/memory second", "What is red?", "/model", f"/model {toys['other']}", "/memory")
    assert "[1] other.txt" in ran.err
    assert "memory: second" in ran.err
    assert [line.split(": ")[0] for line in ran.out.splitlines()[1:]] == ["model", "memory"]
    assert ran.out.endswith("memory: second\n")
    assert "error: " in ran.err  # the memory is another model's, and the conversation goes on


def test_nothing_of_a_document_steers_the_terminal(chat: Run, mplus: Run, world: Path) -> None:
    (world / "evil.txt").write_text("The bell\x1b[2J rings\x1b]52;c;ZXZpbA==\x07 at noon. " * 4)
    mplus("inject", "evil.txt")
    ran = chat("/search bell", "/in evil.txt", "When does the bell ring?\x1b[2J", "/open 1")
    assert "\x1b" not in ran.out + ran.err
    assert "\u241b" in ran.out


def test_a_memory_that_is_not_there_is_told_at_each_question(mplus: Run, world: Path) -> None:
    ran = mplus("chat", stdin="Who?\nWhere?\n")
    assert ran.code == 3
    assert ran.err.count("error: ") == 2


# On a terminal


@pytest.fixture
def terminal(world: Path, chat: Run, start: Start, tmp_path: Path) -> Iterator["Terminal"]:
    master, slave = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "XDG_DATA_HOME": str(tmp_path / "data")}
    process = start(
        *("chat", "-n", "4"), stdin=slave, stdout=slave, stderr=slave, env=environment, text=False,
        start_new_session=True,
    )  # fmt: skip
    os.close(slave)
    yield Terminal(master, process)
    os.close(master)


class Terminal:
    """A conversation as a user has it."""

    def __init__(self, master: int, process: "subprocess.Popen[str]") -> None:
        self._master, self.process, self.shown = master, process, ""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._master, 4096)
            except OSError:  # closed at the other end
                return
            self.shown += data.decode("utf-8", "replace")
            if b"\x1b[6n" in data:  # where is the cursor?
                os.write(self._master, b"\x1b[1;1R")

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def wait_for(self, text: str, times: int = 1) -> None:
        end = time.monotonic() + 60
        while self.shown.count(text) < times:
            assert time.monotonic() < end, self.shown
            assert self.process.poll() is None or self.shown.count(text) >= times, self.shown
            time.sleep(0.02)


def test_a_conversation_on_a_terminal(terminal: Terminal, tmp_path: Path) -> None:
    terminal.wait_for("/help")
    terminal.type("What is the gate code?\r")
    terminal.wait_for("[1] ")
    terminal.type("/remember a secret\r")
    terminal.wait_for("remembered; ")
    terminal.type("dropped\x03")  # Ctrl-C drops the line
    terminal.type("/forget note*\r")
    terminal.wait_for("[y/N]")
    terminal.type("y\r")
    terminal.wait_for("forgot note")
    terminal.type("\x04")
    assert terminal.process.wait(30) == 0
    history = tmp_path / "data" / "mplus" / "chat-history"
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    kept = history.read_text()
    assert "+What is the gate code?" in kept
    assert "secret" not in kept
    assert "+y" not in kept.splitlines()


def test_ctrl_c_stops_the_answer_alone(chat: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = Asking.go_on

    def pressed(how: Asking) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        go_on(how)

    monkeypatch.setattr(Asking, "go_on", pressed)
    ran = chat("What is the gate code?", "/sources", "/help")
    assert ran.code == 3
    assert "stopped" in ran.err
    assert "there is no answer yet" in ran.err
    assert "/sources" in ran.out


@pytest.fixture
def typed(tmp_path: Path) -> Iterator[Callable[[str], list[str]]]:
    """The lines that come of keys."""
    from prompt_toolkit.application import create_app_session
    from prompt_toolkit.input import create_pipe_input
    from prompt_toolkit.output import DummyOutput

    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):

        def read(text: str) -> list[str]:
            lines, found = Typed(tmp_path / "history", DummyOutput()), list[str]()
            keys.send_text(text + "\x04")
            while True:
                try:
                    found.append(lines.next())
                except EOFError:
                    return found

        yield read


def test_several_lines_and_history(typed: Callable[[str], list[str]]) -> None:
    assert typed("one\x1b\rtwo\rthree\r") == ["one\ntwo", "three"]
    assert typed("\x1b[A\r") == ["three"]


def test_names_of_commands_are_completed() -> None:
    from prompt_toolkit.completion import CompleteEvent
    from prompt_toolkit.document import Document

    def completed(typed: str) -> list[str]:
        return [each.text for each in completer().get_completions(Document(typed), CompleteEvent())]

    assert completed("/") == [f"/{name}" for name in COMMANDS]
    assert completed("/SO") == ["/sources"]
    assert completed("so") == completed("/open 1") == completed("a /so") == []


def test_only_files_of_the_users_own_that_people_read_are_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "told"
    (tmp_path / "bin").mkdir()
    for name in ("xdg-open", "open"):
        opener = tmp_path / "bin" / name
        opener.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" >> {told}\n')
        opener.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    paper, program = tmp_path / "-a $(touch x).pdf", tmp_path / "a.desktop"
    for each in (paper, program, tmp_path / "page.html"):
        each.write_text("x")
    desktop = {"DISPLAY": ":0"}
    assert opening.open_document(str(paper), desktop)
    end = time.monotonic() + 20
    while not told.exists() or not told.read_text():
        assert time.monotonic() < end
        time.sleep(0.01)
    assert told.read_text() == f"{paper}\n"
    others = (str(program), str(tmp_path / "page.html"), "note.pdf", str(tmp_path / "none.pdf"))
    assert not any(opening.open_document(each, desktop) for each in others)
    assert sys.platform == "darwin" or not opening.open_document(str(paper), {})


def test_ctrl_z_suspends(
    typed: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from prompt_toolkit.application import Application

    suspended = list[Application[str]]()

    def suspend(app: Application[str]) -> None:
        suspended.append(app)

    monkeypatch.setattr(Application, "suspend_to_background", suspend)
    assert typed("one\x1a\r") == ["one"]
    assert len(suspended) == 1


def test_a_note_beside_the_documents_that_are_asked_says_so(
    chat: Run, mplus: Run, world: Path
) -> None:
    first = mplus("ls", "--json").json[0]["path"]
    ran = chat("/remember The bell is green", f"/in {first}", "/remember The sail is grey")
    green, _, grey = ran.err.partition("The bell is green")
    assert f"remembered; only {first} is asked, for all: /in; to take it out again:" in grey
    assert "only" not in green
