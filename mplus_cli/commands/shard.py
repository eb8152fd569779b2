"""`mplus shard`: a memory split into several."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mplus_cli.api import Memory
from mplus_cli.commands import options
from mplus_cli.screen import memories, terminal
from mplus_cli.settings import load_settings


def shard(
    folder: Annotated[Path, typer.Argument(help="A new folder for the shards.")],
    into: Annotated[int, typer.Option("--into", help="How many there are to be.", min=2)],
    memory: options.Memory = None,
    json: options.Json = False,
) -> None:
    """Split the memory by document into several, each a memory of its own: a question to all of
    them is `mplus ask -M FOLDER/shard-1 -M FOLDER/shard-2 …`.

    The newest generation is split, without a model; the memory itself stays as it is. `update` of a
    shard reads the files again that it has, and no new ones.
    """
    opened = Memory.of(load_settings({"memory": memory}))
    with terminal.steps("splitting", quiet=json) as progress:
        found = opened.shard(folder, into, progress=progress)
    if json:
        terminal.as_json({"shards": found})
    else:
        memories.sharded(found)
