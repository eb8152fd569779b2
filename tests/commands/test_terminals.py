"""What a terminal is sent: nothing of a document, a name or an answer steers it."""

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.progress import Progress

from mplus_cli import main as program
from mplus_cli.screen import terminal
from mplus_cli.shown import harmless, one_line
from tests.conftest import Run

# What Rich sends itself: colours, the cursor hidden and shown, lines of bars taken away.
OWN = re.compile("\x1b\\[(?:[0-9;]*m|\\?25[lh]|[0-9]*[AK])|\r")
NAME = "x\x1b]52;c;ZXZpbA==\x07\n+ other.txt  99 tokens\u202etxt.\u2028\x9b2Jé.txt"
CONTENT = (
    "The gate of the yard is opened with the code 6204.\x1b[2J\x1b[H\x1b[3Smplus: verified"
    "\x1b]52;c;ZXZpbA==\x1b\\\x9b2J\x85 \u202eesrever\u202c \u2066way\u2069 \x7f\b\b\b zero"
    "\u200bwidth\u2028+ other.txt \U000e0041\U000e0042 [bold]no markup[/] :smile:\n"
) * 3
COMMANDS = (
    ("inject", "docs"),
    ("inject", "docs", "--dry-run", "--ext", "none"),
    ("inject", "docs", "--json-lines"),
    ("update",),
    ("update", "--dry-run"),
    ("read", "docs"),
    ("read", "docs", "--json"),
    ("ask", "Which code?\x1b[2J"),
    ("ask", "Which code?", "--show-prompt"),
    ("ask", "Which code?", "--json"),
    ("ask", "Which code?", "--in", "\x1b[2J\n"),
    ("ask", "Which code?", "-m", "\x1b[2J\n"),
    ("ls",),
    ("ls", "--json"),
    ("status",),
    ("status", "-M", "\x1b[2J\n"),
    ("log",),
    ("log", "--json"),
    ("diff", "1"),
    ("diff", "\x1b[2J\n"),
    ("tag", "\x1b[2J\n"),
    ("tag", "good\u202e"),
    ("rollback", "\x1b[2J"),
    ("forget", "\x1b[2J\n"),
    ("forget", "\x1b[2J\n", "--json"),
    ("forget", "docs/*", "--dry-run"),
    ("verify", "--read-data"),
    ("gc", "--dry-run"),
    ("export", "\x1b[2J/\n"),
    ("import", "\x1b[2J\n"),
    ("rebuild", "--dry-run"),
    ("model", "info", "\x1b[2J\n"),
    ("model", "pull", "\x1b[2J\n"),
    ("doctor",),
    ("\x1b[2J\n",),
    ("ls", "--\x1b[2J"),
    ("ask", "x", "-n", "\x1b[2J\n"),
    ("inject", "\x1b[2J\n"),
    ("inject", "docs", "--max-bytes", "\x1b[2J\n"),
    ("forget", "docs/*"),
)

At = Callable[..., str]


def steers(text: str) -> list[str]:
    """The characters that steer a terminal, or that nobody sees."""
    return [
        character
        for character in text
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        and character not in "\n\t\u200c\u200d"
        and not unicodedata.name(character, "").startswith(("ARABIC", "KAITHI", "EGYPTIAN"))
    ]


@pytest.fixture
def at(world: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[At]:
    """Run the program in this process at a terminal: all that the terminal is sent."""
    master, slave = pty.openpty()
    attributes = termios.tcgetattr(slave)
    attributes[1] &= ~termios.OPOST  # what is sent comes as it is sent
    termios.tcsetattr(slave, termios.TCSANOW, attributes)
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str, columns: int = 80) -> str:
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        size = os.terminal_size((columns, 24))
        monkeypatch.setattr(os, "get_terminal_size", lambda *of: size)
        monkeypatch.setattr(sys, "argv", ["mplus", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
        sent = bytearray()

        def listen() -> None:
            while not sent.endswith(b"<end>"):
                sent.extend(os.read(master, 4096))

        listener = threading.Thread(target=listen)
        listener.start()
        with (
            os.fdopen(os.dup(slave), "w", encoding="utf-8") as to,
            monkeypatch.context() as patched,
        ):
            patched.setattr(sys, "stdout", to)
            patched.setattr(sys, "stderr", to)
            # Consoles look for colours when they are made.
            patched.setattr(terminal, "out", type(terminal.out)())
            patched.setattr(terminal, "err", type(terminal.err)(stderr=True))
            with pytest.raises(SystemExit):
                program.main()
            to.write("<end>")
        listener.join()
        return sent.decode().removesuffix("<end>")

    yield run
    os.close(slave)
    os.close(master)


@pytest.fixture
def hostile(world: Path) -> Path:
    (world / "docs").mkdir()
    file = world / "docs" / NAME
    file.write_text(CONTENT, encoding="utf-8")
    return file


def test_no_command_lets_anything_through(hostile: Path, at: At, mplus: Run) -> None:
    for command in COMMANDS:
        sent = at(*command)
        assert steers(OWN.sub("", sent)) == [], command
        assert not re.search("^[+] other", OWN.sub("", sent), re.M), command
        ran = mplus(*command)
        assert steers(ran.out + ran.err) == [], command
        assert ran.code in (0, 1, 2, 3, 10), command
    assert "\x1b[1m" in at("status")  # there are styles


def test_json_is_exact(hostile: Path, mplus: Run) -> None:
    text = mplus("read", "docs", "--json").json["texts"][0]
    assert Path(text["path"]).name == NAME
    assert "\x1b[2J" in text["text"] and "\U000e0041" in text["text"]


def test_the_page_of_a_memory_shows_what_nobody_sees(hostile: Path, mplus: Run) -> None:
    assert mplus("inject", "docs").code == 0
    assert mplus("status", "--html", "page.html").code == 0
    page = (hostile.parent.parent / "page.html").read_text(encoding="utf-8")
    assert "\ufffdtxt." in page
    assert steers(page) == []


def test_what_libraries_print_steers_nothing(world: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import atexit, sys, warnings, mplus_cli.screen.terminal as t\n"
        "def noisy(line): warnings.warn('\\x1b[2J', stacklevel=1); print('\\x1b]0;x\\x07')\n"
        "t.error = lambda problem, in_json: noisy('')\n"
    )
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", os.getcwd())])  # noqa: PTH109
    code = "from mplus_cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "status"],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert steers(done.stdout + done.stderr) == []
    assert "␛[2J" in done.stderr and "␛]0;x" in done.stdout


@given(st.text())
def test_no_text_steers_a_terminal(text: str) -> None:
    assert steers(harmless(text)) == steers(one_line(text)) == []
    assert harmless(harmless(text)) == harmless(text)
    assert len(one_line(text).splitlines()) <= 1
    assert "\t" not in one_line(text)


@pytest.mark.parametrize(
    "text",
    [
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 and 1\ufe0f\u20e3 ❤\ufe0f",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian
        "क्\u200dष",  # Hindi
        "École, naïve, 東京",
    ],
)
def test_scripts_and_emoji_read_well(text: str) -> None:
    assert harmless(text) == one_line(text) == text


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a\u200db.txt", "a\ufffdb.txt"),
        ("a\ufe0f.txt", "a\ufffd.txt"),
        ("a\nb\tc", "a␊b␉c"),
        ("a\u2028b", "a␤b"),
        ("caf\udce9", "caf\\xe9"),
        ("soft\xadhyphen", "soft\u2010hyphen"),
    ],
)
def test_names_that_look_alike_are_told_apart(name: str, told: str) -> None:
    assert one_line(name) == told


def test_only_one_module_prints() -> None:
    screen = Path(terminal.__file__).parent
    for file in sorted(screen.glob("*.py")):
        if file.name != "terminal.py":
            code = file.read_text(encoding="utf-8")
            assert not re.search(r"\b(out|err)\.print\(|\bprint\(|from_markup", code), file.name
            assert "rich.text" not in code and "rich.console" not in code, file.name


LONG = "a-name-that-is-long-enough-for-two-lines-of-a-narrow-terminal-or-three-of-them.txt"


def test_a_document_is_a_line_where_it_is_piped(world: Path, mplus: Run) -> None:
    names = [f"{number}-{LONG}" for number in range(3)]
    for name in names:
        (world / name).write_text(f"The gate code is 4417, for {name}. " * 5)
    assert mplus("inject", ".").code == 0
    for command, more in ((("ls",), 1), (("diff", "1"), 3), (("log",), 2)):
        lines = mplus(*command).out.splitlines()
        assert len(lines) == len(names) + more
        assert [name for name in names if sum(name in line for line in lines) != 1] == []
    assert all(name in mplus("status").out for name in names)


@pytest.mark.parametrize("command", ["ls", "diff"])
def test_figures_give_way_on_a_narrow_terminal(
    command: str, world: Path, mplus: Run, at: At
) -> None:
    (world / "a-name-of-some-length.txt").write_text("The gate code is 4417. " * 5)
    assert mplus("inject", ".").code == 0
    arguments = [command] if command == "ls" else [command, "1"]
    for columns in (30, 40, 80):
        lines = OWN.sub("", at(*arguments, columns=columns)).splitlines()
        assert max(map(len, lines)) <= columns
        assert ("tokens" in "".join(lines)) == (columns > 30)
        name = lines[1] if command == "ls" else lines[2]
        assert "a-name-of-some-lengt" in name
    lines = OWN.sub("", at("status", columns=40)).splitlines()
    assert [len(line) for line in lines if "█" in line and line.startswith("pool")] == [40]


@pytest.mark.parametrize("columns", [30, 40, 60, 100])
def test_no_text_of_a_table_is_cut(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "answers from documents, and longer ones, too"
    shown = _printed(
        columns,
        monkeypatch,
        {"model": "name", "licence": "left", "download": "right", "good for": "left"},
        [("a/granite-3.3-2b-of-some-length", "Apache-2.0", "5.1 GB", said)],
    )
    assert max(map(len, shown)) <= columns
    letters = Counter("".join(shown))
    assert all(letters[each] >= count for each, count in Counter(said.replace(" ", "")).items())
    assert ("5.1 GB" in "".join(shown)) == (columns > 50)


def test_a_path_goes_on_where_a_part_of_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = {"document": "name", "tokens": "right", "note": "aside"}
    rows = [("notes/2024/leases/mill-street.txt", "1,234,567", "a word or two")]
    shown = _printed(32, monkeypatch, columns, rows)
    assert [line.split()[0] for line in shown[1:]] == ["notes/2024/leases/", "mill-street.txt"]
    assert "1,234,567" in shown[1]
    assert "note" not in shown[0]


def _printed(
    width: int,
    monkeypatch: pytest.MonkeyPatch,
    columns: dict[str, str],
    rows: Sequence[Sequence[str]],
) -> list[str]:
    out = terminal._Screen()
    out._force_terminal, out.width, out.file = True, width, io.StringIO()
    monkeypatch.setattr(terminal, "out", out)
    terminal.table(columns, rows)
    return [line.rstrip() for line in OWN.sub("", out.file.getvalue()).splitlines()]


def test_no_time_is_left_before_some_work_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    from mplus_cli.screen import time_left

    now = [100.0]
    bar = Progress(time_left.TimeLeft(), get_time=lambda: now[0], auto_refresh=False)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    bar.add_task("all", total=100)
    [column], [task] = bar.columns, bar.tasks
    assert isinstance(column, time_left.TimeLeft)
    now[0] += 60  # the model is loaded
    for done in range(1, 6):
        bar.update(task.id, completed=done)
        assert bool(column.render(task)) == (done > 3)
        now[0] += 1
    assert column.render(task).plain == "0:01:35"


def test_a_long_prompt_shows_that_it_is_read(
    world: Path, mplus: Run, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    (world / "a.txt").write_text("The gate code is 4417. " * 5)
    assert mplus("inject", ".").code == 0
    question = "Which code? " * 10
    assert "reading" not in at("ask", question, "-n", "2")  # it takes no second
    monkeypatch.setattr("mplus_cli.screen.progress.PATIENCE_S", -1.0)
    sent = at("ask", question, "-n", "2")
    assert "reading" in sent and sent.count("\x1b[?25l") == sent.count("\x1b[?25h") > 0
    assert "reading" not in at("ask", question, "-n", "2", "--json")
    ran = mplus("ask", question, "-n", "2")
    assert "reading" not in ran.out + ran.err
