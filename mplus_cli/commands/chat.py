"""`mplus chat`: a conversation with a memory."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, closing, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mplus_cli.api import Memory
from mplus_cli.asking.how import How
from mplus_cli.chatting import told
from mplus_cli.chatting.commands import say
from mplus_cli.chatting.conversation import Conversation
from mplus_cli.chatting.lines import Lines, Piped, Typed
from mplus_cli.commands import members, options
from mplus_cli.commands.interrupts import interruptible
from mplus_cli.commands.table import asks_one_folder
from mplus_cli.errors import ReadError, StoppedError, UsageError
from mplus_cli.screen import chat as screen
from mplus_cli.screen import progress, terminal
from mplus_cli.settings import Settings, user_data
from store.errors import MplusError

if TYPE_CHECKING:
    from mplus_cli.members.together import Memories

HISTORY = "chat-history"


def chat(
    memory: options.Memories = None,
    model: options.Model = None,
    max_tokens: options.MaxTokens = 128,
    device: options.Device = None,
    quantize: options.Quantize = None,
    seed: options.Seed = None,
) -> None:
    """Talk with the memory: questions that may go on with the ones before, and commands.

    A question such as "and who paid for it?" is searched for with the one before in front. `/help`
    shows the commands. What was typed is kept in a file of the user's own; nothing goes into the
    memory but by `/remember`. Without a terminal each line of standard input is a question or a
    command; the exit code is 3 where one failed.
    """
    given = {"memory": memory, "model": model, "device": device, "quantize": quantize, "seed": seed}
    settings = members.settings_for(given)
    how: How = {"max_tokens": max_tokens}
    live = sys.stdin.isatty() and terminal.out.is_terminal
    with (
        progress.Reading(quiet=not live) as reading,
        _several(settings, given, live) as begin_with,
    ):
        opened = partial(Memory.of, quantizing=progress.Quantizing(), reading=reading.tell)
        with closing(Conversation(settings, opened, how, begin_with)) as conversation:
            lines = Typed(_history()) if live else Piped(sys.stdin.buffer)
            failed = _talk(conversation, lines, live)
    if failed and not live:
        raise typer.Exit(ReadError.exit_code)


def _several(
    settings: Settings, given: Mapping[str, Any], live: bool
) -> AbstractContextManager[Memory | Memories | None]:
    """What is asked, where that is not one folder."""
    if asks_one_folder(given):
        return nullcontext()
    return members.opened(settings, given["memory"], quiet=not live)


def _history() -> Path | None:
    try:
        return user_data() / HISTORY
    except UsageError:  # without a home there is none
        return None


def _talk(conversation: Conversation, lines: Lines, live: bool) -> bool:
    """One line after the other until the last; whether any failed."""
    failed = False
    if live:
        screen.welcome()
    while True:
        try:
            line = lines.next()
        except EOFError:
            return failed
        except KeyboardInterrupt:
            continue  # the line is dropped
        try:
            if line and not _turn(conversation, line, lines, live):
                return failed
        except StoppedError:
            screen.stopped()
        except MplusError as problem:
            failed = True
            terminal.error(problem, in_json=False)


def _turn(conversation: Conversation, line: str, lines: Lines, live: bool) -> bool:
    """Do what a line asks for, which Ctrl-C stops; whether the conversation goes on."""
    with interruptible() as stopped:
        found = say(conversation, line, stopped)
        if isinstance(found, told.Answering):
            answer = screen.answer(found.response)
            if answer is not None:
                found.heard(answer)
            return True
    if isinstance(found, told.Asks):
        screen.asks(found, live)
        agreed = lines.agrees(found.question)
        found = found.then() if agreed else told.Said("nothing was forgotten")
    screen.show(found)
    return not isinstance(found, told.Ended)
