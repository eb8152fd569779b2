"""The tokens of servers that a user asks: in a file of their own, so that no command line shows
them.

    # tokens, beside the config file: an address and its token on each line
    https://host:8321  8Zq…
"""

from __future__ import annotations

import os
from pathlib import Path

from mplus_cli.errors import UsageError, reason_of
from mplus_cli.settings import beside_config

FILE = "tokens"
_MOST_BYTES = 1 << 20
_OTHERS = 0o077


def token_for(address: str) -> str | None:
    """The token that the user has for a server; None where there is none.

    Raises `UsageError` where others may read the file, and for a line that is none.
    """
    file = beside_config(FILE)
    return None if file is None else _read(file).get(_normal(address))


def _read(file: Path) -> dict[str, str]:
    try:
        with file.open("rb") as opened:
            found = os.fstat(opened.fileno())
            content = opened.read(_MOST_BYTES)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(
            f"the file of tokens {file} can't be read: {reason_of(error)}", "mend it, or remove it"
        ) from error
    if os.name == "posix" and found.st_mode & _OTHERS:
        raise UsageError(
            f"others may read the file of tokens {file}", f"make it yours: chmod 600 {file}"
        )
    lines = content.decode("utf-8", "replace").splitlines()
    tokens = {}
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) != 2:  # not repeated: they may be a token
            raise UsageError(
                f"line {number} of the file of tokens {file} is no address and token",
                "write each line like: https://host:8321 TOKEN",
            )
        tokens[_normal(words[0])] = words[1]
    return tokens


def _normal(address: str) -> str:
    return address.rstrip("/").lower()
