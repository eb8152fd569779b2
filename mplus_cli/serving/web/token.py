"""The token of a server: a line in a file that its user alone may read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from mplus_cli.errors import UsageError, reason_of

_LEAST_CHARACTERS = 16
_MOST_BYTES = 4096
_OTHERS = 0o077


def token_of(file: Path) -> tuple[str, bool]:
    """The token in a file, and whether it was made just now, with the file.

    Raises `UsageError` where others may read it, and where it is no token.
    """
    try:
        made = _make(file)
        with file.open("rb") as opened:
            if os.name == "posix" and os.fstat(opened.fileno()).st_mode & _OTHERS:
                raise UsageError(
                    f"others may read the token file {file}", f"make it yours: chmod 600 {file}"
                )
            text = opened.read(_MOST_BYTES).decode("ascii").strip()
    except OSError as error:
        raise UsageError(
            f"the token file {file} can't be read: {reason_of(error)}", "name another one"
        ) from error
    except UnicodeDecodeError:
        text = ""
    if len(text) < _LEAST_CHARACTERS or not text.isprintable() or " " in text:
        raise UsageError(
            f"there is no token in {file}",
            f"write {_LEAST_CHARACTERS} letters or more into it, or remove it: then one is made",
        )
    return text, made


def _make(file: Path) -> bool:
    """Make the file with a token where there is none."""
    if file.exists():
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as opened:
        opened.write(f"{secrets.token_urlsafe(32)}\n")
    return True
