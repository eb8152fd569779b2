"""The command line: the Typer app."""

from __future__ import annotations

import os
import sys
from functools import cache
from importlib import import_module
from typing import Annotated, Any

import typer
from typer import TyperException
from typer.core import TyperGroup

from mplus_cli import boundary
from mplus_cli.errors import UsageError
from mplus_cli.screen import terminal
from mplus_cli.version import __version__

# Command -> where its function is (of `model`: its app), in the order of the help.
COMMANDS = {
    "inject": "inject:inject",
    "update": "update:update",
    "rebuild": "rebuild:rebuild",
    "read": "read:read",
    "ask": "ask:ask",
    "search": "ask:search",
    "serve": "serve:serve",
    "mcp": "mcp:mcp",
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
    "shard": "shard:shard",
    "push": "repository:push",
    "pull": "repository:pull",
    "verify": "upkeep:verify",
    "gc": "upkeep:gc",
    "trim": "upkeep:trim",
    "model": "model:app",
    "doctor": "doctor:doctor",
}


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
        terminal.text(f"mplus {__version__}")
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
    sys.exit(boundary.run(_run))


def _begin_again_in_utf8() -> None:
    """Go on in Python's UTF-8 mode, whatever the locale: names of files and the words of a question
    are UTF-8 nearly everywhere, and a memory says the same in every locale. Output stays in the
    encoding that it has.
    """
    stream = sys.stdout or sys.stderr
    if stream is not None:
        os.environ.setdefault("PYTHONIOENCODING", stream.encoding)
    os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])


def _run() -> int:
    """The exit code of what was asked for, in typer's words where they are."""
    try:
        code = app(standalone_mode=False)
        return code if isinstance(code, int) else 0
    except TyperException as problem:
        return _usage(problem)
    except typer.Abort:
        return 130


def _usage(problem: TyperException) -> int:
    message = problem.format_message()
    if not message:  # the help was asked for by giving no arguments
        return 0
    hint = f"see what there is with: {_called(getattr(problem, 'ctx', None))} --help"
    alike = getattr(problem, "possibilities", None)  # options like one that is none, nearest first
    if alike:
        message, hint = problem.message, f"did you mean {alike[0]}? {hint}"
    message = message[:1].lower() + message[1:].removesuffix(".")
    boundary.told(UsageError(message, hint))
    return problem.exit_code


def _called(context: Any) -> str:
    """The command of a context, as it is called, without its arguments."""
    names: list[str] = []
    while context is not None and context.parent is not None:
        names, context = [context.info_name, *names], context.parent
    return " ".join(["mplus", *names])
