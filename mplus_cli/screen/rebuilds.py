"""A memory that is written anew for another model, on the screen: before and after."""

from __future__ import annotations

from pathlib import Path

from mplus_cli.results.runs import Rebuilding, Rebuilt
from mplus_cli.screen import passed, terminal
from mplus_cli.screen.runs import estimated
from mplus_cli.screen.terminal import counted
from mplus_cli.shown import shown


def coming(found: Rebuilding) -> None:
    """What will be done, what it takes, and what becomes of what is there."""
    if found.needless:
        terminal.text(f"nothing to do: the memory was written by {found.model}")
        return
    terminal.text(
        f"to write anew for {found.model}: {counted(found.documents, 'document')}, written by "
        f"{found.before}"
    )
    terminal.text(estimated(found))
    if found.generations:
        terminal.note(
            f"the generations that are there ({found.generations:,}) stay with their models: "
            f"listed as before, asked with --at and -m {found.before}, gone back to with "
            f"mplus rollback; their {terminal.size(found.bytes)} stay on the disk until "
            f"mplus gc --keep-last 1 --memory {shown(found.memory)}"
        )


def done(found: Rebuilt) -> None:
    """What was written anew."""
    if found.interrupted:
        terminal.note(
            f"interrupted: the memory is {found.before}'s as before; what was written is kept, and "
            "the same command goes on"
        )
        return
    if found.read_again:
        terminal.note(
            "it is not known how these were read, so that the next update reads them again: "
            f"{passed.first_of(Path(path).name for path in found.read_again)}"
        )
    terminal.text(
        f"{counted(found.documents, 'document')}, {counted(found.tokens, 'token')} in "
        f"{found.seconds:.1f} s; "
        f"generation {found.generation}; from now on {found.model} answers"
    )
