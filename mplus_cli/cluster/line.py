"""Documents in the plan's order, each given on when workers have written all that it lacks."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from mplus_cli.cluster import tasks
from mplus_cli.cluster.crew import Crew
from mplus_cli.cluster.flight import DIED, Flight, Task
from mplus_cli.cluster.tasks import Wanted
from mplus_cli.engine import Engine
from mplus_cli.errors import ClusterError
from mplus_cli.injecting.events import Skipped
from mplus_cli.injecting.writing import Prepared
from store.change import Change
from store.kinds.layout import layout_of
from store.segments.carried import Carried
from store.spec import Spec

if TYPE_CHECKING:
    from distributed import Future

    from mplus_cli.kinds import Keyed

IN_FLIGHT = 3
"""Runs for each thread of a worker: one that is computed, and some that wait behind it."""
HELD = 8
"""Times as many tokens as are in flight may wait for a document before them."""
RUN_BYTES = 1 << 26
"""Of vectors that a run gives back, where they are kept."""
_KILLED = "every worker that it was given to died"
_KILLED_HINT = "see what the workers say; the rest is kept"


@dataclass(eq=False)
class _Document:
    """One that waits for its turn; `lacking`: the segments that are not there yet."""

    found: Prepared | Skipped
    lacking: set[str] = field(default_factory=set)


@dataclass(eq=False)
class _Run:
    """Chunks that one task writes: of one document or of several. `previous`: the segment before
    the first, in a kind whose chunks see the one before; `owner`: whose part it is, where it goes
    alone; `future`: once it is with the workers.
    """

    task: Task
    chunks: Sequence[Keyed]
    previous: str | None
    owner: _Document | None
    future: Future[Any] | None = None

    @property
    def tokens(self) -> int:
        return sum(len(ids) for _, ids in self.chunks)


class Line:
    """Gives documents on in the order in which they come; segments reach the disk as they come."""

    def __init__(
        self, flight: Flight, crew: Crew, wanted: Wanted, engine: Engine, change: Change
    ) -> None:
        self._flight, self._crew, self._wanted, self._change = flight, crew, wanted, change
        self._names = engine.kind.writer.names
        self._follows = engine.config.memory.keeps_states  # each chunk sees the one before
        self._most_chunks = _most_chunks(change.spec)
        self._held: deque[_Document] = deque()
        self._held_tokens = 0
        self._wanting: dict[str, list[_Document]] = {}  # by the segments that they lack
        self._part: list[Keyed] = []  # of the next run
        self._part_previous: str | None = None
        self._cut: deque[_Run] = deque()  # runs that wait for room
        self._coming: dict[str, _Run] = {}  # by the segments that they write
        self._out = 0  # runs that are with the workers

    def through(
        self, line: Iterator[Prepared | Skipped], stopped: Callable[[], bool]
    ) -> Iterator[Prepared | Skipped]:
        """What comes, in its order, each when it is written. Ends early once `stopped` is true."""
        ended = False
        while not stopped():
            self._send()
            if self._held and not self._held[0].lacking:
                one = self._held.popleft().found
                self._held_tokens -= _tokens(one)
                yield one
            elif not ended and self._has_room():
                found = next(line, None)
                ended = found is None
                if found is not None:
                    self._take(found)
                if ended or self._out + len(self._cut) < self._flight.threads:
                    self._end_run()  # a worker would wait for more
            elif self._held:
                self._flight.wait()
            else:
                return

    def _has_room(self) -> bool:
        most = self._most_out()
        waiting = HELD * most * self._crew.tokens
        return self._out + len(self._cut) < most and self._held_tokens < waiting

    def _most_out(self) -> int:
        return IN_FLIGHT * self._flight.threads

    def _take(self, found: Prepared | Skipped) -> None:
        document = _Document(found)
        self._held.append(document)
        self._held_tokens += _tokens(found)
        if isinstance(found, Skipped):
            return
        chunks = [chunk.ids for chunk in found.chunks]
        keys = self._names(chunks)
        document.lacking = self._change.lacking(keys)
        for key in document.lacking:
            self._wanting.setdefault(key, []).append(document)
        self._cut_up(keys, chunks)

    def _cut_up(self, keys: Sequence[str], chunks: Sequence[Sequence[int]]) -> None:
        """Make runs of what a document lacks and no run writes yet."""
        previous = None
        if self._follows:
            self._end_run()
        for key, ids in zip(keys, chunks, strict=True):
            if key in self._wanting and key not in self._coming:
                self._add(previous, key, ids)
            elif self._follows:
                self._end_run()
            previous = key if self._follows else None
        if self._follows:
            self._end_run()

    def _add(self, previous: str | None, key: str, ids: Sequence[int]) -> None:
        if any(key == there for there, _ in self._part):
            return  # a chunk that is in a document twice
        tokens = sum(len(each) for _, each in self._part) + len(ids)
        if self._part and (tokens > self._crew.tokens or len(self._part) >= self._most_chunks):
            self._end_run()
        if not self._part:
            self._part_previous = previous
        self._part.append((key, ids))

    def _end_run(self) -> None:
        if self._part:
            run = self._run(self._part, self._part_previous)
            self._cut.append(run)
            self._part = []

    def _run(
        self, chunks: Sequence[Keyed], previous: str | None, owner: _Document | None = None
    ) -> _Run:
        task = Task(self._flight.number(), lambda: None, lambda _: None, alone=owner is not None)
        run = _Run(task, chunks, previous, owner)
        task.begin, task.end = partial(self._begin, run), partial(self._end, run)
        self._coming |= {key: run for key, _ in chunks}
        return run

    def _send(self) -> None:
        """Let runs go that there is room for."""
        while self._cut and self._flight.is_open and self._out < self._most_out():
            self._flight.send(self._cut.popleft().task)

    def _begin(self, run: _Run) -> Future[Any] | None:
        if not any(key in self._wanting for key, _ in run.chunks):
            self._forget(run)
            return None  # of a document that has failed
        before = self._coming.get(run.previous or "")
        if before is not None and before.future is None:  # which goes alone, too
            run.task.number = self._flight.number()
            self._flight.send(run.task)
            return None
        self._out += 1
        run.future = self._flight.client.submit(
            tasks.write,
            self._wanted,
            list(run.chunks),
            run.previous,
            before.future if before is not None else self._kept(run.previous),
            pure=False,
        )
        return run.future

    def _kept(self, previous: str | None) -> Future[Any] | None:
        """The segment of this memory that a run goes on behind, brought to a worker."""
        if previous is None:
            return None
        there = Carried.to_go_on(previous, self._change.segment_rows(previous))
        found: Future[Any] = self._flight.client.scatter([{previous: there}], direct=True)[0]
        return found

    def _end(self, run: _Run, came: Any) -> None:
        self._out -= 1
        self._forget(run)
        if came is DIED:
            self._try_again(run)
            return
        if came.keys() != {key for key, _ in run.chunks}:
            raise ClusterError("a worker gave back other segments than it was asked for")
        self._change.take_segments(list(came.values()))
        for key in came:
            for document in self._wanting.pop(key, ()):
                document.lacking.discard(key)

    def _forget(self, run: _Run) -> None:
        for key, _ in run.chunks:
            if self._coming.get(key) is run:
                del self._coming[key]

    def _try_again(self, run: _Run) -> None:
        """After the workers died: each document of the run has its part of it written alone; one
        that was alone has failed.
        """
        ids = dict(run.chunks)
        owners = list(dict.fromkeys(each for key in ids for each in self._wanting.get(key, ())))
        if run.owner in owners:
            owners.remove(run.owner)
            self._fail(run.owner)
        given: set[str] = set()
        for document in owners:
            part = [(key, ids[key]) for key in ids if key in document.lacking - given]
            given |= {key for key, _ in part}
            if part:
                self._flight.send(self._run(part, run.previous, document).task)

    def _fail(self, document: _Document) -> None:
        for key in document.lacking:
            self._wanting[key].remove(document)
            if not self._wanting[key]:
                del self._wanting[key]
        document.lacking = set()
        assert isinstance(document.found, Prepared)
        self._held_tokens -= _tokens(document.found)
        path = document.found.row.path
        document.found = Skipped(path, _KILLED, _KILLED_HINT, False, ClusterError.code)


def _tokens(found: Prepared | Skipped) -> int:
    return found.row.tokens if isinstance(found, Prepared) else 0


def _most_chunks(spec: Spec) -> int:
    """How many chunks a run may have, for what it gives back."""
    if spec.lean:
        return RUN_BYTES
    return max(1, RUN_BYTES // layout_of(spec).bytes(spec.num_tokens))
