"""A conversation on the screen: answers with a line for each source, and what commands tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mplus_cli.chatting import told
from mplus_cli.errors import StoppedError
from mplus_cli.screen import answers, memories, terminal
from mplus_cli.shown import shown

if TYPE_CHECKING:
    from mplus_cli.results.answers import Answer, Growing, Passage, Source

MOST_SHOWN = 240
"""Characters of a passage that was found."""


def welcome() -> None:
    """How to begin, on stderr."""
    terminal.note(
        "ask, or type /help; Alt-Enter begins a line, Ctrl-C stops an answer, Ctrl-D ends"
    )


def answer(response: Growing) -> Answer | None:
    """Show an answer as it grows, with its sources below; None where it was stopped."""
    try:
        found = answers.streamed(response, live=True)
    except StoppedError:
        terminal.piece("", end="\n")
        stopped()
        return None
    searched(found)
    answers.within(found)
    answers.doubts(found)
    answers.otherwise(found)
    if found.declined and found.sources:
        terminal.aside(("nearest passage, though it does not seem to hold an answer:", "yellow"))
    for number, source in enumerate(found.sources, 1):
        listed(number, source)
    for line in found.notes:
        terminal.note(line)
    answers.away(found.away)
    return found


def stopped() -> None:
    """Nobody wanted the rest, on stderr."""
    terminal.note("stopped")


def asks(found: told.Asks, live: bool) -> None:
    """What a question of the program's is about, and where no terminal shows it the question, on
    stderr.
    """
    for path in found.about:
        terminal.aside(("- ", "dim"), shown(path))
    if not live:
        terminal.note(f"{found.question} [y/N]")


def searched(found: Answer) -> None:
    """What was searched for, where it was not the question alone, on stderr."""
    if found.searched:
        terminal.note(f"searched for: {found.searched[-1]}")


def listed(number: int, source: Source | Passage) -> None:
    """A source or a passage on one line, on stderr."""
    stale = f"  {source.stale} since it was read" if source.stale else ""
    terminal.aside(
        (f"[{number}] ", "bold cyan"),
        (answers.called(source), "bold"),
        f" {source.place}",
        (stale, "yellow"),
    )


def show(found: told.Told) -> None:
    """What a command tells."""
    match found:
        case told.Help(rows):
            terminal.pairs(list(rows))
        case told.Sources(answer):
            answers.sources(answer, terminal.text)
        case told.Found(passages):
            _passages(passages)
        case told.Opened(path, place):
            terminal.note(f"opened {shown(path)}: {place}")
        case told.Shown(path, place, text):
            terminal.text((shown(path), "bold"), f" {place}")
            terminal.piece(text.strip("\n"), end="\n")
        case told.Forgot(forgotten):
            memories.forgotten(forgotten, erased=False)
        case told.Which(text):
            terminal.text(text)
        case told.Said(text):
            terminal.note(text)


def _passages(found: Sequence[Passage]) -> None:
    """Passages with their first words, on stdout."""
    for number, passage in enumerate(found, 1):
        place = f" {passage.place}"
        terminal.text((f"[{number}] ", "bold cyan"), (answers.called(passage), "bold"), place)
        words = " ".join(passage.text.split())
        dots = " …" if len(words) > MOST_SHOWN else ""
        terminal.text((f"    {words[:MOST_SHOWN]}{dots}", "dim"))
