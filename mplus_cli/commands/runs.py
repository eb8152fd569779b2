"""What `inject` and `update` share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mplus_cli.errors import ReadError
from mplus_cli.results.runs import Preview, Report

if TYPE_CHECKING:
    from mplus_cli.injecting.events import Event

INTERRUPTED = 130
WITHHELD = 1  # documents that were to be pruned stay
Watch = Callable[["Event"], None]


def both(first: Watch, second: Watch) -> Watch:
    """Tell one event to two."""

    def tell(event: Event) -> None:
        first(event)
        second(event)

    return tell


def exit_code(found: Report | Preview) -> int:
    if isinstance(found, Report) and found.interrupted:
        return INTERRUPTED
    if found.withheld and isinstance(found, Report):
        return WITHHELD
    return ReadError.exit_code if found.failed or found.away else 0
