"""Several commands in one process of their own: they cost one start."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_END = ";"  # of a line
# The words come as arguments, as they come to the program itself, whatever the locale.
_PROGRAM = f"""
import sys
from mplus_cli.main import main
words, sys.argv = sys.argv[1:], ["mplus"]
for word in words:
    if word != {_END!r}:
        sys.argv.append(word)
        continue
    try:
        main()
    except SystemExit as end:
        print("\\nexit", end.code, flush=True)
        print("\\nexit", file=sys.stderr, flush=True)
    sys.argv = ["mplus"]
"""


@dataclass(frozen=True)
class Line:
    """What a command left behind."""

    code: int
    out: bytes
    err: bytes


def in_one_process(
    lines: Sequence[Sequence[str]], before: Sequence[str] = (), **environment: str
) -> list[Line]:
    """Commands, one after the other; `before`: what stands before the command of the process."""
    root = str(Path(__file__).parents[1])
    words = [word for line in lines for word in (*line, _END)]
    done = subprocess.run(
        [*before, sys.executable, "-c", _PROGRAM, *words],
        env={**os.environ, "PYTHONPATH": root, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    told, errors = re.split(rb"\nexit (\d+)\n", done.stdout), done.stderr.split(b"\nexit\n")
    assert len(told) == 2 * len(lines) + 1, done.stderr
    return [
        Line(int(code), out, error)
        for out, code, error in zip(told[:-1:2], told[1::2], errors, strict=False)
    ]
