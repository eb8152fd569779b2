"""`mplus inject`: documents into a memory."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import Annotated

import typer

from mplus_cli.commands import options, reading
from mplus_cli.errors import UsageError
from mplus_cli.screen import render
from mplus_cli.settings import load_settings


def inject(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            help="Files, folders, globs; http(s) addresses; git:FOLDER@REVISION, or one file "
            "of it as "
            "git:FOLDER@REVISION:FILE; - reads text from standard input."
        ),
    ] = None,
    memory: options.Memory = None,
    model: options.Model = None,
    ext: options.Extensions = None,
    ignore: options.Ignore = None,
    hidden: options.Hidden = False,
    max_bytes: options.MaxBytes = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the text from standard input.", show_default=False)
    ] = None,
    null: Annotated[
        bool, typer.Option("--null", help="Read more paths from standard input, each ended by NUL.")
    ] = False,
    dry_run: options.DryRun = False,
    device: options.Device = None,
    quantize: options.Quantize = None,
    seed: options.Seed = None,
    json: options.Json = False,
    json_lines: options.JsonLines = False,
) -> None:
    """Read documents into the memory.

    Text in any encoding, Markdown, reStructuredText, LaTeX, HTML, PDF, DOCX, PPTX, XLSX, EPUB, CSV
    and TSV, JSON and JSON Lines, Jupyter notebooks, e-mail (EML, mbox), subtitles (SRT, VTT) and
    source code, told by their content.

    What is there already is skipped, what changed is read again. Folders are read with all below
    them, but for hidden files and what .gitignore and .mplusignore name. Ctrl-C keeps every whole
    document; the same command goes on later. `mplus update` reads the same inputs again.
    """
    output = reading.Output(json, json_lines)
    flags = {"memory": memory, "model": model, "device": device, "quantize": quantize, "seed": seed}
    settings = load_settings(flags)
    names = _names(paths, name, null)

    from mplus_cli import inputs
    from mplus_cli.engine import open_engine
    from mplus_cli.injecting.plan import Request
    from mplus_cli.inputs.files import Wanted
    from mplus_cli.readers import MAX_BYTES
    from store.change import change
    from store.inventory import take_inventory
    from store.records import Root

    wanted = Wanted(tuple(ignore or ()), options.extensions(ext), hidden)
    chosen = inputs.Options(
        wanted, MAX_BYTES if max_bytes is None else options.size_bytes(max_bytes)
    )
    passed: list[inputs.Passed] = []
    with ExitStack() as stack:
        named = [each for each in names if each != "-"]
        pieces = list(inputs.expand(named, chosen, stack, passed.append))
        if "-" in names:
            pieces.append(inputs.from_bytes(sys.stdin.buffer.read(), name))
        engine, request = open_engine(settings), Request(pieces)
        if engine.choice and not output.quiet:
            render.note(engine.choice)
        if dry_run:
            before = take_inventory(settings.memory, engine.spec)
            found = reading.preview(request, engine, before, settings, passed, output)
            reading.say_preview(found, output)
            raise typer.Exit(found.exit_code)
        roots = [
            Root(inputs.root_name(each), chosen.as_dict())
            for each in named
            if inputs.is_there(each)
        ]
        with change(
            settings.memory, "inject", settings.lock_timeout_s, create=engine.spec
        ) as opened:
            result = reading.run(request, engine, opened, output)
            failed = {each["path"] for each in result.failed}
            opened.name_roots(root for root in roots if root.name not in failed)
    reading.say(result, output)
    raise typer.Exit(result.exit_code)


def _names(paths: list[str] | None, name: str | None, null: bool) -> list[str]:
    names = list(paths or [])
    if null and "-" in names:
        raise UsageError(
            "standard input is either text (-) or a list of paths (--null)", "take one of them"
        )
    if null:
        names += [each for each in sys.stdin.read().split("\0") if each]
    if name is not None and "-" not in names:
        raise UsageError("--name names the text from standard input", "add - to the paths")
    if not names:
        raise UsageError("nothing to inject", "name files or folders: mplus inject PATH…")
    return names
