"""`mplus forget`, `verify` and `gc`: taking documents out, looking whether all is whole, making
room.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mplus_cli.commands import options
from mplus_cli.errors import UsageError
from mplus_cli.screen import render
from mplus_cli.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.inventory import Inventory
    from store.records import DocumentRow

DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Only say what would go.")]


def forget(
    documents: Annotated[
        list[str],
        typer.Argument(help="Paths, ids as `mplus ls` shows them, or patterns such as '*.log'."),
    ],
    memory: options.Memory = None,
    dry_run: DryRun = False,
    erase: Annotated[
        bool,
        typer.Option(
            "--erase", help="Remove every byte of them, too, with the generations that held them."
        ),
    ] = False,
    json: options.Json = False,
) -> None:
    """Take documents out of the memory, exactly: as if it had never read them.

    Needs no model: the state is folded again from what stays. Earlier generations still hold the
    document, so that `rollback` brings it back, unless `--erase` is given: then nothing does. It
    also erases what was forgotten before.
    """
    settings = load_settings({"memory": memory})

    from store.change import change
    from store.collect import erase as erase_all

    with change(settings.memory, "forget", settings.lock_timeout_s, alone=erase) as opened:
        old = (
            [each for each in opened.index.all_documents() if each not in opened.documents]
            if erase
            else []
        )
        found = _find(documents, opened.inventory, old, settings)
        if dry_run:
            _show_dry_run(found, json)
            return
        for document in found:
            if document in opened.documents:
                opened.remove(document)
        generation = opened.commit() or opened.index.generation()
        assert generation is not None
        gone: list[int] = []
        if erase:
            with render.steps("erasing", quiet=json) as progress:
                gone = erase_all(opened, found, progress).generations
    paths = [document.path for document in found]
    if json:
        result = {"forgotten": paths, "generation": generation.id, "state_digest": generation.state}
        render.as_json(result | ({"erased_generations": gone} if erase else {}))
        return
    for path in paths:
        render.line(f"{'erased' if erase else 'forgot'} {render.escaped(render.shown(path))}")
    if gone:
        render.line(f"removed {len(gone)} generations that held them: {', '.join(map(str, gone))}")
    render.line(
        f"generation {generation.id}: {generation.documents:,} documents, "
        f"{generation.tokens:,} tokens"
    )


def _show_dry_run(found: list[DocumentRow], json: bool) -> None:
    if json:
        render.as_json({"would_forget": [document.path for document in found]})
        return
    for document in found:
        render.line(
            f"would forget {render.escaped(render.shown(document.path))} "
            f"({document.tokens:,} tokens)"
        )


def _find(
    names: Sequence[str], known: Inventory, old: list[DocumentRow], settings: Settings
) -> list[DocumentRow]:
    """The documents that are meant, each once: by id, path, a copy's path or pattern; `old` ones by
    their paths.
    """
    found: dict[int, DocumentRow] = {}
    for name in names:
        content = known.inputs.get(str(Path(name).absolute()), known.inputs.get(name))
        meant = [
            each
            for each in known.documents
            if name == str(each.id) or _is_meant(name, each.path) or each.sha256 == content
        ]
        paths = {each.path for each in meant}
        meant += [each for each in old if each.path in paths or _is_meant(name, each.path)]
        if not meant:
            raise UsageError(
                f"{name} is not in the memory at {settings.memory}",
                "see what is there with: mplus ls",
            )
        found |= {each.id: each for each in meant}
    return list(found.values())


def _is_meant(name: str, path: str) -> bool:
    """Whether a name or a pattern means a document: by its path, as shown or whole, or by its last
    part.
    """
    if path in (name, str(Path(name).absolute())):
        return True
    return any(
        fnmatchcase(form, name) for form in (path, render.shown(path), path.rpartition("/")[2])
    )


def verify(
    memory: options.Memory = None,
    read_data: Annotated[
        bool, typer.Option("--read-data", help="Read every byte and compare its SHA-256.")
    ] = False,
    replay: Annotated[
        bool,
        typer.Option(
            "--replay", help="Fold every journal again and compare with the stored state."
        ),
    ] = False,
    json: options.Json = False,
) -> None:
    """Look whether the memory is whole; say what is wrong, where, and what mends it (exit code 20).

    Looks at structure, sizes and references; changes nothing and needs no model.
    """
    settings = load_settings({"memory": memory})

    from store.errors import DamagedError
    from store.home import Home
    from store.locks import read_lock
    from store.verify import Verifier

    home = Home(settings.memory)
    with (
        read_lock(settings.memory, settings.lock_timeout_s),
        render.steps("verifying", quiet=json) as progress,
    ):
        verifier = Verifier(home, read_data, replay, progress)
        looked = verifier.run()
    if json:
        render.as_json(
            {"whole": not verifier.findings, "looked_at": looked, "findings": verifier.findings}
        )
    else:
        render.verified(looked, verifier.findings)
    if verifier.findings:
        raise typer.Exit(DamagedError.exit_code)


def gc(
    memory: options.Memory = None,
    keep_last: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Keep so many of the last generations, and those with a tag.",
            show_default="all",
        ),
    ] = None,
    dry_run: DryRun = False,
    json: options.Json = False,
) -> None:
    """Remove what no generation refers to: leftovers of interrupted runs, the cache; if asked, old
    generations.
    """
    settings = load_settings({"memory": memory})

    from store.change import change
    from store.collect import collect, garbage

    with change(settings.memory, "gc", settings.lock_timeout_s, alone=True) as opened:
        found = garbage(opened.home, opened.index, keep_last)
        if not dry_run:
            with render.steps("removing", quiet=json) as progress:
                collect(opened, found, progress)
            if found.generations:
                opened.index.compact()
    if json:
        result = {
            "generations": found.generations,
            "documents": [document.path for document in found.documents],
            "files": len(found.files),
            "bytes": found.bytes,
        }
        render.as_json(result | {"dry_run": dry_run})
        return
    verb = "would remove" if dry_run else "removed"
    render.line(
        f"{verb} {len(found.generations):,} generations, {len(found.documents):,} documents, "
        f"{len(found.files):,} files ({render.size(found.bytes)})"
    )
