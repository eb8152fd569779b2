"""What a question to a large memory takes, by part, in a process of its own with the default model.

    python -m bench.growth_asking (--searches MEMORY… | --answers MEMORY | --cold MEMORY)

Questions are answered as `mplus ask` answers them; of what they call the time is taken. It is
processor time, for other work on the machine only adds to the clock's. No vectors are kept on the
disk, so a chunk that was not read just now is written again. --searches: of memories in turns, for
what slows the machine for a while slows them all; --cold: what the first answer takes when none of
the memory's files is in the page cache.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bench.dialogues import DIALOGUES
from bench.machine import LOCK_TIMEOUT_S, Sampler, megabytes, status_bytes
from mplus_cli.asking import answer, said
from mplus_cli.asking.how import Asking
from mplus_cli.engine import Engine
from mplus_cli.kinds import passes
from mplus_cli.settings import load_settings
from store.index.reader import Index
from store.kinds import chunks
from store.segments.chunk_keys import ChunkKeys
from store.segments.vector_cache import VectorCache

SEARCHED, ANSWERED, OPENED_ANEW, COLD = 20, 6, 3, 3  # questions
ROUNDS = 3  # of searches: the first warms up
_PARTS = (
    (passes, "find", "network_words"),
    (Index, "ranked_by_text", "text"),
    (ChunkKeys, "near", "means"),
    (chunks, "find_chunks", "keys"),  # with the means
    (passes, "write_alone", "write"),
    (passes, "read_passage", "read"),
)
Parts = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--searches", type=Path, nargs="+", help="of several memories, in turns")
    how.add_argument("--answers", type=Path, help="and memory")
    how.add_argument("--cold", type=Path, help="answers with none of its pages in memory")
    chosen = parser.parse_args()
    engine = Engine(load_settings({"model": "smollm2"}), None)
    with patch.object(VectorCache, "put", return_value=False):
        if chosen.searches:
            print(json.dumps(searches(engine, chosen.searches)))
        elif chosen.answers:
            print(json.dumps(answers(engine, chosen.answers)))
        else:
            print(json.dumps(cold(engine, chosen.cold)))


def questions(count: int) -> list[str]:
    """Of those of `bench.dialogues`, in even steps."""
    lines = [json.loads(line) for line in DIALOGUES.read_text().splitlines()]
    asked = [one["question"] for line in lines for one in line["qas"]]
    return [asked[at * len(asked) // count] for at in range(count)]


class Clock:
    """Milliseconds of processor time of this process since it began, and in parts of its work."""

    def __init__(self) -> None:
        self.parts: defaultdict[str, float] = defaultdict(float)
        self.written: list[Sequence[Sequence[int]]] = []  # ids that were written together
        self._begun, self._wall = time.process_time(), time.perf_counter()
        self.first_ms = self.first_wall_ms = 0.0

    def timing(self, part: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **named: Any) -> Any:
            if part == "write":
                self.written.append(arguments[1])
            begun = time.process_time()
            result = work(*arguments, **named)
            self.parts[part] += (time.process_time() - begun) * 1000
            return result

        return timed

    def said(self, work: Callable[..., Any]) -> Callable[..., Any]:
        """What gives all that is said of one passage: of the first, when one token is asked for,
        the first token.
        """

        def noted(*arguments: Any) -> Any:
            result = work(*arguments)
            self.note_first()
            return result

        return noted

    def note_first(self) -> None:
        """Now the first token is known, if it was not before."""
        self.first_ms = self.first_ms or (time.process_time() - self._begun) * 1000
        self.first_wall_ms = self.first_wall_ms or (time.perf_counter() - self._wall) * 1000


@contextmanager
def clock() -> Iterator[Clock]:
    found = Clock()
    with ExitStack() as stack:
        for owner, name, part in _PARTS:
            timed = found.timing(part, getattr(owner, name))
            stack.enter_context(patch.object(owner, name, timed))
        stack.enter_context(patch.object(answer, "whole", found.said(said.whole)))
        yield found


def asked(asker: answer.Asker, question: str) -> Clock:
    """Ask for one token."""
    with clock() as found:
        assert asker.respond(question, Asking(max_tokens=1)).answer is not None
        found.note_first()
    return found


def searches(engine: Engine, memories: Sequence[Path]) -> list[Parts]:
    """A search of each memory, by part: medians."""
    askers = [opened(engine, memory) for memory in memories]
    rows: list[list[Parts]] = [[] for _ in askers]
    for _ in range(ROUNDS):
        for question in questions(SEARCHED):
            for asker, found in zip(askers, rows, strict=True):
                found.append(searched(asker, question))
    return [medians(found[SEARCHED:]) for found in rows]


def answers(engine: Engine, memory: Path) -> dict[str, Any]:
    some, sampler = questions(ANSWERED), Sampler()
    asked(opened(engine, memory), some[0])  # the network is loaded
    first_mb = megabytes(sampler.stop())
    anew = [asked(opened(engine, memory), question) for question in some[:OPENED_ANEW]]
    sampler, asker = Sampler(), opened(engine, memory)
    for question in questions(SEARCHED):
        searched(asker, question)
    both = [(asked(asker, question), asked(asker, question)) for question in some]
    again = [again_row(*each) for each in both if each[0].written]
    return {
        "first_token_ms": {
            "opened_anew": round(statistics.median(each.first_ms for each in anew), 1),
            "at_hand": round(statistics.median(each.first_ms for _, each in both), 1),
            "questions_written_again": len(again),
            **{name: median(again, name) for name in again[0]},
        },
        "anonymous_first_mb": first_mb,
        "anonymous_open_mb": megabytes(sampler.stop()),
        "resident_mb": megabytes(status_bytes("VmHWM")),
    }


def searched(asker: answer.Asker, question: str) -> Parts:
    """A search alone, by part."""
    with clock() as found:
        asker.search(question, 3, Asking())
    parts = found.parts
    keys = {"means": parts["means"], "keys": parts["keys"] - parts["means"]}
    return {"network_words": parts["network_words"], "text": parts["text"], **keys}


def again_row(again: Clock, at_hand: Clock) -> Parts:
    """Of one question whose chunks were written again; `bare`: the forward passes over their ids
    alone, `added_to_bare`: how many times that what writing adds to the first token is.
    """
    bare = again.parts["write"]
    return {
        "written_again": again.first_ms,
        "chunks_written": float(sum(map(len, again.written))),
        "bare": bare,
        "added_to_bare": (again.first_ms - at_hand.first_ms) / bare,
    }


def cold(engine: Engine, memory: Path) -> dict[str, Any]:
    """Answers, each from an empty page cache, of a memory opened anew."""
    some = questions(COLD)
    engine.tokenizer.encode(some[0])
    passes.write_alone(engine.network, [list(range(64))], as_kv=True)  # its pages are there
    found = []
    for question in some:
        forget_pages(memory)
        found.append(asked(opened(engine, memory), question))
    return {
        "wall_ms": round(statistics.median(each.first_wall_ms for each in found), 1),
        "cpu_ms": round(statistics.median(each.first_ms for each in found), 1),
    }


def forget_pages(folder: Path) -> None:
    """Let the system take the pages of all files in a folder out of memory."""
    for file in folder.rglob("*"):
        if file.is_file():
            descriptor = os.open(file, os.O_RDONLY)
            try:
                os.fsync(descriptor)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)


def opened(engine: Engine, memory: Path) -> answer.Asker:
    return answer.Asker(engine, memory, LOCK_TIMEOUT_S)


def median(rows: Sequence[Parts], name: str) -> float:
    return round(statistics.median(row[name] for row in rows), 2)


def medians(rows: Sequence[Parts]) -> Parts:
    """The median of each part, and of their sums."""
    sums = [{"sum": sum(row.values())} for row in rows]
    return {name: median(rows, name) for name in rows[0]} | {"sum": median(sums, "sum")}


if __name__ == "__main__":
    main()
