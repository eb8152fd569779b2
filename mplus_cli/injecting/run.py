"""A whole run of the write path: what was named -> pieces -> plan -> documents in the memory.

Or a preview of it, which changes nothing; or one run after the other while files change.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

from mplus_cli.engine import Engine
from mplus_cli.injecting import ingest, pace, plan
from mplus_cli.injecting.events import Chosen, Event, Quantizing
from mplus_cli.injecting.named import Named
from mplus_cli.injecting.plan import Request
from mplus_cli.injecting.report import PreviewTally, RunTally
from mplus_cli.inputs.names import Passed, is_there
from mplus_cli.results.runs import PassedOver, Preview, Report
from store.change import Change, change
from store.errors import LockedError
from store.home import Home
from store.inventory import Inventory, take_inventory

Watch = Callable[[Event], None]
Stopped = Callable[[], bool]


@dataclass(frozen=True)
class Run:
    """Runs of one command on one memory. `watch` is told every event, `stopped` asked in
    between.
    """

    engine: Engine
    memory: Path
    timeout_s: float
    watch: Watch
    stopped: Stopped

    def inject(self, named: Named) -> Report:
        """Read what was named. Makes the memory where there is none."""
        self._tell_choice()
        tally = RunTally()
        with ExitStack() as stack:
            request = Request(named.pieces(stack, tally.passed))
            roots = named.roots()
            opened = stack.enter_context(self._change("inject"))
            report = self._carry_out(request, opened, [], tally)
            failed = {each.path for each in report.failed}
            opened.name_roots(root for root in roots if root.name not in failed)
        return report

    def preview_inject(self, named: Named) -> Preview:
        self._tell_choice()
        passed: list[Passed] = []
        with ExitStack() as stack:
            request = Request(named.pieces(stack, passed.append))
            return self._preview(request, take_inventory(self.memory, self.engine.spec), [], passed)

    def update(self, prune: bool, elsewhere: bool = True, password: str | None = None) -> Report:
        """Read again what was injected before.

        elsewhere: also what lies in git repositories or on the web; password: of locked files.
        Raises `NoMemoryError`.
        """
        Home(self.memory)  # none is made
        tally = RunTally()
        with ExitStack() as stack:
            opened = stack.enter_context(self._change("update"))
            request, gone = _again(
                opened.inventory, prune, stack, tally.passed, elsewhere, password
            )
            report = self._carry_out(request, opened, gone, tally)
            if prune:
                roots = (root.name for root in opened.inventory.roots)
                opened.name_roots([], [name for name in roots if not is_there(name)])
        return report

    def preview_update(self, prune: bool, password: str | None = None) -> Preview:
        Home(self.memory)
        passed: list[Passed] = []
        before = take_inventory(self.memory, self.engine.spec)
        with ExitStack() as stack:
            request, gone = _again(before, prune, stack, passed.append, password=password)
            return self._preview(request, before, gone, passed)

    def keep_updating(self, prune: bool, password: str | None = None) -> Iterator[Report]:
        """Update now and whenever something changes on the disk, until a run is interrupted."""
        from mplus_cli.inputs.watch import changes

        Home(self.memory)
        before = take_inventory(self.memory)
        roots = [root.name for root in before.roots]
        with changes(roots, plan.paths(before), self.memory) as changed:
            report = self.update(prune, password=password)
            yield report
            while not report.interrupted and changed.wait(self.stopped):
                try:
                    report = self.update(prune, elsewhere=False, password=password)
                except LockedError:
                    changed.retry()
                else:
                    yield report

    def _tell_choice(self) -> None:
        if self.engine.choice:
            self.watch(Chosen(self.engine.choice))

    def _change(self, command: str) -> AbstractContextManager[Change]:
        return change(self.memory, command, self.timeout_s, create=self.engine.spec)

    def _carry_out(
        self, request: Request, opened: Change, gone: list[str], tally: RunTally
    ) -> Report:
        start = time.perf_counter()
        self.engine.quantizing = lambda done, of: self.watch(Quantizing(done, of))
        for event in ingest.inject(request, self.engine, opened, self.stopped):
            tally.note(event)
            self.watch(event)
        return tally.report(opened, time.perf_counter() - start, self.stopped(), gone)

    def _preview(
        self, request: Request, before: Inventory, gone: list[str], passed: list[Passed]
    ) -> Preview:
        home = Home(self.memory) if Home.exists(self.memory) else None
        engine = self.engine
        rate = pace.expected(home, engine.spec.identity, engine.relative_speed)
        tally = PreviewTally(str(self.memory), *rate)
        for event in ingest.preview(request, self.engine, before, home):
            tally.note(event)
            self.watch(event)
        return tally.report(gone, [PassedOver(each.path, each.reason) for each in passed])


def _again(
    before: Inventory,
    prune: bool,
    stack: ExitStack,
    passed: Callable[[Passed], None],
    elsewhere: bool = True,
    password: str | None = None,
) -> tuple[Request, list[str]]:
    """What to read again, and the paths that are gone from the disk and stay in the memory."""
    pieces = plan.again(before, stack, passed, elsewhere, password)
    gone = plan.gone(before, pieces, elsewhere)
    request = Request(list(pieces.values()), gone if prune else (), forgotten_stay_out=True)
    return request, [] if prune else gone
