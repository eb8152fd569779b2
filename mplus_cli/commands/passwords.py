"""Passwords of locked files, asked for on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Protocol

from mplus_cli.errors import PasswordError
from mplus_cli.screen import terminal

_TRIES = 3


class Locked(Protocol):
    """What was left out, and the kind of error."""

    @property
    def path(self) -> str: ...

    @property
    def code(self) -> str: ...


def asked(
    failed: Sequence[Locked], quiet: bool, opens: Callable[[str, str], bool]
) -> dict[str, list[str]]:
    """Password -> the paths that it `opens`, as the user types them; an empty one leaves a file.

    A password is tried on the other files, too. Nobody is asked where nobody sits: without a
    terminal, or for machines.
    """
    found: dict[str, list[str]] = {}
    locked = [each.path for each in failed if each.code == PasswordError.code]
    if quiet or not locked or not at_a_terminal():
        return found
    for path in locked:
        password = next((known for known in found if opens(path, known)), "") or _typed(path, opens)
        if password:
            found.setdefault(password, []).append(path)
    return found


def _typed(path: str, opens: Callable[[str, str], bool]) -> str:
    for _ in range(_TRIES):
        password = terminal.password(path)
        if not password or opens(path, password):
            return password
        terminal.note("it does not open it")
    return ""


def at_a_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and terminal.err.is_terminal
