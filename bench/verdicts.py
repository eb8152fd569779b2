"""Answers judged one by one and counted by kind of question: right, partly, wrong, declined."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table

from training.data import Question, contains, f1

RIGHT, PARTLY = 0.8, 0.3  # the least F1 of an answer that is right, and of one that is so in part
VERDICTS = ("right", "partly", "wrong", "declined")


@dataclass(frozen=True)
class Judged:
    """A question, what was answered, and one of `VERDICTS`. f1: None where nothing answers it."""

    question: Question
    answer: str
    verdict: str
    f1: float | None


def judged(question: Question, answer: str, declined: bool) -> Judged:
    """A question without answers is answered wrong or declined."""
    score = f1(answer, question.answers) if question.answers else None
    if declined:
        verdict = "declined"
    elif score is None:
        verdict = "wrong"
    elif score >= RIGHT or contains(answer, question.answers):
        verdict = "right"
    else:
        verdict = "partly" if score >= PARTLY else "wrong"
    return Judged(question, answer, verdict, score)


def counted(answers: Sequence[Judged]) -> dict[str, float]:
    """How many have each verdict, and the mean F1 of those that can be answered."""
    found: dict[str, float] = {"questions": len(answers)}
    found |= {each: sum(one.verdict == each for one in answers) for each in VERDICTS}
    scores = [one.f1 for one in answers if one.f1 is not None]
    return found | ({"f1": round(statistics.mean(scores), 3)} if scores else {})


def by_kind(answers: Sequence[Judged]) -> dict[str, dict[str, float]]:
    """`counted` for each kind, those that can and that can't be answered apart, then for both."""
    groups: dict[str, list[Judged]] = {}
    for one in answers:
        kind = one.question.kind or "of no kind"
        lost = not one.question.answers and kind not in ("near miss", "wrong person")
        groups.setdefault(f"{kind}, not answered" if lost else kind, []).append(one)
    can = [one for one in answers if one.question.answers]
    cannot = [one for one in answers if not one.question.answers]
    groups |= {f"all {name}": some for name, some in (("answered", can), ("not", cannot)) if some}
    return {kind: counted(some) for kind, some in groups.items()}


def table(title: str, kinds: dict[str, dict[str, float]]) -> Table:
    made = Table(title=title)
    made.add_column("kind")
    for name in ("questions", *VERDICTS, "f1"):
        made.add_column(name, justify="right")
    for kind, found in kinds.items():
        counts = [str(found[name]) for name in ("questions", *VERDICTS)]
        made.add_row(kind, *counts, f"{found['f1']:.2f}" if "f1" in found else "")
    return made
