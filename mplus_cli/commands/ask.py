"""`mplus ask` and `mplus search`: questions to a memory, and words to find in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import typer

from mplus_cli.commands import asked, members, stdin, table
from mplus_cli.commands.options import having
from mplus_cli.errors import ReadError, UsageError, reason_of
from mplus_cli.screen import answers, terminal
from mplus_cli.serving import warm


@having(table.ASK)
def ask(**given: Any) -> None:
    """Answer a question from the memory, and show where the answer came from. Changes nothing."""
    if given["batch"] is not None:
        raise typer.Exit(_ask_all(given))
    _carry_out(asked.question, asked.answer, given)


@having(table.SEARCH)
def search(**given: Any) -> None:
    """Show the passages of the memory that fit some words best, best first; no answer is made of
    them. Changes nothing.
    """
    _carry_out(asked.words, members.passages, given)


def _carry_out(
    read: Callable[[Mapping[str, Any]], str],
    begin: Callable[[Any, str, Mapping[str, Any]], asked.Show],
    given: Mapping[str, Any],
) -> None:
    settings = members.settings_for(given)
    words = read(given)
    with members.opened(settings, given["memory"], given["json"]) as memory:
        begin(memory if given["at"] is None else memory.at(given["at"]), words, given)()
    if table.asks_one_folder(given):
        warm.keep(settings)


def _ask_all(given: Mapping[str, Any]) -> int:
    """Print what becomes of each line as it comes; the exit code."""
    for name in ("QUESTION", "--at"):
        if given[name.strip("-").lower()] is not None:
            raise UsageError(f"--batch and {name} exclude each other", "take one of them")
    settings = members.settings_for(given)
    lines, failed = _lines(given["batch"]), False
    # Where the answers go to the terminal they show by themselves how far it is.
    with (
        members.opened(settings, given["memory"], quiet=True) as memory,
        terminal.steps("answering", quiet=terminal.out.is_terminal) as told,
    ):
        told(0, len(lines))
        for each in memory.ask_all(lines, **table.how_of(given)):
            answers.asked(each)
            told(each.line, len(lines))
            failed = failed or isinstance(each.result, UsageError)
    return ReadError.exit_code if failed else 0


def _lines(file: str) -> list[bytes]:
    if file == "-":
        return stdin.content_bytes().splitlines()
    try:
        return Path(file).read_bytes().splitlines()
    except OSError as error:
        hint = "name a file of JSON Lines, or - for standard input"
        raise UsageError(f"{file} can't be read: {reason_of(error)}", hint) from error
