"""Paths as people know them, and text that does nothing to a terminal."""

from __future__ import annotations

import os
import re

_ESCAPE = re.compile(rb"\\x([0-9a-f]{2})")
# They steer terminals, or turn the direction of what follows.
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_PICTURES, _DELETE = 0x2400, 0x7F


def shown(path: str) -> str:
    """A path relative to the working folder where it lies below that, on one line."""
    here = os.getcwd()  # noqa: PTH109 - a memory has many paths, and Path takes its time
    return harmless(path.removeprefix(f"{here}{os.sep}")).replace("\n", "\u240a")


def harmless(text: str) -> str:
    """Text that does nothing to a terminal: control characters as pictures of them."""
    return _STEERING.sub(_picture, text)


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code == _DELETE:
        return "\u2421"
    return chr(_PICTURES + code) if code < 0x20 else "\ufffd"


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
