"""One memory under load: threads ask, search and list while another process changes it.

    python -m tests.soak [--minutes 3] [--served]

With --served they do so over HTTP. The process injects, updates, forgets, erases and collects
without a pause. Whatever it does, every answer and every passage is of one whole generation; equal
questions to equal states have equal answers, also when they are asked again afterwards, alone; and
no error is seen but that somebody holds the lock.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from mplus_cli import Memory
from mplus_cli.remote.memory import RemoteMemory
from mplus_cli.results.answers import Answer
from mplus_cli.serving.web.site import Rules
from store.errors import LockedError
from tests.serving.served import served

THREADS = 8
QUESTIONS = ("Where is the red key?", "Who waters the fern?", "What is the code of door 7?")
FIXED = 4
"""Documents that nobody changes, so that the memory is never empty."""


def text(number: int, version: int) -> str:
    """A document of some chunks, told apart from all others."""
    lines = [
        f"Note {number}, version {version}: the red key of door {number} hangs on hook {version}."
    ]
    lines += [
        f"Line {line}: the fern of room {number} is watered by {version}." for line in range(6)
    ]
    return "\n".join(lines * (1 + number % 3)) + "\n"


@dataclass
class Seen:
    """What the threads have seen. answers: (state's generation, question) -> answer."""

    answers: dict[tuple[int, str], str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, what: str, wrong: str = "") -> None:
        with self.lock:
            self.counts[what] += 1
            if wrong:
                self.wrong.append(wrong)

    def answered(self, question: str, answer: Answer) -> None:
        with self.lock:
            self.counts["answers"] += 1
            key = (answer.generation, question)
            first = self.answers.setdefault(key, answer.text)
            if first != answer.text:
                self.wrong.append(f"{key}: {first!r} and {answer.text!r}")
            for source in answer.sources:
                if not Path(source.path).name.startswith("note-"):
                    self.wrong.append(f"{key}: a source {source.path}")


def soak(
    folder: Path, open_memory: Callable[[], Memory], seconds: float, writer: list[str]
) -> Seen:
    """Let threads read while `writer`, a command, changes the memory; check what they saw."""
    seen = Seen()
    with open_memory() as memory:
        process = subprocess.Popen(
            [*writer, str(seconds)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert process.stdout is not None
        process.stdout.readline()  # it has begun
        end = time.monotonic() + seconds
        threads = [
            threading.Thread(target=_read, args=(memory, seen, end, seed))
            for seed in range(THREADS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        told, _ = process.communicate(timeout=60)
        if process.returncode:
            seen.wrong.append(f"the writer ended with {process.returncode}: {told}")
        with ThreadPoolExecutor(THREADS) as pool:  # of the last generation, which stays
            for question, answer in zip(
                QUESTIONS * 3,
                pool.map(lambda each: memory.ask(each, max_tokens=3), QUESTIONS * 3),
                strict=True,
            ):
                seen.answered(question, answer)
        seen.counts["generations"] = memory.status().generation
        _again(memory, seen)
    return seen


def _read(memory: Memory, seen: Seen, end: float, seed: int) -> None:
    rng = random.Random(seed)
    while time.monotonic() < end:
        try:
            _one(memory, seen, rng)
        except LockedError:
            seen.note("locked")
        except Exception as error:  # every other one is wrong, and is told at the end
            seen.note("errors", f"{type(error).__name__}: {error}")


def _one(memory: Memory, seen: Seen, rng: random.Random) -> None:
    what = rng.choice(("ask", "ask", "search", "documents", "generations"))
    if what == "ask":
        question = rng.choice(QUESTIONS)
        seen.answered(question, memory.ask(question, max_tokens=3))
    elif what == "search":
        for passage in memory.search(rng.choice(QUESTIONS), k=3):
            number, version = map(int, Path(passage.path).stem.split("-")[1:])
            wrong = passage.text.strip() not in text(number, version)
            seen.note("passages", f"{passage} is not in its document" if wrong else "")
    elif what == "documents":
        seen.note("listings", _listed_wrong(memory))
    else:
        numbers = [generation.id for generation in memory.generations()]
        wrong = numbers != sorted(set(numbers), reverse=True)
        seen.note("logs", f"generations {numbers}" if wrong else "")


def _listed_wrong(memory: Memory) -> str:
    """What is wrong with the documents that are listed; "" where nothing is."""
    if isinstance(memory, RemoteMemory):  # which has no overview: that is of one generation
        listed = memory.documents()
        return f"{len(listed)} documents are listed" if len(listed) < FIXED else ""
    found = memory.overview()
    wrong = len(found.documents) != found.status.documents or len(found.documents) < FIXED
    return f"{found.status} lists {len(found.documents)}" if wrong else ""


def _again(memory: Memory, seen: Seen) -> None:
    """Ask what was asked of generations that are still there, alone, and compare."""
    there = {generation.id for generation in memory.generations()}
    for (generation, question), before in sorted(seen.answers.items())[-60:]:
        if generation in there:
            now = memory.at(generation).ask(question, max_tokens=3)
            same = now.text == before
            seen.note(
                "compared", "" if same else f"{generation}, {question}: {before!r}, {now.text!r}"
            )


def change(memory: Memory, folder: Path, seconds: float) -> None:
    """The other process: one change after the other until the time is over."""
    memory.inject(begin_another(folder, FIXED))  # loads the model
    print("begun", flush=True)
    rng, end, number = random.Random(0), time.monotonic() + seconds, FIXED + 1
    while time.monotonic() < end:
        try:
            number = _change(memory, folder, rng, number)
        except LockedError:
            continue
    print(f"{number} documents were made")


def _change(memory: Memory, folder: Path, rng: random.Random, number: int) -> int:
    movable = sorted(folder.glob("note-*"))[FIXED:]
    what = rng.choice(("inject", "inject", "inject", "forget", "erase", "collect", "change"))
    if what == "inject" or len(movable) < 3:
        memory.inject(begin_another(folder, number))
        return number + 1
    file = rng.choice(movable)
    if what == "change":
        old, version = file.stem.split("-")[1:]
        new = file.with_name(f"note-{old}-{int(version) + 1}.txt")
        new.write_text(text(int(old), int(version) + 1))
        file.unlink()
        memory.update(prune=True)
        memory.inject(new)
    elif what == "collect":
        memory.gc(keep_last=rng.randint(1, 4))
    else:
        file.unlink()
        memory.forget(str(file), erase=what == "erase")
    return number


def begin(folder: Path) -> list[Path]:
    """The documents that stay."""
    folder.mkdir()
    return [begin_another(folder, number) for number in range(FIXED)]


def begin_another(folder: Path, number: int) -> Path:
    file = folder / f"note-{number:06}-0.txt"
    file.write_text(text(number, 0))
    return file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--served", action="store_true", help="over HTTP")
    parser.add_argument("--write", nargs=5, help=argparse.SUPPRESS)  # memory model cache folder s
    chosen = parser.parse_args()
    if chosen.write:
        place, model, cache, folder, seconds = chosen.write
        memory = Memory(place, model=model, cache=cache, lock_timeout_s=5)
        change(memory, Path(folder), float(seconds))
        return
    from mplus_cli import models
    from tests.toy import make_checkpoint

    with tempfile.TemporaryDirectory() as work:
        root = Path(work)
        model = str(make_checkpoint(root / "toy", "chunks"))
        models.pull(model, root / "cache")
        seen = run(root, model, root / "cache", chosen.minutes * 60, chosen.served)
    print(", ".join(f"{count:,} {what}" for what, count in sorted(seen.counts.items())))
    for wrong in seen.wrong[:20]:
        print(wrong)
    print(f"{len(seen.wrong):,} wrong in {chosen.minutes:g} minutes")
    raise SystemExit(bool(seen.wrong))


def run(root: Path, model: str, cache: Path, seconds: float, over_http: bool = False) -> Seen:
    """Make a memory and load it, with a model that is prepared."""
    place, folder = root / "memory", root / "notes"

    def open_memory() -> Memory:
        return Memory(place, model=model, cache=cache, lock_timeout_s=5)

    with open_memory() as memory:
        memory.inject(*begin(folder))
    writer = [sys.executable, "-m", "tests.soak", "--write"]
    writer += [str(place), model, str(cache), str(folder)]
    if not over_http:
        return soak(folder, open_memory, seconds, writer)
    with served(open_memory()._settings, Rules(shows_paths=True)) as house:
        return soak(folder, lambda: Memory(house.url), seconds, writer)


if __name__ == "__main__":
    main()
