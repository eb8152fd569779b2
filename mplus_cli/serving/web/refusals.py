"""What a server says no to, and the HTTP status of each error."""

from __future__ import annotations

from store.errors import MplusError

_STATUS = {
    "usage": 400,
    "unknown": 404,
    "no_memory": 404,
    "memory_gone": 404,  # programs try 409 again
    "empty": 404,
    "locked": 409,
    "too_large": 413,
    "busy": 503,
    "disk_full": 507,
    "stopped": 503,
}
_ELSE = 500


class RefusedError(MplusError):
    """Something that HTTP has a status for and the command line has no word."""

    def __init__(self, status: int, code: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.status, self.code = status, code


def status_of(error: MplusError) -> int:
    """The HTTP status of an error."""
    return error.status if isinstance(error, RefusedError) else _STATUS.get(error.code, _ELSE)
