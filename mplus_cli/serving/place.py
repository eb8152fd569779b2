"""Where the memory of a server lies, and whether it is still there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from mplus_cli.errors import GoneMemoryError
from store.nearest import holds_memory

T = TypeVar("T")


class Place:
    """A folder with a memory, or one for a memory that is made there later."""

    def __init__(self, path: Path) -> None:
        self._path, self._seen = path, holds_memory(path)

    @property
    def is_gone(self) -> bool:
        """Whether a memory was there once, and is not now."""
        there = holds_memory(self._path)
        self._seen = self._seen or there
        return self._seen and not there

    def check(self) -> None:
        """Raises `GoneMemoryError`."""
        if self.is_gone:
            raise GoneMemoryError(
                f"the memory at {self._path} is gone: it was removed or moved meanwhile",
                "put it back, or end the server and start it anew",
            )

    def change(self, work: Callable[[], T]) -> T:
        """What a change to the memory gives. Makes none in place of one that is gone: raises
        `GoneMemoryError`, and what the change raises.
        """
        self.check()
        try:
            return work()
        finally:
            self._seen = self._seen or holds_memory(self._path)
