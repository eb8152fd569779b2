"""Files that workers read, since they see the same ones: documents in the plan's order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from mplus_cli.cluster import tasks
from mplus_cli.cluster.flight import DIED, Flight, Task
from mplus_cli.cluster.tasks import Wanted
from mplus_cli.engine import Engine
from mplus_cli.errors import ClusterError
from mplus_cli.injecting.events import Skipped
from mplus_cli.injecting.ingest import prepare
from mplus_cli.injecting.plan import Plan
from mplus_cli.injecting.writing import AHEAD_BYTES, Prepared
from mplus_cli.inputs.names import is_elsewhere
from mplus_cli.inputs.piece import Piece

AHEAD = 2
"""Files for each thread of a worker that are read ahead."""
_KILLED = "every worker that was to read it died"
_KILLED_HINT = "leave out --shared: then this machine reads"


@dataclass(eq=False)
class _Reading:
    piece: Piece
    found: Prepared | Skipped | None = None


class Reader:
    """Has a plan's files read by workers. What is no file of the disk is read here."""

    def __init__(self, flight: Flight, wanted: Wanted, plan: Plan, engine: Engine) -> None:
        self._flight, self._wanted, self._plan, self._engine = flight, wanted, plan, engine
        self._ahead: deque[_Reading] = deque()

    def line(self, stopped: Callable[[], bool]) -> Generator[Prepared | Skipped, None, None]:
        """All documents, in the plan's order. Ends early once `stopped` is true."""
        todo = deque(self._plan.todo)
        while (todo or self._ahead) and not stopped():
            while todo and self._has_room(todo[0]):
                self._begin(todo.popleft())
            if self._ahead[0].found is None:
                self._flight.wait()
            else:
                found = self._ahead.popleft().found
                assert found is not None
                yield found

    def _has_room(self, piece: Piece) -> bool:
        ahead_bytes = sum(each.piece.size_bytes for each in self._ahead)
        fits = ahead_bytes + piece.size_bytes <= AHEAD_BYTES
        few = len(self._ahead) < AHEAD * self._flight.threads
        return not self._ahead or (fits and few and self._flight.is_open)

    def _begin(self, piece: Piece) -> None:
        reading = _Reading(piece)
        self._ahead.append(reading)
        if is_elsewhere(piece.path) or not Path(piece.path).is_absolute():
            reading.found = prepare(piece, self._plan.kept, self._engine)
        else:
            self._send(reading)

    def _send(self, reading: _Reading, alone: bool = False) -> None:
        number, piece = self._flight.number(), reading.piece
        begin = partial(
            self._flight.client.submit,
            tasks.prepare,
            self._wanted,
            piece.path,
            piece.named,
            piece.options,
            piece.size_bytes,
            self._plan.digests[piece.path],
            pure=False,
        )
        self._flight.send(Task(number, begin, partial(self._end, reading, alone), alone))

    def _end(self, reading: _Reading, alone: bool, came: Any) -> None:
        if came is not DIED:
            reading.found = came
        elif alone:
            path = reading.piece.path
            reading.found = Skipped(path, _KILLED, _KILLED_HINT, False, ClusterError.code)
        else:
            self._send(reading, alone=True)
