"""What a run over many small files costs beside its model's work, and what a large memory costs
when it changes or is looked at.

    python -m bench.bulk [--files 20000] [--chunks 4000000] [--folder DIR] [--json FILE]

First so many files of 50 tokens are injected, with the default model's tokenizer and sizes, and
then injected again. Where the model would write, numbers are drawn instead, and their time is left
out; a tenth of the model's is waited, for the reader is ahead of it in other runs; all else is what
`mplus inject` does. Seconds are of processor time, by part, of all threads.

Then a memory of so many chunks of 25 tokens, 16 a document, whose segments are not there: its fold
from the start, and `mplus status`, with the peak of what these processes hold.
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

import numpy as np
import torch

from bench.machine import LOCK_TIMEOUT_S, ROOT, keep, machine, megabytes, status_bytes
from mplus_cli.engine import Engine
from mplus_cli.injecting import ingest, plan
from mplus_cli.injecting.named import Named
from mplus_cli.injecting.run import Run
from mplus_cli.kinds import passes
from mplus_cli.settings import load_settings
from store import change as changes
from store.change import Change, make_memory
from store.home import Home, make_folders
from store.index.kept import LISTS, kept_list
from store.index.reader import Index
from store.kinds import kind_of
from store.kinds.journal import Entries, Journal
from store.records import now
from store.segments import Segment
from store.segments.chosen import segments_of
from store.segments.lean import ArrivingPacked
from store.spec import Spec
from store.state_files import write_state

T = TypeVar("T")
WORDS_A_FILE, FILES_A_FOLDER = 36, 500
TOKENS_A_CHUNK, CHUNKS_A_DOCUMENT = 25, 16
MODEL_TOKENS_PER_S = 1650  # the default model's on two cores (bench.speed)
WAITED_SHARE = 0.1  # of the model's time, so that the reader gets ahead of it as in other runs

STATUS = """
import atexit, sys
from pathlib import Path
from mplus_cli.main import main
lines = lambda: Path("/proc/self/status").read_text().splitlines()
peak = lambda: next(int(line.split()[1]) * 1024 for line in lines() if line.startswith("VmHWM"))
atexit.register(lambda: print(peak(), file=sys.stderr))
main()
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=20_000, help="files to inject; 0: none")
    parser.add_argument(
        "--chunks", type=int, default=4_000_000, help="of the large memory; 0: none"
    )
    parser.add_argument("--folder", type=Path, help="work in a folder that has room")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    chosen = parser.parse_args()
    found: dict[str, Any] = {"machine": machine()}
    with tempfile.TemporaryDirectory(dir=chosen.folder) as name:
        engine, folder = Engine(load_settings({"model": "smollm2"}), None), Path(name)
        if chosen.files:
            make_files(folder / "files", chosen.files)
            found["inject"] = injected(engine, folder)
            found["inject_again"] = injected(engine, folder)
        if chosen.chunks:
            found["large"] = large(engine.spec, folder / "large", chosen.chunks)
    keep(found, chosen.json)


def make_files(folder: Path, count: int) -> None:
    """Notes of words from the project's own pages, each another."""
    words = re.findall(r"\w+", " ".join(page.read_text() for page in (ROOT / "docs").glob("*.md")))
    drawn = random.Random(0)
    for number in range(count):
        file = folder / f"{number // FILES_A_FOLDER:04}" / f"note-{number:06}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"Note {number}. {' '.join(drawn.choices(words, k=WORDS_A_FILE))}.\n")


def injected(engine: Engine, folder: Path) -> dict[str, Any]:
    """A run, in seconds of processor time by part; `share` of what the model would take besides."""
    clock = Clock()
    with ExitStack() as stack:
        for owner, name, part in (
            (Named, "pieces", "finding files"),
            (changes, "missing_segments", "opening"),
            (changes, "inventory_of", "opening"),
            (plan, "_look", "comparing"),
            (ingest, "_prepare", "reading and cutting"),
            (ArrivingPacked, "put", "segments packed"),
            (ArrivingPacked, "_write", "segments to the disk"),
            (Change, "commit", "commits"),
            (Change, "pack_keys", "keys joined"),
        ):
            stack.enter_context(patch.object(owner, name, clock.timing(part, getattr(owner, name))))
        drawn = clock.timing("the model", drawn_vectors(engine.spec))
        stack.enter_context(patch.object(passes, "write_alone", drawn))
        begun, wall = time.process_time(), time.perf_counter()
        run = Run(engine, folder / "memory", LOCK_TIMEOUT_S, lambda event: None, lambda: False)
        report = run.inject(Named.of([str(folder / "files")]))
        seconds = time.process_time() - begun - clock.parts.pop("the model", 0.0)
        wall = time.perf_counter() - wall
    model = report.tokens / MODEL_TOKENS_PER_S
    return {
        "files": len(report.added) + report.unchanged,
        "tokens": report.tokens,
        "wall_s": round(wall, 1),
        "seconds": round(seconds, 1),
        "share": round(seconds / model, 3) if model else None,
        "by_part": clock.told(seconds),
    }


class Clock:
    """Seconds of the calling threads in the parts of a run."""

    def __init__(self) -> None:
        self.parts: defaultdict[str, float] = defaultdict(float)

    def timing(self, part: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **named: Any) -> Any:
            begun = time.thread_time()
            result = work(*arguments, **named)
            self.parts[part] += time.thread_time() - begun
            return self._steps(part, result) if isinstance(result, Iterator) else result

        return timed

    def _steps(self, part: str, result: Iterator[Any]) -> Generator[Any, None, Any]:
        """The same generator, its steps timed."""
        while True:
            begun = time.thread_time()
            try:
                step = next(result)
            except StopIteration as end:
                return end.value
            finally:
                self.parts[part] += time.thread_time() - begun
            yield step

    def told(self, seconds: float) -> dict[str, float]:
        rest = seconds - sum(self.parts.values())
        return {name: round(each, 1) for name, each in (*self.parts.items(), ("the rest", rest))}


def drawn_vectors(spec: Spec) -> Callable[..., list[Segment]]:
    """What stands for the model: each chunk's vectors and keys, of its size."""
    generator = torch.Generator().manual_seed(0)
    vectors = torch.randn(spec.layers, spec.num_tokens, spec.kv_width, generator=generator)
    keys = torch.randn(len(spec.retrieval_layers), spec.num_tokens, spec.selector)
    keys = torch.nn.functional.normalize(keys, dim=-1)

    def write(network: Any, chunks: Sequence[Sequence[int]], keeps_kv: bool) -> list[Segment]:
        time.sleep(sum(map(len, chunks)) / MODEL_TOKENS_PER_S * WAITED_SHARE)
        return [Segment(vectors[:, : len(ids)], keys[:, : len(ids)], ids) for ids in chunks]

    return write


def large(spec: Spec, memory: Path, chunks: int) -> dict[str, Any]:
    """The fold of a long journal, and `status` of its memory."""
    names = np.random.default_rng(0).integers(0, 256, (chunks, 32), dtype=np.uint8)
    documents = np.arange(chunks) // CHUNKS_A_DOCUMENT + 1
    entries = Entries(documents, Journal(names), np.full(chunks, TOKENS_A_CHUNK))
    make_folders(memory)
    make_memory(memory, spec)
    home, kind = Home(memory), kind_of(spec)
    fill(home, entries)
    with closing(Index.open(home)) as index:
        read_s = spent(lambda: index.entries(1))[0]
    folded_s, state = spent(lambda: kind.fold(kind.initial(), entries, segments_of(home, spec)))
    written_s, digest = spent(lambda: write_state(home, state, spec))
    with closing(sqlite3.connect(home.index)) as db, db:
        db.execute("UPDATE generations SET state = ?", [digest])
    return {
        "chunks": chunks,
        "documents": int(documents[-1]),
        "journal_read_s": read_s,
        "folded_s": folded_s,
        "state_written_s": written_s,
        "peak_mb": megabytes(status_bytes("VmHWM")),
        "index_mb": megabytes(home.index.stat().st_size),
        **status(memory),
    }


def spent(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds of processor time, and what came of it."""
    begun = time.process_time()
    result = work()
    return round(time.process_time() - begun, 2), result


def status(memory: Path) -> dict[str, Any]:
    """`mplus status` as a process of its own, which tells its peak at the end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = [sys.executable, "-c", STATUS, "status", "-M", str(memory)]
    ran = subprocess.run(run, check=True, cwd=ROOT, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"status_s": round(seconds, 2), "status_peak_mb": megabytes(int(ran.stderr))}


def fill(home: Home, entries: Entries) -> None:
    """An index that has a generation of these entries, though no texts and no segments."""
    chunks, size = len(entries), int(entries.sizes[0])
    counts, tokens = np.bincount(entries.documents)[1:].tolist(), chunks * size
    generation = (1, "bench", now(), "", len(counts), chunks, tokens, 0, tokens)
    lists = (kept_list([]),) * len(LISTS)
    numbers = range(1, len(counts) + 1)
    names = zip(entries.documents.tolist(), entries.journal.keys, strict=True)
    with closing(sqlite3.connect(home.index)) as db, db:
        db.execute(
            "INSERT INTO generations (id, command, created_at, state, documents, chunks, tokens, "
            "pool_vectors, ltm_vectors, added, changed, removed, identity) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [*generation, *lists, home.spec.identity],
        )
        db.executemany(
            "INSERT INTO documents VALUES (?, ?, ?, ?, 'text', ?, ?, ?, '', '')",
            (
                (
                    number,
                    f"/made-up/{number:07}.txt",
                    *[number.to_bytes(32, "big")] * 2,
                    0,
                    size * of,
                    of,
                )
                for number, of in zip(numbers, counts, strict=True)
            ),
        )
        db.executemany(
            "INSERT INTO journal VALUES (?, ?, 1, NULL)", ((number, number) for number in numbers)
        )
        db.executemany(
            'INSERT INTO chunks (document, ordinal, segment, tokens, vectors, start, "end") '
            "VALUES (?, ?, ?, ?, ?, 0, 0)",
            (
                (number, at % CHUNKS_A_DOCUMENT, name.tobytes(), size, size)
                for at, (number, name) in enumerate(names)
            ),
        )


if __name__ == "__main__":
    main()
