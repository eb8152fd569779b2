"""The token of a server: a line in a file that its user alone may read."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from mplus_cli.errors import UsageError, reason_of

_LEAST_CHARACTERS = 16
_MOST_BYTES = 4096
_OTHERS = 0o077
_ANOTHER = (
    f"name a file of your own with a line of {_LEAST_CHARACTERS} letters or more, or one that is "
    "not there: then it is made"
)


def token_of(file: Path) -> tuple[str, bool]:
    """The token in a file, and whether it was made just now, with the file.

    Raises `UsageError` where others may read it, and where it is no token.
    """
    try:
        made = _make(file)
        with file.open("rb") as opened:
            found = os.fstat(opened.fileno())
            text = _text(opened.read(_MOST_BYTES))
    except OSError as error:
        raise UsageError(
            f"the token file {file} can't be read: {reason_of(error)}", "name another one"
        ) from error
    if not _is_token(text):
        raise UsageError(f"there is no token in {file}", _ANOTHER)
    if os.name == "posix" and found.st_mode & _OTHERS:
        own = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid()
        hint = f"make it yours: chmod 600 {file}" if own else _ANOTHER
        raise UsageError(f"others may read the token file {file}", hint)
    return text, made


def _text(content: bytes) -> str:
    try:
        return content.decode("ascii").strip()
    except UnicodeDecodeError:
        return ""


def _is_token(text: str) -> bool:
    return len(text) >= _LEAST_CHARACTERS and text.isprintable() and " " not in text


def _make(file: Path) -> bool:
    """Make the file with a token where there is none."""
    if file.exists():
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as opened:
        opened.write(f"{secrets.token_urlsafe(32)}\n")
    return True
