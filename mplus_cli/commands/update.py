"""`mplus update`: read again what was injected before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mplus_cli.api import Memory
from mplus_cli.commands import options
from mplus_cli.commands.interrupts import interruptible
from mplus_cli.commands.runs import INTERRUPTED, both, exit_code
from mplus_cli.errors import UsageError
from mplus_cli.screen import terminal
from mplus_cli.screen.progress import running, running_again
from mplus_cli.screen.runs import Output
from mplus_cli.settings import load_settings

if TYPE_CHECKING:
    from mplus_cli.results.runs import Preview, Report


def update(
    prune: Annotated[
        bool, typer.Option("--prune", help="Forget documents whose files are gone.")
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
    """
    output = Output(json, json_lines)
    if watch and (dry_run or json):
        raise UsageError("--watch has no end to report", "take --json-lines, or leave out --watch")
    flags = {"memory": memory, "model": model, "device": device, "quantize": quantize}
    with Memory.of(load_settings(flags)) as opened:
        if watch:
            raise typer.Exit(_keep_updating(opened, prune, password, output))
        with running(output.quiet) as bar:
            if dry_run:
                told = both(bar.tell_preview, output.tell)
                found: Report | Preview = opened.preview_update(
                    prune=prune, password=password, watch=told
                )
            else:
                with interruptible() as stopped:
                    told = both(bar.tell, output.tell)
                    found = opened.update(
                        prune=prune, password=password, watch=told, stopped=stopped
                    )
    output.end(found)
    raise typer.Exit(exit_code(found))


def _keep_updating(opened: Memory, prune: bool, password: str | None, output: Output) -> int:
    """Update now and whenever something changes on the disk, until Ctrl-C."""
    with interruptible() as stopped, running_again(output.quiet) as bar:
        told = both(bar.tell, output.tell)
        code = None
        reports = opened.keep_updating(prune=prune, password=password, watch=told, stopped=stopped)
        for report in reports:
            bar.rest()
            if code is None or output.lines or report.did_something:
                output.end(report)
            if code is None:
                terminal.note("watching; Ctrl-C ends it")
            code = exit_code(report)
    return INTERRUPTED if stopped() or code is None else code
