"""Runs of `inject` and `update` on the screen: what happens, what happened, what would happen."""

from __future__ import annotations

import shlex
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from mplus_cli.errors import UsageError
from mplus_cli.results.runs import Preview, Problem, Rebuilding, Report
from mplus_cli.screen import missing, passed, terminal
from mplus_cli.screen.terminal import counted
from mplus_cli.shown import shown

if TYPE_CHECKING:
    from mplus_cli.injecting.events import Event

_LEFT_OUT = ("forgotten", "rolled_back")
_NAMED_AT_MOST = 5  # in a command
_SEE_NOTES = "see above, or: mplus read FILE"


@dataclass(frozen=True)
class Output:
    """How runs are told: for people, as one JSON document, or as JSON Lines."""

    json: bool = False
    lines: bool = False

    def __post_init__(self) -> None:
        if self.json and self.lines:
            raise UsageError("--json and --json-lines exclude each other", "take one of them")

    @property
    def quiet(self) -> bool:
        return self.json or self.lines

    def tell(self, event: Event) -> None:
        """One event, as it happens, for machines."""
        if self.lines:
            _line(event)

    def agrees_to_forget(self, found: Report) -> bool:
        """Whether a user at a terminal says that so many documents may leave."""
        asks = at_terminal() and not self.quiet
        return asks and terminal.agreed(f"forget {counted(found.withheld, 'document')}?")

    def end(self, found: Report | Preview) -> None:
        """The end of a run."""
        if self.lines:
            _summary(found)
        elif self.json:
            terminal.as_json(found)
        elif isinstance(found, Report):
            _report(found)
        else:
            _preview(found)


def at_terminal() -> bool:
    """Whether somebody can be asked."""
    return terminal.err.is_terminal and sys.stdin.isatty()


def _line(event: Event) -> None:
    """Chunks and mere looks are too many to tell."""
    from mplus_cli.injecting import events

    match event:
        case (
            events.Planned()
            | events.Unchanged()
            | events.Removed()
            | events.Skipped()
            | events.Previewed()
            | events.Mended()
        ):
            terminal.json_line({"event": type(event).__name__.lower()} | asdict(event))
        case events.DocumentDone():
            terminal.json_line({"event": "document"} | asdict(event))
        case events.Committed(generation):
            told = {
                "generation": generation.id,
                "documents": generation.documents,
                "tokens": generation.tokens,
            }
            terminal.json_line({"event": "committed"} | told)


def _summary(found: Report | Preview) -> None:
    """What no event told, then the summary: counts, for the events named the rest."""
    for path in found.gone:
        terminal.json_line({"event": "gone", "path": path})
    for away in found.away:
        terminal.json_line({"event": "away"} | asdict(away))
    for path in found.linked if isinstance(found, Report) else ():
        terminal.json_line({"event": "linked", "path": path})
    for each in found.passed if isinstance(found, Preview) else ():
        terminal.json_line({"event": "passed"} | asdict(each))
    values = {field.name: getattr(found, field.name) for field in fields(found)}
    counted = {
        name: len(each) if isinstance(each, tuple) else each for name, each in values.items()
    }
    terminal.json_line({"event": "summary"} | counted)


def _report(found: Report) -> None:
    counts = _counts(
        "nothing was done" if found.interrupted else "nothing to do",
        {
            "added": len(found.added),
            "changed": len(found.changed),
            "removed": len(found.removed),
            "mended": len(found.mended),
            _unchanged(found.copies): found.unchanged,
            "skipped": len(found.skipped),
            "failed": len(found.failed),
        },
    )
    read = f"; {counted(found.tokens, 'token')} in {found.seconds:.1f} s" if found.tokens else ""
    _tell_skipped(found.skipped)
    _tell_missing(found)
    passed.tell_linked(found.linked)
    if found.found_nothing and not found.misses_something:
        passed.tell_nothing(found.passed_over)
    terminal.text(f"{counts}{read}; generation {found.generation}")
    if found.faded_chunks:
        chunks = counted(found.faded_chunks, "older chunk")
        whole = counted(found.faded_documents, "whole document")
        terminal.warning(f"the memory is full: no question reads {chunks} any more ({whole})")
    if found.noted:
        documents = counted(len(found.noted), "document")
        terminal.note(f"of {documents} something is lost or unsure: {_SEE_NOTES}")
    if found.interrupted:
        terminal.note("interrupted: whole documents are kept; the same command goes on")


def _preview(found: Preview) -> None:
    for word, documents in (("new", found.new), ("changed", found.changed)):
        for document in documents:
            terminal.text(f"{word:<8} {shown(document.path)}  {counted(document.tokens, 'token')}")
    for path in found.removed:
        terminal.text(f"{'removed':<8} {shown(path)}")
    for each in found.skipped:
        terminal.text(f"{'skipped':<8} {shown(each.path)}: {each.reason}")
    for reason, count in sorted(Counter(each.reason for each in found.passed).items()):
        terminal.note(f"passed over in folders: {count:,} ({reason})")
    _tell_missing(found)
    counts = {
        "new": len(found.new),
        "changed": len(found.changed),
        "removed": len(found.removed),
        _unchanged(found.copies): len(found.unchanged),
        "skipped": len(found.skipped),
        "failed": len(found.failed),
    }
    done = _counts("nothing to do", counts)
    terminal.text(f"{done}; nothing was done")
    terminal.text(estimated(found))


def estimated(found: Preview | Rebuilding) -> str:
    """How long a run would take."""
    return (
        f"{counted(found.tokens, 'token')}, {found.tokens_to_compute:,} of them to compute: an "
        f"estimated {terminal.duration(found.seconds_estimated)} at "
        f"{found.tokens_per_second:,.0f} tokens/s ({found.rate})"
    )


def _unchanged(copies: int) -> str:
    return f"unchanged ({copies:,} of them the same as another)" if copies else "unchanged"


def _counts(nothing: str, counts: dict[str, int]) -> str:
    """Counts in words; `nothing`: where all are 0."""
    told = ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)
    return told or nothing


def _tell_skipped(skipped: Sequence[Problem]) -> None:
    if skipped:
        names = (f"{Path(each.path).name} ({each.reason})" for each in skipped)
        terminal.note(f"skipped: {passed.first_of(names)}")
    out = [each for each in skipped if each.code in _LEFT_OUT]
    if out:
        few = len(out) <= _NAMED_AT_MOST
        named = " ".join(shlex.quote(shown(each.path)) for each in out) if few else "PATH…"
        terminal.note(f"take in again what was forgotten or rolled back with: mplus inject {named}")


def _tell_missing(found: Report | Preview) -> None:
    """What is not where it was read, and stays in the memory."""
    for each in found.away:
        documents = counted(each.documents, "document")
        terminal.warning(f"away: {shown(each.path)} {each.reason}; {documents} stay in the memory")
    if found.away:
        terminal.note("if it does not come back: mplus update --prune-missing-roots")
    if found.gone:
        gone = passed.first_of(missing.folded(found.gone))
        terminal.note(f"gone from the disk, still in the memory: {gone}")
    if found.withheld:
        documents = counted(found.withheld, "document")
        terminal.warning(f"not forgotten: {documents}, which is more than half of the memory")
        terminal.note("look at them with --dry-run; forget them with: mplus update --prune --yes")
    elif found.gone:
        terminal.note("take them out with: mplus update --prune")
