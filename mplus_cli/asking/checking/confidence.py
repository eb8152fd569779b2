"""The chance that an answer is right, from what is known of it without any measure of the answer.

A logistic rule: 1 / (1 + exp(-(b + sum of w·x))), whose weights are facts of a checkpoint, fitted
by `bench.reliability` on questions whose answers are known (Platt, in: Advances in Large Margin
Classifiers, 1999). The numbers x:

    doubt       log odds of declining before the first token
    likelihood  log of the geometric mean of the tokens' probabilities
    literal     1 where the answer stands in its passage, else 0
    beside      the share of the question's words in the sentences where the answer stands
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict

from mplus_cli.asking.alike import stems
from mplus_cli.asking.said import Said
from mplus_cli.model.config import Confidence

LEAST = 1e-4
"""Probabilities nearer to 0 or 1 than this are taken for this."""


def confidence(weights: Confidence | None, signs: Mapping[str, float]) -> float | None:
    """The chance that an answer is right; None for a model without weights."""
    if weights is None:
        return None
    given = asdict(weights)
    total = given.pop("bias") + sum(given[name] * x for name, x in signs.items())
    return round(1 / (1 + math.exp(-total)), 3)


def signs(question: str, said: Said, literal: bool | None, quote: str) -> dict[str, float]:
    """The numbers that the rule weighs, by name. quote: the sentences where the answer stands."""
    doubt = min(max(said.doubt, LEAST), 1 - LEAST)
    asked = stems(question)
    return {
        "doubt": math.log(doubt / (1 - doubt)),
        "likelihood": math.log(max(said.likelihood, LEAST)),
        "literal": float(literal is True),
        "beside": len(asked & stems(quote)) / max(len(asked), 1),
    }
