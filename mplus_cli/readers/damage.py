"""What a broken file raises, told as an error that a user understands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mplus_cli.errors import ReadError

# A word of the error or of its class, and what it means. What parsers say else helps nobody.
_MEANINGS = {
    "encrypted": "a part of it is encrypted",
    "Forbidden": "it declares XML entities, which are refused",
    "not a zip file": "it is cut off, or no such file at all",
    "BadZipFile": "its archive is damaged",
    "CRC": "its archive is damaged",
    "Truncated": "it is cut off",
    "EOFError": "it is cut off",
    "ParseError": "a part of it is no XML",
    "RecursionError": "it is nested too deeply",
    "it has no": "what it should begin with is missing",
    "KeyError": "a part of it is missing",
}


@contextmanager
def damage_told(what: str, way_out: str, *errors: type[Exception]) -> Iterator[None]:
    """Turn the errors that a parser lets through on damaged or hostile files into a `ReadError`.

    `what` the file should be, such as "a PDF", goes into the reason; `way_out` is the hint.
    """
    try:
        yield
    except errors as error:
        found = f"{type(error).__name__} {error}"
        meaning = next((means for word, means in _MEANINGS.items() if word in found), "")
        reason = f"{what} that can't be read, probably damaged{f': {meaning}' if meaning else ''}"
        raise ReadError(reason, way_out) from error
