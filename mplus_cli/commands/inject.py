"""`mplus inject`: documents into a memory."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from mplus_cli import render
from mplus_cli.commands import options
from mplus_cli.errors import UsageError
from mplus_cli.settings import load_settings

NAMED_AT_MOST = 3  # of the files that were left out


@dataclass
class Result:
    """What a run of `inject` did."""

    memory: str
    generation: int
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: int = 0
    skipped: list[dict[str, str]] = field(default_factory=list)
    failed: list[dict[str, str]] = field(default_factory=list)
    tokens: int = 0
    seconds: float = 0.0
    interrupted: bool = False


def inject(
    paths: Annotated[
        list[str] | None, typer.Argument(help="Files, folders, globs; - reads text from standard input.")
    ] = None,
    memory: options.Memory = None,
    model: options.Model = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option("--ignore", help="Leave out what matches, in .gitignore syntax. Repeatable."),
    ] = None,
    null: Annotated[
        bool, typer.Option("--null", help="Read more paths from standard input, each ended by NUL.")
    ] = False,
    device: options.Device = None,
    quantize: options.Quantize = None,
    seed: options.Seed = None,
    json: options.Json = False,
) -> None:
    """Read documents into the memory.

    Text in any encoding, Markdown, reStructuredText, LaTeX, HTML, PDF, DOCX, PPTX, XLSX, EPUB, CSV and TSV, JSON and
    JSON Lines, Jupyter notebooks, e-mail (EML, mbox), subtitles (SRT, VTT) and source code, told by their content.

    What is there already is skipped, what changed is read again. Folders are read with all below them, but for
    hidden files and what .gitignore names. Ctrl-C keeps every whole document; the same command goes on later.
    """
    flags = {"memory": memory, "model": model, "device": device, "quantize": quantize, "seed": seed}
    settings = load_settings(flags)
    names = list(paths or [])
    if null:
        names += [name for name in sys.stdin.read().split("\0") if name]
    if not names:
        raise UsageError("nothing to inject", "name files or folders: mplus inject PATH…")

    from mplus_cli import ingest
    from mplus_cli.engine import open_engine
    from mplus_cli.readers.files import discover
    from store.change import change

    pieces = [ingest.from_file(found) for found in discover([n for n in names if n != "-"], ignore or ())]
    if "-" in names:
        pieces.append(ingest.from_bytes(sys.stdin.buffer.read()))
    engine = open_engine(settings)
    start = time.perf_counter()
    with change(settings.memory, "inject", settings.lock_timeout_s, create=engine.spec) as opened:
        result = Result(str(settings.memory), opened.generation)
        with _interruptible() as stopped, render.progress(quiet=json) as bar:
            for event in ingest.inject(pieces, engine, opened, stopped):
                _note(event, result, bar)
            result.interrupted = stopped()
    result.seconds = round(time.perf_counter() - start, 3)
    if json:
        render.as_json(result)
    else:
        _show(result)
    if result.interrupted:
        raise typer.Exit(130)
    if result.failed:
        raise typer.Exit(3)


def _note(event: Any, result: Result, bar: render.Progress) -> None:
    from mplus_cli import ingest

    match event:
        case ingest.Planned():
            bar.plan(event.documents, event.bytes)
        case ingest.Started():
            bar.start(event.path)
        case ingest.ChunkDone():
            bar.advance(event.tokens, event.bytes)
        case ingest.DocumentDone():
            (result.changed if event.changed else result.added).append(event.path)
            result.tokens += event.tokens
            bar.done(event.path, event.tokens, event.changed)
        case ingest.Unchanged():
            result.unchanged += 1
        case ingest.Skipped():
            kept = {"path": event.path, "reason": event.reason, "hint": event.hint}
            (result.skipped if event.harmless else result.failed).append(kept)
            if not event.harmless:
                bar.failed(event.path, event.reason)
        case ingest.Committed():
            result.generation = event.generation.id


def _show(result: Result) -> None:
    counts = [
        (len(result.added), "added"),
        (len(result.changed), "changed"),
        (result.unchanged, "unchanged"),
        (len(result.skipped), "skipped"),
        (len(result.failed), "failed"),
    ]
    words = ", ".join(f"{count:,} {word}" for count, word in counts if count) or "nothing to do"
    read = f"; {result.tokens:,} tokens in {result.seconds:.1f} s" if result.tokens else ""
    if result.skipped:
        render.note(f"skipped, for there is no text in them: {_some([kept['path'] for kept in result.skipped])}")
    render.line(f"{words}{read}; generation {result.generation}")
    if result.interrupted:
        render.note("interrupted: whole documents are kept; the same command goes on")


def _some(paths: list[str]) -> str:
    """The names of the first few files, and how many more there are."""
    names = ", ".join(Path(path).name for path in paths[:NAMED_AT_MOST])
    more = len(paths) - NAMED_AT_MOST
    return f"{names} and {more:,} more" if more > 0 else names


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
