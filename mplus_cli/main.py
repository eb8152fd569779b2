"""The command line: the Typer app, and the one place where an error becomes a message and an exit code."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from typing import Annotated

import typer
from typer import TyperException

from mplus_cli import render
from mplus_cli.commands.ask import ask
from mplus_cli.commands.doctor import doctor
from mplus_cli.commands.history import diff, log, rollback, tag
from mplus_cli.commands.inject import inject
from mplus_cli.commands.memory import ls, status
from mplus_cli.commands.model import app as model_app
from mplus_cli.commands.snapshot import export, import_
from mplus_cli.commands.update import update
from mplus_cli.commands.upkeep import forget, gc, verify
from mplus_cli.errors import UsageError
from store.errors import MplusError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="A local language model with a memory that lasts: inject documents, ask, see the sources.",
)
for command in (
    inject,
    update,
    ask,
    status,
    ls,
    log,
    diff,
    rollback,
    tag,
    forget,
    export,
    import_,
    verify,
    gc,
    doctor,
):
    app.command(command.__name__.rstrip("_"))(command)
app.add_typer(model_app, name="model")


def _version(asked: bool) -> None:
    if asked:
        render.line(f"mplus {version('mplus-cli')}")
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
    debug, in_json = "--debug" in sys.argv, bool({"--json", "--json-lines"} & set(sys.argv))
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
    except MplusError as problem:
        if debug:
            raise
        render.error(problem, in_json)
        code = problem.exit_code
    except BrokenPipeError:
        # The reader has what it wanted; nothing more can be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except OSError as problem:
        # The system's own word: a full disk, a folder that may not be written.
        if debug:
            raise
        render.error(MplusError(f"{problem.strerror or problem}: {problem.filename or 'no file named'}"), in_json)
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
    render.error(UsageError(message, "see what there is with: mplus --help"), in_json)
    return problem.exit_code
