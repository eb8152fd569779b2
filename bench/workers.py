"""What writing on several processes brings: tokens a second alone, with one worker and with two.

    python -m bench.workers [--rounds 3]

Each run is a command of its own, into a memory of its own, of this project's pages. In turns;
medians. `tokens_per_s` is of the whole command, `writing_tokens_per_s` from its first chunk to its
end: what is before that is what starting costs, which a long run does not see.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.machine import MPLUS, ROOT, keep, machine, neighbours, timing_options

WORKERS = (0, 1, 2)
PAGES = ("tutorial", "serving", "formats", "recipes", "disk-format")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    timing_options(parser, rounds=3)
    chosen = parser.parse_args()
    runs: dict[int, list[dict[str, float]]] = {count: [] for count in WORKERS}
    digests = set()
    with neighbours(chosen.neighbours):
        for _ in range(chosen.rounds):
            for count in WORKERS:
                found, digest = injected(count)
                runs[count].append(found)
                digests.add(digest)
    if len(digests) > 1:
        raise SystemExit("the memories are not the same")
    medians = {
        str(count): {
            name: round(statistics.median(each[name] for each in some), 2) for name in some[0]
        }
        for count, some in runs.items()
    }
    keep({"machine": machine(), "workers": medians}, chosen.json)


def injected(workers: int) -> tuple[dict[str, float], str]:
    """One command: its times, and the digest of the state that it made."""
    pages = [str(ROOT / "docs" / f"{name}.md") for name in PAGES]
    with tempfile.TemporaryDirectory() as folder:
        memory = ["-M", str(Path(folder) / "memory")]
        options = ["--json-lines", *(["--workers", str(workers)] if workers else [])]
        command = [*MPLUS, "inject", *pages, *memory, *options]
        began = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            events = [(time.perf_counter() - began, json.loads(line)) for line in process.stdout]
        seconds = time.perf_counter() - began
        if process.returncode:
            raise SystemExit(f"inject ended with {process.returncode}")
        status = [*MPLUS, "status", *memory, "--json"]
        state = json.loads(subprocess.run(status, stdout=subprocess.PIPE, check=True).stdout)
    documents = [(at, each["tokens"]) for at, each in events if each["event"] == "document"]
    tokens = sum(count for _, count in documents)
    first, first_tokens = documents[0]
    times: dict[str, Any] = {
        "tokens": tokens,
        "seconds": seconds,
        "first_document_s": first,
        "tokens_per_s": tokens / seconds,
        "writing_tokens_per_s": (tokens - first_tokens) / (documents[-1][0] - first),
    }
    return times, state["state_digest"]


if __name__ == "__main__":
    main()
