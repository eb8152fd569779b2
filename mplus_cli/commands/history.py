"""`mplus log`, `diff`, `rollback` and `tag`: the generations of a memory."""

from __future__ import annotations

from typing import Annotated

import typer

from mplus_cli.api import Memory
from mplus_cli.commands import options
from mplus_cli.screen import memories, terminal
from mplus_cli.settings import load_settings

LAST = "last"

GenerationName = Annotated[
    str,
    typer.Argument(
        help="A generation's number, its tag, or `last`, the newest.", metavar="GENERATION"
    ),
]


def log(memory: options.Memory = None, json: options.Json = False) -> None:
    """List the generations of the memory, newest first: who made it, when, and what it changed."""
    found = Memory.of(load_settings({"memory": memory})).generations()
    if json:
        terminal.as_json(found)
    else:
        memories.log(found)


def diff(
    first: GenerationName,
    second: Annotated[
        str, typer.Argument(help="Another one (default: `last`).", metavar="[GENERATION]")
    ] = LAST,
    memory: options.Memory = None,
    json: options.Json = False,
) -> None:
    """Compare two generations: documents, and what each holds."""
    opened = Memory.of(load_settings({"memory": memory}))
    found = opened.diff(first, second)
    if json:
        terminal.as_json(found)
    else:
        memories.diff(found, opened.reads_pool)


def rollback(
    generation: GenerationName, memory: options.Memory = None, json: options.Json = False
) -> None:
    """Go back to what an earlier generation held. The ones since then stay in the log, so this can
    be undone, too.
    """
    opened = Memory.of(load_settings({"memory": memory}))
    last = opened.generations()[:1]
    went, made = opened.rollback(generation)
    if json:
        terminal.as_json(
            {"rolled_back_to": went, "generation": made.id, "state_digest": made.state}
        )
    elif went == made.id:
        terminal.text(f"nothing to do: {went} is the newest generation; earlier ones: mplus log")
    elif last and made.id == last[0].id:
        terminal.text(f"nothing to do: the last generation, {made.id}, holds what {went} holds")
    else:
        memories.changed(made)


def tag(
    name: Annotated[str, typer.Argument(help="A name that begins with a letter.")],
    generation: Annotated[
        str, typer.Argument(help="The generation (default: `last`).", metavar="[GENERATION]")
    ] = LAST,
    memory: options.Memory = None,
    delete: Annotated[bool, typer.Option("--delete", "-d", help="Take the name away.")] = False,
    json: options.Json = False,
) -> None:
    """Name a generation. `gc --keep-last` keeps those that have a name."""
    opened = Memory.of(load_settings({"memory": memory}))
    number = opened.untag(name) if delete else opened.tag(name, generation)
    if json:
        terminal.as_json({"tag": name, "generation": None if delete else number})
    else:
        terminal.text(f"{name} {'no longer names' if delete else 'names'} generation {number}")
