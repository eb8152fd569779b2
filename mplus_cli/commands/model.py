"""`mplus model ls|pull|info|verify`: which models there are, and making one ready."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mplus_cli import models
from mplus_cli.commands import options
from mplus_cli.errors import DamagedModelError
from mplus_cli.screen import models as shown
from mplus_cli.screen import terminal
from mplus_cli.settings import load_settings

if TYPE_CHECKING:
    from mplus_cli.results.models import ModelInfo

app = typer.Typer(name="model", no_args_is_help=True, help="List, fetch and describe models.")


Revision = Annotated[
    str | None,
    typer.Option(
        help="Branch, tag or commit of the repository (default: main; again: the one here).",
        show_default=False,
    ),
]


@app.command("ls")
def ls(json: options.Json = False) -> None:
    """List the models that mplus knows by name, and those prepared on this machine."""
    cache = load_settings({}).cache
    found = models.known(cache)
    if json:
        terminal.as_json(found)
    else:
        shown.known(found, models.damaged(cache))


@app.command("pull")
def pull(
    name: Annotated[
        str,
        typer.Argument(
            help=(
                "A name from `mplus model ls`, OWNER/NAME, OWNER/NAME/FILE.gguf, a folder or a "
                "GGUF file."
            )
        ),
    ] = "smollm2",
    base: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="A file or folder here to use in place of the model's base.",
            show_default=False,
        ),
    ] = None,
    revision: Revision = None,
    again: Annotated[
        bool, typer.Option("--again", help="Prepare it even where that was done.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Fetch a model, check it, and prepare it once for quick starts.

    Downloads lie in the cache of the Hugging Face Hub (HF_HOME); with HF_HUB_OFFLINE=1 nothing else
    is used.
    """
    from mplus_cli.screen.progress import pulling

    cache = load_settings({}).cache
    if not json:
        shown.warned(models.shortage(name, cache))
    with pulling(name, quiet=json) as bar:
        found = models.pull(
            name,
            cache,
            base=base,
            revision=revision,
            again=again,
            preparing=bar.preparing,
            downloading=bar.downloading,
        )
    _describe(found, json)


@app.command("info")
def info(
    name: Annotated[
        str | None, typer.Argument(help="The model (default: smollm2).", show_default=False)
    ] = None,
    json: options.Json = False,
) -> None:
    """Describe a prepared model: sizes, memory layout, identity, files."""
    settings = load_settings({"model": name})
    _describe(models.info(settings.model, settings.cache), json)


@app.command("verify")
def verify(
    name: Annotated[
        str | None, typer.Argument(help="The model (default: smollm2).", show_default=False)
    ] = None,
    json: options.Json = False,
) -> None:
    """Read all files of a prepared model, and compare them with what was prepared.

    Sizes are compared whenever a model is used, and a file that the system says was changed is read
    whole then. This reads everything, and finds what a failing disk changed, too.
    """
    settings = load_settings({"model": name})
    with terminal.steps("reading the model", quiet=json) as told:
        found = models.verify(settings.model, settings.cache, told)
    if json:
        terminal.as_json(found)
    else:
        shown.verified(found)
    if not found.whole:
        raise typer.Exit(DamagedModelError.exit_code)


def _describe(found: ModelInfo, json: bool) -> None:
    if json:
        shown.as_json(found)
    else:
        shown.described(found)
