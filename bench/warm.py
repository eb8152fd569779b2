"""How long warm commands take, against cold ones.

    python -m bench.warm [--rounds 7] [--neighbours N] [--json FILE]

Every command is a process of its own, at a terminal, run in turns, so that the ratios hold on a
noisy machine; the first round does not count. The memory holds the documents of the household
(`bench/household`); each question reads one passage, and answers of ten tokens at most are wanted.
`first` is when the first letter of an answer shows. The default model's answers show whole, for
they are compared with their passage before; so `token` says when the first token was decided: when
the answer had ended, less what the server says that decoding and all behind it took.
"""

from __future__ import annotations

import argparse
import json
import os
import pty
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.machine import ROOT, keep, machine, neighbours, timing_options
from mplus_cli.serving import warm
from mplus_cli.serving.warm import found
from mplus_cli.settings import Settings, load_settings

QUESTIONS = (
    "Who will fit the bathroom window?",
    "What is the customer account number with Lumenline?",
    "Where have the bicycles of the stairwell been found?",
)
TOKENS = 10
STARTS = {"cold": "main", "warm": "quick"}


class Took(NamedTuple):
    """What one command took, in seconds: wall clock from its start, and of a core."""

    first: float
    end: float
    cpu: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    timing_options(parser, 7)
    chosen = parser.parse_args()
    result = {"machine": machine(), "rounds": chosen.rounds, "neighbours": chosen.neighbours}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder
        settings = load_settings({"memory": f"{folder}/memory"})._replace(keep_warm=True)
        at_terminal("cold", "inject", str(ROOT / "bench/household/files"), "-M", f"{folder}/memory")
        with server(settings), neighbours(chosen.neighbours):
            result["commands"] = measured(settings.memory, chosen.rounds)
    keep(result, chosen.json)


@contextmanager
def server(settings: Settings) -> Iterator[None]:
    """One is there, until the end."""
    warm.keep(settings)
    while (running := found.find(settings)) is None:
        time.sleep(0.1)
    try:
        yield
    finally:
        os.kill(running.pid, 15)
        os.waitpid(running.pid, 0)


def measured(memory: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Medians over rounds and questions, and their ratios to a whole cold command's."""
    took: dict[str, list[Took]] = {}
    decided: list[float] = []
    for turn in range(rounds + 1):
        for question in QUESTIONS:
            words = (question, "-M", str(memory), "-n", str(TOKENS))
            for way in STARTS:
                one = at_terminal(way, "ask", *words)
                if turn:
                    took.setdefault(f"ask, {way}", []).append(one)
            later = behind_first_token(words)
            if turn:
                decided.append(one.end - later)
                took.setdefault("search, warm", []).append(
                    at_terminal("warm", "search", *words[:3], "-k", "1")
                )
    whole = statistics.median(each.end for each in took["ask, cold"])
    figures = {
        name: {
            field: round(statistics.median(getattr(each, field) for each in all_of), 3)
            for field in Took._fields
        }
        for name, all_of in took.items()
    }
    figures["ask, warm"]["token"] = round(statistics.median(decided), 3)
    ratios = {field: round(value / whole, 3) for field, value in figures["ask, warm"].items()}
    return figures | {"warm to a whole cold one": ratios}


def behind_first_token(words: tuple[str, ...]) -> float:
    """Seconds that a warm answer takes behind its first token, as its server says."""
    done = subprocess.run(
        [*program("warm"), "ask", *words, "--json"], capture_output=True, check=True, text=True
    )
    timings: dict[str, float] = json.loads(done.stdout)["timings_ms"]
    return (timings["decode"] + timings["sources"]) / 1000


def program(way: str) -> list[str]:
    return [sys.executable, "-c", f"from mplus_cli.{STARTS[way]} import main; main()"]


def at_terminal(way: str, *words: str) -> Took:
    """Run a command at a terminal; `first` is when the terminal is sent anything."""
    main_end, terminal = pty.openpty()
    start = time.perf_counter()
    child = subprocess.Popen(
        [*program(way), *words],
        stdin=terminal,
        stdout=terminal,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    os.close(terminal)
    first = 0.0
    try:
        while os.read(main_end, 4096):
            first = first or time.perf_counter() - start
    except OSError:  # Linux says so of a terminal whose last user has gone
        pass
    _, status, usage = os.wait4(child.pid, 0)
    end = time.perf_counter() - start
    os.close(main_end)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert not child.returncode, f"{' '.join(words)} ended with {child.returncode}"
    return Took(first, end, usage.ru_utime + usage.ru_stime)


if __name__ == "__main__":
    main()
