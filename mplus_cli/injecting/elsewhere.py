"""What a run asks of other machines that read or write for it: `mplus_cli.cluster` are these."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Protocol

from mplus_cli.engine import Engine
from mplus_cli.injecting.events import Event, Skipped
from mplus_cli.injecting.plan import Plan
from mplus_cli.injecting.writing import Prepared

if TYPE_CHECKING:
    from store.change import Change


class Elsewhere(Protocol):
    """Machines that have segments written and bring them to a change. The plan, its order and the
    commits stay the run's.
    """

    def line(
        self,
        plan: Plan,
        engine: Engine,
        change: Change,
        stopped: Callable[[], bool],
        tell: Callable[[Event], None],
    ) -> Generator[Prepared | Skipped, None, None]:
        """What a plan has to do, in its order: each document when all its segments are there.

        Ends early once `stopped` is true. Raises `ClusterError` where it can't go on.
        """
        ...
