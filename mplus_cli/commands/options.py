"""Options that several commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mplus_cli.settings import bytes_of

if TYPE_CHECKING:
    from mplus_cli.texts import Taking

Memory = Annotated[
    str | None,
    typer.Option(
        "--memory",
        "-M",
        metavar="<path>",
        help=(
            "The memory's folder (env: MPLUS_MEMORY; else the nearest .mplus/ upward; else "
            "your own)."
        ),
        show_default=False,
    ),
]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        help=(
            "Model name, checkpoint folder or GGUF file (env: MPLUS_MODEL; else the memory's "
            "own; else smollm2)."
        ),
        show_default=False,
    ),
]
Device = Annotated[
    str | None,
    typer.Option(
        help="auto, cpu, cuda or mps (env: MPLUS_DEVICE; default: auto).", show_default=False
    ),
]
Quantize = Annotated[
    str | None,
    typer.Option(
        help="auto, nf4, int8 or none (env: MPLUS_QUANTIZE; default: auto).", show_default=False
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(help="Seed of random draws (env: MPLUS_SEED; default: 0).", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
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
