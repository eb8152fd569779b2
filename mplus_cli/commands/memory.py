"""`mplus status`, `ls`, `log` and `forget`: what a memory holds, and taking a document out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from mplus_cli import render
from mplus_cli.commands import options
from mplus_cli.errors import UsageError
from mplus_cli.settings import Settings, load_settings


def status(memory: options.Memory = None, json: options.Json = False) -> None:
    """Show what the memory holds, how full it is and which model it belongs to."""
    from store.home import Home
    from store.index import Index

    home = Home(load_settings({"memory": memory}).memory)
    index = Index.open(home)
    last = index.generation()
    index.close()
    spec = home.spec
    found: dict[str, Any] = {
        "memory": str(home.path),
        "model": spec.model,
        "identity": spec.identity,
        "dtype": spec.dtype,
        "quantize": spec.quantize,
        "generation": last.id if last else 0,
        "created_at": last.created_at if last else None,
        "state_digest": last.state if last else None,
        "documents": last.documents if last else 0,
        "chunks": last.chunks if last else 0,
        "tokens": last.tokens if last else 0,
        "pool_vectors": last.pool_vectors if last else 0,
        "pool_capacity": spec.pool_vectors,
        "ltm_vectors": last.ltm_vectors if last else 0,
        "ltm_capacity": spec.capacity_vectors,
        "bytes": home.size_bytes(),
    }
    if json:
        render.as_json(found)
    else:
        render.status(found)


def ls(memory: options.Memory = None, json: options.Json = False) -> None:
    """List the documents in the memory."""
    from store.home import Home
    from store.index import Index

    home = Home(load_settings({"memory": memory}).memory)
    index = Index.open(home)
    last = index.generation()
    documents = index.documents(last.id) if last else []
    copies = _copies(documents, index.inputs())
    index.close()
    if json:
        shown = ("id", "path", "sha256", "reader", "bytes", "chunks", "tokens", "added_at")
        render.as_json([{name: getattr(d, name) for name in shown} | {"copies": copies[d.id]} for d in documents])
        return
    rows = []
    for d in documents:
        added = d.added_at.replace("T", " ").rstrip("Z")
        rows.append((str(d.id), render.shown(d.path), f"{d.tokens:,}", str(d.chunks), added))
        rows += [("", f"= {render.shown(path)}", "", "", "") for path in copies[d.id]]
    columns = {"id": "right", "document": "left", "tokens": "right", "chunks": "right", "added (UTC)": "left"}
    render.table(columns, rows)


def _copies(documents: Sequence[Any], inputs: Mapping[str, str]) -> dict[int, list[str]]:
    """Id of a document -> other paths at which the same content was read."""
    paths: dict[str, list[str]] = {}
    for path, sha256 in inputs.items():
        paths.setdefault(sha256, []).append(path)
    return {d.id: sorted(path for path in paths.get(d.sha256, ()) if path != d.path) for d in documents}


def log(memory: options.Memory = None, json: options.Json = False) -> None:
    """List the generations of the memory, newest first, and what each changed."""
    from store.home import Home
    from store.index import Index

    home = Home(load_settings({"memory": memory}).memory)
    index = Index.open(home)
    generations = index.generations()
    index.close()
    if json:
        render.as_json(generations)
    else:
        render.log(generations)


def forget(
    documents: Annotated[list[str], typer.Argument(help="Paths, or ids as `mplus ls` shows them.")],
    memory: options.Memory = None,
    json: options.Json = False,
) -> None:
    """Take documents out of the memory, exactly: as if it had never read them.

    Needs no model: the state is folded again from what stays. Generations before this one still hold the document.
    """
    settings = load_settings({"memory": memory})

    from store.change import change

    with change(settings.memory, "forget", settings.lock_timeout_s) as opened:
        found = [_find(name, opened.documents, opened.known.inputs, settings) for name in documents]
        for document in {document.id: document for document in found}.values():
            opened.remove(document)
        generation = opened.commit()
    assert generation is not None
    if json:
        result = {
            "forgotten": generation.removed,
            "generation": generation.id,
            "state_digest": generation.state,
        }
        render.as_json(result)
        return
    for path in generation.removed:
        render.line(f"forgot {render.escaped(render.shown(path))}")
    render.line(f"generation {generation.id}: {generation.documents:,} documents, {generation.tokens:,} tokens")


def _find(name: str, documents: Sequence[Any], inputs: Mapping[str, str], settings: Settings) -> Any:
    """The document with an id, at a path, or with the content that was read at a path."""
    absolute = str(Path(name).absolute())
    for document in documents:
        if name == str(document.id) or document.path in (name, absolute):
            return document
    content = inputs.get(absolute, inputs.get(name))
    for document in documents:
        if document.sha256 == content:
            return document
    raise UsageError(f"{name} is not in the memory at {settings.memory}", "see what is there with: mplus ls")
