"""Files and folders that were passed over, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mplus_cli.screen import terminal
from mplus_cli.shown import shown

NAMED_AT_MOST = 3


def tell_linked(linked: Sequence[str]) -> None:
    """Name linked folders: nobody sees from outside that they are not walked."""
    if not linked:
        return
    folders = "folder" if len(linked) == 1 else "folders"
    names = some([shown(path) for path in linked[:NAMED_AT_MOST]], len(linked))
    terminal.note(f"passed over: {len(linked):,} linked {folders}: {names}")
    terminal.note("linked folders are not followed: name them, too, to read what they lead to")


def tell_nothing(passed_over: Mapping[str, int]) -> None:
    """Say why a run found no files."""
    counts = [f"{count:,} ({reason})" for reason, count in sorted(passed_over.items())]
    if counts:
        terminal.note(f"no files to read; passed over: {', '.join(counts)}")
    else:
        terminal.note("no files to read: nothing is there")


def names_of(paths: Sequence[str]) -> str:
    """The names of the first few paths, and how many more there are."""
    return some([Path(path).name for path in paths[:NAMED_AT_MOST]], len(paths))


def first_of(names: Sequence[str]) -> str:
    """The first few of some names, and how many more there are."""
    return some(list(names[:NAMED_AT_MOST]), len(names))


def some(first: list[str], count: int) -> str:
    """The first few of so many, and how many more there are."""
    more = count - len(first)
    return ", ".join(first) + (f" and {more:,} more" if more > 0 else "")
