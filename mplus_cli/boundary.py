"""The boundary of the program: standard streams that do no harm, and the one place where an error
becomes a message and an exit code.
"""

from __future__ import annotations

import atexit
import errno
import gc
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from mplus_cli.errors import UsageError
from mplus_cli.screen.streams import OutputError, guarded, traceback_on_stderr
from store.errors import MplusError, of_system

OBJECTS_BETWEEN_COLLECTIONS = 50_000


def run(command: Callable[[], int]) -> int:
    """The exit code of a command; its errors are told here, but with --debug."""
    # What is imported stays: looking through it for garbage takes a quarter of the time of `import
    # torch`.
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    atexit.register(gc.freeze)
    sys.excepthook = traceback_on_stderr
    with guarded():
        return _run(command, "--debug" in sys.argv)


def told(problem: MplusError) -> int:
    """The exit code of an error, which is shown: what went before comes first, and is all there."""
    from mplus_cli.screen import terminal

    with suppress(OSError, OutputError):
        sys.stdout.flush()
    terminal.error(problem, bool({"--json", "--json-lines"} & set(sys.argv)))
    return problem.exit_code


def _run(command: Callable[[], int], debug: bool) -> int:
    try:
        code = command()
        sys.stdout.flush()
        return code
    except MplusError as problem:
        if debug:
            raise
        return told(problem)
    except BrokenPipeError:
        return 1  # the reader has what it wanted; nothing more can be said to it
    except OSError as problem:
        # The system's own word: a full disk, a folder that may not be written.
        if debug:
            raise
        return told(_meant_by(problem))
    except KeyboardInterrupt:
        return 130


def _meant_by(problem: OSError) -> MplusError:
    if problem.errno == errno.ENOENT and not _is_somewhere():
        hint = "go to another one: cd FOLDER"
        return UsageError("the folder that this was started in is gone", hint)
    return of_system(problem)


def _is_somewhere() -> bool:
    try:
        return bool(Path.cwd())
    except FileNotFoundError:
        return False
