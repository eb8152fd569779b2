"""`mplus log`, `diff`, `rollback` and `tag`: the generations of a memory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mplus_cli.commands import options
from mplus_cli.errors import UsageError
from mplus_cli.screen import render
from mplus_cli.settings import load_settings

if TYPE_CHECKING:
    from store.home import Home
    from store.index import Index
    from store.records import Generation

_TAG = re.compile(r"[A-Za-z][\w.-]*")
LAST = "last"

GenerationName = Annotated[
    str, typer.Argument(help="A generation's number, its tag, or `last`.", metavar="GENERATION")
]


def log(memory: options.Memory = None, json: options.Json = False) -> None:
    """List the generations of the memory, newest first: who made it, when, and what it changed."""
    from store.home import Home
    from store.index import Index

    index = Index.open(Home(load_settings({"memory": memory}).memory))
    generations, tags = index.generations(), index.tags()
    index.close()
    names = {
        each.id: [tag for tag, number in tags.items() if number == each.id] for each in generations
    }
    if json:
        render.as_json([render.plain(each) | {"tags": names[each.id]} for each in generations])
    else:
        render.log(generations, names)


def diff(
    first: GenerationName,
    second: Annotated[
        str, typer.Argument(help="Another one (default: `last`).", metavar="[GENERATION]")
    ] = LAST,
    memory: options.Memory = None,
    json: options.Json = False,
) -> None:
    """Compare two generations: documents, and what each has in the pool and in the long-term
    memory.
    """
    from store.home import Home
    from store.index import Index

    home = Home(load_settings({"memory": memory}).memory)
    index = Index.open(home)
    ends = [find_generation(index, name) for name in (first, second)]
    rows = [_held(home, index, generation) for generation in ends]
    index.close()
    documents = [
        _compared(path, rows[0].get(path), rows[1].get(path))
        for path in sorted({**rows[0], **rows[1]})
    ]
    found = {
        "from": ends[0].id,
        "to": ends[1].id,
        "tokens": [each.tokens for each in ends],
        "pool_vectors": [each.pool_vectors for each in ends],
        "ltm_vectors": [each.ltm_vectors for each in ends],
        "documents": documents,
    }
    if json:
        render.as_json(found)
    else:
        render.diff(found)


def rollback(
    generation: GenerationName, memory: options.Memory = None, json: options.Json = False
) -> None:
    """Go back to what an earlier generation held. The ones since then stay in the log, so this can
    be undone, too.
    """
    settings = load_settings({"memory": memory})

    from store.change import change

    with change(settings.memory, "rollback", settings.lock_timeout_s) as opened:
        goal = find_generation(opened.index, generation)
        opened.roll_back(goal)
        made = opened.commit() or opened.index.generation()
    assert made is not None
    if json:
        render.as_json(
            {"rolled_back_to": goal.id, "generation": made.id, "state_digest": made.state}
        )
    else:
        render.changed(made)


def tag(
    name: Annotated[str, typer.Argument(help="A name that begins with a letter.")],
    generation: Annotated[
        str, typer.Argument(help="The generation (default: `last`).", metavar="[GENERATION]")
    ] = LAST,
    memory: options.Memory = None,
    delete: Annotated[bool, typer.Option("--delete", "-d", help="Take the name away.")] = False,
    json: options.Json = False,
) -> None:
    """Name a generation. `gc --keep-last` keeps those that have a name."""
    if not _TAG.fullmatch(name) or name == LAST:
        raise UsageError(
            f"{name!r} can't be a tag", "begin with a letter, go on with letters, digits, . _ or -"
        )
    settings = load_settings({"memory": memory})

    from store.change import change

    with change(settings.memory, "tag", settings.lock_timeout_s) as opened:
        if delete and name not in opened.index.tags():
            raise UsageError(f"there is no tag {name}", "see what there is with: mplus log")
        number = (
            opened.index.tags()[name] if delete else find_generation(opened.index, generation).id
        )
        opened.index.set_tag(name, None if delete else number)
    if json:
        render.as_json({"tag": name, "generation": None if delete else number})
    else:
        render.line(
            f"{name} no longer names generation {number}"
            if delete
            else f"{name} names generation {number}"
        )


def find_generation(index: Index, name: str) -> Generation:
    """A generation by number, tag or `last`. Raises `UsageError`."""
    number = int(name) if name.isascii() and name.isdigit() else index.tags().get(name)
    generation = None
    if name == LAST or number is not None:
        generation = index.generation(None if name == LAST else number)
    if generation is None:
        raise UsageError(f"there is no generation {name}", "see what there is with: mplus log")
    return generation


def _held(home: Home, index: Index, generation: Generation) -> dict[str, dict[str, Any]]:
    """Path -> a document's digest and what it has in a generation."""
    from store.kinds import kind_of
    from store.state_files import read_state

    owners = [document for document, _, _ in index.entries(generation.id)]
    held = kind_of(home.spec).holdings(read_state(home, generation.state), owners).by_document()
    return {
        document.path: {
            "sha256": document.sha256,
            "tokens": document.tokens,
            "pool_vectors": round(held[document.id].pool, 2),
            "ltm_vectors": round(held[document.id].longterm, 2),
        }
        for document in index.documents(generation.id)
    }


def _compared(
    path: str, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> dict[str, Any]:
    if before is None or after is None:
        change = "added" if before is None else "removed"
    else:
        change = "same" if before["sha256"] == after["sha256"] else "changed"
    nothing = {"tokens": 0, "pool_vectors": 0.0, "ltm_vectors": 0.0}
    old, new = before or nothing, after or nothing
    return {"path": path, "change": change} | {name: [old[name], new[name]] for name in nothing}
