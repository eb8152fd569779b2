"""`mplus ask`: a question to a memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from mplus_cli.api import Memory
from mplus_cli.asking.how import How
from mplus_cli.commands import options, stdin
from mplus_cli.errors import ReadError, UsageError, reason_of
from mplus_cli.screen import answers, progress, terminal
from mplus_cli.settings import load_settings

Question = Annotated[
    str | None, typer.Argument(help="The question; text from a pipe is put after it.")
]
MaxTokens = Annotated[
    int, typer.Option("--max-tokens", "-n", min=1, help="Longest answer, in tokens.")
]
Stop = Annotated[
    list[str] | None,
    typer.Option(
        metavar="TEXT", help="End the answer before this text. Repeatable.", show_default=False
    ),
]
Temperature = Annotated[float, typer.Option(min=0.0, help="0 takes the best token each time.")]
System = Annotated[
    str | None,
    typer.Option(
        "--system",
        "-s",
        help="System prompt in place of the model's own; empty for none.",
        show_default=False,
    ),
]
At = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="GENERATION",
        help="Ask the memory as a generation had it: its number, its tag, or `last`. Another "
        "model's takes -m.",
        show_default=False,
    ),
]
Sources = Annotated[bool, typer.Option(help="Show the passages that the answer drew on.")]
Stream = Annotated[bool, typer.Option(help="Show the answer as it grows (on a terminal).")]
Quote = Annotated[
    bool, typer.Option("--quote", help="Answer with the sentences of the passage themselves.")
]
Top = Annotated[
    int, typer.Option("--top", min=1, help="Show what the N best passages answer, each by itself.")
]
ShowPrompt = Annotated[
    bool,
    typer.Option(
        "--show-prompt",
        help="Show the text that a plain run of the model would be given for the same answer.",
    ),
]
Batch = Annotated[
    str | None,
    typer.Option(
        "--batch",
        metavar="FILE",
        help='Answer many questions, each a line of JSON: {"id": 1, "question": "…"} or "…"; - is '
        "standard input. Prints one JSON object a line, as --json does, with id and question. A "
        'line may have "in" and "since" of its own.',
        show_default=False,
    ),
]
In = Annotated[
    list[str] | None,
    typer.Option(
        "--in",
        metavar="PATTERN",
        help="Ask these documents alone: a file's name, the end of a path, a folder, a pattern "
        "such as 'leases/*.pdf', or an id as `mplus ls` shows it. Repeatable.",
        show_default=False,
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        metavar="DATE",
        help="Ask only documents that were read on or after a date (2026-01-31 or "
        "2026-01-31T09:30, UTC), or in the last days (7d) or weeks (2w).",
        show_default=False,
    ),
]


def ask(
    question: Question = None,
    memory: options.Memory = None,
    model: options.Model = None,
    max_tokens: MaxTokens = 128,
    stop: Stop = None,
    temperature: Temperature = 0.0,
    system: System = None,
    at: At = None,
    sources: Sources = True,
    quote: Quote = False,
    top: Top = 1,
    show_prompt: ShowPrompt = False,
    stream: Stream = True,
    device: options.Device = None,
    quantize: options.Quantize = None,
    seed: options.Seed = None,
    among: In = None,
    since: Since = None,
    batch: Batch = None,
    json: options.Json = False,
) -> None:
    """Answer a question from the memory, and show where the answer came from. Changes nothing."""
    _need_one({"QUESTION": question, "--at": at}, batch)
    settings = load_settings(
        {"memory": memory, "model": model, "device": device, "quantize": quantize, "seed": seed}
    )
    asked = _question(question) if batch is None else _lines(batch)
    how: How = {"max_tokens": max_tokens, "temperature": temperature, "sources": sources}
    how |= {"show_prompt": show_prompt, "among": among or None, "since": since}
    how |= {"top": top, "quote": quote, "stop": list(map(stdin.typed, stop or []))}
    how |= {"system": None if system is None else stdin.typed(system)}
    quantizing = None if json or batch is not None else progress.Quantizing()
    with (
        progress.Reading(quiet=quantizing is None) as reading,
        Memory.of(settings, quantizing=quantizing, reading=reading.tell) as opened,
    ):
        if isinstance(asked, list):
            raise typer.Exit(_ask_all(asked, opened, how))
        memory_then = opened if at is None else opened.at(at)
        if json:
            terminal.as_json(memory_then.ask(asked, **how))
            return
        answer = answers.streamed(memory_then.stream(asked, **how), live=stream)
    answers.about(answer, sources)


def _need_one(given: Mapping[str, str | None], batch: str | None) -> None:
    """Raises `UsageError` for what can't go with a batch."""
    for name, value in given.items():
        if batch is not None and value is not None:
            raise UsageError(f"--batch and {name} exclude each other", "take one of them")


def _question(argument: str | None) -> str:
    parts = (stdin.typed(argument or "").strip(), stdin.words().strip())
    joined = "\n\n".join(part for part in parts if part)
    if not joined:
        raise UsageError("there is no question", 'ask one: mplus ask "What is …?"')
    return joined


def _lines(file: str) -> list[bytes]:
    if file == "-":
        return stdin.content_bytes().splitlines()
    try:
        return Path(file).read_bytes().splitlines()
    except OSError as error:
        hint = "name a file of JSON Lines, or - for standard input"
        raise UsageError(f"{file} can't be read: {reason_of(error)}", hint) from error


def _ask_all(lines: list[bytes], memory: Memory, how: How) -> int:
    """Print what becomes of each line as it comes; the exit code."""
    failed = False
    # Where the answers go to the terminal they show by themselves how far it is.
    with terminal.steps("answering", quiet=terminal.out.is_terminal) as told:
        told(0, len(lines))
        for asked in memory.ask_all(lines, **how):
            answers.asked(asked)
            told(asked.line, len(lines))
            failed = failed or isinstance(asked.result, UsageError)
    return ReadError.exit_code if failed else 0
