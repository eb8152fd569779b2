"""The chance that an answer is right."""

from dataclasses import replace
from typing import Any

from mplus_cli.asking.checking.confidence import confidence, signs
from mplus_cli.asking.said import Said
from mplus_cli.kinds.readings import Reading
from mplus_cli.model.config import Confidence

WEIGHTS = Confidence(bias=-1.0, doubt=-0.3, likelihood=2.0, literal=1.0, beside=2.0)
NOTHING: Any = None
SAID = Said(Reading(NOTHING, NOTHING, doubt=0.02), "4417", False, False, 0.9, 3)
QUESTION, QUOTE = "What is the gate code?", "The code of the gate is 4417."


def chance(said: Said = SAID, literal: bool | None = True, quote: str = QUOTE) -> float:
    found = confidence(WEIGHTS, signs(QUESTION, said, literal, quote))
    assert found is not None and 0 <= found <= 1
    return found


def test_every_sign_counts() -> None:
    assert 0.9 < chance() < 1
    doubted = replace(SAID, reading=replace(SAID.reading, doubt=0.4))
    for less in (
        chance(literal=False),
        chance(literal=None),
        chance(replace(SAID, likelihood=0.3)),
        chance(doubted),
        chance(quote="The code is 4417."),
        chance(quote=""),
    ):
        assert less < chance()


def test_the_ends_are_chances_too() -> None:
    for doubt, likelihood in ((0.0, 1.0), (1.0, 0.0)):
        chance(replace(SAID, reading=replace(SAID.reading, doubt=doubt), likelihood=likelihood))
    assert signs("?", SAID, True, QUOTE)["beside"] == 0


def test_nothing_is_said_of_what_nobody_measured() -> None:
    assert confidence(None, signs(QUESTION, SAID, True, QUOTE)) is None
