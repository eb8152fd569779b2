"""`mplus status` and `ls`: what a memory holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mplus_cli.api import Memory
from mplus_cli.commands import options
from mplus_cli.screen import memories, terminal
from mplus_cli.settings import load_settings


def status(
    memory: options.Memory = None,
    html: Annotated[
        Path | None,
        typer.Option(
            "--html", help="Write it as one self-contained page with pictures.", show_default=False
        ),
    ] = None,
    json: options.Json = False,
) -> None:
    """Show what the memory holds, by document and by age, and which model it belongs to."""
    found = Memory.of(load_settings({"memory": memory})).overview()
    if html is not None:
        from mplus_cli.screen.page import write_page

        write_page(found, html)
        terminal.note(f"written: {html}")
    if json:
        terminal.as_json(found.status)
    else:
        memories.status(found)


def ls(memory: options.Memory = None, json: options.Json = False) -> None:
    """List the documents in the memory, and what each holds."""
    found = Memory.of(load_settings({"memory": memory})).overview()
    if json:
        terminal.as_json(found.documents)
    else:
        memories.documents(found.documents, found.reads_pool)
