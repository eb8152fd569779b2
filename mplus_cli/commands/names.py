"""What `inject` and `read` are given: names, and text from standard input."""

from __future__ import annotations

from typing import Annotated

import typer

from mplus_cli.commands import stdin
from mplus_cli.errors import UsageError

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        help="Files, folders, globs; http(s) addresses; git:FOLDER@REVISION, or one file of it as "
        "git:FOLDER@REVISION:FILE; - reads text from standard input."
    ),
]
TextName = Annotated[
    str | None, typer.Option(help="Name of the text from standard input.", show_default=False)
]
Null = Annotated[
    bool, typer.Option("--null", help="Read more paths from standard input, each ended by NUL.")
]


def given(
    paths: list[str] | None, name: str | None, null: bool
) -> tuple[list[str], list[tuple[bytes, str | None]]]:
    """The names that were given, and the text from standard input with its name.

    Raises `UsageError` where they can't be meant.
    """
    names = list(paths or [])
    if null and "-" in names:
        raise UsageError(
            "standard input is either text (-) or a list of paths (--null)", "take one of them"
        )
    if null:
        names += stdin.paths()
    if name is not None and "-" not in names:
        raise UsageError("--name names the text from standard input", "add - to the paths")
    if not names:
        raise UsageError("nothing is named", "name files or folders: PATH…")
    texts = [(stdin.content_bytes(), name)] if "-" in names else []
    return [each for each in names if each != "-"], texts
