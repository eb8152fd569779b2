"""The root of all errors of mplus, and those that the storage raises."""

from __future__ import annotations

RESTORE = "restore it from a snapshot (mplus import FILE) or a backup"


class MplusError(Exception):
    """Something a user can understand and mend.

    `message` says what is wrong and what was found, `hint` names the command or step that mends it,
    `exit_code` is what the process ends with, `code` the word that machines read.
    """

    exit_code = 1
    code = "error"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


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
