"""What a server's memory becomes over many questions.

    python -m bench.many_questions [--questions 1000] [--json FILE]

`mplus serve` with the household's documents (`bench/household`) and ten tokens at most an answer.
All questions are different texts: those of the household and of both conversations, each again with
a number in front; so they are of many lengths. At each of some counts of questions, the first of
them one: `anonymous_mb` is what the process can't give back (RssAnon), `resident_mb` all that it
holds (VmRSS).
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count, islice
from pathlib import Path

from bench.followups import HERE, SETS, turns
from bench.household.__main__ import questions
from bench.machine import MPLUS, ROOT, keep, machine, megabytes, status_bytes
from mplus_cli.api import Memory

TOKENS = 10
LOOKED_AT = (1, 10, 30, 100, 200, 300, 500, 700, 1_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--questions", type=int, default=1_000)
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        memory = Path(folder) / "memory"
        with Memory(memory) as made:
            made.inject(ROOT / "bench" / "household" / "files")
        with server(memory) as (url, process):
            held = list(told(watched(Memory(url), process, chosen.questions)))
    keep({"machine": machine(), "held": held}, chosen.json)


def watched(memory: Memory, process: int, most: int) -> Iterator[dict[str, int]]:
    """What the server holds before the first question and behind some of them."""
    yield {"questions": 0} | holds(process)
    for number, (question, after) in enumerate(islice(asked(), most), 1):
        memory.ask(question, max_tokens=TOKENS, after=after)
        if number in LOOKED_AT or number == most:
            yield {"questions": number} | holds(process)


def told(held: Iterable[dict[str, int]]) -> Iterator[dict[str, int]]:
    """The same, told when it is known: much is known by then if the rest is cut off."""
    for each in held:
        print(json.dumps(each), file=sys.stderr, flush=True)
        yield each


def asked() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Questions, each with those before it, without an end."""
    conversations = [turn for name in SETS for turn in turns(HERE / name / "followups.jsonl")]
    alone = [(question.text, ()) for question, _ in questions()]
    once = [*alone, *((turn.question, turn.after) for turn in conversations)]
    yield from once
    for number in count(2):
        yield from ((f"Question {number}: {question}", after) for question, after in once)


@contextmanager
def server(memory: Path) -> Iterator[tuple[str, int]]:
    """Its address and its process."""
    command = [*MPLUS, "serve", "-M", str(memory), "--port", "0", "--keep-alive", "never", "--json"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["url"], process.pid
        finally:
            process.send_signal(signal.SIGINT)


def holds(process: int) -> dict[str, int]:
    """What a process holds now."""
    return {
        "anonymous_mb": megabytes(status_bytes("RssAnon", process)),
        "resident_mb": megabytes(status_bytes("VmRSS", process)),
    }


if __name__ == "__main__":
    main()
