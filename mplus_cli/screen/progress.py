"""The progress of long commands on stderr: lines that move on a terminal, and a line for each file
that was read.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.text import Text

from mplus_cli.screen.render import err, shown, size

if TYPE_CHECKING:
    from rich import progress as bars

LOOKED_EVERY = 100  # inputs between two words of how many were looked at


class Progress:
    """A line for the run and one for the file that is being read; lines above for what is done."""

    def __init__(self, bar: bars.Progress | None, quiet: bool) -> None:
        self._bar = bar
        self._quiet = quiet
        self._run = bar.add_task("looking", total=None, note="") if bar is not None else None
        self._file: bars.TaskID | None = None
        self._looked = self._done = self._documents = self._tokens = 0
        self._first_done: float | None = (
            None  # the first chunk waits for the model, so the rate leaves it out
        )

    def look(self) -> None:
        self._looked += 1
        if self._bar is not None and self._run is not None and self._looked % LOOKED_EVERY == 0:
            self._bar.update(self._run, note=f"{self._looked:,} files")

    def plan(self, documents: int, size_bytes: int) -> None:
        self._documents = documents
        if self._bar is not None and self._run is not None:
            self._bar.update(
                self._run,
                description="all",
                total=max(size_bytes, 1),
                note="",
                visible=documents > 0,
            )

    def start(self, path: str, tokens: int) -> None:
        if self._bar is not None:
            self._forget_file()
            self._file = self._bar.add_task(
                escape(Path(path).name), total=tokens, note=f"{tokens:,} tokens"
            )

    def advance(self, tokens: int, size_bytes: float) -> None:
        if self._bar is None or self._run is None or self._file is None:
            return
        if self._first_done is None:
            self._first_done = time.monotonic()
        else:
            self._tokens += tokens
        rate = self._tokens / max(time.monotonic() - self._first_done, 1e-3)
        note = f"{self._done:,} of {self._documents:,} files" + (
            f", {rate:,.0f} tokens/s" if self._tokens else ""
        )
        self._bar.update(self._file, advance=tokens)
        self._bar.update(self._run, advance=size_bytes, note=note)

    def done(self, path: str, tokens: int, changed: bool) -> None:
        self._done += 1
        self._forget_file()
        if not self._quiet:
            mark = ("~ ", "yellow") if changed else ("+ ", "green")
            err.print(Text.assemble(mark, shown(path), (f"  {tokens:,} tokens", "dim")))

    def removed(self, path: str) -> None:
        if not self._quiet:
            err.print(Text.assemble(("- ", "red"), shown(path)))

    def mended(self, path: str) -> None:
        self._done += 1
        self._forget_file()
        if not self._quiet:
            err.print(Text.assemble(("* ", "cyan"), shown(path), ("  mended", "dim")))

    def failed(self, path: str, reason: str) -> None:
        self._done += 1
        if not self._quiet:
            err.print(Text.assemble(("! ", "bold red"), f"{shown(path)}: {reason}"))

    def _forget_file(self) -> None:
        if self._bar is not None and self._file is not None:
            self._bar.remove_task(self._file)
            self._file = None


class Pulling:
    """One line for a model: bytes as they come from the Hub, then layers as they are prepared."""

    def __init__(self, name: str, bar: bars.Progress | None) -> None:
        self._name, self._bar = name, bar
        self._task: bars.TaskID | None = None
        self._what = ""

    def downloading(self, done: int, of: int) -> None:
        self._show("fetching", done, of, f"{size(done)} of {size(of)}")

    def preparing(self, done: int, of: int) -> None:
        self._show("preparing", done, of, f"{done} of {of} layers")

    def _show(self, what: str, done: int, of: int, note: str) -> None:
        if self._bar is None:
            return
        if self._task is None or what != self._what:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._what, self._task = (
                what,
                self._bar.add_task(f"{what} {escape(self._name)}", note=""),
            )
        self._bar.update(self._task, completed=done, total=of, note=note)


@contextmanager
def pulling(name: str, quiet: bool) -> Iterator[Pulling]:
    """What is fetched and prepared, and the time left; a bar on a terminal only."""
    if quiet or not err.is_terminal:
        yield Pulling(name, None)
        return
    with _bars() as bar:
        yield Pulling(name, bar)


@contextmanager
def progress(quiet: bool) -> Iterator[Progress]:
    """Documents by bytes, tokens per second, time left; bars on a terminal only."""
    if quiet or not err.is_terminal:
        yield Progress(None, quiet)
        return
    with _bars() as bar:
        yield Progress(bar, quiet)


def _bars() -> bars.Progress:
    from rich import progress as bars

    columns = (
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        bars.TaskProgressColumn(),
        bars.TextColumn("{task.fields[note]}"),
        bars.TimeRemainingColumn(),
    )
    return bars.Progress(*columns, console=err, transient=True)
