"""What comes by standard input, whatever the encoding of the terminal: UTF-8 where it can be."""

from __future__ import annotations

import io
import os
import sys


def words() -> str:
    """All of it as text, empty where somebody sits at a terminal. What is not UTF-8 is in the
    stream's own encoding.
    """
    if sys.stdin.isatty():
        return ""
    content = content_bytes()
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode(sys.stdin.encoding, "replace")


def content_bytes() -> bytes:
    """All of it as it is."""
    return sys.stdin.buffer.read()


def paths() -> list[str]:
    """Paths that end with NUL, as the system has them."""
    return [os.fsdecode(each) for each in content_bytes().split(b"\0") if each]


def typed(argument: str) -> str:
    """Words of the command line, without bytes that are no UTF-8."""
    return argument.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def keep() -> None:
    """Read all of it where it is no terminal, so that it can be read and rewound."""
    if not sys.stdin.isatty():
        content = io.BytesIO(content_bytes())
        sys.stdin = io.TextIOWrapper(content, encoding=sys.stdin.encoding)


def rewind() -> None:
    """Let what was kept be read from its beginning."""
    if not sys.stdin.isatty():
        sys.stdin.seek(0)
