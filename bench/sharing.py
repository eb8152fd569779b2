"""What push and pull take: the first ones of a memory, and those after one changed document.

    python -m bench.sharing [--tokens 1000000]

The memory is made up as those of `bench.growth`: documents of 16 chunks. The repository is a folder
on the same disk, so seconds are of the work and not of a network. A document of 16 new chunks takes
the place of one that was there.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.growth_making import Maker
from bench.machine import keep, machine, timed
from mplus_cli.api import Memory
from mplus_cli.engine import Engine
from mplus_cli.results.upkeep import Pulled, Pushed
from mplus_cli.settings import load_settings

CHUNK_TOKENS, CHUNKS = 256, 16


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tokens", type=int, default=1_000_000, help="that the memory holds")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        own, other, repository = (Path(folder) / name for name in ("own", "other", "repository"))
        maker = Maker(Engine(load_settings({}), None), CHUNK_TOKENS, CHUNKS)
        maker.grow(own, chosen.tokens)
        with Memory(own) as mine, Memory(other) as theirs:
            found: dict[str, Any] = {"machine": machine(), "tokens": maker.tokens}
            found["first_push"] = travelled(lambda: mine.push(repository))
            found["push_of_nothing"] = travelled(lambda: mine.push(repository))
            found["first_pull"] = travelled(lambda: theirs.pull(repository))
            with maker.changing(own) as opened:
                opened.remove(opened.documents[0])
                maker.add(opened, 1)
                opened.commit()
            found["push_of_a_change"] = travelled(lambda: mine.push(repository))
            found["pull_of_a_change"] = travelled(lambda: theirs.pull(repository))
            if mine.status().state_digest != theirs.status().state_digest:
                raise SystemExit("the memories are not the same")
    keep(found, chosen.json)


def travelled(work: Callable[[], Pushed | Pulled]) -> dict[str, float]:
    """Seconds, and what travelled."""
    seconds, done = timed(work)
    objects = {"objects": done.objects} if isinstance(done, Pushed) else {}
    return {"seconds": round(seconds, 2), "bytes": done.bytes, **objects}


if __name__ == "__main__":
    main()
