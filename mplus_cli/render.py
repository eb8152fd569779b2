"""The only file that prints: results and progress for people (Rich) or machines (JSON).

stdout carries the result, stderr everything else.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import progress as bars
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from store.errors import MplusError

if TYPE_CHECKING:
    from mplus_cli.answer import Answer
    from mplus_cli.sources import Source
    from store.index import Generation

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def as_json(result: Any) -> None:
    """One JSON document on stdout."""
    print(json.dumps(_plain(result), ensure_ascii=False, indent=2))


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def error(problem: MplusError, in_json: bool) -> None:
    """What is wrong and how to mend it, on stderr."""
    if in_json:
        described = {"code": problem.code, "message": problem.message, "hint": problem.hint}
        print(json.dumps({"error": described}, ensure_ascii=False), file=sys.stderr)
        return
    err.print(Text.assemble(("error: ", "bold red"), problem.message))
    if problem.hint:
        err.print(Text.assemble(("hint: ", "bold"), problem.hint))


def note(text: str) -> None:
    """A line on stderr."""
    err.print(Text(text, "dim"))


def line(markup: str) -> None:
    """A line of the result on stdout, in Rich's markup."""
    out.print(markup)


def table(columns: dict[str, str], rows: Sequence[tuple[str, ...]]) -> None:
    """A table on stdout: column name -> justification."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name, justify in columns.items():
        made.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for row in rows:
        made.add_row(*map(escape, row))
    out.print(made, soft_wrap=False)


def pairs(rows: list[tuple[str, str]]) -> None:
    """Names and values on stdout, aligned."""
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        out.print(Text.assemble((f"{name:<{width}}  ", "bold"), value))


def status(found: dict[str, Any]) -> None:
    """What a memory holds, with a bar for each store."""
    pool, ltm = found["pool_vectors"], found["ltm_vectors"]
    full = pool / found["pool_capacity"]
    longterm = f"{ltm:,} vectors a layer"
    if not found["ltm_capacity"]:
        longterm = "none: this model has no long-term memory"
    pairs(
        [
            ("memory", f"{shown(found['memory'])} ({size(found['bytes'])})"),
            ("model", f"{found['model']} ({found['identity'][:12]}, {found['dtype']})"),
            (
                "generation",
                f"{found['generation']}" + (f", {found['created_at']}" if found["created_at"] else ""),
            ),
            ("documents", f"{found['documents']:,} ({found['chunks']:,} chunks, {found['tokens']:,} tokens)"),
            ("pool", f"{bar(full, 20):░<20} {pool:,} of {found['pool_capacity']:,} vectors a layer"),
            ("long-term", longterm),
        ]
    )


def log(generations: list[Generation]) -> None:
    """Generations, newest first, and what each changed."""
    for generation in generations:
        head = Text.assemble(
            (f"generation {generation.id}", "bold cyan"), f"  {generation.created_at}  {generation.command}"
        )
        out.print(head)
        for sign, style, paths in (
            ("+", "green", generation.added),
            ("~", "yellow", generation.changed),
            ("-", "red", generation.removed),
        ):
            for path in paths:
                out.print(Text(f"  {sign} {shown(path)}", style))
        out.print(Text(f"  {generation.documents:,} documents, {generation.tokens:,} tokens", "dim"))


def streamed(pieces: Iterator[str | Answer], live: bool) -> Answer:
    """Show an answer on stdout: as it grows on a terminal, else whole; gives what came last."""
    live = live and out.is_terminal
    begun = False
    for piece in pieces:
        if not isinstance(piece, str):
            print("" if live else piece.answer, flush=True)
            return piece
        shown_now = piece if begun else piece.lstrip()
        begun = begun or bool(shown_now)
        if live:
            print(shown_now, end="", flush=True)
    raise AssertionError("the pieces of an answer end with the answer")


class Progress:
    """The progress of `inject` on stderr: a bar on a terminal, else nothing; lines for what needs attention."""

    def __init__(self, bar: bars.Progress | None, quiet: bool) -> None:
        self._bar = bar
        self._quiet = quiet
        self._task: bars.TaskID | None = None
        self._tokens = 0
        self._first_done: float | None = None  # the first chunk waits for the model, so the rate leaves it out

    def plan(self, documents: int, size_bytes: int) -> None:
        if self._bar is not None and documents:
            self._task = self._bar.add_task("", total=max(size_bytes, 1), rate="")

    def start(self, path: str) -> None:
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=escape(Path(path).name))

    def advance(self, tokens: int, size_bytes: float) -> None:
        if self._bar is None or self._task is None:
            return
        rate = ""
        if self._first_done is None:
            self._first_done = time.monotonic()
        else:
            self._tokens += tokens
            rate = f"{self._tokens / max(time.monotonic() - self._first_done, 1e-3):,.0f} tokens/s"
        self._bar.update(self._task, advance=size_bytes, rate=rate)

    def done(self, path: str, tokens: int, changed: bool) -> None:
        if not self._quiet:
            mark = ("~ ", "yellow") if changed else ("+ ", "green")
            err.print(Text.assemble(mark, shown(path), (f"  {tokens:,} tokens", "dim")))

    def failed(self, path: str, reason: str) -> None:
        if not self._quiet:
            named = reason if Path(path).name in reason else f"{shown(path)}: {reason}"
            err.print(Text.assemble(("! ", "bold red"), named.replace(path, shown(path))))


@contextmanager
def progress(quiet: bool) -> Iterator[Progress]:
    """The progress of `inject`: documents by bytes, tokens per second, time left."""
    if quiet or not err.is_terminal:
        yield Progress(None, quiet)
        return
    columns = (
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        bars.TaskProgressColumn(),
        bars.TextColumn("{task.fields[rate]}"),
        bars.TimeRemainingColumn(),
    )
    with bars.Progress(*columns, console=err, transient=True) as bar:
        yield Progress(bar, quiet)


@contextmanager
def layers(what: str, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar over a model's layers; gives a function of (done, of)."""
    if quiet or not err.is_terminal:
        yield lambda done, of: None
        return
    with bars.Progress(console=err, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def escaped(text: str) -> str:
    """Text that Rich's markup leaves alone."""
    return escape(text)


def sources(found: list[Source]) -> None:
    """The sources of an answer, on stderr so that the answer alone can be piped on."""
    if not found:
        err.print(Text("no sources: the answer paid no attention to injected text", "dim"))
        return
    err.print()
    for number, source in enumerate(found, 1):
        head = Text.assemble(
            (f"[{number}] ", "bold cyan"),
            (shown(source.path), "bold"),
            f" {source.place}  ",
            (f"{source.weight:.0%} {bar(source.weight)} ", "cyan"),
            (_found_in(source), "dim"),
        )
        err.print(head)
        err.print(Text(f"    {source.snippet}", "dim"))


def _found_in(source: Source) -> str:
    if source.score is None:
        return source.kind
    return f"{source.kind}, score {source.score:.2f}"


def bar(share: float, width: int = 10) -> str:
    """A share from 0 to 1 as a bar of eighths."""
    eighths = round(share * width * 8)
    full, rest = divmod(eighths, 8)
    return "█" * full + " ▏▎▍▌▋▊▉"[rest].strip()


def shown(path: str) -> str:
    """A path as people know it: relative where it lies below the working folder."""
    here = f"{Path.cwd()}{os.sep}"
    return path.removeprefix(here)


def size(count: float) -> str:
    """Bytes in words."""
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError
