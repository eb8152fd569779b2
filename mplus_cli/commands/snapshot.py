"""`mplus export` and `import`: a memory as one file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO, Annotated

import typer

from mplus_cli.api import Memory
from mplus_cli.commands import options
from mplus_cli.errors import UsageError
from mplus_cli.screen import memories, terminal
from mplus_cli.settings import load_settings


def export(
    file: Annotated[str, typer.Argument(help="The snapshot to write; - is standard output.")],
    memory: options.Memory = None,
    since: Annotated[
        str | None,
        typer.Option(
            help="Leave out what this generation has: only what is new.",
            metavar="GENERATION",
            show_default=False,
        ),
    ] = None,
    text: Annotated[
        bool,
        typer.Option(
            "--text/--no-text",
            help="Whether the stored passages go along (snippets, ranking by text).",
        ),
    ] = True,
    vectors: Annotated[
        bool,
        typer.Option(
            "--vectors",
            help="Take derived vectors along, as far as they are kept here; without them they are "
            "written again where they are needed.",
        ),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", "-f", help="Write over a file that is there.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Write the memory, with all its generations, into one file that vouches for itself."""
    if json and file == "-":
        raise UsageError("--json and the snapshot can't both go to standard output", "name a file")
    opened = Memory.of(load_settings({"memory": memory}))
    target: Path | IO[bytes] = sys.stdout.buffer if file == "-" else Path(file)
    with terminal.steps("exporting", quiet=json) as progress:
        found = opened.export(
            target, since=since, text=text, vectors=vectors, force=force, progress=progress
        )
    if json:
        terminal.as_json(found)
    else:
        memories.exported(found)


def import_(
    file: Annotated[str, typer.Argument(help="A snapshot; - is standard input.")],
    memory: options.Memory = None,
    json: options.Json = False,
) -> None:
    """Take a snapshot in: as a new memory, or into the one that is there. Everything is checked
    first.

    A memory that the snapshot goes on from goes on with it; to any other one the snapshot's
    documents are appended, those that are there already left out. Files that are damaged or missing
    are mended from the snapshot.
    """
    opened = Memory.of(load_settings({"memory": memory}))
    if file == "-" and sys.stdin.isatty():
        raise UsageError("standard input is a terminal", "pipe a snapshot in, or name a file")
    source: Path | IO[bytes] = sys.stdin.buffer if file == "-" else Path(file)
    with terminal.steps("importing", quiet=json) as progress:
        found = opened.import_(source, progress=progress)
    if json:
        terminal.as_json(found)
    else:
        memories.imported(found)
