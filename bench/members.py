"""What a question to several memories takes and finds, against one that holds the same documents.

    python -m bench.members --data FILE [--filler FILE] [--memory DIR] [--questions 12]

All passages of the data lie in one memory, with those of `--filler` behind them until it holds
`--tokens`; `--memory` names one that was made so before. It is split into 4 and into 16 shards, and
each of these is asked the same questions, in a process of its own, twice: the second time counts,
for then the model is loaded and the passages' vectors are at hand. Medians of wall clock to the end
of a search, to an answer's first piece and to its end, and of the answer's processor time; and the
most memory that the process held. `first` and `among` are the shares of questions whose passage is
found first and among three, over `--searched` questions.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bench.machine import keep, machine
from mplus_cli.api import Memory
from mplus_cli.members.together import Memories
from training.data import Passage, load

SHARDS = (4, 16)
ANSWER_TOKENS = 32
FIRST = 3
Asked = tuple[str, str, tuple[str, ...]]
"""A question, the beginning of the name of the document that answers it, and its answers."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="passages with questions")
    parser.add_argument("--filler", type=Path, help="more passages, that nothing is asked about")
    parser.add_argument("--tokens", type=int, default=160_000, help="that the memory holds then")
    parser.add_argument("--memory", type=Path, help="one that was made by this before")
    parser.add_argument("--questions", type=int, default=12, help="that are answered and timed")
    parser.add_argument("--searched", type=int, default=0, help="that are searched for alone")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    chosen = parser.parse_args()
    passages = load(chosen.data)
    questions = [
        (question.text, _name(number), question.answers)
        for number, passage in enumerate(passages)
        for question in passage.questions
    ]
    result: dict[str, Any] = {"machine": machine()}
    with tempfile.TemporaryDirectory() as folder:
        whole = chosen.memory or Path(folder) / "whole"
        if not chosen.memory:
            fill(whole, passages, load(chosen.filler) if chosen.filler else [], chosen.tokens)
        members = {1: [whole]}
        for count in SHARDS:
            made = Memory(whole).shard(Path(folder) / str(count), count)
            members[count] = [Path(each.memory) for each in made]
        for count, places in members.items():
            timed = spread(questions, chosen.questions)
            with ProcessPoolExecutor(1, get_context("spawn")) as alone:
                found = alone.submit(asked, places, timed).result()
                found |= alone.submit(searched, places, spread(questions, chosen.searched)).result()
            result[str(count)] = found
            print(count, json.dumps(found), file=sys.stderr)
    keep(result, chosen.json)


def _name(number: int) -> str:
    return f"{number:04d} "


def fill(path: Path, asked: Sequence[Passage], fillers: list[Passage], least_tokens: int) -> None:
    """Make a memory of all that is asked about, in an order of its own, and of fillers."""
    random.Random(0).shuffle(fillers)
    named = [
        (passage.text.encode(), f"{_name(number)}{passage.file_name}")
        for number, passage in enumerate([*asked, *fillers])
    ]
    own, more = named[: len(asked)], named[len(asked) :]
    with Memory(path) as memory:
        while True:
            random.Random(1).shuffle(own)
            memory.inject(texts=own)
            tokens = memory.status().tokens
            if tokens >= least_tokens or not more:
                return
            each = tokens / max(memory.status().documents, 1)
            some = max(1, round((least_tokens - tokens) / each))
            own, more = more[:some], more[some:]


def spread(questions: Sequence[Asked], count: int) -> Sequence[Asked]:
    """So many questions, in even steps."""
    return [questions[at * len(questions) // count] for at in range(count)]


def asked(places: Sequence[Path], questions: Sequence[Asked]) -> dict[str, Any]:
    """Answer questions, one after the other."""
    wall: dict[str, list[float]] = {"search": [], "first": [], "end": []}
    cpu: list[float] = []
    with ExitStack() as stack:
        memory: Any = Memory(places[0]) if len(places) == 1 else Memories(places)
        stack.enter_context(memory)
        for question, _, _ in questions:  # the model is loaded then, and vectors are at hand
            memory.ask(question, max_tokens=ANSWER_TOKENS)
        for question, _, _ in questions:
            began, used = time.perf_counter(), time.process_time()
            memory.search(question, FIRST)
            wall["search"].append(time.perf_counter() - began)
            began, used = time.perf_counter(), time.process_time()
            response, first = memory.stream(question, max_tokens=ANSWER_TOKENS), 0.0
            for _ in response:
                first = first or time.perf_counter() - began
            wall["first"].append(first)
            wall["end"].append(time.perf_counter() - began)
            cpu.append(time.process_time() - used)
    found = {f"{name}_ms": _ms(times) for name, times in wall.items()}
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return found | {"cpu_ms": _ms(cpu), "peak_mb": round(peak_mb)}


def _ms(times: Sequence[float]) -> float:
    return round(statistics.median(times) * 1000, 1)


def searched(places: Sequence[Path], questions: Sequence[Asked]) -> dict[str, Any]:
    """How often the right passage is found first, and among three."""
    if not questions:
        return {}
    ranks = []
    with Memories(places) as memories:
        for question, name, answers in questions:
            found = memories.search(question, FIRST)
            right = [
                each.path.startswith(name) and any(answer in each.text for answer in answers)
                for each in found
            ]
            ranks.append(right.index(True) + 1 if any(right) else 0)
    return {
        "questions": len(ranks),
        "first": round(statistics.mean(rank == 1 for rank in ranks), 3),
        "among": round(statistics.mean(rank > 0 for rank in ranks), 3),
    }


if __name__ == "__main__":
    main()
