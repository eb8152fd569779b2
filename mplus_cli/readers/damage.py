"""What a broken file raises, told as an error that a user understands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mplus_cli.errors import ReadError


@contextmanager
def damage_told(what: str, way_out: str, *errors: type[Exception]) -> Iterator[None]:
    """Turn the errors that a parser lets through on damaged or hostile files into a `ReadError`.

    `what` the file should be, such as "a PDF", goes into the reason; `way_out` is the hint.
    """
    try:
        yield
    except errors as error:
        found = error or type(error).__name__
        reason = f"{what} that can't be read, probably damaged: {found}"
        raise ReadError(reason, way_out) from error
