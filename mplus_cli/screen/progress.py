"""The progress of long commands on stderr: lines that move on a terminal, one for each file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from mplus_cli.screen import passed, terminal
from mplus_cli.screen.terminal import counted
from mplus_cli.shown import one_line, shown

if TYPE_CHECKING:
    from rich import progress as bars

    from mplus_cli.injecting.events import Event

TAKEN_BACK_AT_MOST = 20  # documents that are named where a run has failed
PATIENCE_S = 1.0  # before a question shows that it is being read
LOOKED_EVERY = 100  # inputs between two words of how many were looked at


class RunProgress:
    """A line for the run and one for the file that is being read; lines above for what is done."""

    def __init__(self, bar: bars.Progress | None, quiet: bool) -> None:
        self._bar = bar
        self._quiet = quiet
        self._run = bar.add_task("looking", total=None, note="") if bar is not None else None
        self._file: bars.TaskID | None = None
        self._looked = self._done = self._documents = self._tokens = 0
        self._uncommitted: list[str] = []  # documents that are told of and in no generation yet
        self._quantizing = Quantizing()
        # The first chunk waits for the model, so the rate leaves it out.
        self._first_done: float | None = None

    def tell(self, event: Event) -> None:
        """Show what happened."""
        from mplus_cli.injecting import events

        self._follow(event)
        match event:
            case events.Chosen(said) | events.Joined(said):
                self._say((said, "dim"))
            case events.Quantizing():
                self._quantize(event.done, event.of)
            case events.Looked():
                self._look()
            case events.Planned():
                self._plan(event.documents, event.bytes)
            case events.Started():
                self._start(event.path, event.tokens)
            case events.ChunkDone():
                self._advance(event.tokens, event.bytes)
            case events.DocumentDone():
                mark = ("~ ", "yellow") if event.changed else ("+ ", "green")
                self._end_file()
                self._say(mark, shown(event.path), (f"  {counted(event.tokens, 'token')}", "dim"))
                self._note(event.notes)
            case events.Mended():
                self._end_file()
                self._say(("* ", "cyan"), shown(event.path), ("  mended", "dim"))
            case events.Removed():
                self._say(("- ", "red"), shown(event.path))
            case events.Skipped() if not event.harmless:
                self._done += 1
                if not self._quiet:
                    terminal.failure(shown(event.path), event.reason, event.hint)
            case events.Previewed():
                self._note(event.notes, shown(event.path))

    def tell_preview(self, event: Event) -> None:
        """Show what happens while nothing is done: the rest is told at the end."""
        from mplus_cli.injecting import events

        if isinstance(event, events.Chosen | events.Looked | events.Skipped | events.Previewed):
            self.tell(event)

    def _follow(self, event: Event) -> None:
        """What a failure would take back."""
        from mplus_cli.injecting import events

        if isinstance(event, events.DocumentDone):
            self._uncommitted.append(event.path)
        elif isinstance(event, events.Committed):
            self._uncommitted.clear()

    def take_back(self) -> None:
        """Say which documents were shown as done, and are not in the memory: the run has failed."""
        if self._uncommitted and not self._quiet:
            names = passed.first_of(map(shown, self._uncommitted), TAKEN_BACK_AT_MOST)
            terminal.warning(f"not kept: {names}")
        self._uncommitted.clear()

    def _quantize(self, done: int, of: int) -> None:
        if self._bar is None:
            if not self._quiet:
                self._quantizing(done, of)
        elif self._run is not None:
            self._bar.update(self._run, note=f"quantizing layer {done + 1} of {of}, once")

    def _look(self) -> None:
        self._looked += 1
        if self._bar is not None and self._run is not None and self._looked % LOOKED_EVERY == 0:
            self._bar.update(self._run, note=counted(self._looked, "file"))

    def _plan(self, documents: int, size_bytes: int) -> None:
        self._documents = documents
        if self._bar is not None and self._run is not None:
            total, seen = max(size_bytes, 1), documents > 0
            self._bar.update(self._run, description="all", total=total, note="", visible=seen)

    def _start(self, path: str, tokens: int) -> None:
        if self._bar is not None:
            self._forget_file()
            name, note = one_line(Path(path).name), counted(tokens, "token")
            self._file = self._bar.add_task(name, total=tokens, note=note)

    def _advance(self, tokens: int, size_bytes: float) -> None:
        if self._bar is None or self._run is None or self._file is None:
            return
        if self._first_done is None:
            self._first_done = time.monotonic()
        else:
            self._tokens += tokens
        rate = self._tokens / max(time.monotonic() - self._first_done, 1e-3)
        speed = f", {rate:,.0f} tokens/s" if self._tokens else ""
        note = f"{self._done:,} of {counted(self._documents, 'file')}{speed}"
        self._bar.update(self._file, advance=tokens)
        self._bar.update(self._run, advance=size_bytes, note=note)

    def _end_file(self) -> None:
        self._done += 1
        self._forget_file()

    def _say(self, *parts: str | tuple[str, str]) -> None:
        if not self._quiet:
            terminal.aside(*parts)

    def _note(self, notes: Sequence[str], of: str = "") -> None:
        if not self._quiet:
            terminal.losses(notes, of)

    def _forget_file(self) -> None:
        if self._bar is not None and self._file is not None:
            self._bar.remove_task(self._file)
            self._file = None


class Quantizing:
    """A model's quantized form is made, once: a bar on a terminal, which goes with the last layer's
    turn, else a line.
    """

    def __init__(self) -> None:
        self._shown: ExitStack | None = None
        self._tell: Callable[[int, int], None] = lambda done, of: None

    def __call__(self, done: int, of: int) -> None:
        """So many layers of all are made."""
        if self._shown is None:
            self._shown = ExitStack()
            if terminal.err.is_terminal:
                bar = terminal.steps("quantizing the model, once", quiet=False)
                self._tell = self._shown.enter_context(bar)
            else:
                terminal.note("quantizing the model, once")
        self._tell(done, of)
        if done + 1 >= of:
            self._shown.close()
            self._shown = None


class Reading:
    """A question is read: a bar on a terminal where that takes longer than a short while, such as
    that of a prompt of thousands of tokens. It goes when all layers were gone through, and comes
    again where another passage is tried.
    """

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._since: float | None = None
        self._shown = ExitStack()
        self._bar: Callable[[int, int], None] | None = None

    def tell(self, done: int, of: int) -> None:
        """So many layers of all were gone through."""
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        if done >= of:
            self.close()
        elif self._bar is not None:
            self._bar(done, of)
        elif now - self._since > PATIENCE_S:
            self._bar = self._shown.enter_context(terminal.steps("reading", self._quiet))
            self._bar(done, of)

    def close(self) -> None:
        """Take the bar away."""
        self._bar = None
        self._shown.close()

    def __enter__(self) -> Reading:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class Pulling:
    """One line for a model: bytes as they come from the Hub, then layers as they are prepared."""

    def __init__(self, name: str, bar: bars.Progress | None) -> None:
        self._name, self._bar = name, bar
        self._task: bars.TaskID | None = None
        self._what = ""

    def downloading(self, done: int, of: int) -> None:
        self._show("fetching", done, of, f"{terminal.size(done)} of {terminal.size(of)}")

    def preparing(self, done: int, of: int) -> None:
        self._show("preparing", done, of, f"{done} of {counted(of, 'layer')}")

    def _show(self, what: str, done: int, of: int, note: str) -> None:
        if self._bar is None:
            return
        if self._task is None or what != self._what:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._what, self._task = (
                what,
                self._bar.add_task(f"{what} {one_line(self._name)}", note=""),
            )
        self._bar.update(self._task, completed=done, total=of, note=note)


@contextmanager
def pulling(name: str, quiet: bool) -> Iterator[Pulling]:
    """What is fetched and prepared, and the time left; a bar on a terminal only."""
    if quiet or not terminal.err.is_terminal:
        yield Pulling(name, None)
        return
    with terminal.progress("note") as bar:
        yield Pulling(name, bar)


@contextmanager
def running(quiet: bool) -> Iterator[RunProgress]:
    """Documents by bytes, tokens per second, time left; bars on a terminal only."""
    shows = not quiet and terminal.err.is_terminal
    with terminal.progress("note") if shows else nullcontext() as bar:
        run = RunProgress(bar, quiet)
        try:
            yield run
        except BaseException:
            run.take_back()
            raise


class RunsProgress:
    """The progress of one run after the other, with nothing on the screen in between."""

    def __init__(self, quiet: bool, stack: ExitStack) -> None:
        self._quiet, self._open = quiet, stack
        self._bar: RunProgress | None = None

    def tell(self, event: Event) -> None:
        if self._bar is None:
            self._bar = self._open.enter_context(running(self._quiet))
        self._bar.tell(event)

    def rest(self) -> None:
        """A run has ended."""
        self._bar = None
        self._open.close()


@contextmanager
def running_again(quiet: bool) -> Iterator[RunsProgress]:
    """Progress for runs that come one after the other."""
    with ExitStack() as stack:
        yield RunsProgress(quiet, stack)
