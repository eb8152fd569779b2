"""`mplus doctor`: what this machine can run."""

from __future__ import annotations

from mplus_cli import models
from mplus_cli.commands import options
from mplus_cli.screen import models as shown
from mplus_cli.screen import terminal
from mplus_cli.settings import load_settings


def doctor(json: options.Json = False) -> None:
    """Say what this machine can run: memory and disk that each model needs, and how fast it can be
    at best.

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
        shown.surveyed(found, cache)
