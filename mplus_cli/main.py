"""The command line: the Typer app, and the one place where an error becomes a message and an exit
code.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer import TyperException
from typer.core import TyperGroup

from mplus_cli.errors import UsageError
from mplus_cli.screen import terminal
from store.errors import MplusError, of_system

# Command -> where its function is (of `model`: its app), in the order of the help.
COMMANDS = {
    "inject": "inject:inject",
    "update": "update:update",
    "rebuild": "rebuild:rebuild",
    "read": "read:read",
    "ask": "ask:ask",
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
    # What is imported stays: looking through it for garbage takes a quarter of the time of `import
    # torch`.
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    atexit.register(gc.freeze)
    debug, in_json = "--debug" in sys.argv, bool({"--json", "--json-lines"} & set(sys.argv))
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
    except MplusError as problem:
        if debug:
            raise
        terminal.error(problem, in_json)
        code = problem.exit_code
    except BrokenPipeError:
        # The reader has what it wanted; nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except OSError as problem:
        # The system's own word: a full disk, a folder that may not be written.
        if debug:
            raise
        terminal.error(of_system(problem), in_json)
        code = 1
    except TyperException as problem:
        code = _usage(problem, in_json)
    except typer.Abort:
        code = 130
    except KeyboardInterrupt:
        code = 130
    sys.exit(code if isinstance(code, int) else 0)


def _usage(problem: TyperException, in_json: bool) -> int:
    message = problem.format_message()
    if not message:  # the help was asked for by giving no arguments
        return 0
    terminal.error(UsageError(message, "see what there is with: mplus --help"), in_json)
    return problem.exit_code
