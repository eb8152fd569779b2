"""`mplus update`: read again what was injected before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mplus_cli.api import Memory
from mplus_cli.commands import options
from mplus_cli.commands.interrupts import interruptible
from mplus_cli.commands.runs import INTERRUPTED, both, exit_code
from mplus_cli.errors import UsageError
from mplus_cli.results.runs import Report
from mplus_cli.screen import terminal
from mplus_cli.screen.progress import running, running_again
from mplus_cli.screen.runs import Output
from mplus_cli.settings import load_settings

if TYPE_CHECKING:
    from mplus_cli.injecting.pruning import Pruning
    from mplus_cli.results.runs import Preview


def update(
    prune: Annotated[
        bool, typer.Option("--prune", help="Forget documents whose files are gone.")
    ] = False,
    prune_missing_roots: Annotated[
        bool,
        typer.Option(
            "--prune-missing-roots",
            help="Forget also what is away with its folder, as on a drive that is not mounted.",
        ),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Forget without asking, however much it is.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on whenever a file changes, until Ctrl-C.")
    ] = False,
    memory: options.Memory = None,
    model: options.Model = None,
    password: options.Password = None,
    dry_run: options.DryRun = False,
    device: options.Device = None,
    quantize: options.Quantize = None,
    json: options.Json = False,
    json_lines: options.JsonLines = False,
) -> None:
    """Read again what was injected before: what changed, and what is new in injected folders.

    Folders, globs, addresses and git revisions are looked at with the options that they were
    injected with. Only changed chunks are computed. What was forgotten stays out until it is
    injected again.

    With --prune what is gone is forgotten, but not a folder that is away: missing, empty, or with
    nothing left of what was read (other files there are not read then). More than half of a memory
    is forgotten after a question alone.
    """
    output = Output(json, json_lines)
    if watch and (dry_run or json):
        raise UsageError("--watch has no end to report", "take --json-lines, or leave out --watch")
    flags = {"memory": memory, "model": model, "device": device, "quantize": quantize}
    pruning: Pruning = {"prune": prune, "prune_missing_roots": prune_missing_roots, "yes": yes}
    with Memory.of(load_settings(flags)) as opened:
        if watch:
            raise typer.Exit(_keep_updating(opened, pruning, password, output))
        found = _carry_out(opened, pruning, password, dry_run, output)
        if isinstance(found, Report) and found.withheld and output.agrees_to_forget(found):
            found = _carry_out(opened, pruning | {"yes": True}, password, dry_run, output)
    raise typer.Exit(exit_code(found))


def _carry_out(
    opened: Memory, pruning: Pruning, password: str | None, dry_run: bool, output: Output
) -> Report | Preview:
    with running(output.quiet) as bar:
        if dry_run:
            told = both(bar.tell_preview, output.tell)
            found: Report | Preview = opened.preview_update(
                password=password, watch=told, **pruning
            )
        else:
            with interruptible() as stopped:
                told = both(bar.tell, output.tell)
                found = opened.update(password=password, watch=told, stopped=stopped, **pruning)
    output.end(found)
    return found


def _keep_updating(opened: Memory, pruning: Pruning, password: str | None, output: Output) -> int:
    """Update now and whenever something changes on the disk, until Ctrl-C."""
    with interruptible() as stopped, running_again(output.quiet) as bar:
        told = both(bar.tell, output.tell)
        code = None
        reports = opened.keep_updating(password=password, watch=told, stopped=stopped, **pruning)
        for report in reports:
            bar.rest()
            if code is None or output.lines or report.did_something or report.misses_something:
                output.end(report)
            if code is None:
                terminal.note("watching; Ctrl-C ends it")
            code = exit_code(report)
    return INTERRUPTED if stopped() or code is None else code
