"""How a memory behaves as it grows: a question, a commit, `status` and `ls`, memory and disk, at
10,000 to 100,000,000 tokens.

    python -m bench.growth [--largest 1000000] [--folder DIR] [--json FILE] [--picture FILE]

A memory without vectors on the disk grows by made-up documents (`bench.growth_making`), and stays
at each size. Then processes of their own ask with the default model (`bench.growth_asking`): one
searches all sizes in turns. Milliseconds are of processor time, where nothing else is said: other
work on the machine only adds to the clock's.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.growth_asking import Parts, medians
from bench.growth_bytes import bytes_a_token
from bench.growth_making import Maker
from bench.machine import LOCK_TIMEOUT_S, MPLUS, ROOT, keep, machine
from mplus_cli.engine import Engine
from mplus_cli.injecting.named import Named
from mplus_cli.injecting.run import Run
from mplus_cli.settings import load_settings

SIZES = (10_000, 1_000_000, 10_000_000, 100_000_000)
CHUNK_TOKENS, CHUNKS = 256, 16
NOTE_TOKENS, ALL_NOTES_TOKENS = 60, 300_000  # of small documents, a chunk each
MOST_BYTES_A_TOKEN = 100
ROUNDS = 3
FOLDERS = {"a folder of 100 MB": 100e6, "a library of 10 GB": 10e9}  # bytes of text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--largest", type=int, default=1_000_000, help="tokens to grow to")
    parser.add_argument("--folder", type=Path, help="make the memory in a folder that has room")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    parser.add_argument("--picture", type=Path, help="draw them there (needs matplotlib)")
    chosen = parser.parse_args()
    engine = Engine(load_settings({"model": "smollm2"}), None)
    with tempfile.TemporaryDirectory(dir=chosen.folder) as name:
        folder = Path(name)
        say_room(sum(sizes_to(chosen.largest)), folder)
        found: dict[str, Any] = {"machine": machine(), "inject": injected(engine, folder)}
        found["small_documents"] = small_documents(engine, folder)
        maker, sizes = Maker(engine, CHUNK_TOKENS, CHUNKS), sizes_to(chosen.largest)
        made = grown(maker, folder, sizes)
        found["sizes"] = []
        for memory, search_ms in zip(made, asked(*made, how="--searches"), strict=True):
            row = made[memory] | {"search_ms": search_ms} | measured(maker, memory)
            print(json.dumps(row), file=sys.stderr)
            found["sizes"].append(row)
    found["growth"] = [growth(found["sizes"][0], row) for row in found["sizes"][1:]]
    found["takes"] = {name: takes(found, size) for name, size in FOLDERS.items()}
    keep(found, chosen.json)
    if chosen.picture:
        from bench.growth_picture import picture

        picture(found, chosen.picture)


def sizes_to(largest: int) -> list[int]:
    return [size for size in SIZES if size <= largest]


def say_room(tokens: int, folder: Path) -> None:
    """What all memories take on the disk at most; ends the run where that is not there."""
    needed, free = tokens * MOST_BYTES_A_TOKEN, shutil.disk_usage(folder).free
    print(
        f"{folder}: {needed / 1e9:.1f} GB needed, {free / 1e9:.1f} GB free; removed at the end",
        file=sys.stderr,
    )
    if free < needed:
        raise SystemExit("there is no room: name a smaller --largest or another --folder")


def injected(engine: Engine, folder: Path) -> dict[str, Any]:
    """How fast the model injects, and how many bytes of real text a token has: README.md and the
    tutorial.
    """
    pages = [ROOT / "README.md", ROOT / "docs" / "tutorial.md"]
    run = Run(engine, folder / "pages", LOCK_TIMEOUT_S, lambda event: None, lambda: False)
    assert engine.network is not None  # loaded
    begun = time.process_time()
    tokens = run.inject(Named.of([str(page) for page in pages])).tokens
    seconds = time.process_time() - begun
    shutil.rmtree(folder / "pages")
    return {
        "tokens": tokens,
        "tokens_a_core_second": round(tokens / seconds),
        "text_bytes_a_token": round(sum(page.stat().st_size for page in pages) / tokens, 2),
    }


def small_documents(engine: Engine, folder: Path) -> dict[str, Any]:
    """Bytes a token of documents of 60 tokens."""
    maker = Maker(engine, NOTE_TOKENS, 1)
    maker.grow(folder / "notes", ALL_NOTES_TOKENS)
    found = {"tokens": maker.tokens, "bytes_a_token": bytes_a_token(folder / "notes", maker.tokens)}
    shutil.rmtree(folder / "notes")
    return found


def grown(maker: Maker, folder: Path, sizes: Sequence[int]) -> dict[Path, dict[str, Any]]:
    """A memory of each size, which begins as a copy of the one before it, with what is known of it
    then.
    """
    made = dict[Path, dict[str, Any]]()
    for size in sizes:
        memory, before = folder / f"{size}", maker.tokens
        if made:
            shutil.copytree(list(made)[-1], memory)
        begun = time.process_time()
        maker.grow(memory, size)
        spent_ms = (time.process_time() - begun) * 1000
        made[memory] = {
            "tokens": maker.tokens,
            "made_ms_a_chunk": round(spent_ms * CHUNK_TOKENS / (maker.tokens - before), 2),
            "bytes_a_token": bytes_a_token(memory, maker.tokens),
        }
        print(json.dumps(made[memory]), file=sys.stderr)
    return made


def measured(maker: Maker, memory: Path) -> dict[str, Any]:
    return {
        "load": round(os.getloadavg()[0], 1),
        **asked(memory),
        "cold_ms": asked(memory, how="--cold"),
        "commit_ms": commit_parts(maker, memory),
        "status_ms": command_ms("status", memory),
        "ls_ms": command_ms("ls", memory),
    }


def asked(*memories: Path, how: str = "--answers") -> Any:
    ran = subprocess.run(
        [sys.executable, "-m", "bench.growth_asking", how, *map(str, memories)],
        check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return json.loads(ran.stdout)


def commit_parts(maker: Maker, memory: Path) -> Parts:
    """One more document beside its model's work, with opening and closing."""
    parts = []
    for _ in range(ROUNDS):
        clock = [time.process_time()]
        with maker.changing(memory) as opened:
            clock.append(time.process_time())
            maker.add(opened, 1)
            clock.append(time.process_time())
            opened.commit()
            clock.append(time.process_time())
        clock.append(time.process_time())
        names = ("open", "add", "commit", "close")
        parts.append({name: (clock[at + 1] - clock[at]) * 1000 for at, name in enumerate(names)})
    return medians(parts)


def command_ms(name: str, memory: Path) -> float:
    """A command as a process of its own, Python's start included."""
    run, took = [*MPLUS, name, "-M", str(memory)], list[float]()
    for _ in range(ROUNDS):
        before = _children_s()
        subprocess.run(run, check=True, cwd=ROOT, capture_output=True)
        took.append(_children_s() - before)
    return round(statistics.median(took) * 1000)


def _children_s() -> float:
    used = os.times()
    return used.children_user + used.children_system


def growth(small: dict[str, Any], large: dict[str, Any]) -> dict[str, float]:
    """How many times as much as in the smallest memory."""
    pairs = {
        "search": [row["search_ms"]["sum"] for row in (large, small)],
        "at_hand": [row["first_token_ms"]["at_hand"] for row in (large, small)],
        "opened_anew": [row["first_token_ms"]["opened_anew"] for row in (large, small)],
        "anonymous": [row["anonymous_open_mb"] for row in (large, small)],
    }
    found = {name: round(more / less, 2) for name, (more, less) in pairs.items()}
    return {"tokens": large["tokens"], **found}


def takes(found: dict[str, Any], text_bytes: float) -> dict[str, Any]:
    """What so much text takes: on the line through the two largest sizes, as a search is."""
    tokens, sizes = text_bytes / found["inject"]["text_bytes_a_token"], found["sizes"][-2:]

    def line(values: list[Any]) -> float:
        if len(sizes) == 1:
            return float(values[0])
        slope = (values[1] - values[0]) / (sizes[1]["tokens"] - sizes[0]["tokens"])
        return float(values[0] + slope * (tokens - sizes[0]["tokens"]))

    per_token = sizes[-1]["bytes_a_token"]["sum"]
    return {
        "tokens": round(tokens),
        "disk_gb": round(tokens * per_token / 1e9, 2),
        "disk_gb_of_small_documents": round(
            tokens * found["small_documents"]["bytes_a_token"]["sum"] / 1e9, 2
        ),
        "core_hours_to_inject": round(tokens / found["inject"]["tokens_a_core_second"] / 3600, 1),
        "search_ms": round(line([row["search_ms"]["sum"] for row in sizes])),
    }


if __name__ == "__main__":
    main()
