"""How a memory behaves as it grows: a question, a commit, `status` and `ls` at 1,000 to 1,000,000
vectors per layer.

    python -m bench.growth [--largest 100000] [--folder DIR] [--json FILE] [--picture FILE]

One memory grows by made-up documents, through the store's own change and commit; no model writes
them: their vectors are random numbers, their texts the words of the project's own pages in random
order, so that the questions' words are as common in them as in any text. At each size a process of
its own asks with the default model: once from start to first token, as the command does, then
again, also in parts. Questions find keys and text, read and answer as they do everywhere; nothing
is replaced. Of each question's rounds the quickest counts, since other work on the machine only
adds; of the questions the median.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from bench.machine import (
    LOCK_TIMEOUT_S,
    MPLUS,
    ROOT,
    Sampler,
    keep,
    machine,
    megabytes,
    status_bytes,
    timed,
)
from mplus_cli.asking import answer, prompts
from mplus_cli.asking.how import Asking
from mplus_cli.engine import Engine
from mplus_cli.kinds.passes import find, read_passage, settled
from mplus_cli.kinds.readings import Reading, surest
from mplus_cli.results.answers import Answer
from mplus_cli.settings import load_settings
from store.change import Change, change
from store.home import Home
from store.index import Index
from store.kinds.chunks import find_chunks
from store.kinds.layout import layout_of
from store.kinds.mplus import Memory
from store.records import ChunkRow, DocumentRow, now
from store.segments import Segment, segment_key
from store.segments_of import segments_of
from store.spec import Spec
from store.state_files import read_state
from store.texts import WholeText

SIZES = (1_000, 10_000, 100_000, 1_000_000)
CHUNKS_PER_DOCUMENT = 16
CHUNKS_PER_COMMIT = 256
TOKENS_PER_WORD = 1.33
ROUNDS = 5
QUESTIONS = (
    "What does an update drop, and where does it go?",
    "Which command brings back what a generation held?",
    "How many vectors does the pool hold, and who reads them?",
    "Why is forgetting exact?",
    "Where does the journal list the segments of a document?",
)
Parts = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--largest", type=int, default=100_000, help="vectors per layer to grow to")
    parser.add_argument("--chunk", type=int, default=256, help="tokens of a chunk")
    parser.add_argument("--folder", type=Path, help="make the memory in a folder that has room")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    parser.add_argument("--picture", type=Path, help="draw them there (needs matplotlib)")
    parser.add_argument(
        "--threads", type=int, help="threads of the process that asks (torch's own choice)"
    )
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.threads:
        torch.set_num_threads(chosen.threads)
    if chosen.measure:
        print(json.dumps(questions(chosen.measure)))
        return
    engine = Engine(load_settings({"model": "smollm2"}), None)
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        say_room(engine.spec, chosen.largest, Path(folder))
        sizes = [size for size in SIZES if size <= chosen.largest]
        found: dict[str, Any] = {"machine": machine(), "chunk_tokens": chosen.chunk, "sizes": []}
        maker = Maker(engine.spec, chosen.chunk)
        for size in sizes:
            found["sizes"].append(at_size(maker, Path(folder) / "memory", size))
            print(json.dumps(found["sizes"][-1]), file=sys.stderr)
    found["growth"] = growth(found["sizes"])
    keep(found, chosen.json)
    if chosen.picture:
        picture(found, chosen.picture)


def say_room(spec: Spec, largest: int, folder: Path) -> None:
    """What the largest memory takes on the disk; ends the run where that is not there."""
    keys = layout_of(spec).key_layers * (spec.selector + 2)
    needed = round(
        1.1 * largest * (spec.layers * (spec.kv_width + 4) + 2 * keys)
    )  # packed keys are a copy
    free = shutil.disk_usage(folder).free
    print(
        f"{folder}: {needed / 1e9:.1f} GB needed, {free / 1e9:.1f} GB free; removed at the end",
        file=sys.stderr,
    )
    if free < needed:
        raise SystemExit("there is no room: name a smaller --largest or another --folder")


class Maker:
    """Makes documents without a model, as large as real ones, each segment and text different."""

    def __init__(self, spec: Spec, tokens: int) -> None:
        self.spec, self._tokens, self._count = spec, tokens, 0
        self._random, self._generator = random.Random(0), torch.Generator().manual_seed(0)
        self._vectors = [
            self._draw(spec.layers, tokens, spec.kv_width).bfloat16() for _ in range(16)
        ]
        pages = " ".join(path.read_text() for path in sorted((ROOT / "docs").glob("*.md")))
        self._words = re.findall(r"\w+", pages)

    def _draw(self, *shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=self._generator)

    def grow(self, memory: Path, vectors: int) -> None:
        """Add documents until the memory holds so many vectors per layer."""
        with change(memory, "bench", 1, create=self.spec) as opened:
            while self._count * self._tokens < vectors:
                missing = -(-vectors // self._tokens) - self._count
                for start in range(0, min(missing, CHUNKS_PER_COMMIT), CHUNKS_PER_DOCUMENT):
                    self.add(opened, min(CHUNKS_PER_DOCUMENT, missing - start))
                opened.commit()
            opened.pack_keys()

    def add(self, opened: Change, chunks: int) -> None:
        """One document, not yet committed."""
        name = f"{self._count:07}"
        rows: list[ChunkRow] = []
        while len(rows) < chunks:
            rows.append(self._chunk(opened, sum(len(row.text) for row in rows)))
        whole = WholeText("".join(row.text for row in rows), (), "line")
        tokens = chunks * self._tokens
        path, key = f"/made-up/document-{name}.txt", segment_key(name, None, [])
        size = len(whole.text)
        document = DocumentRow(path, key, name, "text", size, tokens, chunks, now())
        opened.add(document, rows, whole)
        opened.note(path, document.sha256)

    def _chunk(self, opened: Change, start: int) -> ChunkRow:
        number, spec = self._count, self.spec
        self._count += 1
        key = segment_key(spec.identity, None, [number])
        keys = self._draw(layout_of(spec).key_layers, self._tokens, spec.selector)
        kinds = len(self._vectors)
        vectors = self._vectors[number % kinds].roll(number // kinds, dims=1)
        opened.put_segment(
            key, Segment(vectors, torch.nn.functional.normalize(keys, dim=-1), [number])
        )
        text = " ".join(self._random.choices(self._words, k=round(self._tokens / TOKENS_PER_WORD)))
        place = start, start + len(text), "line", number, number, ""
        return ChunkRow(key, self._tokens, self._tokens, *place, text)


def at_size(maker: Maker, memory: Path, size: int) -> dict[str, Any]:
    maker.grow(memory, size)
    commit = commit_parts(maker, memory)
    home = Home(memory)
    cache = sum(file.stat().st_size for file in (memory / "cache").rglob("*") if file.is_file())
    measure = ["--measure", str(memory), "--threads", str(torch.get_num_threads())]
    asked = subprocess.run(
        [sys.executable, "-m", "bench.growth", *measure],
        check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return {
        "vectors": size,
        "disk_mb": megabytes(home.size_bytes()),
        "index_mb": megabytes(sum(file.stat().st_size for file in memory.glob("index.db*"))),
        "cache_mb": megabytes(cache),
        "commit_ms": commit,
        **json.loads(asked.stdout),
        "status_ms": command_ms("status", memory),
        "ls_ms": command_ms("ls", memory),
    }


def commit_parts(maker: Maker, memory: Path) -> Parts:
    """Milliseconds of one more document beside its model's work, with opening and closing."""
    parts = []
    for _ in range(ROUNDS):
        clock = [time.perf_counter()]
        with change(memory, "bench", 1, create=maker.spec) as opened:
            clock.append(time.perf_counter())
            maker.add(opened, 1)
            clock.append(time.perf_counter())
            opened.commit()
            clock.append(time.perf_counter())
            opened.pack_keys()
            clock.append(time.perf_counter())
        clock.append(time.perf_counter())
        names = ("open", "add", "commit", "pack_keys", "close")
        parts.append({name: (clock[at + 1] - clock[at]) * 1000 for at, name in enumerate(names)})
    return medians(parts)


def medians(rows: list[Parts]) -> Parts:
    """The median of each part, and of their sums."""
    found = {name: statistics.median(row[name] for row in rows) for name in rows[0]}
    found["sum"] = statistics.median(sum(row.values()) for row in rows)
    return {name: round(value, 1) for name, value in found.items()}


def command_ms(name: str, memory: Path) -> float:
    """Milliseconds of a command as a process of its own, Python's start included."""
    run = [*MPLUS, name, "-M", str(memory)]
    took = [
        timed(lambda: subprocess.run(run, check=True, cwd=ROOT, capture_output=True))[0]
        for _ in range(ROUNDS + 1)
    ]
    return round(statistics.median(took[1:]) * 1000, 1)


def questions(memory: Path) -> dict[str, Any]:
    """In a process of its own: what it holds after a question, and times of questions by part."""
    engine = Engine(load_settings({"model": "smollm2"}), None)
    home, how = Home(memory), Asking(max_tokens=1)
    sampler = Sampler()
    first = first_token(engine, home, how, QUESTIONS[0])
    resident = {
        "anonymous_peak_mb": megabytes(sampler.stop()),
        "anonymous_mb": megabytes(status_bytes("RssAnon")),
        "mapped_mb": megabytes(status_bytes("RssFile")),
        "peak_mb": megabytes(status_bytes("VmHWM")),
    }
    asker = answer.Asker(engine, home.path, LOCK_TIMEOUT_S)
    rounds = [
        [every_way(engine, home, how, asker, question) for question in QUESTIONS]
        for _ in range(ROUNDS + 1)  # the first warms up
    ]
    quickest = [
        {name: min(row[name] for row in rows) for name in rows[0]}
        for rows in zip(*rounds[1:], strict=True)
    ]
    opened = [
        {name: row.pop(name) for name in ("memory_opened_anew", "memory_open")} for row in quickest
    ]
    between = {name: round(statistics.median(row[name] for row in opened), 1) for name in opened[0]}
    return {
        "resident": resident,
        "first_token_ms": {"with_the_network_loaded_first": first, **between},
        "parts_ms": medians(quickest),
    }


def every_way(engine: Engine, home: Home, how: Asking, asker: answer.Asker, question: str) -> Parts:
    """Milliseconds of a question to a memory opened for it and to an open one, and of its parts."""
    return {
        "memory_opened_anew": first_token(engine, home, how, question),
        "memory_open": to_first_token(lambda: asker.respond(question, how).answer),
        **ask_in_parts(engine, home, how, question),
    }


def first_token(engine: Engine, home: Home, how: Asking, question: str) -> float:
    """Milliseconds to the first token, opening the memory included."""
    asker = answer.Asker(engine, home.path, LOCK_TIMEOUT_S)
    return to_first_token(lambda: asker.respond(question, how).answer)


def to_first_token(work: Callable[[], Answer]) -> float:
    """Milliseconds of an answer of one token, less what naming its sources took."""
    seconds, answer = timed(work)
    return round(seconds * 1000 - answer.timings_ms["sources"], 1)


def ask_in_parts(engine: Engine, home: Home, how: Asking, question: str) -> Parts:
    """The same way by hand, milliseconds by part; the model's own are `words` and `network`."""
    parts: Parts = {}

    def part(name: str, work: Callable[[], Any]) -> Any:
        seconds, result = timed(work)
        parts[name] = parts.get(name, 0.0) + seconds * 1000
        return result

    index = part("index", lambda: Index.open(home))
    generation = part("index", index.generation)
    state = part("state", lambda: read_state(home, index, generation, home.spec))
    segments = segments_of(home, home.spec)
    part("packed_keys", lambda: segments.keys.grow(state.journal))
    memory = Memory(home.spec, state, segments, engine.origin)
    queries = part("words", lambda: find(engine.network, engine.tokenizer.encode(question)[0]))
    count = home.spec.retrieved_vectors // home.spec.num_tokens
    by_text = part("text_ranking", lambda: index.ranked_by_text(generation.id, question))
    chunks = [
        GatherTimer(chunk)
        for chunk in part("find_in_keys", lambda: find_chunks(memory, queries, by_text, count))
    ]
    answering = engine.config.answering
    ids = prompts.prompt_ids(question, engine, how)
    declines = engine.tokenizer.encode(answering.declines)[0][0]
    given = (1, answering, declines)
    readings = (
        Reading(*read_passage(engine.network, ids, settled(chunk.read), *given)) for chunk in chunks
    )
    seconds, _ = timed(lambda: surest(readings, answering.sure))
    index.close()
    gathering = sum(chunk.seconds for chunk in chunks)
    return parts | {"gather": gathering * 1000, "network": (seconds - gathering) * 1000}


class GatherTimer:
    """A memory reader that counts the time its reading takes."""

    def __init__(self, reader: Any) -> None:
        self._reader, self.seconds = reader, 0.0

    def read(self, layer: int, queries: Any) -> Any:
        seconds, reading = timed(lambda: self._reader.read(layer, queries))
        self.seconds += seconds
        return reading


def growth(sizes: list[dict[str, Any]]) -> dict[str, Any]:
    """The largest size against the one of 10,000: what the project promises of it (3 times, flat,
    0.3 s).
    """
    small = next((row for row in sizes if row["vectors"] == 10_000), sizes[0])
    large = sizes[-1]
    anonymous = large["resident"]["anonymous_peak_mb"] - small["resident"]["anonymous_peak_mb"]
    return {
        "vectors": [small["vectors"], large["vectors"]],
        **{
            f"first_token_{name}": round(
                large["first_token_ms"][name] / small["first_token_ms"][name], 2
            )
            for name in ("memory_opened_anew", "memory_open")
        },
        "sum_of_parts": round(large["parts_ms"]["sum"] / small["parts_ms"]["sum"], 2),
        "more_anonymous_peak_mb": anonymous,
        "status_s": round(large["status_ms"] / 1000, 2),
        "ls_s": round(large["ls_ms"] / 1000, 2),
        "parts_that_grew_ms": dict(sorted(grown(small, large).items(), key=lambda item: -item[1])),
    }


def grown(small: dict[str, Any], large: dict[str, Any]) -> Parts:
    parts = {
        name: value - small["parts_ms"][name]
        for name, value in large["parts_ms"].items()
        if name != "sum"
    }
    return {name: round(value, 1) for name, value in parts.items() if value > 1}


def picture(found: dict[str, Any], file: Path) -> None:
    """Left the parts of a question, right everything else against its goal."""
    import matplotlib.pyplot as plt

    sizes = found["sizes"]
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8))
    names = [f"{row['vectors']:,}" for row in sizes]
    bottoms = [0.0] * len(sizes)
    for part in [name for name in sizes[0]["parts_ms"] if name != "sum"]:
        heights = [row["parts_ms"][part] for row in sizes]
        left.bar(names, heights, bottom=bottoms, label=part.replace("_", " "), width=0.6)
        bottoms = [bottom + height for bottom, height in zip(bottoms, heights, strict=True)]
    left.set(xlabel="vectors per layer", ylabel="ms to the first token")
    left.legend(fontsize=7)
    vectors = [row["vectors"] for row in sizes]
    for label, values in (
        (
            "question to first token, s",
            [row["first_token_ms"]["memory_opened_anew"] / 1000 for row in sizes],
        ),
        ("commit of one document, s", [row["commit_ms"]["sum"] / 1000 for row in sizes]),
        ("mplus status, s", [row["status_ms"] / 1000 for row in sizes]),
        ("mplus ls, s", [row["ls_ms"] / 1000 for row in sizes]),
        ("anonymous memory, GB", [row["resident"]["anonymous_peak_mb"] / 1000 for row in sizes]),
    ):
        right.plot(vectors, values, marker="o", label=label)
    right.set(xlabel="vectors per layer", xscale="log", ylim=(0, None))
    right.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(file)


if __name__ == "__main__":
    main()
