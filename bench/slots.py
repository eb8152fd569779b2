"""What an LM2 memory costs: writing against a bare pass of its base, and a question, one more
document and a forgotten one as the memory grows from 100 to 100,000 segments.

    python -m bench.slots [--segments 100 10000 100000] [--written 30] [--model smollm2-lm2]
    [--folder DIR] [--json FILE]

Documents are made-up diaries of a hundred lines, each a segment. There are `LINES` lines, in ever
other orders: the model writes each once, and the store does all else of an `inject`. Milliseconds
are of processor time, medians of questions that are put to all sizes in turns. *Opened anew*: with
all that a command does but starting Python and loading the network; *at hand*: to a memory that is
open. *Read* is what the process asks files for, from the disk or from the page cache.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bench.machine import LOCK_TIMEOUT_S, keep, machine
from mplus_cli import Memory
from mplus_cli.asking.answer import Asker
from mplus_cli.asking.how import Asking
from mplus_cli.engine import Engine
from mplus_cli.injecting.named import Named
from mplus_cli.injecting.run import Run
from mplus_cli.kinds import Ids
from mplus_cli.kinds.slots import no_rows
from mplus_cli.settings import load_settings
from store.change import Change, change
from store.records import ChunkRow, DocumentRow, now
from store.segments import Segment
from store.texts import TextSpan, WholeText

SEGMENTS = (100, 10_000, 100_000)
LINES, DOCUMENTS_A_COMMIT = 100, 100
WRITTEN, ROUNDS = 30, 3  # segments that are written, each time
QUESTIONS = 4
NAMES = ("Mary", "John", "Sandra", "Daniel", "Olga", "Peter", "Nadia", "Theo")
PLACES = ("kitchen", "garden", "office", "hallway", "bedroom", "cellar", "school", "park")
GOODS = ("boxes of tea", "bars of soap", "bags of rice", "candles", "jars of honey")
Figures = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--segments", type=int, nargs="+", default=SEGMENTS, help="sizes, ascending"
    )
    parser.add_argument("--written", type=int, default=WRITTEN, help="segments to write; 0: none")
    parser.add_argument("--model", default="smollm2-lm2")
    parser.add_argument("--folder", type=Path, help="make the memories in a folder that has room")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    chosen = parser.parse_args()
    engine, lines = Engine(load_settings({"model": chosen.model}), None), diary(LINES)
    found: Figures = {"machine": machine()}
    if chosen.written:
        found["writing"] = writing(engine, lines[: chosen.written])
        print(found["writing"], file=sys.stderr)
    with tempfile.TemporaryDirectory(dir=chosen.folder) as name:
        rows = grown(engine, lines, Path(name), chosen.segments)
        asked = dict(zip(rows, questions(engine, list(rows)), strict=True))
        found["sizes"] = [
            row | asked[memory] | changed(engine, lines, memory) for memory, row in rows.items()
        ]
    keep(found, chosen.json)


def diary(count: int) -> list[str]:
    """Lines of 30 to 40 tokens, no two alike and no two short enough for one segment."""
    drawn, found = random.Random(0), dict[str, None]()
    while len(found) < count:
        name, other = drawn.sample(NAMES, 2)
        here, there = drawn.sample(PLACES, 2)
        found[
            f"On the {drawn.randint(1, 28)} of June {name} went from the {here} to the {there}, "
            f"where there are {drawn.randint(2, 99)} {drawn.choice(GOODS)} left, and {other} "
            "stayed behind in the rain."
        ] = None
    return list(found)


@dataclass
class Unkept:
    """A disk on which nothing is, and nothing stays: see `mplus_cli.kinds.Disk`; and the processor
    time of the model's work for it.
    """

    spec: Any
    seconds: float = 0.0
    tokens: int = 0
    segments: list[str] = field(default_factory=list)

    def has_segment(self, key: str) -> bool:
        return False

    def lacking(self, keys: Sequence[str]) -> set[str]:
        return set(keys)

    def segment_rows(self, key: str) -> Any:
        raise KeyError(key)

    def put_segments(self, segments: Mapping[str, Segment]) -> None:
        self.segments += segments

    @contextmanager
    def measured(self, tokens: int) -> Iterator[None]:
        begun = time.process_time()
        yield
        self.seconds += time.process_time() - begun
        self.tokens += tokens


def writing(engine: Engine, lines: Sequence[str]) -> Figures:
    """Tokens a second of a core: of writing, of a bare pass over the same ids, of a whole run."""
    chunks = [engine.tokenizer.encode(line)[0] for line in lines]
    rounds = [_round(engine, chunks) for _ in range(ROUNDS + 1)][1:]  # the first warms up
    with tempfile.TemporaryDirectory() as name:
        begun = time.process_time()
        tokens = injected(engine, Path(name) / "memory", ["\n".join(lines)])
        whole = tokens / (time.process_time() - begun)
    medians = {each: statistics.median(row[each] for row in rounds) for each in rounds[0]}
    return {"tokens": sum(map(len, chunks)), **medians, "inject_tokens_a_core_second": round(whole)}


def _round(engine: Engine, chunks: Sequence[Ids]) -> dict[str, float]:
    writer, disk = engine.kind.writer, Unkept(engine.spec)
    keyed = list(zip(writer.names(chunks), chunks, strict=True))
    writer.write_run(None, keyed, disk, disk.measured)
    begun = time.process_time()
    for ids in chunks:
        engine.network.read(ids, no_rows, 0)
    bare = disk.tokens / (time.process_time() - begun)
    written = disk.tokens / disk.seconds
    return {
        "write_tokens_a_core_second": round(written),
        "bare_tokens_a_core_second": round(bare),
        "times_bare": round(written / bare, 2),
    }


def injected(engine: Engine, memory: Path, texts: Sequence[str]) -> int:
    """Let texts be read as `mplus inject` reads files; gives how many tokens there were."""
    run = Run(engine, memory, LOCK_TIMEOUT_S, lambda event: None, lambda: False)
    named = Named.of([], texts=[(text.encode(), f"{_name(text)}.txt") for text in texts])
    return run.inject(named).tokens


def _name(text: str) -> str:
    return f"diary-{random.Random(text).getrandbits(48):012x}"


def grown(
    engine: Engine, lines: Sequence[str], folder: Path, sizes: Sequence[int]
) -> dict[Path, Figures]:
    """A memory of each size, which begins as a copy of the one before it; all begin with the lines
    as `mplus inject` reads them.
    """
    made, drawn = dict[Path, Figures](), random.Random(1)
    injected(engine, folder / "lines", ["\n".join(lines)])
    for size in sizes:
        memory, begun = folder / f"{size}", time.process_time()
        shutil.copytree(list(made)[-1] if made else folder / "lines", memory)
        with change(memory, "bench", LOCK_TIMEOUT_S, create=engine.spec) as opened:
            known, _ = opened.index.content(opened.documents[0].id)
            before = count = sum(document.chunks for document in opened.documents)
            while count < size:
                opened.lacking([chunk.segment for chunk in known])  # none is: they are at hand now
                for _ in range(min(DOCUMENTS_A_COMMIT, -((count - size) // len(known)))):
                    add(opened, drawn.sample(known, len(known)))
                    count += len(known)
                opened.commit()
        spent_ms = (time.process_time() - begun) * 1000 / max(1, size - before)
        made[memory] = {"segments": count, "made_ms_a_segment": round(spent_ms, 3)}
        print(made[memory], file=sys.stderr)
    return made


def add(opened: Change, chunks: Sequence[ChunkRow]) -> None:
    """One more document, of chunks that are known, each a line."""
    rows, spans, at = list[ChunkRow](), list[TextSpan](), 0
    for line, chunk in enumerate(chunks, 1):
        end = at + len(chunk.text) + 1
        rows.append(replace(chunk, start=at, end=end - 1, first=line, last=line))
        spans.append(TextSpan(at, end - 1, line, line, "", False, ""))
        at = end
    text = "".join(f"{chunk.text}\n" for chunk in chunks)
    digest = hashlib.sha256(text.encode()).hexdigest()
    size = len(text), sum(chunk.tokens for chunk in chunks), len(chunks)
    document = DocumentRow(f"/made-up/{digest[:16]}.txt", digest, digest, "text", *size, now())
    opened.add(document, rows, WholeText(text, tuple(spans), "line"))


def questions(engine: Engine, memories: Sequence[Path]) -> list[Figures]:
    """What a question takes in each memory."""
    asked = [f"Where is {name}?" for name in NAMES[:QUESTIONS]]
    held = [Asker(engine, memory, LOCK_TIMEOUT_S) for memory in memories]
    rows: list[list[dict[str, float]]] = [[] for _ in memories]
    for question in (asked[0], *asked):
        for number, memory in enumerate(memories):
            anew = _asked(Asker(engine, memory, LOCK_TIMEOUT_S), question)
            at_hand = _asked(held[number], question)
            rows[number].append(
                {"opened_anew_ms": anew[0], "read_kb": anew[1], "at_hand_ms": at_hand[0]}
            )
    return [
        {each: round(statistics.median(row[each] for row in found[1:]), 1) for each in found[0]}
        for found in rows
    ]


def _asked(asker: Asker, question: str) -> tuple[float, float]:
    """Milliseconds of an answer of one token, and kilobytes read."""
    begun, read = time.process_time(), _read_bytes()
    assert asker.respond(question, Asking(max_tokens=1)).answer is not None
    return (time.process_time() - begun) * 1000, (_read_bytes() - read) / 1e3


def _read_bytes() -> int:
    told = Path("/proc/self/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in told if line.startswith("rchar"))


def changed(engine: Engine, lines: Sequence[str], memory: Path) -> Figures:
    """Seconds of one more document, and of forgetting one from the middle, which folds anew all
    that was read behind it.
    """
    clock = [time.process_time()]
    injected(engine, memory, ["\n".join(reversed(lines))])
    clock.append(time.process_time())
    with Memory(memory) as opened:
        documents = opened.documents()
        clock.append(time.process_time())
        opened.forget(str(documents[len(documents) // 2].id))
    clock.append(time.process_time())
    return {
        "one_more_document_s": round(clock[1] - clock[0], 2),
        "forget_one_amid_s": round(clock[3] - clock[2], 2),
    }


if __name__ == "__main__":
    main()
