"""Files and folders that were passed over, for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mplus_cli.screen import terminal
from mplus_cli.shown import shown

NAMED_AT_MOST = 3


def tell_linked(linked: Sequence[str]) -> None:
    """Name linked folders: nobody sees from outside that they are not walked."""
    if not linked:
        return
    folders = terminal.counted(len(linked), "linked folder")
    terminal.note(f"passed over: {folders}: {first_of(map(shown, linked))}")
    terminal.note("linked folders are not followed: name them, too, to read what they lead to")


def tell_nothing(passed_over: Mapping[str, int]) -> None:
    """Say why a run found no files."""
    counts = [f"{count:,} ({reason})" for reason, count in sorted(passed_over.items())]
    if counts:
        terminal.note(f"no files to read; passed over: {', '.join(counts)}")
    else:
        terminal.note("no files to read: nothing is there")


def first_of(names: Iterable[str], most: int = NAMED_AT_MOST) -> str:
    """The first few of some names, and how many more there are."""
    told = list(names)
    more = len(told) - most
    return ", ".join(told[:most]) + (f" and {more:,} more" if more > 0 else "")
