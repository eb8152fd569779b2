"""Errors of the command line, the readers and the model; kin of `store.errors.MplusError`."""

from __future__ import annotations

from store.errors import MplusError, NoMemoryError
from store.errors import reason_of as reason_of  # noqa: PLC0414 - for rooms without the storage


class UsageError(MplusError):
    """The command was called with something that can't be meant."""

    exit_code = 2
    code = "usage"


class UnknownError(UsageError):
    """Something is named that is not there."""

    code = "unknown"


class ReadError(MplusError):
    """One input can't be read; the others go on.

    `reason` says why, `path` names the input, and `message` is "PATH: REASON". What reads bytes
    knows no path and leaves it out: `Piece.load` and `read_document` put it in, for all readers.
    """

    exit_code = 3
    code = "unreadable"

    def __init__(self, reason: str, hint: str = "", path: str = "") -> None:
        super().__init__(f"{path}: {reason}" if path else reason, hint)
        self.reason = reason
        self.path = path

    def of(self, path: str) -> ReadError:
        """The same error with the path of its input."""
        return type(self)(self.reason, self.hint, path)


class NoTextError(ReadError):
    """One input is empty or binary. In a folder such files are nothing amiss."""

    code = "no_text"


class TooLargeError(ReadError):
    """One input is larger than what is read. In a folder such files are nothing amiss."""

    code = "too_large"


class GoneError(ReadError):
    """One input is there no longer, as who has it says."""

    code = "gone"


class PasswordError(ReadError):
    """One input is locked, and no password or a wrong one was given."""

    code = "password"


class EmptyError(MplusError):
    """The memory holds no document any more, so there is nothing to ask."""

    code = "empty"


class GoneMemoryError(NoMemoryError):
    """A memory has gone while a server had it open."""

    code = "memory_gone"


class StoppedError(MplusError):
    """Whoever asked wants no answer any more."""

    exit_code = 130
    code = "stopped"


class BusyError(MplusError):
    """A server has as many questions waiting as it takes, or is about to end."""

    code = "busy"

    def __init__(self, message: str, hint: str, retry_after_s: int) -> None:
        super().__init__(message, hint)
        self.retry_after_s = retry_after_s


class UnreachableError(MplusError):
    """No server answers at an address, or something that is none of ours."""

    code = "unreachable"


class ClusterError(MplusError):
    """Other machines can't write, or no longer: none answers, one has another model."""

    code = "cluster"


class WatchError(MplusError):
    """Files can't be watched here."""

    code = "watch"


class ModelError(MplusError):
    """A model is missing, unknown, damaged or of a kind that mplus does not run."""

    code = "model"


class DamagedModelError(ModelError):
    """A prepared model is not what was prepared: its name, and what is wrong with which file."""

    exit_code = 20
    code = "damaged"

    def __init__(self, name: str, wrong: str, hint: str = "") -> None:
        super().__init__(
            f"the prepared model {name} is damaged: {wrong}",
            hint or f"prepare it again with: mplus model pull {name} --again",
        )
        self.name = name
        self.wrong = wrong
