"""`mplus ask`: a question to a memory."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mplus_cli.commands import options
from mplus_cli.errors import ReadError, UsageError
from mplus_cli.screen import render
from mplus_cli.settings import load_settings

if TYPE_CHECKING:
    from mplus_cli.asking.answer import Options
    from mplus_cli.engine import Engine
    from store.home import Home


def ask(
    question: Annotated[
        str | None, typer.Argument(help="The question; text from a pipe is put after it.")
    ] = None,
    memory: options.Memory = None,
    model: options.Model = None,
    max_tokens: Annotated[
        int, typer.Option("--max-tokens", "-n", min=1, help="Longest answer, in tokens.")
    ] = 128,
    temperature: Annotated[
        float, typer.Option(min=0.0, help="0 takes the best token each time.")
    ] = 0.0,
    system: Annotated[
        str | None,
        typer.Option(
            "--system", "-s", help="System prompt in place of mplus's own.", show_default=False
        ),
    ] = None,
    sources: Annotated[
        bool, typer.Option(help="Show the passages that the answer drew on.")
    ] = True,
    stream: Annotated[
        bool, typer.Option(help="Show the answer as it grows (on a terminal).")
    ] = True,
    device: options.Device = None,
    quantize: options.Quantize = None,
    seed: options.Seed = None,
    batch: Annotated[
        str | None,
        typer.Option(
            "--batch",
            metavar="FILE",
            help='Answer many questions, each a line of JSON: {"id": 1, "question": "…"} or '
            '"…"; - is standard '
            "input. Prints one JSON object a line, as --json does, with id and question.",
            show_default=False,
        ),
    ] = None,
    json: options.Json = False,
) -> None:
    """Answer a question from the memory, and show where the answer came from. Changes nothing."""
    if batch is not None and question is not None:
        raise UsageError(
            "there is a QUESTION, and --batch names a file of them", "take one of them"
        )
    flags = {"memory": memory, "model": model, "device": device, "quantize": quantize, "seed": seed}
    settings = load_settings(flags)
    asked = _question(question) if batch is None else _lines(batch)

    from mplus_cli.asking import answer
    from mplus_cli.engine import Engine
    from store.home import Home, reading

    home = Home(settings.memory)
    engine = Engine(settings, home.spec)
    chosen = answer.Options(
        max_tokens=max_tokens,
        temperature=temperature,
        seed=settings.seed,
        system=system,
        sources=sources,
    )
    with reading(settings.memory, settings.lock_timeout_s):
        if isinstance(asked, list):
            raise typer.Exit(_ask_all(asked, engine, home, chosen))
        pieces = answer.answer(asked, engine, home, chosen)
        if json:
            render.as_json(next(piece for piece in pieces if isinstance(piece, answer.Answer)))
            return
        whole = render.streamed(pieces, live=stream)
    if sources:
        render.sources(whole)


def _question(argument: str | None) -> str:
    piped = "" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.read().strip()
    joined = "\n\n".join(part for part in ((argument or "").strip(), piped) if part)
    if not joined:
        raise UsageError("there is no question", 'ask one: mplus ask "What is …?"')
    return joined


def _lines(file: str) -> list[bytes]:
    if file == "-":
        return sys.stdin.buffer.read().splitlines()
    try:
        return Path(file).read_bytes().splitlines()
    except OSError as error:
        hint = "name a file of JSON Lines, or - for standard input"
        raise UsageError(f"{file} can't be read: {error.strerror}", hint) from error


def _ask_all(lines: list[bytes], engine: Engine, home: Home, chosen: Options) -> int:
    """Print what becomes of each line as it comes; gives the exit code."""
    from mplus_cli.asking.answer import Asking
    from mplus_cli.asking.batch import ask_all

    failed = False
    asking = Asking(engine, home, chosen)
    # Where the answers go to the terminal they show by themselves how far it is.
    with closing(asking), render.steps("answering", quiet=render.out.is_terminal) as progress:
        progress(0, len(lines))
        for asked in ask_all(lines, asking):
            render.asked(asked)
            progress(asked.line, len(lines))
            failed = failed or isinstance(asked.result, UsageError)
    return ReadError.exit_code if failed else 0
