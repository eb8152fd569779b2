"""A memory split by document into several."""

from __future__ import annotations

import os
from pathlib import Path

from mplus_cli.errors import UsageError
from mplus_cli.results import Progress
from mplus_cli.results.upkeep import Shard


def shard(path: Path, timeout_s: float, folder: Path, into: int, progress: Progress) -> list[Shard]:
    """Split a memory into so many, in a new folder. Changes nothing in it.

    Raises `UsageError` for fewer than two, and for a folder within the memory.
    """
    from store.shards import split

    folder = Path(os.path.realpath(folder.expanduser()))  # `..` and links are no way around
    if into < 2:
        raise UsageError(f"into is {into}", "split it into two at least")
    if folder.is_relative_to(os.path.realpath(path)):
        raise UsageError(f"{folder} lies in the memory itself", "name a folder beside it")
    made = split(path, folder, into, timeout_s, progress)
    return [
        Shard(str(each.path), each.documents, each.chunks, each.tokens, each.bytes) for each in made
    ]
