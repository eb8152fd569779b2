"""`mplus model ls|pull|info`: which models there are, and making one ready."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mplus_cli.commands import options
from mplus_cli.screen import render
from mplus_cli.settings import load_settings

app = typer.Typer(name="model", no_args_is_help=True, help="List, fetch and describe models.")


@app.command("ls")
def ls(json: options.Json = False) -> None:
    """List the models that mplus knows by name, and those prepared on this machine."""
    from mplus_cli.model.prepared import catalog

    here = catalog.prepared(load_settings({}).cache)
    known = {name: (entry.about, entry.licence) for name, entry in catalog.CATALOG.items()}
    known |= {
        name: ("a checkpoint folder or repository", "see its page")
        for name in here
        if name not in known
    }
    if json:
        render.as_json(
            [
                {"name": name, "about": about, "licence": licence, "here": name in here}
                for name, (about, licence) in known.items()
            ]
        )
        return
    columns = {"model": "left", "here": "left", "licence": "left", "what it is": "left"}
    rows = [
        (name, "yes" if name in here else "no", licence, about)
        for name, (about, licence) in known.items()
    ]
    render.table(columns, rows)


@app.command("pull")
def pull(
    name: Annotated[
        str, typer.Argument(help="A name from `mplus model ls`, OWNER/NAME, or a folder.")
    ] = "smollm2",
    base: Annotated[
        Path | None,
        typer.Option(
            "--from", help="A local file to use in place of a download.", show_default=False
        ),
    ] = None,
    revision: Annotated[
        str | None,
        typer.Option(
            help=(
                "Branch, tag or commit of the repository (default: main; again: the one that "
                "is here)."
            ),
            show_default=False,
        ),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Prepare it even where that was done.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Fetch a model, check it, and prepare it once for quick starts.

    Downloads lie in the cache of the Hugging Face Hub (HF_HOME); with HF_HUB_OFFLINE=1 nothing else
    is used.
    """
    from mplus_cli.model.prepared import catalog
    from mplus_cli.screen.progress import pulling

    cache = load_settings({}).cache
    with pulling(name, quiet=json) as bar:
        folder = catalog.pull(
            name, cache, base, again, bar.preparing, revision=revision, downloading=bar.downloading
        )
    _describe(folder, json)


@app.command("info")
def info(
    name: Annotated[
        str | None, typer.Argument(help="The model (default: smollm2).", show_default=False)
    ] = None,
    json: options.Json = False,
) -> None:
    """Describe a prepared model: sizes, memory layout, identity, files."""
    from mplus_cli.model.prepared import catalog

    settings = load_settings({"model": name})
    _describe(catalog.find(settings.model or catalog.DEFAULT, settings.cache), json)


def _describe(folder: Path, json: bool) -> None:
    from mplus_cli.model.config import ModelConfig

    config = ModelConfig.load(folder)
    size = sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
    forms = {
        form.name: sum(file.stat().st_size for file in form.iterdir())
        for form in sorted(folder.iterdir())
        if form.is_dir()
    }
    if json:
        identity = config.identity("none")
        render.as_json(
            {
                "folder": str(folder),
                "bytes": size,
                "quantized": forms,
                "identity": identity,
                "config": config.flat(),
            }
        )
        return
    net, memory = config.architecture, config.memory
    kind = "M+" if memory.retrieved_vectors else "MemoryLLM"
    read = (
        "read where a chunk found has them"
        if memory.finds_chunks
        else "all read by every question"
    )
    rows = [
        ("model", config.name),
        (
            "kind",
            (
                f"{kind}, memory from each layer's {memory.memory_state}, writing context: "
                f"{memory.write_context}"
            ),
        ),
        (
            "network",
            (
                f"{net.layers} layers of {net.hidden}, {net.vocabulary:,} words, "
                f"{net.dtype}"
            ),
        ),
        ("pool", f"{memory.pool_vectors:,} vectors a layer, {read}"),
        (
            "long-term memory",
            (
                f"{memory.capacity_vectors:,} vectors a layer at most, "
                f"{memory.retrieved_vectors:,} read"
            ),
        ),
        ("chunks", f"up to {memory.chunk_tokens} tokens, {memory.num_tokens} vectors a layer each"),
        ("context", f"{net.max_positions:,} positions"),
        ("identity", config.identity("none")[:16]),
        ("revision", config.provenance.revision or "none recorded"),
        ("prepared in", f"{folder} ({render.size(size)})"),
        (
            "quantized",
            ", ".join(f"{form} ({render.size(count)})" for form, count in forms.items())
            or "not yet",
        ),
    ]
    render.pairs(rows)
