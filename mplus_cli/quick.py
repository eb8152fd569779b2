"""Where the program starts: `ask` and `search` go to a server that has the memory open, if there is
one, before anything heavy is loaded; all else, and what does not come off there, goes to `main`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mplus_cli.commands import table

if TYPE_CHECKING:
    from mplus_cli.commands.asked import Show
    from mplus_cli.screen.progress import Reading
    from mplus_cli.serving.warm import Served

_ASKS_TYPER = "_MPLUS_COMPLETE"
"""The variable by which a shell asks for completions."""
_INTERRUPTED = 130


class _OldWayError(Exception):
    """The command is better carried out without a server; nothing was shown."""


def main() -> None:
    """Run the program; ends the process."""
    try:
        code = _warm(sys.argv[1:])
        if code is not None:
            sys.exit(code)
        _old_way()
    except KeyboardInterrupt:  # what the program is made of was still being loaded
        sys.exit(_INTERRUPTED)


def _old_way() -> None:
    from mplus_cli import main

    main.main()


def _warm(words: list[str]) -> int | None:
    """The exit code, where a server has answered. What shows the answer is loaded while it does."""
    options = {"ask": table.ASK, "search": table.SEARCH}.get(words[0] if words else "")
    if options is None or _ASKS_TYPER in os.environ or sys.getfilesystemencoding() != "utf-8":
        return None
    given = table.understood(options, words[1:])
    if given is None or sys.stdin is None or not _can_be_warm(given):
        return None
    reading = _Bar()
    if (served := _served(given, reading)) is None:
        return None
    if (show := _asked(words[0], given, served)) is None:
        return None
    from mplus_cli import boundary

    try:
        return boundary.run(lambda: _shown(show, reading))
    except _OldWayError:
        return None


def _can_be_warm(given: Mapping[str, Any]) -> bool:
    return given.get("batch") is None and table.asks_one_folder(given)


def _served(given: Mapping[str, Any], reading: _Bar) -> Served | None:
    """A server for what was given; what is wrong with that is told the old way."""
    from mplus_cli.serving import warm
    from mplus_cli.settings import load_settings
    from store.errors import MplusError

    try:
        settings = load_settings(table.settings_of(given))
    except (MplusError, OSError):
        return None
    seen = sys.stderr is not None and sys.stderr.isatty() and not given["json"]
    served = warm.questions(settings, reading.tell if seen else None)
    return served if served is None or given["at"] is None else served.at(given["at"])


def _asked(command: str, given: Mapping[str, Any], served: Served) -> Show | None:
    """What shows the answer to a question that was put to a server; None where that can't be."""
    from mplus_cli.commands import asked, stdin
    from store.errors import MplusError

    try:
        stdin.keep()
    except OSError:
        return None
    try:
        if command == "ask":
            return asked.answer(served, asked.question(given), given)
        return asked.passages(served, asked.words(given), given)
    except MplusError:
        stdin.rewind()
        return None


def _shown(show: Show, reading: _Bar) -> int:
    from mplus_cli.commands import stdin
    from mplus_cli.serving.warm import WarmError

    try:
        show()
    except WarmError as error:
        if error.begun:
            raise
        stdin.rewind()
        raise _OldWayError from None
    finally:
        reading.close()
    return 0


class _Bar:
    """The bar of a question that takes long to read, loaded when a server tells of one."""

    def __init__(self) -> None:
        self._bar: Reading | None = None

    def tell(self, done: int, of: int) -> None:
        if self._bar is None:
            from mplus_cli.screen.progress import Reading

            self._bar = Reading(quiet=False)
        self._bar.tell(done, of)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
