"""Paths as people know them."""

from __future__ import annotations

import os
import re
from pathlib import Path

_ESCAPE = re.compile(rb"\\x([0-9a-f]{2})")


def shown(path: str) -> str:
    """A path relative to the working folder where it lies below that; else as it is."""
    return path.removeprefix(f"{Path.cwd()}{os.sep}")


def readable(path: str) -> str:
    """A path that can be stored and printed: bytes that are not UTF-8 stand as \\xNN."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def unreadable(path: str) -> str:
    """A readable path as the system has it."""
    data = _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), os.fsencode(path))
    return os.fsdecode(data)


def on_disk(path: str) -> str:
    """The path that a readable one stands for, where there is none of that very name."""
    if "\\x" not in path or os.path.lexists(path):
        return path
    real = unreadable(path)
    return real if os.path.lexists(real) else path
