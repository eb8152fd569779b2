"""Paths as people know them, and text that does nothing to a terminal."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

_ESCAPE = re.compile(rb"\\x([0-9a-f]{2})")
# They steer terminals, turn the direction of what follows, end lines where nobody sees it, or show
# as nothing: control characters but \n and \t, halves of UTF-16, category Cf, fillers. What stays
# are signs that Arabic and Egyptian write, and joiners, without which many a script and emoji is
# written wrong.
_STEERING = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u070f\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)
_IN_TEXT = re.compile(f"[{_STEERING}]")
# In a name two that look alike must not be told apart by what nobody sees, and it is on one line:
# there joiners and variants stand behind letters and signs that have them, or are shown.
_IN_LINE = re.compile(
    f"[{_STEERING}\n\t\u034f\u115f\u1160\u17b4\u17b5\U000e0100-\U000e01ef]"
    "|[\u200c\u200d\ufe00-\ufe0f](?!\u20e3)(?<![©®\u0600-\u1fff\u2190-\U0001ffff].)"
)
_PICTURES = 0x2400
_OTHERS = {"\x7f": "\u2421", "\xad": "\u2010", "\u2028": "\u2424", "\u2029": "\u2424"}
_BYTES = 0xDC00  # what is no UTF-8 stands in Python's text as this and the byte


def shown(path: str, here: str = "") -> str:
    """A path relative to a folder ("": the working one) where it lies below that, on one line."""
    try:
        here = here or os.getcwd()  # noqa: PTH109 - a memory has many paths, and Path takes its time
    except FileNotFoundError:  # it was deleted, and no path lies below it
        return one_line(path)
    return one_line(path.removeprefix(f"{here}{os.sep}"))


def one_line(text: str) -> str:
    """Text that does nothing to a terminal, on one line: for names, and what has names in it."""
    return _IN_LINE.sub(_picture, text)


def harmless(text: str) -> str:
    """Text that does nothing to a terminal: what steers one, or can't be seen, as pictures."""
    return _IN_TEXT.sub(_picture, text)


def steering(text: str, told: Callable[[str], str]) -> str:
    """Text whose characters that steer a terminal are told in another way."""
    return _IN_TEXT.sub(lambda found: told(found[0]), text)


def _picture(match: re.Match[str]) -> str:
    character, code = match[0], ord(match[0])
    if code < 0x20:
        return chr(_PICTURES + code)
    if _BYTES + 0x80 <= code < _BYTES + 0x100:
        return f"\\x{code - _BYTES:02x}"
    return _OTHERS.get(character, "\ufffd")


def readable(path: str) -> str:
    """A path that can be stored and printed: bytes that are not UTF-8 stand as \\xNN."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def as_in_system(path: str) -> str:
    """A readable path as the system has it."""
    data = _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), os.fsencode(path))
    return os.fsdecode(data)


def on_disk(path: str) -> str:
    """The path that a readable one stands for, where there is none of that very name."""
    if "\\x" not in path or os.path.lexists(path):
        return path
    real = as_in_system(path)
    return real if os.path.lexists(real) else path
