"""`mplus push` and `pull`: a memory in pieces at an address, shared with others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from mplus_cli.api import Memory
from mplus_cli.commands import options
from mplus_cli.errors import UsageError
from mplus_cli.results import Progress
from mplus_cli.screen import memories, terminal
from mplus_cli.settings import load_settings

Address = Annotated[
    str,
    typer.Argument(
        metavar="URL",
        help="A folder, or an object store: s3://BUCKET/PREFIX, gs://…, az://….",
        show_default=False,
    ),
]


def push(
    url: Address,
    memory: options.Memory = None,
    text: Annotated[
        bool,
        typer.Option(
            "--text/--no-text", help="Whether the texts of documents that are new there go along."
        ),
    ] = True,
    erase_remote: Annotated[
        bool,
        typer.Option(
            "--erase-remote",
            help="Remove from there what no generation here has any more, with the generations "
            "that held it.",
        ),
    ] = False,
    json: options.Json = False,
) -> None:
    """Bring what is new in the memory to a repository, which begins there where there is none.

    Only what is missing there travels. Where somebody else has pushed first, nothing does, and the
    exit code is 12: `mplus pull` takes in what is new there, then push again. Tags stay here.
    Credentials are taken as the cloud's own tools find them, and never kept.
    """
    opened = Memory.of(load_settings({"memory": memory}))
    with _travelling("pushing", json) as progress:
        found = opened.push(url, text=text, erase=erase_remote, progress=progress)
    if json:
        terminal.as_json(found)
    else:
        memories.pushed(found)


def pull(
    url: Address,
    folder: Annotated[
        str | None,
        typer.Argument(
            metavar="[DIR]",
            help="The memory's folder, as --memory names it; made where there is none.",
            show_default=False,
        ),
    ] = None,
    memory: options.Memory = None,
    json: options.Json = False,
) -> None:
    """Bring in what is new in a repository: as a new memory, or into the one that is there.

    Everything is checked first; it comes whole or not at all, and what broke off goes on with the
    next try. Where nothing is new here, the generations there follow as they are. Where both have
    grown, one new generation has what both did: what was forgotten on either side is gone, unless
    it changed on the other.
    """
    if folder is not None and memory is not None:
        raise UsageError("the memory is named twice", "leave out DIR or --memory")
    opened = Memory.of(load_settings({"memory": folder or memory}))
    with _travelling("pulling", json) as progress:
        found = opened.pull(url, progress=progress)
    if json:
        terminal.as_json(found)
    else:
        memories.pulled(found)


@contextmanager
def _travelling(what: str, quiet: bool) -> Iterator[Progress]:
    """A bar of bytes; who breaks off is told that nothing was in vain."""
    try:
        with terminal.steps(what, quiet=quiet) as progress:
            yield progress
    except KeyboardInterrupt:
        terminal.note("broken off: the same command goes on with what has travelled")
        raise
