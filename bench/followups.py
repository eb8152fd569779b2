"""How well follow-up questions are answered, and what changes of topic suffer from it.

    python -m bench.followups [SET…] [--json FILE] [--turns FILE]

Conversations about the files of `bench/household`, which the rules were written with, and of
`bench/village`, which they were not; each in one memory with this project's documentation. Each
turn behind the first is a follow-up or a change of topic. `first` is the share whose first
passage is right (of the right document, with an answer in it where one of its passages has one):
by the question alone, with those before in front, both fused with equal weights and as the product
fuses them, always and by its rule. Then answers: alone, always as follow-ups, and by the rule.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from unittest import mock

from rich.progress import track

from bench.verdicts import Judged, counted, judged
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
AROUND = sorted((HERE.parent / "docs").glob("*.md"))
SETS = ("household", "village")
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


def turns(file: Path) -> list[Turn]:
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


@dataclass(frozen=True)
class Answered:
    """An answer, and whether its first source is the right document; None where there is none."""

    judged: Judged
    first_source_right: bool | None


@contextmanager
def always() -> Iterator[None]:
    """Every question is taken for a follow-up."""
    with mock.patch.object(followed, "follows", lambda question: True):
        yield


def first_passages(memory: Memory, asked: Sequence[Turn]) -> list[dict[str, bool]]:
    """For each turn: way of searching -> whether its first passage is right; {} where none is."""
    asker = memory._shared.asker()
    found = list[dict[str, bool]]()
    with asker._opener.opened(None, Among.of()) as opened:
        for turn in track(asked, "searching"):
            ranked = _ranked(turn, opened, asker._engine) if turn.document else {}
            right = _right(turn, opened, {n for each in ranked.values() for n in each})
            found.append({way: numbers[0] in right for way, numbers in ranked.items()})
    return found


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


def answered(memory: Memory, asked: Sequence[Turn], *, after: bool) -> list[Answered]:
    """The answers, knowing of the questions before or not."""
    made = list[Answered]()
    for turn in track(asked, "asking"):
        known = turn.after if after else ()
        answer = memory.ask(turn.question, max_tokens=ANSWER_TOKENS, after=known)
        wanted = Wanted(turn.question, turn.answers, turn.kind)
        path = answer.sources[0].path if answer.sources else ""
        right = path.endswith(turn.document) if turn.document else None
        made.append(Answered(judged(wanted, answer.text, answer.declined), right))
    return made


@dataclass(frozen=True)
class Measured:
    """Of each turn of a set: what was found first in each way, and the answers in each way."""

    turns: list[Turn]
    first: list[dict[str, bool]]
    answers: dict[str, list[Answered]]

    def shares(self) -> dict[str, Any]:
        """Kind -> way -> shares whose first passage is right; way -> kind -> verdicts."""
        return {"first": {kind: self._first(kind) for kind in KINDS}} | {
            way: {kind: self._verdicts(kind, answers) for kind in KINDS}
            for way, answers in self.answers.items()
        }

    def _first(self, kind: str) -> dict[str, float]:
        ways = [
            w for turn, w in zip(self.turns, self.first, strict=True) if turn.kind == kind and w
        ]
        return {way: _share(each[way] for each in ways) for way in ways[0]}

    def _verdicts(self, kind: str, answers: Sequence[Answered]) -> dict[str, float]:
        of_kind = [each for each in answers if each.judged.question.kind == kind]
        sources = [each.first_source_right for each in of_kind]
        found = _share(right for right in sources if right is not None)
        return counted([each.judged for each in of_kind]) | {"first_source_right": found}

    def lines(self) -> Iterator[dict[str, Any]]:
        """Each turn, for reading."""
        for number, (turn, ways) in enumerate(zip(self.turns, self.first, strict=True)):
            answers = {way: each[number].judged for way, each in self.answers.items()}
            yield asdict(turn) | {
                "follows": followed.follows(turn.question),
                "first": ways,
                "given": {way: [each.verdict, each.answer] for way, each in answers.items()},
            }


def _share(right: Iterable[bool]) -> float:
    return round(statistics.mean(right), 3)


def measured(of: str, model: str | None) -> Measured:
    """The conversations of a set. of: its folder beside this file."""
    asked = turns(HERE / of / "followups.jsonl")
    with (
        tempfile.TemporaryDirectory() as folder,
        Memory(Path(folder) / "memory", model=model) as memory,
    ):
        memory.inject(HERE / of / "files", *AROUND)
        first = first_passages(memory, asked)
        answers = {"alone": answered(memory, asked, after=False)}
        with always():
            answers["always"] = answered(memory, asked, after=True)
        answers["rule"] = answered(memory, asked, after=True)
    return Measured(asked, first, answers)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sets", nargs="*", default=SETS, metavar="SET", help=" or ".join(SETS))
    parser.add_argument("--model", help="instead of the default model")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    parser.add_argument("--turns", type=Path, help="write each turn there, a line of JSON each")
    chosen = parser.parse_args()
    found = {each: measured(each, chosen.model) for each in chosen.sets}
    text = json.dumps({name: each.shares() for name, each in found.items()}, indent=1)
    print(text)
    if chosen.json:
        chosen.json.write_text(text + "\n")
    if chosen.turns:
        lines = (json.dumps(line) for each in found.values() for line in each.lines())
        chosen.turns.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
