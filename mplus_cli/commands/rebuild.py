"""`mplus rebuild`: a memory written anew for another model."""

from __future__ import annotations

from typing import Annotated

import typer

from mplus_cli.api import Memory
from mplus_cli.commands import options
from mplus_cli.commands.interrupts import interruptible
from mplus_cli.commands.passwords import at_a_terminal
from mplus_cli.commands.runs import INTERRUPTED
from mplus_cli.screen import rebuilds, terminal
from mplus_cli.screen.progress import running
from mplus_cli.settings import load_settings


def rebuild(
    memory: options.Memory = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            help="Model name, checkpoint folder or GGUF file (env: MPLUS_MODEL; else the memory's "
            "own).",
            show_default=False,
        ),
    ] = None,
    dry_run: options.DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before it starts.")] = False,
    device: options.Device = None,
    quantize: options.Quantize = None,
    json: options.Json = False,
) -> None:
    """Write the whole memory anew for another model, or for its own where that was renewed.

    From the texts that the memory keeps: no file is read. Documents keep ids, dates and paths.
    Until the end the memory is what it was; what was interrupted goes on where it ended. Earlier
    generations and their tags stay, and can be gone back to; asking those takes the model that
    wrote them. Once they are not wanted any more, `mplus gc --keep-last 1` frees their disk space.
    """
    flags = {"memory": memory, "model": model, "device": device, "quantize": quantize}
    with Memory.of(load_settings(flags)) as opened:
        if dry_run or not json:
            with running(json) as bar:
                coming = opened.preview_rebuild(watch=bar.tell)
            if dry_run and json:
                terminal.as_json(coming)
            else:
                rebuilds.coming(coming)
            if dry_run or coming.needless:
                return
            if not yes and at_a_terminal() and not terminal.agreed("write it anew?"):
                raise typer.Exit(INTERRUPTED)
        with running(json) as bar, interruptible() as stopped:
            found = opened.rebuild(watch=bar.tell, stopped=stopped)
    if json:
        terminal.as_json(found)
    else:
        rebuilds.done(found)
    raise typer.Exit(INTERRUPTED if found.interrupted else 0)
