"""Sentences of longer answers that no passage supports."""

import pytest

from mplus_cli.asking.checking.supported import unsupported

PASSAGE = (
    "The gate code is 4417. Configuration is read from `~/.config/tide/rules.toml`. Serviced in "
    "March 2024 by Ines Keller. It costs 1,250 euros. Press Start and Eco together."
)


@pytest.mark.parametrize(
    "answer",
    [
        "The gate code is 4417.",
        "You find the configuration in `~/.config/tide/rules.toml`.",
        "It was serviced by Ines Keller in March 2024.",
        "The price is 1250 euros.",
        "1. Open the gate\n2. Type 4417",
        "",
    ],
)
def test_other_words_for_what_is_there_are_supported(answer: str) -> None:
    assert unsupported(answer, "What is the price of the gate?", [PASSAGE]) == ()


@pytest.mark.parametrize(
    "made_up",
    [
        "The gate code is 4418.",
        "You find the configuration in ~/.config/tide/config.toml.",
        "It was serviced by Ines Miller.",
        "It was serviced in March 2023.",
        "Use the option --limit for it.",
        "See https://example.org for the configuration.",
        "Call the function setGate with the code.",
        "I like turtles and warm summers.",
    ],
)
def test_what_is_made_up_is_named(made_up: str) -> None:
    answer = f"The gate code is 4417. {made_up} It costs 1250 euros."
    assert unsupported(answer, "What?", [PASSAGE]) == (made_up,)
