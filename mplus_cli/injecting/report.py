"""What a run did, or would do: its events, folded into one record."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from mplus_cli.injecting import events
from mplus_cli.injecting.pace import Rate
from mplus_cli.inputs.names import Passed
from mplus_cli.results.runs import (
    LINKED,
    Away,
    Noted,
    PassedOver,
    Preview,
    Problem,
    Report,
    ToRead,
)
from store.change import Change
from store.kinds.holdings import Faded


@dataclass
class _Tally:
    """What both kinds of runs count."""

    lists: dict[str, list[Any]] = field(default_factory=dict)
    tokens: int = 0
    copies: int = 0
    withheld: int = 0

    def put(self, name: str, one: object) -> None:
        self.lists.setdefault(name, []).append(one)

    def note_common(self, event: events.Event) -> None:
        match event:
            case events.Unchanged():
                self.put("unchanged", event.path)
                self.copies += event.path != event.same_as
            case events.Removed():
                self.put("removed", event.path)
            case events.Gone():
                self.put("gone", event.path)
            case events.Withheld():
                self.withheld = event.documents
            case events.Skipped():
                problem = Problem(event.path, event.reason, event.hint, event.code)
                self.put("skipped" if event.harmless else "failed", problem)

    def note_losses(self, path: str, notes: tuple[str, ...]) -> None:
        if notes:
            self.put("noted", Noted(path, notes))

    def all(self) -> dict[str, Any]:
        tuples = {name: tuple(found) for name, found in self.lists.items()}
        counts = {"tokens": self.tokens, "copies": self.copies, "withheld": self.withheld}
        return tuples | counts


class RunTally:
    """Of a run that changes the memory."""

    def __init__(self) -> None:
        self._tally = _Tally()
        self._passed_over: Counter[str] = Counter()
        self._generation = 0

    def passed(self, each: Passed) -> None:
        """Note what was passed over while looking for files."""
        self._passed_over[each.reason] += 1
        if each.reason == LINKED:
            self._tally.put("linked", each.path)

    def note(self, event: events.Event) -> None:
        self._tally.note_common(event)
        match event:
            case events.DocumentDone():
                self._tally.put("changed" if event.changed else "added", event.path)
                self._tally.tokens += event.tokens
                self._tally.note_losses(event.path, event.notes)
            case events.Mended():
                self._tally.put("mended", event.path)
            case events.Committed():
                self._generation = event.generation.id

    def report(
        self,
        opened: Change,
        seconds: float,
        interrupted: bool,
        away: tuple[Away, ...],
        faded: Faded,
    ) -> Report:
        found = self._tally.all()
        found["unchanged"] = len(found.get("unchanged", ()))
        return Report(
            memory=str(opened.home.path),
            generation=self._generation or opened.generation,
            away=away,
            passed_over=dict(self._passed_over),
            faded_documents=faded.documents,
            faded_chunks=faded.chunks,
            seconds=round(seconds, 3),
            interrupted=interrupted,
            **found,
        )


class PreviewTally:
    """Of a run that changes nothing."""

    def __init__(self, memory: str, pace: Rate, rate: str) -> None:
        self._memory, self._rate, self._pace = memory, rate, pace
        self._tally = _Tally()
        self._compute_tokens = self._compute_chunks = 0

    def note(self, event: events.Event) -> None:
        self._tally.note_common(event)
        if isinstance(event, events.Previewed):
            found = ToRead(event.path, event.tokens, event.compute_tokens)
            self._tally.put("changed" if event.changed else "new", found)
            self._tally.tokens += event.tokens
            self._tally.note_losses(event.path, event.notes)
            self._compute_tokens += event.compute_tokens
            self._compute_chunks += event.chunks

    def report(self, away: tuple[Away, ...], passed: list[PassedOver]) -> Preview:
        seconds, rate = self._pace.estimated(self._compute_tokens, self._compute_chunks)
        return Preview(
            memory=self._memory,
            tokens_per_second=rate,
            rate=self._rate,
            away=away,
            passed=tuple(sorted(passed, key=lambda each: each.path)),
            tokens_to_compute=self._compute_tokens,
            seconds_estimated=round(seconds, 1),
            **self._tally.all(),
        )
