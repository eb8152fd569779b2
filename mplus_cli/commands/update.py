"""`mplus update`: read again what was injected before."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from mplus_cli.commands import options, reading
from mplus_cli.errors import UsageError
from mplus_cli.screen import render
from mplus_cli.settings import Settings, load_settings
from store.errors import LockedError

if TYPE_CHECKING:
    from mplus_cli.engine import Engine
    from mplus_cli.injecting.plan import Request
    from mplus_cli.inputs import Passed
    from store.inventory import Inventory


def update(
    prune: Annotated[
        bool, typer.Option("--prune", help="Forget documents whose files are gone.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on whenever a file changes, until Ctrl-C.")
    ] = False,
    memory: options.Memory = None,
    model: options.Model = None,
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
    output = reading.Output(json, json_lines)
    if watch and (dry_run or json):
        raise UsageError("--watch has no end to report", "take --json-lines, or leave out --watch")
    settings = load_settings(
        {"memory": memory, "model": model, "device": device, "quantize": quantize}
    )

    from mplus_cli.engine import open_engine
    from store.home import Home

    Home(settings.memory)  # update makes none
    engine = open_engine(settings)
    if dry_run:
        raise typer.Exit(_preview(settings, engine, prune, output).exit_code)
    if watch:
        result = _watch(settings, engine, prune, output)
    else:
        result = _run(settings, engine, prune, output)
        reading.say(result, output)
    raise typer.Exit(result.exit_code)


def _run(
    settings: Settings, engine: Engine, prune: bool, output: reading.Output, elsewhere: bool = True
) -> reading.Result:
    from mplus_cli.inputs import is_there
    from store.change import change

    with ExitStack() as stack:
        opened = stack.enter_context(
            change(settings.memory, "update", settings.lock_timeout_s, create=engine.spec)
        )
        request, gone = _request(opened.inventory, prune, stack, [], elsewhere)
        result = reading.run(request, engine, opened, output)
        if prune:
            opened.name_roots(
                [], [root.name for root in opened.inventory.roots if not is_there(root.name)]
            )
    result.gone = gone
    return result


def _preview(
    settings: Settings, engine: Engine, prune: bool, output: reading.Output
) -> reading.Preview:
    from store.inventory import take_inventory

    passed: list[Passed] = []
    before = take_inventory(settings.memory, engine.spec)
    with ExitStack() as stack:
        request, gone = _request(before, prune, stack, passed)
        found = reading.preview(request, engine, before, settings, passed, output)
    found.gone = gone
    reading.say_preview(found, output)
    return found


def _request(
    known: Inventory,
    prune: bool,
    stack: ExitStack,
    passed: list[Passed],
    elsewhere: bool = True,
) -> tuple[Request, list[str]]:
    """What to read again, and the paths that are gone from the disk and stay in the memory."""
    from mplus_cli.injecting import plan

    pieces = plan.again(known, stack, passed.append, elsewhere)
    gone = plan.gone(known, pieces, elsewhere)
    request = plan.Request(list(pieces.values()), gone if prune else (), forgotten_stay_out=True)
    return request, [] if prune else gone


def _watch(
    settings: Settings, engine: Engine, prune: bool, output: reading.Output
) -> reading.Result:
    """Update now and whenever something changes on the disk, until Ctrl-C."""
    from mplus_cli.injecting.plan import paths
    from mplus_cli.inputs.watch import changes
    from store.inventory import take_inventory

    before = take_inventory(settings.memory)
    with changes([root.name for root in before.roots], paths(before), settings.memory) as changed:
        result = _run(settings, engine, prune, output)
        reading.say(result, output)
        render.note("watching; Ctrl-C ends it")
        while not result.interrupted:
            changed.wait()
            try:
                result = _run(settings, engine, prune, output, elsewhere=False)
            except LockedError:
                changed.retry()
            else:
                if output.lines or result.did_something:
                    reading.say(result, output)
    return result
