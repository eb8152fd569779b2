"""A memory, a server that has it open, and the program as its users start it."""

import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mplus_cli import main as program
from mplus_cli import quick
from mplus_cli.serving.desk import Desk
from mplus_cli.serving.warm.listener import Listener
from mplus_cli.settings import load_settings
from tests.conftest import Ran, Run

Q = "What is the gate code?"


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
