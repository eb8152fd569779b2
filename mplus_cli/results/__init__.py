"""What the façade gives back: frozen records of plain values, the same for every caller.

Their fields are, but for a few names that `mplus_cli.results.plain` translates, those of the
`--json` output. Times are UTC, as "2026-11-27T12:00:00Z"; vectors are counted per layer. A module
for each thing that is done, so that a command loads its own only.
"""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Is told how much of a known amount of work is done: (done, of)."""


def unwatched(done: int, of: int) -> None:
    """A `Progress` for work that nobody watches."""


def unheard(event: object) -> None:
    """Is told of events where nobody listens."""


def never() -> bool:
    """Whether something is to stop that nothing stops."""
    return False
