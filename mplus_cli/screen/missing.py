"""Paths that are gone, for people: a folder that is gone with all in it is named once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from mplus_cli.screen.terminal import counted
from mplus_cli.shown import on_disk, shown


def folded(paths: Sequence[str]) -> list[str]:
    """What to call some missing paths, in their order."""
    counts = Counter(map(_missing_folder, paths))
    named = set(paths)
    return [
        f"{shown(name)}/ ({counted(count, 'document')})" if name not in named else shown(name)
        for name, count in counts.items()
    ]


def _missing_folder(path: str) -> str:
    """The topmost folder above a path that is not there either, else the path."""
    missing = path
    while (above := os.path.dirname(missing)) not in ("", missing):  # noqa: PTH120 - as it is named
        if os.path.lexists(on_disk(above)):
            break
        missing = above
    return missing if Path(path).is_absolute() else path
