"""Standard input and output for a protocol alone. Python's own library and nothing else, for this
comes before all that takes long to import, and before all that might print.
"""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import suppress
from io import TextIOWrapper
from typing import TextIO

_STDIN, _STDOUT, _STDERR = 0, 1, 2


def own_stdout() -> TextIO:
    """Standard output for the protocol; whatever else is written there goes to stderr from now."""
    wire = os.fdopen(os.dup(_STDOUT), "wb")
    os.dup2(_STDERR, _STDOUT)
    return TextIOWrapper(wire, encoding="utf-8", newline="\n")


def own_stdin() -> int:
    """The number of standard input for the protocol; whoever else reads finds it at its end."""
    wire = os.dup(_STDIN)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, _STDIN)
    os.close(nothing)
    return wire


class Lines:
    """Lines of a file as an asynchronous iterator, read by a thread that nobody waits for.

    Reading can't be interrupted: one who waits for it could not be left by Ctrl-C.
    """

    def __init__(self, file: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        threading.Thread(target=self._read, args=(file,), name="stdin", daemon=True).start()

    def _read(self, file: int) -> None:
        with suppress(RuntimeError):  # the loop has ended, and nobody wants them
            with open(file, encoding="utf-8", errors="replace", newline="\n") as lines:
                for line in lines:
                    self._loop.call_soon_threadsafe(self._lines.put_nowait, line)
            self._loop.call_soon_threadsafe(self._lines.put_nowait, None)

    def __aiter__(self) -> Lines:
        return self

    async def __anext__(self) -> str:
        line = await self._lines.get()
        if line is None:
            raise StopAsyncIteration
        return line
