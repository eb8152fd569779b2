"""How well follow-up questions are answered, and what changes of topic suffer from it.

    python -m bench.followups [--json FILE]

Conversations about the files of `bench/household`, in one memory with this project's documentation.
Each turn behind the first is a follow-up or a change of topic. `first` is the share whose first
passage is right (of the right document, with an answer in it where one of its passages has one):
by the question alone, with those before in front, both fused with equal weights and as the product
fuses them, always and by its rule. Then answers: alone, always as follow-ups, and by the rule.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest import mock

from rich.progress import track

from bench.verdicts import counted, judged
from mplus_cli.api import Memory
from mplus_cli.asking import found
from mplus_cli.asking.among import Among
from mplus_cli.asking.opened import Opened
from mplus_cli.asking.understanding import followed
from mplus_cli.asking.understanding.by_model import understood_by
from mplus_cli.asking.understanding.question import Question
from mplus_cli.engine import Engine
from training.data import Question as Wanted

HERE = Path(__file__).parent
FILES = [HERE / "household" / "files", *sorted((HERE.parent / "docs").glob("*.md"))]
ANSWER_TOKENS = 48
KINDS = ("follow-up", "change")
DEPTH = 64


@dataclass(frozen=True)
class Turn:
    """A question behind others; document: "" where none answers it."""

    kind: str
    question: str
    answers: tuple[str, ...]
    document: str
    after: tuple[str, ...]


def turns(file: Path = HERE / "followups.jsonl") -> list[Turn]:
    """All but the first of each conversation."""
    made = list[Turn]()
    for line in file.read_text(encoding="utf-8").splitlines():
        asked = list[str]()
        for each in json.loads(line)["turns"]:
            if asked:
                answers, document = tuple(each["answers"]), each["document"] or ""
                made.append(Turn(each["kind"], each["question"], answers, document, tuple(asked)))
            asked.append(each["question"])
    return made


@contextmanager
def always() -> Iterator[None]:
    """Every question is taken for a follow-up."""
    with mock.patch.object(followed, "follows", lambda question: True):
        yield


def first_passages(memory: Memory, asked: Sequence[Turn]) -> dict[str, dict[str, float]]:
    """Kind -> way of searching -> share whose first passage is right."""
    asker = memory._shared.asker()
    shares: dict[str, dict[str, list[bool]]] = {kind: {} for kind in KINDS}
    with asker._opener.opened(None, Among.of()) as opened:
        for turn in track([each for each in asked if each.document], "searching"):
            ranked = _ranked(turn, opened, asker._engine)
            right = _right(turn, opened, {n for each in ranked.values() for n in each})
            for way, numbers in ranked.items():
                shares[turn.kind].setdefault(way, []).append(numbers[0] in right)
    return {
        kind: {way: round(statistics.mean(each), 3) for way, each in ways.items()}
        for kind, ways in shares.items()
    }


def _ranked(turn: Turn, opened: Opened, engine: Engine) -> dict[str, list[int]]:
    def read(typed: str) -> Question:
        return understood_by(engine, typed, opened.index.vocabulary)

    def ranking(question: Question) -> list[int]:
        return [number for number, _ in found.search(question, opened, engine, DEPTH)]

    alone = read(turn.question)
    before = " ".join(read(each).asked for each in _standing(turn.after))
    both = replace(alone, before=before)
    ahead = replace(alone, asked=f"{before} {alone.asked}", words=f"{before} {alone.words}")
    by_alone, by_front = ranking(alone), ranking(ahead)
    equal = dict.fromkeys([*by_alone, *by_front], 0.0)
    for numbers in (by_alone, by_front):
        for rank, number in enumerate(numbers, 1):
            equal[number] += 1 / (60 + rank)
    fused = ranking(both)
    return {
        "alone": by_alone,
        "in front": by_front,
        "fused equally": sorted(equal, key=lambda number: -equal[number]),
        "fused": fused,
        "by rule": fused if followed.follows(alone.asked) else by_alone,
    }


def _standing(after: Sequence[str]) -> list[str]:
    """The question before, with those that it goes on with in front."""
    return [*followed.before(after[-1], after[:-1]), after[-1]]


def _right(turn: Turn, opened: Opened, numbers: set[int]) -> set[int]:
    located = opened.index.located(opened.generation.id, sorted(numbers))
    there = {
        number: " ".join(each.chunk.text.split()).lower()
        for number, each in located.items()
        if each.path.endswith(turn.document)
    }
    answers = [" ".join(each.split()).lower() for each in turn.answers]
    holding = {number for number, text in there.items() if any(map(text.__contains__, answers))}
    return holding or set(there)


def answered(memory: Memory, asked: Sequence[Turn], *, after: bool) -> Mapping[str, Any]:
    """Kind -> verdicts on the answers, and the share of right first sources."""
    judgements: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    first: dict[str, list[bool]] = {kind: [] for kind in KINDS}
    for turn in track(asked, "asking"):
        known = turn.after if after else ()
        answer = memory.ask(turn.question, max_tokens=ANSWER_TOKENS, after=known)
        wanted = Wanted(turn.question, turn.answers, turn.kind)
        judgements[turn.kind].append(judged(wanted, answer.text, answer.declined))
        if turn.document:
            path = answer.sources[0].path if answer.sources else ""
            first[turn.kind].append(path.endswith(turn.document))
    return {
        kind: counted(judgements[kind])
        | {"first_source_right": round(statistics.mean(first[kind]), 3)}
        for kind in KINDS
    }


def measured(model: str | None) -> dict[str, Any]:
    asked = turns()
    with (
        tempfile.TemporaryDirectory() as folder,
        Memory(Path(folder) / "memory", model=model) as memory,
    ):
        memory.inject(*FILES)
        result: dict[str, Any] = {"first": first_passages(memory, asked)}
        result["alone"] = answered(memory, asked, after=False)
        with always():
            result["always"] = answered(memory, asked, after=True)
        result["rule"] = answered(memory, asked, after=True)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", help="instead of the default model")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    chosen = parser.parse_args()
    text = json.dumps(measured(chosen.model), indent=1)
    print(text)
    if chosen.json:
        chosen.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
