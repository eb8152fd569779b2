"""Where a memory is looked for; alone in its file, for all commands do, and most load no more."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

FOLDER_NAME = ".mplus"


def holds_memory(path: Path) -> bool:
    """Whether a memory lies there that this user can find."""
    with suppress(PermissionError):
        return (path / "memory.json").is_file()
    return False


def nearest_memory(folders: Iterable[Path]) -> Path | None:
    """The first memory that lies in one of these folders, under the name that is usual there."""
    places = (folder / FOLDER_NAME for folder in folders)
    return next((place for place in places if holds_memory(place)), None)
