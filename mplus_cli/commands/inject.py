"""`mplus inject`: documents into a memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from mplus_cli.api import Memory
from mplus_cli.commands import options, passwords
from mplus_cli.commands.interrupts import interruptible
from mplus_cli.commands.names import Null, Paths, TextName, given
from mplus_cli.commands.runs import both, exit_code
from mplus_cli.results.runs import Preview, Report
from mplus_cli.screen.progress import running
from mplus_cli.screen.runs import Output
from mplus_cli.settings import load_settings
from mplus_cli.texts import opens

if TYPE_CHECKING:
    from mplus_cli.texts import Taking


Cluster = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        help="Have the workers of a Dask scheduler compute, such as tcp://HOST:8786.",
        show_default=False,
    ),
]
Workers = Annotated[
    int,
    typer.Option(
        "--workers",
        min=0,
        help="Have so many processes of this machine compute; of several GPUs each takes one.",
        show_default=False,
    ),
]
Shared = Annotated[
    bool,
    typer.Option("--shared", help="Let the workers read the files, too, from the same paths."),
]


def inject(
    paths: Paths = None,
    memory: options.Memory = None,
    model: options.Model = None,
    ext: options.Extensions = None,
    ignore: options.Ignore = None,
    hidden: options.Hidden = False,
    max_bytes: options.MaxBytes = None,
    attachments: options.Attachments = True,
    links: options.Links = False,
    password: options.Password = None,
    name: TextName = None,
    null: Null = False,
    dry_run: options.DryRun = False,
    device: options.Device = None,
    quantize: options.Quantize = None,
    seed: options.Seed = None,
    json: options.Json = False,
    json_lines: options.JsonLines = False,
    cluster: Cluster = None,
    workers: Workers = 0,
    shared: Shared = False,
) -> None:
    """Read documents into the memory.

    Text in any encoding, Markdown, reStructuredText, LaTeX, HTML, PDF, DOCX, PPTX, XLSX,
    OpenDocument, RTF, EPUB, CSV and TSV, JSON and JSON Lines, Jupyter notebooks, e-mail (EML, mbox,
    MSG), subtitles (SRT, VTT) and source code, told by their content. `mplus read` shows the text.

    What is there already is skipped, what changed is read again. Folders are read with all below
    them, but for hidden files and what .gitignore and .mplusignore name. Ctrl-C keeps every whole
    document; the same command goes on later. `mplus update` reads the same inputs again.

    With --workers or --cluster other processes compute the same memory, on this machine or on many
    (docs/cluster.md; needs the extra `cluster`).
    """
    output = Output(json, json_lines)
    flags = {"memory": memory, "model": model, "device": device, "quantize": quantize, "seed": seed}
    settings = load_settings(flags)
    names, texts = given(paths, name, null)
    taking = options.taking(ext, ignore, hidden, max_bytes, attachments, links, password)
    taking["texts"] = texts
    helpers: Helpers = {"cluster": cluster, "workers": workers, "shared": shared}
    with Memory.of(settings) as opened:
        found = _carry_out(opened, names, taking, helpers, dry_run, output)
        output.end(found)
        code = _code(opened, found, taking, output)
    raise typer.Exit(code)


def _code(opened: Memory, found: Report | Preview, taking: Taking, output: Output) -> int:
    """The exit code, after what is locked was read with the passwords that a user types."""
    code = exit_code(found)
    if isinstance(found, Report) and not found.interrupted:
        unlocked = _unlocked(opened, found, taking, output)
        return 0 if all(each.path in unlocked for each in found.failed) else code
    return code


class Helpers(TypedDict):
    """Who computes, as `Memory.inject` takes it."""

    cluster: str | None
    workers: int
    shared: bool


def _carry_out(
    opened: Memory,
    names: list[str],
    taking: Taking,
    helpers: Helpers,
    dry_run: bool,
    output: Output,
) -> Report | Preview:
    with running(output.quiet) as bar:
        if dry_run:
            watch = both(bar.tell_preview, output.tell)
            return opened.preview_inject(*names, watch=watch, **taking)
        with interruptible() as stopped:
            watch = both(bar.tell, output.tell)
            return opened.inject(*names, watch=watch, stopped=stopped, **helpers, **taking)


def _unlocked(opened: Memory, found: Report, taking: Taking, output: Output) -> set[str]:
    """Read what is locked with the passwords that a user types; the paths that were read."""
    by_password = passwords.asked(
        found.failed, output.quiet, lambda path, typed: opens(path, typed, taking)
    )
    for password, paths in by_password.items():
        taking["password"], taking["texts"] = password, ()
        with running(output.quiet) as bar:
            report = opened.inject(*paths, watch=both(bar.tell, output.tell), **taking)
        output.end(report)
    return {path for paths in by_password.values() for path in paths}
