"""Errors of the command line, the readers and the model; kin of `store.errors.MplusError`."""

from __future__ import annotations

from store.errors import MplusError


class UsageError(MplusError):
    """The command was called with something that cannot be meant."""

    exit_code = 2
    code = "usage"


class ReadError(MplusError):
    """One input could not be read; the others go on."""

    exit_code = 3
    code = "unreadable"


class NoTextError(ReadError):
    """One input holds no text to read: it is empty or binary. In a folder such files are nothing
    amiss.
    """

    code = "no_text"


class TooLargeError(ReadError):
    """One input is larger than what is read. In a folder such files are nothing amiss."""

    code = "too_large"


class WatchError(MplusError):
    """Files can't be watched here."""

    code = "watch"


class ModelError(MplusError):
    """A model is missing, unknown, damaged or of a kind that mplus does not run."""

    code = "model"
