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
from mplus_cli.injecting.elsewhere import Elsewhere
from mplus_cli.injecting.events import Chosen, Event, Quantizing
from mplus_cli.injecting.named import Named
from mplus_cli.injecting.plan import Request
from mplus_cli.injecting.pruning import Prune
from mplus_cli.injecting.report import PreviewTally, RunTally
from mplus_cli.inputs.missing import Missing, find_missing
from mplus_cli.inputs.names import Passed, is_elsewhere, is_there
from mplus_cli.results.runs import PassedOver, Preview, Report
from store.change import Change, change
from store.errors import LockedError
from store.home import Home
from store.inventory import Inventory, take_inventory
from store.segments.chosen import segments_of

Watch = Callable[[Event], None]
Stopped = Callable[[], bool]


@dataclass(frozen=True)
class Run:
    """Runs of one command on one memory. `watch` is told every event, `stopped` asked in between;
    `elsewhere`: other machines that write.
    """

    engine: Engine
    memory: Path
    timeout_s: float
    watch: Watch
    stopped: Stopped
    elsewhere: Elsewhere | None = None

    def inject(self, named: Named) -> Report:
        """Read what was named. Makes the memory where there is none."""
        self._tell_choice()
        tally = RunTally()
        with ExitStack() as stack:
            request = Request(named.pieces(stack, tally.passed))
            roots = named.roots()
            opened = stack.enter_context(self._change("inject"))
            report = self._carry_out(request, opened, Missing(), tally)
            failed = {each.path for each in report.failed}
            opened.name_roots(root for root in roots if root.name not in failed)
        return report

    def preview_inject(self, named: Named) -> Preview:
        self._tell_choice()
        passed: list[Passed] = []
        with ExitStack() as stack:
            request = Request(named.pieces(stack, passed.append))
            before = take_inventory(self.memory, self.engine.spec)
            return self._preview(request, before, Missing(), passed)

    def update(self, prune: Prune, elsewhere: bool = True, password: str | None = None) -> Report:
        """Read again what was injected before.

        elsewhere: also what lies in git repositories or on the web; password: of locked files.
        Raises `NoMemoryError`.
        """
        Home(self.memory)  # none is made
        tally = RunTally()
        with ExitStack() as stack:
            opened = stack.enter_context(self._change("update"))
            request, missing = _again(
                opened.inventory, prune, stack, tally.passed, elsewhere, password
            )
            report = self._carry_out(request, opened, missing, tally)
            if prune.away and not report.withheld:
                roots = (root.name for root in opened.inventory.roots)
                opened.name_roots([], [name for name in roots if not is_there(name)])
        return report

    def preview_update(self, prune: Prune, password: str | None = None) -> Preview:
        Home(self.memory)
        passed: list[Passed] = []
        before = take_inventory(self.memory, self.engine.spec)
        with ExitStack() as stack:
            request, missing = _again(before, prune, stack, passed.append, password=password)
            return self._preview(request, before, missing, passed)

    def keep_updating(self, prune: Prune, password: str | None = None) -> Iterator[Report]:
        """Update now and whenever something changes on the disk, until a run is interrupted.

        What is gone or away is in the first report after it went, and not again.
        """
        from mplus_cli.inputs.watch import changes

        Home(self.memory)
        before = take_inventory(self.memory)
        roots = [root.name for root in before.roots]
        with changes(roots, plan.paths(before), self.memory) as changed:
            report = self.update(prune, password=password)
            yield report
            before_that = report
            while not report.interrupted and changed.wait(self.stopped):
                try:
                    report = self.update(prune, elsewhere=False, password=password)
                except LockedError:
                    changed.retry()
                else:
                    yield report.since(before_that)
                    before_that = report

    def _tell_choice(self) -> None:
        if self.engine.choice:
            self.watch(Chosen(self.engine.choice))

    def _change(self, command: str) -> AbstractContextManager[Change]:
        spec = self.engine.spec
        return change(self.memory, command, self.timeout_s, create=spec, if_used=True)

    def _carry_out(
        self, request: Request, opened: Change, missing: Missing, tally: RunTally
    ) -> Report:
        start = time.perf_counter()
        away, faded = missing.told(plan.held(opened.inventory)), opened.faded()
        self.engine.quantizing = lambda done, of: self.watch(Quantizing(done, of))
        found = ingest.inject(
            request, self.engine, opened, self.stopped, self.elsewhere, self.watch
        )
        for event in found:
            tally.note(event)
            self.watch(event)
        seconds, faded = time.perf_counter() - start, opened.faded().since(faded)
        return tally.report(opened, seconds, self.stopped(), away, faded)

    def _preview(
        self, request: Request, before: Inventory, missing: Missing, passed: list[Passed]
    ) -> Preview:
        home = Home(self.memory) if Home.exists(self.memory) else None
        segments = segments_of(home, home.spec) if home else None
        engine = self.engine
        rate = pace.expected(home, engine.pace, engine.spec.identity, engine.relative_speed)
        tally = PreviewTally(str(self.memory), *rate)
        away = missing.told(plan.held(before))
        for event in ingest.preview(request, self.engine, before, segments):
            tally.note(event)
            self.watch(event)
        return tally.report(away, [PassedOver(each.path, each.reason) for each in passed])


def _again(
    before: Inventory,
    prune: Prune,
    stack: ExitStack,
    passed: Callable[[Passed], None],
    elsewhere: bool = True,
    password: str | None = None,
) -> tuple[Request, Missing]:
    """What to read again, and what is missing."""
    pieces = plan.again(before, stack, passed, elsewhere, password)
    paths = [path for path in plan.paths(before) if elsewhere or not is_elsewhere(path)]
    roots = [root.name for root in before.roots]
    missing = find_missing(paths, pieces.keys(), roots, plan.renamed(before, pieces))
    if prune.away:
        missing = Missing(missing.gone + missing.paths_away)
    # Once read, files of another drive would make the folder look like the one that was read.
    here = [piece for path, piece in pieces.items() if path not in missing.others]
    request = Request(here, missing.gone, prune.gone, prune.most, forgotten_stay_out=True)
    return request, missing
