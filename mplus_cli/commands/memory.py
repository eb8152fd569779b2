"""`mplus status` and `ls`: what a memory holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mplus_cli.commands import options
from mplus_cli.screen import render
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
    from mplus_cli.overview import look

    found = look(load_settings({"memory": memory}).memory)
    if html is not None:
        from mplus_cli.screen.page import write_page

        write_page(found, html)
    if json:
        render.as_json(found.facts)
    else:
        render.status(found)


def ls(memory: options.Memory = None, json: options.Json = False) -> None:
    """List the documents in the memory, and what each has in the pool and in the long-term
    memory.
    """
    from mplus_cli.overview import look

    found = look(load_settings({"memory": memory}).memory)
    rows: list[dict[str, Any]] = []
    for document in found.documents:
        held = found.held[document.id]
        names = ("id", "path", "sha256", "reader", "bytes", "chunks", "tokens", "added_at")
        row = {name: getattr(document, name) for name in names} | {
            "copies": found.copies[document.id]
        }
        rows.append(
            row | {"pool_vectors": round(held.pool, 2), "ltm_vectors": round(held.longterm, 2)}
        )
    if json:
        render.as_json(rows)
    else:
        render.documents(rows)
