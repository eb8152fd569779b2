"""`mplus forget`, `verify`, `gc` and `trim`: taking documents out, looking whether all is whole,
making room.
"""

from __future__ import annotations

from typing import Annotated

import typer

from mplus_cli.api import Memory
from mplus_cli.commands import options
from mplus_cli.commands.passwords import at_a_terminal
from mplus_cli.commands.runs import INTERRUPTED
from mplus_cli.results.upkeep import Forgotten
from mplus_cli.screen import memories, terminal
from mplus_cli.settings import load_settings

DAMAGED = 20  # the exit code where something is wrong

DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Only say what would go.")]


def forget(
    documents: Annotated[
        list[str],
        typer.Argument(
            help="Paths, folders, ids as `mplus ls` shows them, or patterns such as '*.log'."
        ),
    ],
    memory: options.Memory = None,
    dry_run: DryRun = False,
    erase: Annotated[
        bool,
        typer.Option(
            "--erase", help="Remove every byte of them, too, with the generations that held them."
        ),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask, however much it is.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Take documents out of the memory, exactly: as if it had never read them.

    Needs no model: the state is folded again from what stays. Earlier generations still hold the
    document, so that `rollback` brings it back, unless `--erase` is given: then nothing does. It
    also erases what was forgotten before.

    On a terminal it asks before more than half of a memory is forgotten, and before tags go with
    the generations that are erased.
    """
    opened = Memory.of(load_settings({"memory": memory}))
    asks = at_a_terminal() and not (yes or json or dry_run)
    if asks or (erase and not (json or dry_run)):
        coming = opened.forget(*documents, erase=erase, dry_run=True)
        memories.tags_go(coming)
        if asks and not memories.agrees_to_forget(coming):
            raise typer.Exit(INTERRUPTED)
    with terminal.steps("erasing", quiet=json or not erase) as progress:
        found = opened.forget(*documents, erase=erase, dry_run=dry_run, progress=progress)
    if json:
        terminal.as_json(_forgotten(found, dry_run) | _erased(found, erase))
    elif dry_run:
        memories.would_forget(found)
    else:
        memories.forgotten(found, erase)


def _forgotten(found: Forgotten, dry_run: bool) -> dict[str, object]:
    paths, last = [document.path for document in found.documents], found.generation
    if dry_run:
        return {"would_forget": paths}
    return {"forgotten": paths, "generation": last.id, "state_digest": last.state}


def _erased(found: Forgotten, erase: bool) -> dict[str, object]:
    if not erase:
        return {}
    return {"erased_generations": found.erased_generations, "erased_tags": found.erased_tags}


def verify(
    memory: options.Memory = None,
    read_data: Annotated[
        bool, typer.Option("--read-data", help="Read every byte and compare its SHA-256.")
    ] = False,
    replay: Annotated[
        bool,
        typer.Option(
            "--replay", help="Fold every journal again and compare with the stored state."
        ),
    ] = False,
    json: options.Json = False,
) -> None:
    """Look whether the memory is whole; say what is wrong, where, and what mends it (exit code 20).

    Looks at structure, sizes and references; changes nothing and needs no model.
    """
    opened = Memory.of(load_settings({"memory": memory}))
    with terminal.steps("verifying", quiet=json) as progress:
        found = opened.verify(read_data=read_data, replay=replay, progress=progress)
    if json:
        terminal.as_json(found)
    else:
        memories.verified(found)
    if not found.whole:
        raise typer.Exit(DAMAGED)


def gc(
    memory: options.Memory = None,
    keep_last: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Keep so many of the last generations, and those with a tag.",
            show_default="all",
        ),
    ] = None,
    dry_run: DryRun = False,
    json: options.Json = False,
) -> None:
    """Remove what no generation refers to: leftovers of interrupted runs, the cache; if asked, old
    generations.
    """
    opened = Memory.of(load_settings({"memory": memory}))
    with terminal.steps("removing", quiet=json) as progress:
        found = opened.gc(keep_last=keep_last, dry_run=dry_run, progress=progress)
    if json:
        terminal.as_json(found)
    else:
        memories.collected(found)


def trim(
    size: Annotated[
        str | None,
        typer.Argument(
            metavar="[SIZE]",
            help="What derived vectors may take afterwards, such as 500MB.",
            show_default="0",
        ),
    ] = None,
    memory: options.Memory = None,
    json: options.Json = False,
) -> None:
    """Make room: remove derived vectors, those first that were longest neither written nor read.

    The model writes a chunk's vectors again when the chunk is read. A memory that an older mplus
    made, with vectors that are part of it, is brought to the new format first; that needs its
    model's tokenizer, and the text of its documents.
    """
    opened = Memory.of(load_settings({"memory": memory}))
    with terminal.steps("trimming", quiet=json) as progress:
        found = opened.trim(size or 0, progress=progress)
    if json:
        terminal.as_json(found)
    else:
        memories.trimmed(found)
