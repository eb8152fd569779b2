"""The command line: the Typer app, and the one place where an error becomes a message and an exit
code.
"""

from __future__ import annotations

import atexit
import errno
import gc
import os
import sys
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer import TyperException
from typer.core import TyperGroup

from mplus_cli.errors import UsageError
from mplus_cli.screen import terminal
from mplus_cli.screen.streams import OutputError, guarded, traceback_on_stderr
from store.errors import MplusError, of_system

# Command -> where its function is (of `model`: its app), in the order of the help.
COMMANDS = {
    "inject": "inject:inject",
    "update": "update:update",
    "rebuild": "rebuild:rebuild",
    "read": "read:read",
    "ask": "ask:ask",
    "chat": "chat:chat",
    "status": "memory:status",
    "ls": "memory:ls",
    "log": "history:log",
    "diff": "history:diff",
    "rollback": "history:rollback",
    "tag": "history:tag",
    "forget": "upkeep:forget",
    "export": "snapshot:export",
    "import": "snapshot:import_",
    "verify": "upkeep:verify",
    "gc": "upkeep:gc",
    "trim": "upkeep:trim",
    "model": "model:app",
    "doctor": "doctor:doctor",
}
OBJECTS_BETWEEN_COLLECTIONS = 50_000


class Commands(TyperGroup):
    """The commands, each imported when it is asked for; all of them for the help and where a name
    is unknown.
    """

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        for name in [cmd_name] if cmd_name in COMMANDS else COMMANDS:
            if name not in self.commands:
                self.commands[name] = _command(name)
        return self.commands.get(cmd_name)

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)


@cache  # tests run many commands in one process, and making one takes longer than a quick one does
def _command(name: str) -> Any:
    module, _, member = COMMANDS[name].partition(":")
    found = getattr(import_module(f"mplus_cli.commands.{module}"), member)
    if isinstance(found, typer.Typer):
        return _flowing(typer.main.get_group(found))
    alone = typer.Typer(add_completion=False)
    alone.command(name)(found)
    return _flowing(typer.main.get_command(alone))


def _flowing(command: Any) -> Any:
    """Lines of a docstring end where code's lines do; those of a help where the terminal does."""
    for each in (command, *getattr(command, "commands", {}).values()):
        paragraphs = (each.help or "").split("\n\n")
        each.help = "\n\n".join(" ".join(part.split()) for part in paragraphs)
    return command


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="A local language model with a memory that lasts: inject documents, ask, see the sources.",
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        terminal.text(f"mplus {version('mplus-cli')}")
        raise typer.Exit


@app.callback()
def top(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    shown: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """A local language model with a memory that lasts: inject documents, ask, see the sources."""


def main() -> None:
    """Run the program; ends the process."""
    if sys.getfilesystemencoding() != "utf-8" and "utf8" not in sys._xoptions:
        _begin_again_in_utf8()
    # What is imported stays: looking through it for garbage takes a quarter of the time of `import
    # torch`.
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    atexit.register(gc.freeze)
    sys.excepthook = traceback_on_stderr
    with guarded():
        sys.exit(_run("--debug" in sys.argv, bool({"--json", "--json-lines"} & set(sys.argv))))


def _begin_again_in_utf8() -> None:
    """Go on in Python's UTF-8 mode, whatever the locale: names of files and the words of a question
    are UTF-8 nearly everywhere, and a memory says the same in every locale. Output stays in the
    encoding that it has.
    """
    stream = sys.stdout or sys.stderr
    if stream is not None:
        os.environ.setdefault("PYTHONIOENCODING", stream.encoding)
    os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])


def _run(debug: bool, in_json: bool) -> int:
    """The exit code of what was asked for; its errors are told here."""
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except MplusError as problem:
        if debug:
            raise
        return _told(problem, in_json)
    except BrokenPipeError:
        return 1  # the reader has what it wanted; nothing more can be said to it
    except OSError as problem:
        # The system's own word: a full disk, a folder that may not be written.
        if debug:
            raise
        return _told(_meant_by(problem), in_json)
    except TyperException as problem:
        return _usage(problem, in_json)
    except (typer.Abort, KeyboardInterrupt):
        return 130


def _told(problem: MplusError, in_json: bool) -> int:
    """What went before comes first, and is all there."""
    with suppress(OSError, OutputError):
        sys.stdout.flush()
    terminal.error(problem, in_json)
    return problem.exit_code


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


def _usage(problem: TyperException, in_json: bool) -> int:
    message = problem.format_message()
    if not message:  # the help was asked for by giving no arguments
        return 0
    hint = f"see what there is with: {_called(getattr(problem, 'ctx', None))} --help"
    alike = getattr(problem, "possibilities", None)  # options like one that is none, nearest first
    if alike:
        message, hint = problem.message, f"did you mean {alike[0]}? {hint}"
    message = message[:1].lower() + message[1:].removesuffix(".")
    _told(UsageError(message, hint), in_json)
    return problem.exit_code


def _called(context: Any) -> str:
    """The command of a context, as it is called, without its arguments."""
    names: list[str] = []
    while context is not None and context.parent is not None:
        names, context = [context.info_name, *names], context.parent
    return " ".join(["mplus", *names])
