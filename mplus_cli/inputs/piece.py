"""One input of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Content:
    """The bytes of an input, and the name that tells readers what they may be (its suffix
    counts).
    """

    data: bytes
    name: str


@dataclass(frozen=True)
class Piece:
    """One input: its name in the memory, whether the user named it himself, and its content on
    demand.

    `load` raises `ReadError`.
    """

    path: str
    named: bool
    size_bytes: int
    load: Callable[[], Content]
