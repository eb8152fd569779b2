"""Options that several commands share, and typer's options of a table."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from mplus_cli.commands import table
from mplus_cli.settings import bytes_of

if TYPE_CHECKING:
    from mplus_cli.texts import Taking

Command = TypeVar("Command", bound=Callable[..., None])


def option(of: table.Option) -> Any:
    """An option or argument for typer."""
    if not of.flags:
        return typer.Argument(help=of.help, metavar=of.metavar, show_default=False)
    shown = of.default is not None
    return typer.Option(
        *of.flags, help=of.help, metavar=of.metavar, min=of.least, show_default=shown
    )


def having(options: Sequence[table.Option]) -> Callable[[Command], Command]:
    """Let a command, a function of any keywords, have these options for typer."""

    def mark(command: Command) -> Command:
        kinds = {each.name: Annotated[_kind(each), option(each)] for each in options}
        parameters = [
            inspect.Parameter(
                each.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=each.default,
                annotation=kinds[each.name],
            )
            for each in options
        ]
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = kinds
        return command

    return mark


def _kind(of: table.Option) -> Any:
    kind: Any = list[of.kind] if of.many else of.kind  # type: ignore[name-defined]
    return kind | None if of.default is None else kind


Memory = Annotated[list[str] | None, option(table.MEMORY)]
Memories = Annotated[list[str] | None, option(table.MEMORIES)]
Model = Annotated[str | None, option(table.MODEL)]
Device = Annotated[str | None, option(table.DEVICE)]
Quantize = Annotated[str | None, option(table.QUANTIZE)]
MaxTokens = Annotated[int, option(table.MAX_TOKENS)]
Seed = Annotated[int | None, option(table.SEED)]
Json = Annotated[bool, option(table.JSON)]
Ignore = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore",
        help="Leave out what matches, in .gitignore syntax. Repeatable.",
        show_default=False,
    ),
]
Extensions = Annotated[
    list[str] | None,
    typer.Option(
        "--ext",
        "-e",
        help="Of folders and globs take only files with this extension: md, or md,pdf. Repeatable.",
        show_default=False,
    ),
]
Hidden = Annotated[bool, typer.Option("--hidden", help="Of folders take hidden files, too.")]
MaxBytes = Annotated[
    str | None,
    typer.Option(
        "--max-bytes",
        help="The largest input that is read, such as 200MB (default: 100MiB).",
        show_default=False,
    ),
]
Attachments = Annotated[
    bool, typer.Option(help="Read the attachments of e-mail that are documents themselves.")
]
Links = Annotated[
    bool, typer.Option("--links", help="Put behind the text of a link where it leads to.")
]
Password = Annotated[
    str | None,
    typer.Option(
        help="Opens locked PDF and Office files (on a terminal it is asked for, but with --json).",
        show_default=False,
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run", help="Say what would happen and how long it might take; change nothing."
    ),
]
JsonLines = Annotated[
    bool,
    typer.Option("--json-lines", help="Print one JSON object for each event, the summary last."),
]


def taking(
    ext: list[str] | None,
    ignore: list[str] | None,
    hidden: bool,
    max_bytes: str | None,
    attachments: bool,
    links: bool,
    password: str | None,
) -> Taking:
    """How names are taken, by the options of `inject` and `read`. Raises `UsageError`."""
    return {
        "ext": ext or (),
        "ignore": ignore or (),
        "hidden": hidden,
        "max_bytes": None if max_bytes is None else bytes_of("--max-bytes", max_bytes),
        "attachments": attachments,
        "links": links,
        "password": password,
    }
