"""Several processes at one memory, and processes that end before their time."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from mplus_cli import quick
from store.change import change
from store.home import Home
from store.index.reader import Index
from store.locks import write_lock
from tests.conftest import Run

Start = Callable[..., "subprocess.Popen[str]"]


def notes(world: Path, count: int, sentences: int = 4) -> None:
    for number in range(count):
        said = (
            f"Note {number}.{sentence}: the gate code is {number * 37}. "
            for sentence in range(sentences)
        )
        (world / f"{number}.txt").write_text("".join(said))


def test_a_second_writer_ends_with_exit_11(mplus: Run, world: Path) -> None:
    notes(world, 1)
    mplus("inject", ".")
    with write_lock(world.parent / "memory", 1, "inject"):
        ran = mplus("forget", "0.txt", "--json")
    assert (ran.code, ran.error["code"]) == (11, "locked")
    assert mplus("forget", "0.txt").code == 0


def test_a_second_writer_waits_for_the_first(
    mplus: Run, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes(world, 1)
    mplus("inject", ".")
    monkeypatch.setenv("MPLUS_LOCK_TIMEOUT", "20")
    held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with write_lock(world.parent / "memory", 1, "inject"):
            held.set()
            let_go.wait(20)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(20)
    threading.Timer(0.3, let_go.set).start()
    ran = mplus("forget", "0.txt")
    thread.join()
    assert ran.code == 0


def test_a_question_during_a_change_sees_the_last_generation(mplus: Run, world: Path) -> None:
    notes(world, 2)
    mplus("inject", "0.txt")
    before = mplus("ask", "Why?", "-n", "4", "--json").json
    with change(world.parent / "memory", "inject", 1) as opened:
        opened.remove(opened.documents[0])
        during = mplus("ask", "Why?", "-n", "4", "--json").json
        opened.commit()
    after = mplus("status", "--json").json
    for found in (before, during):
        del found["timings_ms"]
    assert during == before
    assert (during["generation"], after["generation"]) == (1, 2)


def check_whole(memory: Path, most: int) -> None:
    home = Home(memory)
    index = Index.open(home)
    generation = index.generation()
    entries = list(index.entries(generation.id)) if generation else []
    documents = index.documents(generation.id) if generation else []
    assert len(documents) <= most
    for document in documents:
        assert document.chunks == sum(entry[0] == document.id for entry in entries)
    index.close()


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stderr is not None
    return process.stderr.readline()


@pytest.mark.parametrize(
    ("sent", "model"),
    [(signal.SIGKILL, "input"), (signal.SIGINT, "input"), (signal.SIGKILL, "chunks")],
    ids=["killed", "interrupted", "killed, lean"],
)
def test_a_process_killed_or_interrupted_keeps_whole_documents(
    mplus: Run,
    start: Start,
    world: Path,
    toys: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
    sent: signal.Signals,
    model: str,
) -> None:
    monkeypatch.setenv("MPLUS_MODEL", str(toys[model]))
    notes(world, 6, sentences=120)
    process = start("inject", ".")
    assert "0.txt" in first_line(process)
    process.send_signal(sent)
    process.communicate(timeout=60)
    if sent == signal.SIGINT:
        assert process.returncode == 130
        assert 1 <= mplus("status", "--json").json["documents"] < 6
    else:
        assert process.returncode == -signal.SIGKILL
    check_whole(world.parent / "memory", 6)
    assert mplus("verify", "--read-data").code == 0
    assert mplus("inject", ".").code == 0
    found = mplus("status", "--json").json
    assert found["documents"] == 6
    assert mplus("inject", ".", "-M", world.parent / "fresh").code == 0
    assert (
        mplus("status", "--json", "-M", world.parent / "fresh").json["state_digest"]
        == found["state_digest"]
    )


def test_a_closed_pipe_ends_quietly(mplus: Run, start: Start, world: Path) -> None:
    notes(world, 1)
    mplus("inject", ".")
    reader, writer = os.pipe()
    os.close(reader)
    process = start("ls", stdout=writer)
    os.close(writer)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (1, "")


@pytest.mark.parametrize("while_in", ["_warm", "_old_way"])
def test_an_interrupted_start_ends_with_130_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, while_in: str
) -> None:
    def interrupted(*words: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "argv", ["mplus", "ls"])
    monkeypatch.setattr(quick, while_in, interrupted)
    with pytest.raises(SystemExit) as ended:
        quick.main()
    assert ended.value.code == 130


def _waits_for_input(process: int) -> None:
    """Return when a process reads from a pipe; where that can't be seen, after 10 s."""
    for _ in range(20):
        time.sleep(0.5)
        with suppress(OSError):
            if "pipe" in Path(f"/proc/{process}/wchan").read_text(encoding="utf-8"):
                return


def test_an_interrupted_question_ends_with_130_and_no_traceback(start: Start) -> None:
    process = start("ask", stdin=subprocess.PIPE)  # waits for the question
    _waits_for_input(process.pid)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, "")
