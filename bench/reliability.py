"""How often answers are right that are said to be, and what declining costs.

    python -m bench.reliability FILE… --limit 150

All passages of a file lie in one memory, and its questions are asked, those too that no passage
answers. Every question is answered, whatever the doubt, so one run tells what each threshold of
declining (`likely`) would give; of the answers that the model's own threshold lets through, the
logistic rule of `mplus_cli.asking.checking.confidence` is fitted. Its reliability is that of
questions about passages that it was not fitted on (five folds). An answer is right from an F1 of
0.5 on.
`confidence` is what goes into the checkpoint's `answering`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from bench.answers import KEPT
from bench.machine import LOCK_TIMEOUT_S
from bench.retention_memory import ANSWER_TOKENS, Asked, Bench
from mplus_cli.asking.answer import Asker
from mplus_cli.asking.how import Asking
from mplus_cli.engine import Engine
from mplus_cli.model.config import Confidence
from mplus_cli.settings import load_settings
from training.data import f1, load

RIGHT = 0.5
FOLDS = 5
STEPS = 50
PENALTY = 1.0
"""On the squares of the weights but the bias, beside the sum over all answers: few answers say
little of four weights."""
THRESHOLDS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
BINS = 5
NAMES = [item.name for item in fields(Confidence)]

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Answered:
    """A question's answer: doubt, signs [4] in the order of `NAMES` behind a 1, F1; the passage
    asked about, and whether it has an answer.
    """

    passage: str
    answerable: bool
    doubt: float
    signs: tuple[float, ...]
    f1: float


def answered(engine: Engine, file: Path, limit: int | None) -> Iterator[Answered]:
    """Answers to a file's questions, `limit` of them evenly chosen."""
    passages = load(file)
    names = [f"{file.name}-{number}" for number in range(len(passages))]
    asked = [
        Asked(question, name)
        for name, passage in zip(names, passages, strict=True)
        for question in passage.questions
    ]
    asked = asked[:: max(len(asked) // (limit or len(asked)), 1)]
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(engine, Path(folder) / "memory")
        bench.add([(name, passage.text) for name, passage in zip(names, passages, strict=True)])
        asker = Asker(engine, Path(folder) / "memory", LOCK_TIMEOUT_S)
        for one in track(asked, file.name):
            first = asker.first(one.question.text, Asking(max_tokens=ANSWER_TOKENS))
            # What declines in words, in spite of all, does so whatever the threshold.
            given = {"bias": 1.0, **(first.signs or dict.fromkeys(NAMES, 0.0))}
            doubt = first.said.doubt if first.signs else 1.0
            answers = one.question.answers
            yield Answered(
                str(one.document),
                bool(answers),
                doubt,
                tuple(given[name] for name in NAMES),
                f1(first.text, answers) if answers else 0.0,
            )


def curve(answers: Sequence[Answered]) -> list[dict[str, float]]:
    """What each threshold of declining gives."""
    can = [each for each in answers if each.answerable]
    cannot = [each for each in answers if not each.answerable]
    return [
        {
            "likely": threshold,
            "f1": _mean([each.f1 * (each.doubt < threshold) for each in can]),
            "declined_wrongly": _mean([each.doubt >= threshold for each in can]),
            "declined_rightly": _mean([each.doubt >= threshold for each in cannot]),
        }
        for threshold in THRESHOLDS
    ]


def _mean(numbers: Sequence[float]) -> float:
    return round(float(np.mean(numbers)), 3) if numbers else 0.0


def fit(x: Numbers, right: Numbers) -> Numbers:
    """Weights [5] of the logistic rule by Newton's method: x [A,5], right [A] of 0 and 1."""
    penalty = PENALTY * np.diag([0.0] + [1.0] * (x.shape[1] - 1))
    weights = np.zeros(x.shape[1])
    for _ in range(STEPS):
        chance = sigmoid(x @ weights)
        slope = x.T @ (right - chance) - penalty @ weights
        curvature = (x * (chance * (1 - chance))[:, None]).T @ x + penalty
        weights += np.linalg.solve(curvature + 1e-9 * np.eye(len(weights)), slope)
    return weights


def sigmoid(x: Numbers) -> Numbers:
    found: Numbers = 1 / (1 + np.exp(-x))
    return found


def across(answers: Sequence[Answered], x: Numbers, right: Numbers) -> Numbers:
    """Chances [A], each by weights that were fitted without its passage."""
    passages = {
        name: number for number, name in enumerate(dict.fromkeys(a.passage for a in answers))
    }
    folds = np.array([passages[each.passage] % FOLDS for each in answers])
    chances = np.zeros(len(answers))
    for fold in range(FOLDS):
        chances[folds == fold] = sigmoid(
            x[folds == fold] @ fit(x[folds != fold], right[folds != fold])
        )
    return chances


def reliability(chances: Numbers, right: Numbers) -> dict[str, Any]:
    """What was said and what was, in bins of confidence; the mean gap (ECE, Naeini et al., AAAI
    2015), the mean square (Brier), and how well right and wrong are told apart (AUC).
    """
    places = np.minimum((chances * BINS).astype(int), BINS - 1)
    bins, gap = [], 0.0
    for place in range(BINS):
        inside = places == place
        if inside.any():
            said, was = float(chances[inside].mean()), float(right[inside].mean())
            gap += inside.mean() * abs(said - was)
            count = int(inside.sum())
            bins.append({"said": round(said, 3), "right": round(was, 3), "answers": count})
    higher = chances[right == 1][:, None] - chances[right == 0][None]
    return {
        "bins": bins,
        "ece": round(gap, 3),
        "brier": round(float(((chances - right) ** 2).mean()), 3),
        "auc": round(float(((higher > 0) + 0.5 * (higher == 0)).mean()), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", type=Path, nargs="*", default=KEPT, help="passages with questions")
    parser.add_argument("--limit", type=int, help="questions of each file")
    parser.add_argument("--model", default="smollm2")
    chosen = parser.parse_args()
    engine = Engine(load_settings({"model": chosen.model}), None)
    own = engine.config.answering
    engine.config = replace(engine.config, answering=replace(own, likely=1.0))
    answers, found = list[Answered](), dict[str, Any]()
    for file in chosen.files:
        of_file = list(answered(engine, file, chosen.limit))
        found[file.name] = curve(of_file)
        answers += of_file
    given = [each for each in answers if each.doubt < own.likely]
    x = np.array([each.signs for each in given])
    right = np.array([float(each.f1 >= RIGHT) for each in given])
    found["answers"], found["right"] = len(given), _mean(list(right))
    found["reliability"] = reliability(across(given, x, right), right)
    weights = fit(x, right)
    found["confidence"] = {
        name: round(float(weight), 4) for name, weight in zip(NAMES, weights, strict=True)
    }
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
