"""`mplus read`: what documents say, as `inject` would take it in."""

from __future__ import annotations

from typing import Annotated

import typer

from mplus_cli.commands import options, passwords
from mplus_cli.commands.names import Null, Paths, TextName, given
from mplus_cli.errors import ReadError
from mplus_cli.screen.texts import Output
from mplus_cli.texts import opens
from mplus_cli.texts import read as read_texts

Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON document, with the exact text and places.")
]


def read(
    paths: Paths = None,
    ext: options.Extensions = None,
    ignore: options.Ignore = None,
    hidden: options.Hidden = False,
    max_bytes: options.MaxBytes = None,
    attachments: options.Attachments = True,
    links: options.Links = False,
    password: options.Password = None,
    name: TextName = None,
    null: Null = False,
    json: Json = False,
) -> None:
    """Print the text that `inject` would take in, with its places; no model, no memory.

    In front of the lines stands where they are: the page, slide, row, line, paragraph, time; over
    them the headings. What of a document is lost, or may be wrong, is said on stderr.
    """
    names, texts = given(paths, name, null)
    taking = options.taking(ext, ignore, hidden, max_bytes, attachments, links, password)
    taking["texts"] = texts
    output = Output(json)
    for found in read_texts(*names, passed=output.passed, **taking):
        output.tell(found)
    unlocked = passwords.asked(output.failed, json, lambda path, typed: opens(path, typed, taking))
    for typed, paths_opened in unlocked.items():
        output.again(paths_opened)
        taking["password"], taking["texts"] = typed, ()
        for found in read_texts(*paths_opened, **taking):
            output.tell(found)
    output.end()
    raise typer.Exit(ReadError.exit_code if output.failed else 0)
