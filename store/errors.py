"""The root of all errors of mplus, and those that the storage raises."""

from __future__ import annotations

import re

# What a hint names on the command line -> what a Python program calls.
_CALLS = {
    "inject": "memory.inject",
    "update": "memory.update",
    "rebuild": "memory.rebuild",
    "ls": "memory.documents",
    "log": "memory.generations",
    "rollback": "memory.rollback",
    "forget": "memory.forget",
    "verify": "memory.verify",
    "gc": "memory.gc",
    "export": "memory.export",
    "import": "memory.import_",
    "model pull": "mplus_cli.models.pull",
    "model ls": "mplus_cli.models.known",
}
# A command with what is written behind it: options, placeholders, numbers, paths.
_COMMAND = (
    rf"`?mplus ({'|'.join(sorted(_CALLS, key=len, reverse=True))})"
    r"(?: (?:--[a-z-]+|-m \S+|[A-Z/…]+|-|\d+|\S*/\S*)(?=[ ,;)`]|$))*`?"
)
_OPTION = r"--([a-z][a-z-]*)"

RESTORE = "restore it from a snapshot (mplus import FILE) or a backup"


class MplusError(Exception):
    """Something a user can understand and mend.

    `message` says what is wrong and what was found, `hint` names the command or step that mends it,
    `advice` the same for a Python program. `exit_code` is what the process ends with, `code` the
    word that machines read.
    """

    exit_code = 1
    code = "error"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.advice})" if self.hint else self.message

    @property
    def advice(self) -> str:
        """The hint with calls in place of commands, and arguments in place of options."""
        called = re.sub(_COMMAND, lambda found: f"{_CALLS[found[1]]}()", self.hint)
        return re.sub(_OPTION, lambda found: found[1].replace("-", "_"), called)


class OlderError(MplusError):
    """An index was made by an older mplus, and nothing has brought it up to date yet."""


class NoMemoryError(MplusError):
    """There is no memory where one was looked for."""

    exit_code = 10
    code = "no_memory"


class LockedError(MplusError):
    """Another process is writing to this memory."""

    exit_code = 11
    code = "locked"


class DamagedError(MplusError):
    """A file of the memory is missing, truncated or not what its name says."""

    exit_code = 20
    code = "damaged"


class OtherModelError(MplusError):
    """The memory was written by a model with other weights."""

    exit_code = 21
    code = "other_model"
