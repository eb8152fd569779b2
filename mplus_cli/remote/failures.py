"""Errors as they come back: of the same kinds as those of a memory in a folder."""

from __future__ import annotations

from typing import Any

from mplus_cli.errors import (
    BusyError,
    EmptyError,
    GoneError,
    GoneMemoryError,
    ModelError,
    NoTextError,
    PasswordError,
    ReadError,
    StoppedError,
    TooLargeError,
    UnknownError,
    UsageError,
    WatchError,
)
from mplus_cli.shown import one_line
from store.errors import (
    DamagedError,
    FullDiskError,
    LockedError,
    MplusError,
    NoMemoryError,
    OtherModelError,
)

RETRY_AFTER_S = 5  # where a server that is busy doesn't say
_KINDS: dict[str, type[MplusError]] = {
    kind.code: kind
    for kind in (
        *(
            DamagedError,
            EmptyError,
            FullDiskError,
            GoneError,
            GoneMemoryError,
            LockedError,
            ModelError,
            NoMemoryError,
        ),
        *(NoTextError, OtherModelError, PasswordError, ReadError, StoppedError, TooLargeError),
        *(UnknownError, UsageError, WatchError),
    )
}
"""The word that machines read -> the kind, of those that a message and a hint make."""


def error_of(told: Any, retry_after: str | None = None) -> MplusError:
    """The error that a server tells: `{"code", "message", "hint", "exit_code"}`.

    retry_after: the header of that name. Raises `ValueError` for what is no error.
    """
    if not isinstance(told, dict):
        raise ValueError("no error")
    said = [told.get(name) for name in ("code", "message", "hint")]
    if not all(isinstance(each, str) for each in said):
        raise ValueError("no error")
    code, message, hint = (one_line(str(each)) for each in said)
    if code == BusyError.code:
        return BusyError(message, hint, _seconds(retry_after))
    error = _KINDS.get(code, MplusError)(message, hint)
    error.code = code  # one that only servers have, such as read_only
    return error


def _seconds(text: str | None) -> int:
    fits = text is not None and text.isascii() and text.isdigit() and len(text) < 6
    return int(text) if text is not None and fits else RETRY_AFTER_S
