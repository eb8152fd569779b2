"""What `inject` and `update` share: run the write path, or preview it, and say what happened."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from mplus_cli.errors import UsageError
from mplus_cli.screen import render
from mplus_cli.screen.progress import Progress, progress

if TYPE_CHECKING:
    from mplus_cli.engine import Engine
    from mplus_cli.injecting.events import Event
    from mplus_cli.injecting.plan import Request
    from mplus_cli.inputs import Passed
    from mplus_cli.settings import Settings
    from store.change import Change
    from store.inventory import Inventory

NAMED_AT_MOST = 3  # of the files that were left out


@dataclass
class Result:
    """What a run did.

    `copies`: those of the unchanged whose content is there under another path; `gone`: paths whose
    files were deleted and that are still in the memory.
    """

    memory: str
    generation: int
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)
    unchanged: int = 0
    copies: int = 0
    skipped: list[dict[str, str]] = field(default_factory=list)
    failed: list[dict[str, str]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    tokens: int = 0
    seconds: float = 0.0
    interrupted: bool = False

    @property
    def did_something(self) -> bool:
        return bool(
            self.added
            or self.changed
            or self.removed
            or self.mended
            or self.failed
            or self.interrupted
        )

    @property
    def exit_code(self) -> int:
        if self.interrupted:
            return 130
        return 3 if self.failed else 0


@dataclass(frozen=True)
class Output:
    """How results are said: for people, as one JSON document, or as JSON Lines."""

    json: bool = False
    lines: bool = False

    def __post_init__(self) -> None:
        if self.json and self.lines:
            raise UsageError("--json and --json-lines exclude each other", "take one of them")

    @property
    def quiet(self) -> bool:
        return self.json or self.lines


def run(request: Request, engine: Engine, opened: Change, output: Output) -> Result:
    """Read into an open memory."""
    from mplus_cli.injecting import ingest

    start = time.perf_counter()
    result = Result(str(opened.home.path), opened.generation)
    with _interruptible() as stopped, progress(output.quiet) as bar:
        for event in ingest.inject(request, engine, opened, stopped):
            _note(event, result, bar)
            if output.lines:
                _line(event)
        result.interrupted = stopped()
    result.seconds = round(time.perf_counter() - start, 3)
    return result


def say(result: Result, output: Output) -> None:
    """The end of a run."""
    if output.lines:
        _line_up(result)
    elif output.json:
        render.as_json(result)
    else:
        _show(result)


def preview(
    request: Request,
    engine: Engine,
    known: Inventory,
    settings: Settings,
    passed: list[Passed],
    output: Output,
) -> Preview:
    """What a run would do."""
    from mplus_cli.injecting import ingest
    from mplus_cli.injecting.pace import DEFAULT_TOKENS_PER_S, remembered
    from store.home import Home

    home = Home(settings.memory) if Home.exists(settings.memory) else None
    rate = remembered(home)
    source = "measured in this memory" if rate else "measured with the default model on two cores"
    found = Preview(str(settings.memory), rate or DEFAULT_TOKENS_PER_S, source)
    found.passed = sorted((asdict(each) for each in passed), key=lambda each: each["path"])
    with progress(output.quiet) as bar:
        for event in ingest.preview(request, engine, known, home):
            _note_preview(event, found, bar)
            if output.lines:
                _line(event)
    found.seconds_estimated = round(found.tokens_to_compute / found.tokens_per_second, 1)
    return found


@dataclass
class Preview:
    """What a run would do; nothing was changed. Seconds are an estimate: tokens to compute by a
    rate.
    """

    memory: str
    tokens_per_second: float
    rate: str
    dry_run: bool = True
    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    copies: int = 0
    skipped: list[dict[str, str]] = field(default_factory=list)
    failed: list[dict[str, str]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    passed: list[dict[str, str]] = field(default_factory=list)
    tokens: int = 0
    tokens_to_compute: int = 0
    seconds_estimated: float = 0.0

    @property
    def exit_code(self) -> int:
        return 3 if self.failed else 0


def say_preview(found: Preview, output: Output) -> None:
    if output.lines:
        _line_up(found)
    elif output.json:
        render.as_json(found)
    else:
        _show_preview(found)


def _line_up(found: Result | Preview) -> None:
    """What no event told, then the summary: counts, for the events named the rest."""
    for path in found.gone:
        render.json_line({"event": "gone", "path": path})
    for each in found.passed if isinstance(found, Preview) else ():
        render.json_line({"event": "passed"} | each)
    counted = {
        name: len(value) if isinstance(value, list) else value
        for name, value in asdict(found).items()
    }
    render.json_line({"event": "summary"} | counted)


def _line(event: Event) -> None:
    """One event for machines. Chunks and mere looks are too many to tell."""
    from mplus_cli.injecting import events

    match event:
        case (
            events.Planned()
            | events.Unchanged()
            | events.Removed()
            | events.Skipped()
            | events.Previewed()
        ):
            render.json_line({"event": type(event).__name__.lower()} | asdict(event))
        case events.Mended():
            render.json_line({"event": "mended"} | asdict(event))
        case events.DocumentDone():
            render.json_line({"event": "document"} | asdict(event))
        case events.Committed(generation):
            told = {
                "generation": generation.id,
                "documents": generation.documents,
                "tokens": generation.tokens,
            }
            render.json_line({"event": "committed"} | told)


def _note(event: Event, result: Result, bar: Progress) -> None:
    from mplus_cli.injecting import events

    match event:
        case events.Looked():
            bar.look()
        case events.Planned():
            bar.plan(event.documents, event.bytes)
        case events.Started():
            bar.start(event.path, event.tokens)
        case events.ChunkDone():
            bar.advance(event.tokens, event.bytes)
        case events.DocumentDone():
            (result.changed if event.changed else result.added).append(event.path)
            result.tokens += event.tokens
            bar.done(event.path, event.tokens, event.changed)
        case events.Mended():
            result.mended.append(event.path)
            bar.mended(event.path)
        case events.Unchanged():
            result.unchanged += 1
            result.copies += event.path != event.same_as
        case events.Removed():
            result.removed.append(event.path)
            bar.removed(event.path)
        case events.Skipped():
            _note_skipped(event, result, bar)
        case events.Committed():
            result.generation = event.generation.id


def _note_skipped(event: Any, found: Result | Preview, bar: Progress) -> None:
    kept = {"path": event.path, "reason": event.reason, "hint": event.hint}
    (found.skipped if event.harmless else found.failed).append(kept)
    if not event.harmless:
        bar.failed(event.path, event.reason)


def _note_preview(event: Event, found: Preview, bar: Progress) -> None:
    from mplus_cli.injecting import events

    match event:
        case events.Looked():
            bar.look()
        case events.Previewed():
            kept = {
                "path": event.path,
                "tokens": event.tokens,
                "tokens_to_compute": event.compute_tokens,
            }
            (found.changed if event.changed else found.new).append(kept)
            found.tokens += event.tokens
            found.tokens_to_compute += event.compute_tokens
        case events.Unchanged():
            found.unchanged.append(event.path)
            found.copies += event.path != event.same_as
        case events.Removed():
            found.removed.append(event.path)
        case events.Skipped():
            _note_skipped(event, found, bar)


def _show(result: Result) -> None:
    counts = _counts(
        {
            "added": len(result.added),
            "changed": len(result.changed),
            "removed": len(result.removed),
            "mended": len(result.mended),
            _unchanged(result.copies): result.unchanged,
            "skipped": len(result.skipped),
            "failed": len(result.failed),
        }
    )
    read = f"; {result.tokens:,} tokens in {result.seconds:.1f} s" if result.tokens else ""
    _tell_skipped(result.skipped)
    _tell_gone(result.gone)
    render.line(f"{counts}{read}; generation {result.generation}")
    if result.interrupted:
        render.note("interrupted: whole documents are kept; the same command goes on")


def _show_preview(found: Preview) -> None:
    for word, documents in (("new", found.new), ("changed", found.changed)):
        for document in documents:
            render.line(
                f"{word:<8} {render.escaped(render.shown(document['path']))}  "
                f"{document['tokens']:,} tokens"
            )
    for path in found.removed:
        render.line(f"{'removed':<8} {render.escaped(render.shown(path))}")
    for each in found.skipped:
        render.line(
            f"{'skipped':<8} {render.escaped(render.shown(each['path']))}: "
            f"{render.escaped(_short(each))}"
        )
    for reason, count in sorted(Counter(each["reason"] for each in found.passed).items()):
        render.note(f"passed over in folders: {count:,} ({reason})")
    _tell_gone(found.gone)
    counts = {
        "new": len(found.new),
        "changed": len(found.changed),
        "removed": len(found.removed),
        _unchanged(found.copies): len(found.unchanged),
        "skipped": len(found.skipped),
        "failed": len(found.failed),
    }
    render.line(f"{_counts(counts)}; nothing was done")
    render.line(
        f"{found.tokens:,} tokens, {found.tokens_to_compute:,} of them to compute: an estimated "
        f"{_duration(found.seconds_estimated)} at {found.tokens_per_second:,.0f} tokens/s "
        f"({found.rate})"
    )


def _unchanged(copies: int) -> str:
    return f"unchanged ({copies:,} of them the same as another)" if copies else "unchanged"


def _counts(counts: dict[str, int]) -> str:
    return (
        ", ".join(f"{count:,} {word}" for word, count in counts.items() if count) or "nothing to do"
    )


def _tell_skipped(skipped: list[dict[str, str]]) -> None:
    if skipped:
        names = [f"{Path(each['path']).name} ({_short(each)})" for each in skipped[:NAMED_AT_MOST]]
        render.note(f"skipped: {_some(names, len(skipped))}")


def _short(skipped: dict[str, str]) -> str:
    """The reason without the path that stands before it in a message."""
    return skipped["reason"].removeprefix(skipped["path"]).removeprefix(" is ").strip()


def _tell_gone(gone: list[str]) -> None:
    if gone:
        names = [Path(path).name for path in gone[:NAMED_AT_MOST]]
        render.note(f"gone from the disk, still in the memory: {_some(names, len(gone))}")
        render.note("take them out with: mplus update --prune")


def _some(first: list[str], count: int) -> str:
    """The first few names, and how many more there are."""
    more = count - len(first)
    return ", ".join(first) + (f" and {more:,} more" if more > 0 else "")


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


@contextmanager
def _interruptible() -> Iterator[Any]:
    """Gives a function that is true after Ctrl-C; a second Ctrl-C ends the program at once."""
    pressed = False

    def press(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, press)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, before)
