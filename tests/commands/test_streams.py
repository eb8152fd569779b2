"""Standard streams as they may be: closed, full, of any encoding; and the locale of the words."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mplus_cli.commands import stdin
from tests.conftest import Run
from tests.lines import in_one_process

PROGRAM = [sys.executable, "-c", "from mplus_cli.main import main; main()"]
ENCODINGS: dict[str, dict[str, str]] = {
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "strict": {"PYTHONIOENCODING": "ascii:strict"},
    "cp1252": {"PYTHONIOENCODING": "cp1252"},
    "posix": {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
}


@pytest.fixture
def filled(world: Path, mplus: Run) -> Path:
    text = "Der Bäcker heizt früh, um fünf → “łąka” 東京. " * 5
    (world / "bäcker łąka.txt").write_text(text, encoding="utf-8")
    assert mplus("inject", ".").code == 0
    return world


def run(script: str, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    """Run a line of a shell in which `mplus` is the program."""
    mplus = " ".join(f"'{word}'" for word in PROGRAM)
    root = str(Path(__file__).parents[2])
    return subprocess.run(
        ["bash", "-c", f'mplus() {{ {mplus} "$@"; }}; {script}'],
        env={**os.environ, "PYTHONPATH": root, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_encoding_that_lacks_signs_loses_no_command(filled: Path, encoding: str) -> None:
    lines = ["status", "ls", "diff 1 1", "log", "read .", "forget nicht-dä", "ls --json"]
    found = in_one_process([line.split() for line in lines], **ENCODINGS[encoding])
    assert [ran.code for ran in found] == [0, 0, 0, 0, 0, 2, 0]
    assert b"Traceback" not in b"".join(ran.err for ran in found)
    # What the encoding lacks is written in signs that it has.
    told = b"".join(ran.out for ran in found[:-1])
    assert "\u0142" not in told.decode("latin-1") and b"\\u0142" in told
    assert b"generation 1 -> 1" in told
    if encoding == "cp1252":
        assert "Bäcker".encode(encoding) in told
    assert b"nicht-d" in found[-2].err
    [document] = json.loads(found[-1].out.decode("ascii"))
    assert document["path"] == str(filled / "bäcker łąka.txt")


def test_words_are_utf8_in_any_locale(filled: Path) -> None:
    lines = [("forget", "früh"), ("forget", "bäcker łąka.txt"), ("ls", "--json")]
    unknown, _, left = in_one_process(lines, **ENCODINGS["posix"])
    assert b"fr\\xfch is not in the memory" in unknown.err
    assert left.out == b"[]\n"


def test_words_from_a_pipe_are_utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    for encoding in ("ascii", "latin-1", "utf-8"):
        piped = io.TextIOWrapper(io.BytesIO("früh?".encode()), encoding=encoding)
        monkeypatch.setattr(sys, "stdin", piped)
        assert stdin.words() == "früh?"


def test_words_that_are_no_utf8_are_shown_as_such(filled: Path, mplus: Run) -> None:
    question = os.fsdecode(b"c\xfed")
    ran = mplus("ask", question, "--show-prompt", "-n", "2", stdin=b"a\xffb")
    assert (ran.code, ran.err.count("\ufffd")) == (0, 2)


@pytest.mark.parametrize(
    "line",
    ["ls >&-", "--version >&-", "ls >/dev/full", "ls --json >/dev/full", "read . >/dev/full"],
)
def test_a_result_that_can_not_be_written_is_an_error(filled: Path, line: str) -> None:
    ran = run(f"mplus {line}")
    assert ran.returncode == 1
    assert b"can't be written to standard output" in ran.stderr
    assert b"Traceback" not in ran.stderr and b"Exception ignored" not in ran.stderr


@pytest.mark.parametrize("to", ["2>&-", "2>/dev/full"])
def test_where_nothing_can_be_said_the_exit_code_tells(filled: Path, to: str) -> None:
    ran = run(f"mplus ls {to}; echo $?; mplus nonsense {to}; echo $?; mplus diff 9 {to}; echo $?")
    assert ran.stdout.split()[-3:] == [b"0", b"2", b"2"]
    assert b"b\xc3\xa4cker" in ran.stdout
    assert ran.stderr == b""


def test_a_closed_stream_takes_no_other_file(filled: Path, mplus: Run) -> None:
    (filled / "more.txt").write_text("The gate code is 4417. " * 5)
    ran = run("mplus inject more.txt <&- >&- 2>&-")
    assert ran.returncode == 1  # nobody was told, but it is done
    assert mplus("verify", "--read-data").code == 0
    assert len(mplus("ls", "--json").json) == 2


def test_closed_input_is_empty(filled: Path) -> None:
    ran = run("mplus ask <&-; echo $?; mplus inject - <&-; echo $?; mplus inject --null <&-")
    assert ran.stdout.split()[:1] == [b"2"] and ran.returncode == 2
    assert b"Traceback" not in ran.stderr


def test_a_closed_pipe_ends_quietly(filled: Path) -> None:
    ran = run("mplus read . | true; echo ${PIPESTATUS[0]}")
    assert ran.stdout.strip() in (b"0", b"1") and ran.stderr == b""


def test_a_working_folder_that_is_gone_is_said(filled: Path) -> None:
    (filled / "gone").mkdir()
    ran = run("cd gone; rmdir ../gone; mplus ls; echo $?; mplus read x; mplus status -M m")
    assert b"b\xc3\xa4cker" in ran.stdout and b"0\n" in ran.stdout
    assert b"is gone" in ran.stderr and b"Traceback" not in ran.stderr
