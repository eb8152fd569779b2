"""Passwords of locked files, asked for on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Protocol

from mplus_cli.errors import PasswordError
from mplus_cli.screen import terminal


class Locked(Protocol):
    """What was left out, and the kind of error."""

    @property
    def path(self) -> str: ...

    @property
    def code(self) -> str: ...


def asked(failed: Sequence[Locked], quiet: bool) -> Iterator[tuple[str, str]]:
    """Path and password of the files that need one, as the user types them; none for an empty one.

    Nobody is asked where nobody sits: without a terminal, or for machines.
    """
    if quiet or not at_a_terminal():
        return
    for each in list(failed):
        if each.code == PasswordError.code and (password := terminal.password(each.path)):
            yield each.path, password


def at_a_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and terminal.err.is_terminal
