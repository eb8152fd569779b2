"""The chance that an answer is right."""

from dataclasses import replace
from typing import Any

from mplus_cli.asking.confidence import confidence
from mplus_cli.asking.said import Said
from mplus_cli.kinds.readings import Reading
from mplus_cli.model.config import Confidence

WEIGHTS = Confidence(bias=1.0, doubt=-0.3, likelihood=2.0, literal=1.0, rank=-0.5, margin=3.0)
NOTHING: Any = None
SAID = Said(Reading(NOTHING, NOTHING, doubt=0.02), "4417", False, False, 0.9, 3)


def test_every_sign_counts() -> None:
    sure = confidence(WEIGHTS, SAID, True)
    assert sure is not None and 0.9 < sure < 1
    reading = SAID.reading
    for said, literal in (
        (SAID, False),
        (SAID, None),
        (replace(SAID, likelihood=0.3), True),
        (replace(SAID, reading=replace(reading, doubt=0.4)), True),
        (replace(SAID, reading=replace(reading, rank=2)), True),
        (replace(SAID, reading=replace(reading, margin=-0.1)), True),
    ):
        less = confidence(WEIGHTS, said, literal)
        assert less is not None and less < sure


def test_the_ends_are_chances_too() -> None:
    for doubt, likelihood in ((0.0, 1.0), (1.0, 0.0)):
        said = replace(SAID, reading=replace(SAID.reading, doubt=doubt), likelihood=likelihood)
        found = confidence(WEIGHTS, said, True)
        assert found is not None and 0 <= found <= 1


def test_nothing_is_said_of_what_nobody_measured_and_of_no_answer() -> None:
    assert confidence(None, SAID, True) is None
    assert confidence(WEIGHTS, replace(SAID, declined=True), None) is None
