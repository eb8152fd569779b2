"""Shows forgetting, going back, replay and merging on an LM2 memory, with the commands that a user
has, all in one process and in a folder that goes away.

    python -m bench.forgetting
"""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import sys
import tempfile
from pathlib import Path

from mplus_cli import main as program

FILES = {
    "monday.txt": "Mary went to the kitchen. There are 17 boxes of tea left.",
    "tuesday.txt": "Mary moved to the garden. There are 42 boxes of tea left.",
    "wednesday.txt": "John took the football. Sandra travelled to the office.",
    "theirs.txt": "Daniel went back to the hallway. There are 9 candles left.",
}
COMMANDS = """
inject monday.txt -M ours
inject tuesday.txt -M ours
inject wednesday.txt -M ours
ask "Where is Mary?" --no-sources -M ours
ask "How many boxes of tea are there?" --no-sources -M ours
# as if Tuesday had never been: the same state as of a memory without it
forget tuesday.txt -M ours
ask "Where is Mary?" --no-sources -M ours
inject monday.txt -M without
inject wednesday.txt -M without
status --json -M ours | grep state_digest
status --json -M without | grep state_digest
# and back again
rollback 3 -M ours
ask "Where is Mary?" --no-sources -M ours
verify --replay -M ours
# two memories become one
push shared -M ours
pull shared theirs
inject theirs.txt -M theirs
push shared -M theirs
forget monday.txt -M ours
pull shared -M ours
ask "How many candles are there?" --no-sources -M ours
ask "Where is Zelda?" -M ours
verify --replay -M ours
log -M ours
"""


def main() -> None:
    os.environ |= {"MPLUS_MODEL": "smollm2-lm2", "NO_COLOR": "1"}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, text in FILES.items():
            Path(name).write_text(f"{text}\n")
        for line in COMMANDS.strip().splitlines():
            _run(line)
        os.chdir("/")


def _run(line: str) -> None:
    if line.startswith("#"):
        print(line)
        return
    print(f"$ mplus {line}", flush=True)
    command, _, wanted = line.partition(" | grep ")
    sys.argv, said = ["mplus", *shlex.split(command)], io.StringIO()
    both = contextlib.redirect_stdout(said), contextlib.redirect_stderr(said)
    with contextlib.suppress(SystemExit), both[0], both[1]:
        program.main()
    print("".join(each for each in said.getvalue().splitlines(True) if wanted in each), end="")


if __name__ == "__main__":
    main()
