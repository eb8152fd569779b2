"""Notes that a user has a memory keep: documents of their own, which are forgotten like others."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from mplus_cli.errors import StoppedError, UsageError
from store.errors import NoMemoryError

if TYPE_CHECKING:
    from mplus_cli.api import Memory

_WORDS = 5  # of a note, in its name


def remember(memory: Memory, text: str, stopped: Callable[[], bool]) -> str:
    """Put a note into a memory; the name of its document.

    Raises what `Memory.inject` raises, `StoppedError` where it was stopped, and `UsageError` where
    it could not be read.
    """
    name = _free(_name(text, datetime.now()), memory)
    report = memory.inject(texts=[(f"{text}\n".encode(), name)], stopped=stopped)
    for problem in (*report.failed, *report.skipped):
        raise UsageError(f"the note was not remembered: {problem.reason}", problem.hint)
    if stopped() and not report.added:
        raise StoppedError("the note was not remembered", "write it again")
    return name


def _name(text: str, at: datetime) -> str:
    """When it was written, and its first words: without dots, which would make a kind of file."""
    words = " ".join(re.findall(r"\w+", text)[:_WORDS])
    return f"note {at:%Y-%m-%d %H:%M}: {words}"


def _free(name: str, memory: Memory) -> str:
    """A name that no document has: a note must not take the place of another one."""
    try:
        taken = {document.path for document in memory.documents()}
    except NoMemoryError:
        return name
    number = 2
    found = name
    while found in taken:
        found, number = f"{name} ({number})", number + 1
    return found
