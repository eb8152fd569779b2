"""The lines of a conversation, as they are typed on a terminal or come by a pipe."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from mplus_cli.chatting.commands import COMMANDS

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import Completer
    from prompt_toolkit.history import History
    from prompt_toolkit.key_binding import KeyBindings
    from prompt_toolkit.output import Output

PROMPT = "> "
_YES = ("y", "yes")


class Lines(Protocol):
    """Where lines come from."""

    def next(self) -> str:
        """The next one. Raises `EOFError` at the end, `KeyboardInterrupt` where it is dropped."""

    def agrees(self, question: str) -> bool:
        """Whether the answer to a question is yes."""


class Piped:
    """Lines from a stream; what is not UTF-8 is replaced."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def next(self) -> str:
        line = self._stream.readline()
        if not line:
            raise EOFError
        return line.decode("utf-8", "replace").removeprefix("\ufeff").strip()

    def agrees(self, question: str) -> bool:
        with suppress(EOFError):
            return self.next().lower() in _YES
        return False


class Typed:
    """Lines that a user types: with a history, of several lines by Alt-Enter, with commands
    completed.
    """

    def __init__(self, history: Path | None, output: Output | None = None) -> None:
        """history: a file; None: none is kept. output: the terminal, unless it is named."""
        from prompt_toolkit import PromptSession
        from prompt_toolkit.output import create_output

        # Not `sys.stdout`, on which nothing steers a terminal.
        output = output or create_output(stdout=sys.__stdout__)
        self._session: PromptSession[str] = PromptSession(
            history=_history(history),
            multiline=True,
            key_bindings=_keys(),
            completer=completer(),
            prompt_continuation="  ",
            enable_suspend=True,
            output=output,
        )
        self._answers: PromptSession[str] = PromptSession(output=output)

    def next(self) -> str:
        return self._session.prompt(PROMPT).strip()

    def agrees(self, question: str) -> bool:
        with suppress(EOFError, KeyboardInterrupt):
            return self._answers.prompt(f"{question} [y/N] ").strip().lower() in _YES
        return False


def _history(file: Path | None) -> History:
    """What was typed before, in a file that is the user's alone; what is to be remembered stays out
    of it, or it would not be forgotten with its note.
    """
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    if file is None or not _made_private(file):
        return InMemoryHistory()

    class Private(FileHistory):
        def store_string(self, string: str) -> None:
            if not string.lower().startswith("/remember"):
                super().store_string(string)

    return Private(str(file))


def _made_private(file: Path) -> bool:
    """Whether there is such a file now, which nobody else may read."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        opened = os.open(file, os.O_CREAT | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0), 0o600)
        if hasattr(os, "fchmod"):
            os.fchmod(opened, 0o600)
        os.close(opened)
    except OSError:
        return False
    return True


def _keys() -> KeyBindings:
    """Enter sends; Alt-Enter, or Escape and then Enter, begins a new line."""
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

    keys = KeyBindings()

    @keys.add("enter")
    def send(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @keys.add("escape", "enter")
    def begin_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return keys


def completer() -> Completer:
    """Completes the names of commands."""
    from prompt_toolkit.completion import CompleteEvent, Completer, Completion
    from prompt_toolkit.document import Document

    class Commands(Completer):
        def get_completions(
            self, document: Document, complete_event: CompleteEvent
        ) -> Iterable[Completion]:
            typed = document.text_before_cursor
            for name, command in COMMANDS.items():
                if typed.startswith("/") and f"/{name}".startswith(typed.lower()):
                    yield Completion(f"/{name}", -len(typed), display_meta=command.does)

    return Commands()
