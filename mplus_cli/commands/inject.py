"""`mplus inject`: documents into a memory."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from mplus_cli.api import Memory, Taking
from mplus_cli.commands import options
from mplus_cli.commands.interrupts import interruptible
from mplus_cli.commands.runs import both, exit_code
from mplus_cli.errors import UsageError
from mplus_cli.results import Preview, Report
from mplus_cli.screen.progress import running
from mplus_cli.screen.runs import Output
from mplus_cli.settings import load_settings

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        help="Files, folders, globs; http(s) addresses; git:FOLDER@REVISION, or one file of it as "
        "git:FOLDER@REVISION:FILE; - reads text from standard input."
    ),
]
TextName = Annotated[
    str | None, typer.Option(help="Name of the text from standard input.", show_default=False)
]
Null = Annotated[
    bool, typer.Option("--null", help="Read more paths from standard input, each ended by NUL.")
]


def inject(
    paths: Paths = None,
    memory: options.Memory = None,
    model: options.Model = None,
    ext: options.Extensions = None,
    ignore: options.Ignore = None,
    hidden: options.Hidden = False,
    max_bytes: options.MaxBytes = None,
    name: TextName = None,
    null: Null = False,
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
    output = Output(json, json_lines)
    flags = {"memory": memory, "model": model, "device": device, "quantize": quantize, "seed": seed}
    settings = load_settings(flags)
    names = _names(paths, name, null)
    taking: Taking = {
        "ext": options.extensions(ext),
        "ignore": ignore or (),
        "hidden": hidden,
        "max_bytes": None if max_bytes is None else options.size_bytes(max_bytes),
        "texts": [(sys.stdin.buffer.read(), name)] if "-" in names else [],
    }
    named = [each for each in names if each != "-"]
    with Memory.of(settings) as opened, running(output.quiet) as bar:
        if dry_run:
            watch = both(bar.tell_preview, output.tell)
            found: Report | Preview = opened.preview_inject(*named, watch=watch, **taking)
        else:
            with interruptible() as stopped:
                watch = both(bar.tell, output.tell)
                found = opened.inject(*named, watch=watch, stopped=stopped, **taking)
    output.end(found)
    raise typer.Exit(exit_code(found))


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
