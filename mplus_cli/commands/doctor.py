"""`mplus doctor`: what this machine can run."""

from __future__ import annotations

from typing import Annotated

import typer

from mplus_cli import models
from mplus_cli.commands import options
from mplus_cli.screen import models as shown
from mplus_cli.screen import terminal
from mplus_cli.settings import load_settings


def doctor(
    every_form: Annotated[
        bool,
        typer.Option("--all", help="Show every form of a model's weights, not the best one alone."),
    ] = False,
    json: options.Json = False,
) -> None:
    """Say what this machine can run: memory and disk that each model needs, how fast it can be at
    best, and which model fits this machine best.

    That is the largest chat model known to mplus that fits, answers with 5 tokens a second and
    reads with 100, where half of the limits shown here is what to expect; else the default model.
    On a machine that is busy less is measured, so let it rest before.

    Memory: weights, keys and values of a full memory, and the work of reading it; the long-term
    memory stays on disk. Speeds are estimated upper limits, from a short measurement: an answer's
    token reads all weights and the memory's keys and values once, an injected token takes two
    operations a weight. On a CPU, quantized forms stay far below them.
    """
    cache = load_settings({}).cache
    found = models.survey(cache, terminal.size)
    if json:
        terminal.as_json(found)
    else:
        shown.surveyed(found, cache, every_form)
