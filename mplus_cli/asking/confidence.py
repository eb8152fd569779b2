"""The chance that an answer is right, from what is known of it without any measure of the answer.

A logistic rule: 1 / (1 + exp(-(b + sum of w·x))), whose weights are facts of a checkpoint, fitted
by `training/calibrate.py` on questions whose answers are known (Platt 1999, Advances in Large
Margin Classifiers). The numbers x, each about 0 to 1 or a logarithm:

    doubt       log odds of declining before the first token
    likelihood  log of the geometric mean of the tokens' probabilities
    literal     1 where the answer stands in its passage, else 0
    rank        1 where it is not from the passage that was found first, else 0
    margin      by how much the passage's retrieval score exceeds the best of the others
"""

from __future__ import annotations

import math
from dataclasses import asdict

from mplus_cli.asking.said import Said
from mplus_cli.model.config import Confidence

LEAST = 1e-4
"""Probabilities nearer to 0 or 1 than this are taken for this."""


def confidence(weights: Confidence | None, said: Said, literal: bool | None) -> float | None:
    """The chance that an answer is right; None for a model without weights, and where none is
    given.
    """
    if weights is None or said.declined:
        return None
    given = asdict(weights)
    total = given.pop("bias") + sum(given[name] * x for name, x in signs(said, literal).items())
    return round(1 / (1 + math.exp(-total)), 3)


def signs(said: Said, literal: bool | None) -> dict[str, float]:
    """The numbers that the rule weighs, by name."""
    reading = said.reading
    doubt = min(max(reading.doubt, LEAST), 1 - LEAST)
    return {
        "doubt": math.log(doubt / (1 - doubt)),
        "likelihood": math.log(max(said.likelihood, LEAST)),
        "literal": float(literal is True),
        "rank": float(reading.rank > 0),
        "margin": reading.margin,
    }
