"""What all requests share: the desk, the one writer, who listens, and the rules of the house."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import Request

from mplus_cli.serving.desk import Desk, Job, Tell
from mplus_cli.serving.listening import Listening
from mplus_cli.serving.web.bulletin import Bulletin
from mplus_cli.serving.web.metrics import Metrics
from mplus_cli.serving.web.names import Names
from mplus_cli.serving.web.refusals import RefusedError
from mplus_cli.serving.web.writer import Writer


@dataclass(frozen=True)
class Rules:
    """What whoever starts a server allows.

    writes: whether the memory may be changed; token: what each request must bring (None: nothing);
    shows_paths: whether folders of this disk are told; origins: of other pages that may ask.
    """

    writes: bool = False
    token: str | None = None
    shows_paths: bool = False
    origins: tuple[str, ...] = ()


@dataclass(frozen=True)
class Site:
    """One server."""

    desk: Desk
    rules: Rules
    bulletin: Bulletin
    writer: Writer
    names: Names
    metrics: Metrics = field(default_factory=Metrics)
    started: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, desk: Desk, rules: Rules) -> Site:
        bulletin = Bulletin(desk)
        names = Names(desk.memory, rules.shows_paths)
        return cls(desk, rules, bulletin, Writer(desk, bulletin), names)

    def hear(self, start: Callable[[Tell], Job]) -> Listening:
        """Stand in line at the desk, and listen. Raises `BusyError`."""
        return Listening(start, self.metrics.note)

    def need_writing(self) -> None:
        """Raises `RefusedError` where nothing may be changed."""
        if not self.rules.writes:
            raise RefusedError(
                403, "read_only", "this server only reads", "start it with: mplus serve --write"
            )


def site_of(request: Request) -> Site:
    """The server that a request came to."""
    found: Site = request.app.state.site
    return found
