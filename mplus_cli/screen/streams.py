"""The standard streams as the program needs them: open, harmless whoever writes to them, in any
encoding, and with errors that say whose they are.
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from traceback import print_exception
from types import TracebackType
from typing import IO, Any, TextIO, cast

from mplus_cli.shown import harmless
from store.errors import MplusError, reason_of

# What an encoding may lack, in ASCII; bars keep their length.
_PLAIN = dict(zip("│─━█▓▒░▚▞▪·▁▂▃▄▅▆▇▏▎▍▌▋▊▉", "|--#%=:/\\o...,,--=----===", strict=True))
_PLAIN |= dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-")  # hyphens, dashes, minus
_PLAIN |= dict.fromkeys("\u2018\u2019\u201a", "'") | dict.fromkeys("\u201c\u201d\u201e", '"')
_PLAIN |= {"…": "...", "→": "->", "≤": "<=", "•": "*", "\xa0": " ", "\xd7": "x"}
_PLAIN |= {"\ufffd": "?", "\u2421": "^?", "\u2424": "^J"}
_PICTURES = 0x2400


class OutputError(MplusError):
    """The result can't be written to where it was to go."""

    code = "output"


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """For `codecs.register_error`: what can't be encoded as plain characters, or as \\uNNNN."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_in_ascii, error.object[error.start : error.end])), error.end


def _in_ascii(character: str) -> str:
    if character in _PLAIN:
        return _PLAIN[character]
    code = ord(character)
    if _PICTURES <= code < _PICTURES + 0x20:  # as terminals show them: ^[ for escape
        return f"^{chr(code - _PICTURES + 0x40)}"
    return character.encode("ascii", "backslashreplace").decode("ascii")


codecs.register_error("mplus.plain", _plainly)


class _Output:
    """stdout or stderr, whose own failures are told from all others.

    A result that can't be written is an error. Of stderr nothing could be said, so it falls silent.
    """

    def __init__(self, stream: IO[Any], is_result: bool) -> None:
        self._stream, self._is_result = stream, is_result

    @property
    def buffer(self) -> _Output:
        """The same for bytes."""
        return _Output(cast("TextIO", self._stream).buffer, self._is_result)

    def write(self, text: Any) -> int:
        with self._told():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with self._told():
            self._stream.flush()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self._silence()
            if not self._is_result:
                return
            if isinstance(error, BrokenPipeError):  # its reader has what it wanted
                raise
            why = "it is closed" if error.errno == errno.EBADF else reason_of(error)
            raise OutputError(
                f"the result can't be written to standard output: {why}", "send it elsewhere"
            ) from None

    def _silence(self) -> None:
        """Let what is left in the buffer go nowhere, or the end of the process fails on it."""
        with suppress(OSError):  # a stream in memory
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Guarded(_Output):
    """The same for those who don't go through `mplus_cli.screen.terminal`: libraries' warnings, a
    traceback. Nothing that they write steers the terminal.
    """

    def __init__(self, stream: IO[str], is_result: bool) -> None:
        super().__init__(stream, is_result)
        # By this name Rich finds the stream for its colours; its consoles guard their text.
        self.rich_proxied_file = _Output(stream, is_result)

    def write(self, text: str) -> int:
        return super().write(harmless(text))


@contextmanager
def guarded() -> Iterator[None]:
    """All three streams are open, and stdout and stderr guarded, until the end."""
    # In this order, for the system gives the lowest number that is free. Else the next file that is
    # opened would have it, and be written over by what means the stream.
    sys.stdin = sys.stdin or _nothing(0, "r")
    sys.stdout = sys.stdout or _nothing(1, "w")
    sys.stderr = sys.stderr or _nothing(2, "w")
    before = sys.stdout, sys.stderr
    for stream in before:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="mplus.plain")
    sys.stdout, sys.stderr = _Guarded(before[0], True), _Guarded(before[1], False)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def traceback_on_stderr(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """For `sys.excepthook`: an error's message may have names in it, too."""
    with guarded():
        print_exception(kind, error, trace)


def _nothing(number: int, mode: str) -> TextIO:
    """A stream in place of one that was closed: nothing to read, and writing fails."""
    opened = os.open(os.devnull, os.O_RDONLY)
    if opened != number:
        os.dup2(opened, number)
        os.close(opened)
    return cast("TextIO", os.fdopen(number, mode, encoding="utf-8", closefd=False))
